//! Fewer and plainer bytes, as long as a judge accepts them: delta debugging, for any target.
//!
//! Chunks are aimed at from the end, in powers of two, so that records of 4 bytes after a header
//! of any length are removed whole. What bytes mean is not known here.

/// Pieces of at most so many bytes are tried at every place, not only from the end.
const FINE: usize = 8;
/// But only where there are not more bytes than these.
const MOST_FOR_FINE: usize = 256;

/// Removes what the judge can do without. The bytes that are given are accepted.
pub(super) fn remove(bytes: Vec<u8>, judge: &mut dyn FnMut(&[u8]) -> bool) -> Vec<u8> {
    let mut bytes = bytes;
    let mut size = bytes.len().next_power_of_two() / 2;
    while size >= 1 {
        remove_pieces(&mut bytes, size, size, judge);
        size /= 2;
    }
    if bytes.len() <= MOST_FOR_FINE {
        for size in (1..=FINE).rev() {
            remove_pieces(&mut bytes, size, 1, judge);
        }
    }
    bytes
}

/// From the end to the start, `step` bytes further where a piece has to stay.
fn remove_pieces(
    bytes: &mut Vec<u8>,
    size: usize,
    step: usize,
    judge: &mut dyn FnMut(&[u8]) -> bool,
) {
    let mut end = bytes.len();
    while end > 0 {
        let start = end.saturating_sub(size);
        let without = [&bytes[..start], &bytes[end..]].concat();
        if judge(&without) {
            *bytes = without;
            end = start;
        } else {
            end = end.saturating_sub(step);
        }
    }
}

/// Brings each byte as far down as the judge lets it: to 0, or bit by bit.
pub(super) fn simplify(bytes: Vec<u8>, judge: &mut dyn FnMut(&[u8]) -> bool) -> Vec<u8> {
    let mut bytes = bytes;
    for place in 0..bytes.len() {
        let bits = (0..8).rev().map(|bit| 1 << bit);
        for mask in std::iter::once(0xff).chain(bits) {
            let simpler = bytes[place] & !mask;
            if simpler != bytes[place] {
                let old = std::mem::replace(&mut bytes[place], simpler);
                if !judge(&bytes) {
                    bytes[place] = old;
                }
            }
        }
    }
    bytes
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
    fn what_is_needed_stays_in_its_order() {
        let mut noise: Vec<u8> = (0..4096_u32).map(|i| (i * 37 % 251) as u8 | 0x80).collect();
        noise[0] = 7;
        noise[1 + 4 * 300..][..4].copy_from_slice(&[1, 0xf3, 9, 9]);
        noise[1 + 4 * 800..][..4].copy_from_slice(&[2, 9, 0x21, 9]);
        let mut judged = 0;
        let mut judge = |bytes: &[u8]| {
            judged += 1;
            let records = records(bytes).unwrap_or_default();
            let first = records.iter().position(|record| record[0] == 1 && record[1] & 0x10 != 0);
            first.is_some_and(|first| records[first..].iter().any(|record| record[0] == 2))
        };
        assert!(judge(&noise));
        let small = remove(noise, &mut judge);
        assert_eq!(small.len(), 9);
        assert_eq!(simplify(small, &mut judge), [7, 1, 0x10, 0, 0, 2, 0, 0, 0]);
        assert!(judged < 400, "{judged}");
    }

    #[test]
    fn whatever_is_accepted_the_end_is_reached() {
        assert_eq!(remove(vec![1; 1000], &mut |_| true), [0; 0]);
        assert_eq!(remove(vec![1; 5], &mut |_| false), [1; 5]);
        assert_eq!(simplify(vec![0xff; 3], &mut |_| false), [0xff; 3]);
        assert_eq!(simplify(vec![0xff; 3], &mut |_| true), [0; 3]);
        assert_eq!(remove(Vec::new(), &mut |_| true), [0; 0]);
    }
}
