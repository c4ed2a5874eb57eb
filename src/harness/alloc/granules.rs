//! Which addresses the run's blocks may cover: [`Granules`], a filter.
//!
//! Code frees many addresses that are not tracked, and each could lie inside a tracked block. A
//! search of the whole table for each would take most of the time of a short run. This filter
//! answers "no" with one bit. A "yes" may be wrong: it covers all addresses that blocks had in this
//! run, and some others.

/// Allocators return multiples of this, so two blocks never share one.
const BYTES: usize = 16;

/// Each word holds 64 granules. All words cover 1 MiB of addresses; higher addresses wrap around.
const WORDS: usize = 1 << 10;

pub(super) struct Granules {
    words: [u64; WORDS],
}

impl Granules {
    pub(super) const fn new() -> Self {
        Self { words: [0; WORDS] }
    }

    /// Notes that a block is at these addresses.
    #[inline]
    pub(super) fn cover(&mut self, address: usize, size: usize) {
        let (first, last) = (address / BYTES, (address + size.saturating_sub(1)) / BYTES);
        let (bit, more) = (first % 64, last - first);
        if bit + more < 64 {
            self.words[first / 64 % WORDS] |= u64::MAX >> (63 - more) << bit;
        } else {
            self.cover_words(first, last);
        }
    }

    /// Marks all granules of the words of these two. This may mark too many, never too few.
    #[cold]
    fn cover_words(&mut self, first: usize, last: usize) {
        let (first, last) = (first / 64, last / 64);
        (first..=last).take(WORDS).for_each(|word| self.words[word % WORDS] = u64::MAX);
    }

    /// Returns whether a block may cover the address, or may have covered it since the last
    /// [`clear`](Self::clear).
    #[inline]
    pub(super) fn may_cover(&self, address: usize) -> bool {
        let granule = address / BYTES;
        self.words[granule / 64 % WORDS] >> (granule % 64) & 1 == 1
    }

    pub(super) fn clear(&mut self) {
        self.words.fill(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_of_a_block_is_covered_and_hardly_any_other() {
        for start in [0, 16, 1008, 1 << 20, (1 << 20) - 32, 0x7f12_3456_7890] {
            for size in [0, 1, 15, 16, 17, 500, 1024, 1025, 70_000] {
                let mut granules = Granules::new();
                granules.cover(start, size);
                assert!((start..start + size.max(1)).all(|at| granules.may_cover(at)));
                // One word more on each side.
                let [before, after] = [start.wrapping_sub(1024), start + size + 1024];
                assert!(
                    !granules.may_cover(before) && !granules.may_cover(after),
                    "{start} {size}"
                );
                granules.clear();
                assert!((start..start + size.max(1)).all(|at| !granules.may_cover(at)));
            }
        }
    }

    #[test]
    fn small_blocks_leave_their_neighbours_alone() {
        let mut granules = Granules::new();
        granules.cover(1024 + 32, 17);
        let covered: Vec<_> = (0..4096).step_by(16).filter(|&at| granules.may_cover(at)).collect();
        assert_eq!(covered, [1056, 1072]);
    }

    #[test]
    fn a_block_of_more_than_all_words_covers_everything() {
        let mut granules = Granules::new();
        granules.cover(48, usize::MAX - 4096);
        assert!((0..WORDS * 64).all(|granule| granules.may_cover(granule * BYTES)));
    }
}
