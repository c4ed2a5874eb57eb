//! Removes and simplifies bytes as long as a judge accepts them: delta debugging, for any target.
//!
//! It removes chunks of powers of two, counted from the end, so that it removes whole records of 4
//! bytes after a header of any length. It does not know what bytes mean.

/// Pieces of at most this many bytes are tried at every place, not only at multiples from the end.
const FINE: usize = 8;
/// But only if there are not more bytes than this.
const MOST_FOR_FINE: usize = 256;
/// The greatest number of inputs that are proposed at a time.
const MOST_AHEAD: usize = 64;

/// Returns the index of the first of these inputs that it accepts.
pub(super) type Judge<'a> = dyn FnMut(&[Vec<u8>]) -> Option<usize> + 'a;

/// Removes all bytes that the judge does not need. It must accept the given bytes.
pub(super) fn remove(bytes: Vec<u8>, judge: &mut Judge<'_>) -> Vec<u8> {
    let mut bytes = bytes;
    let mut size = bytes.len().next_power_of_two() / 2;
    while size >= 1 {
        bytes = remove_pieces(bytes, size, size, judge);
        size /= 2;
    }
    if bytes.len() <= MOST_FOR_FINE {
        for size in (1..=FINE).rev() {
            bytes = remove_pieces(bytes, size, 1, judge);
        }
    }
    bytes
}

/// Removes pieces from the end to the start. It moves on by `step` bytes where a piece must stay.
fn remove_pieces(bytes: Vec<u8>, size: usize, step: usize, judge: &mut Judge<'_>) -> Vec<u8> {
    let end = bytes.len();
    in_turn(bytes, end, judge, |bytes, end| {
        let start = end.saturating_sub(size);
        let input = [&bytes[..start], &bytes[end..]].concat();
        (end > 0).then(|| Turn { input, accepted: start, rejected: end.saturating_sub(step) })
    })
}

/// Lowers each byte as far as the judge accepts: to 0, or bit by bit.
pub(super) fn simplify(bytes: Vec<u8>, judge: &mut Judge<'_>) -> Vec<u8> {
    const MASKS: [u8; 9] = [0xff, 1 << 7, 1 << 6, 1 << 5, 1 << 4, 1 << 3, 1 << 2, 1 << 1, 1];
    in_turn(bytes, 0, judge, |bytes, place| {
        let mut input = bytes.to_vec();
        *input.get_mut(place / MASKS.len())? &= !MASKS[place % MASKS.len()];
        Some(Turn { input, accepted: place + 1, rejected: place + 1 })
    })
}

/// What to try at a place, and where to continue.
struct Turn {
    input: Vec<u8>,
    accepted: usize,
    rejected: usize,
}

/// Tries what `turn` makes of the bytes, from a place to the last. As long as everything is
/// rejected, it tries more and more at a time.
fn in_turn(
    bytes: Vec<u8>,
    place: usize,
    judge: &mut Judge<'_>,
    turn: impl Fn(&[u8], usize) -> Option<Turn>,
) -> Vec<u8> {
    let (mut bytes, mut place, mut ahead) = (bytes, place, 1);
    loop {
        let (mut inputs, mut accepted) = (Vec::new(), Vec::new());
        while inputs.len() < ahead
            && let Some(turn) = turn(&bytes, place)
        {
            place = turn.rejected;
            if turn.input != bytes {
                inputs.push(turn.input);
                accepted.push(turn.accepted);
            }
        }
        if inputs.is_empty() {
            return bytes;
        }
        ahead = (2 * ahead).min(MOST_AHEAD);
        if let Some(first) = judge(&inputs) {
            bytes = inputs.swap_remove(first);
            (place, ahead) = (accepted[first], 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header, and records of four bytes.
    fn records(bytes: &[u8]) -> Option<Vec<[u8; 4]>> {
        let (first, rest) = bytes.split_first()?;
        (*first == 7).then(|| rest.as_chunks().0.to_vec())
    }

    #[test]
    fn needed_bytes_stay_in_order() {
        let mut noise: Vec<u8> = (0..4096_u32).map(|i| (i * 37 % 251) as u8 | 0x80).collect();
        noise[0] = 7;
        noise[1 + 4 * 300..][..4].copy_from_slice(&[1, 0xf3, 9, 9]);
        noise[1 + 4 * 800..][..4].copy_from_slice(&[2, 9, 0x21, 9]);
        let mut judged = 0;
        let mut judge = |bytes: &Vec<u8>| {
            judged += 1;
            let records = records(bytes).unwrap_or_default();
            let first = records.iter().position(|record| record[0] == 1 && record[1] & 0x10 != 0);
            first.is_some_and(|first| records[first..].iter().any(|record| record[0] == 2))
        };
        assert!(judge(&noise));
        let small = remove(noise, &mut |inputs| inputs.iter().position(&mut judge));
        assert_eq!(small.len(), 9);
        let plain = simplify(small, &mut |inputs| inputs.iter().position(&mut judge));
        assert_eq!(plain, [7, 1, 0x10, 0, 0, 2, 0, 0, 0]);
        assert!(judged < 400, "{judged}");
    }

    #[test]
    fn shrinking_always_ends() {
        assert_eq!(remove(vec![1; 1000], &mut |_| Some(0)), [0; 0]);
        assert_eq!(remove(vec![1; 5], &mut |_| None), [1; 5]);
        assert_eq!(simplify(vec![0xff; 3], &mut |_| None), [0xff; 3]);
        assert_eq!(simplify(vec![0xff; 3], &mut |_| Some(0)), [0; 3]);
        assert_eq!(remove(Vec::new(), &mut |_| Some(0)), [0; 0]);
    }
}
