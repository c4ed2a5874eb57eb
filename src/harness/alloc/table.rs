//! The ledger's hash table, from block addresses to what is known of the blocks.
//!
//! Open addressing with linear probing, in its own pages. A deletion moves entries back, so there
//! are no tombstones. The table is at most three quarters full, with 24 bytes an entry. A slot is
//! empty unless its block has the table's current generation, so the end of a run empties the whole
//! table at no cost. If a run made the table large, it shrinks a few runs later, because a free of
//! an unknown address may have to search all of it.

use super::request::Birth;
use crate::harness::sys::Mapping;

/// This many slots fit into a page.
const SMALLEST: usize = 1 << 7;

/// A table shrinks when it was emptied this often in a row with less than an eighth of its slots
/// used.
const PATIENCE: u32 = 16;

/// A tracked block.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Block {
    address: usize,
    /// Requested size in bytes, the red zone not included.
    pub(crate) size: usize,
    /// allocating request (32 bits), armed (1), freed (1), log2 of the alignment (6), generation
    /// (24)
    packed: u64,
}

/// Whether a block is in use or in quarantine.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    Live,
    Freed,
}

const ARMED: u64 = 1 << 32;
const FREED: u64 = 1 << 33;
const ALIGN_SHIFT: u32 = 34;
const GENERATION_SHIFT: u32 = 40;
const LAST_GENERATION: u32 = 0xff_ffff;

impl Block {
    const EMPTY: Self = Self { address: 0, size: 0, packed: 0 };

    #[inline]
    pub(crate) fn new(address: *mut u8, size: usize, align: usize, birth: Birth) -> Self {
        let allocated_by = match birth {
            Birth::Armed(number) => u64::from(number) | ARMED,
            Birth::Unarmed(number) => u64::from(number),
        };
        let packed = allocated_by | u64::from(align.trailing_zeros()) << ALIGN_SHIFT;
        Self { address: address as usize, size, packed }
    }

    pub(crate) fn address(&self) -> usize {
        self.address
    }

    #[inline]
    pub(crate) fn align(&self) -> usize {
        1 << (self.packed >> ALIGN_SHIFT & 0x3f)
    }

    pub(crate) fn birth(&self) -> Birth {
        let number = self.packed as u32;
        if self.is_armed() { Birth::Armed(number) } else { Birth::Unarmed(number) }
    }

    #[inline]
    pub(crate) fn is_armed(&self) -> bool {
        self.packed & ARMED != 0
    }

    #[inline]
    fn generation(&self) -> u32 {
        (self.packed >> GENERATION_SHIFT) as u32
    }

    #[inline]
    pub(crate) fn life(&self) -> Life {
        if self.packed & FREED == 0 { Life::Live } else { Life::Freed }
    }

    #[inline]
    pub(crate) fn set_freed(&mut self) {
        self.packed |= FREED;
    }

    fn contains(&self, address: usize) -> bool {
        address.wrapping_sub(self.address) < self.size
    }
}

pub(crate) struct Table {
    pages: Option<Mapping>,
    slots: *mut Block,
    /// Number of slots minus one; slots are a power of two.
    mask: usize,
    shift: u32,
    len: usize,
    /// Blocks of other generations are gone. Never 0, which is the value in fresh pages.
    generation: u32,
    /// How often in a row the table was emptied while it was mostly unused.
    roomy: u32,
}

impl Table {
    pub(crate) const fn new() -> Self {
        let slots = std::ptr::NonNull::dangling().as_ptr();
        Self { pages: None, slots, mask: 0, shift: 0, len: 0, generation: 1, roomy: 0 }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Size in bytes of the table's memory.
    pub(crate) fn bytes(&self) -> usize {
        self.pages.as_ref().map_or(0, Mapping::len)
    }

    #[inline]
    fn home(&self, address: usize) -> usize {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        ((address as u64 >> 4).wrapping_mul(ODD) >> self.shift) as usize
    }

    #[inline]
    fn all(&self) -> &[Block] {
        // SAFETY: `slots` points to that many blocks in pages that this table owns; zeroed
        // pages are empty blocks.
        unsafe { std::slice::from_raw_parts(self.slots, self.slots()) }
    }

    #[inline]
    fn at(&self, index: usize) -> &Block {
        debug_assert!(index < self.slots());
        // SAFETY: indices are masked, or come from `position`.
        unsafe { &*self.slots.add(index) }
    }

    /// The block in a slot that [`position`](Self::position) found.
    #[inline]
    pub(crate) fn at_mut(&mut self, index: usize) -> &mut Block {
        debug_assert!(index < self.slots());
        // SAFETY: as in `at`, and `&mut self` makes the reference the only one.
        unsafe { &mut *self.slots.add(index) }
    }

    /// Number of slots, used or not.
    #[inline]
    pub(crate) fn slots(&self) -> usize {
        if self.mask == 0 { 0 } else { self.mask + 1 }
    }

    #[inline]
    fn is_used(&self, block: &Block) -> bool {
        block.generation() == self.generation
    }

    /// The slot of the block at `address`.
    #[inline]
    pub(crate) fn position(&self, address: *mut u8) -> Option<usize> {
        if self.len == 0 {
            return None;
        }
        let mut index = self.home(address as usize);
        loop {
            let block = self.at(index);
            if !self.is_used(block) {
                return None;
            }
            if block.address == address as usize {
                return Some(index);
            }
            index = (index + 1) & self.mask;
        }
    }

    /// Adds a block, or overwrites the one at its address. Returns false if no memory could be
    /// mapped.
    #[inline]
    #[must_use]
    pub(crate) fn insert(&mut self, block: Block) -> bool {
        if (self.len + 1) * 4 > self.slots() * 3 {
            self.grow();
        }
        // If no more pages could be mapped, one slot must stay empty, because it ends every search.
        let has_room = self.len + 1 < self.slots();
        if has_room {
            self.place(block);
        }
        has_room
    }

    #[inline]
    fn place(&mut self, mut block: Block) {
        block.packed = block.packed & !(u64::MAX << GENERATION_SHIFT)
            | u64::from(self.generation) << GENERATION_SHIFT;
        let mut index = self.home(block.address);
        while self.is_used(self.at(index)) {
            if self.at(index).address == block.address {
                *self.at_mut(index) = block;
                return;
            }
            index = (index + 1) & self.mask;
        }
        *self.at_mut(index) = block;
        self.len += 1;
    }

    #[cold]
    fn grow(&mut self) {
        let slots = (self.slots() * 2).max(SMALLEST);
        let Some(pages) = Mapping::private(slots * size_of::<Block>()) else { return };
        let mut larger =
            Self { slots: pages.start().cast(), generation: self.generation, ..Self::new() };
        larger.pages = Some(pages);
        larger.use_first(slots);
        self.for_each(|block| larger.place(*block));
        *self = larger;
    }

    /// Uses this many of the mapped slots, all empty.
    fn use_first(&mut self, slots: usize) {
        self.mask = slots - 1;
        self.shift = 64 - slots.trailing_zeros();
    }

    /// Removes the block at `address`.
    pub(crate) fn remove(&mut self, address: *mut u8) -> Option<Block> {
        let mut hole = self.position(address)?;
        let removed = *self.at(hole);
        let mut index = hole;
        loop {
            index = (index + 1) & self.mask;
            let block = *self.at(index);
            if !self.is_used(&block) {
                break;
            }
            // A block can move into the hole unless its home slot is after the hole.
            let from_home = index.wrapping_sub(self.home(block.address)) & self.mask;
            let from_hole = index.wrapping_sub(hole) & self.mask;
            if from_home >= from_hole {
                *self.at_mut(hole) = block;
                hole = index;
            }
        }
        *self.at_mut(hole) = Block::EMPTY;
        self.len -= 1;
        Some(removed)
    }

    /// Forgets every block.
    pub(crate) fn clear(&mut self) {
        let is_roomy = self.slots() > SMALLEST && self.len * 8 < self.slots();
        self.roomy = if is_roomy { self.roomy + 1 } else { 0 };
        let len = std::mem::take(&mut self.len);
        self.generation += 1;
        if self.generation > LAST_GENERATION {
            self.generation = 1;
            self.erase();
        }
        if self.roomy == PATIENCE {
            self.roomy = 0;
            self.use_first((len * 2).next_power_of_two().max(SMALLEST));
        }
    }

    /// Empties every mapped slot.
    fn erase(&mut self) {
        for index in 0..self.bytes() / size_of::<Block>() {
            // SAFETY: this many slots fit into the pages, which this table owns.
            unsafe { self.slots.add(index).write(Block::EMPTY) };
        }
    }

    pub(crate) fn for_each(&self, visit: impl FnMut(&Block)) {
        self.all().iter().filter(|block| self.is_used(block)).for_each(visit);
    }

    /// The block that contains `address`. Searches every slot.
    pub(crate) fn containing(&self, address: *mut u8) -> Option<Block> {
        let mut found = None;
        self.for_each(|block| {
            if block.contains(address as usize) {
                found = Some(*block);
            }
        });
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn block(address: usize, size: usize) -> Block {
        Block::new(address as *mut u8, size, 8, Birth::Armed(7))
    }

    #[test]
    fn a_block_packs_and_unpacks() {
        let mut block = Block::new(64 as *mut u8, 10, 4096, Birth::Unarmed(u32::MAX));
        assert_eq!(block.align(), 4096);
        assert_eq!(block.birth(), Birth::Unarmed(u32::MAX));
        assert!(block.life() == Life::Live);
        block.set_freed();
        assert!(block.life() == Life::Freed);
        assert_eq!(block.birth(), Birth::Unarmed(u32::MAX));
    }

    #[test]
    fn it_agrees_with_a_hash_map_over_many_insertions_and_removals() {
        let mut table = Table::new();
        let mut model = HashMap::new();
        let mut state = 1_u64;
        for _ in 0..200_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let address = 16 + (state >> 40) as usize % 5_000 * 16;
            if state >> 33 & 1 == 0 {
                assert!(table.insert(block(address, state as usize)));
                model.insert(address, state as usize);
            } else {
                let removed = table.remove(address as *mut u8).map(|block| block.size);
                assert_eq!(removed, model.remove(&address));
            }
            assert_eq!(table.len(), model.len());
        }
        for (&address, &size) in &model {
            let at = table.position(address as *mut u8).expect("it was inserted");
            assert_eq!(table.at(at).size, size);
        }
        table.clear();
        assert_eq!(table.len(), 0);
        assert!(table.position(16 as *mut u8).is_none());
    }

    #[test]
    fn what_was_large_once_is_small_again() {
        let mut table = Table::new();
        let fill = |table: &mut Table, count: usize| {
            for at in 1..=count {
                assert!(table.insert(block(at * 16, 1)));
            }
            assert!((1..=count).all(|at| table.position((at * 16) as *mut u8).is_some()));
            assert_eq!(table.len(), count);
            table.clear();
            assert!((1..=count).all(|at| table.position((at * 16) as *mut u8).is_none()));
        };
        fill(&mut table, 5000);
        let large = table.slots();
        assert!(large >= 5000);
        for _ in 1..PATIENCE {
            fill(&mut table, 10);
        }
        assert_eq!(table.slots(), large, "the next run may need it");
        fill(&mut table, 10);
        assert_eq!(table.slots(), SMALLEST);
        // Slots beyond those in use hold blocks of old generations.
        table.generation = LAST_GENERATION;
        fill(&mut table, 10);
        fill(&mut table, 5000);
        assert_eq!(table.slots(), large);
    }

    #[test]
    fn generations_wrap_without_bringing_anything_back() {
        let mut table = Table::new();
        assert!(table.insert(block(1600, 1)));
        table.generation = LAST_GENERATION;
        table.len = 0;
        assert!(table.insert(block(3200, 1)));
        table.clear();
        assert_eq!(table.generation, 1);
        assert!(table.insert(block(4800, 1)));
        assert!(table.position(1600 as *mut u8).is_none());
        assert!(table.position(3200 as *mut u8).is_none());
        assert!(table.position(4800 as *mut u8).is_some());
    }

    #[test]
    fn a_live_block_costs_at_most_64_bytes() {
        let mut table = Table::new();
        for live in 1..100_000 {
            assert!(table.insert(block(live * 16, 1)));
            let bytes = table.bytes() - SMALLEST * size_of::<Block>();
            assert!(bytes <= 64 * live, "{bytes} bytes for {live} blocks");
        }
    }

    #[test]
    fn an_address_inside_a_block_finds_it() {
        let mut table = Table::new();
        assert!(table.insert(block(1600, 32)));
        assert!(table.containing(1631 as *mut u8).is_some());
        assert!(table.containing(1632 as *mut u8).is_none());
    }
}
