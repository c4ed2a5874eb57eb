//! The ledger's data: which blocks are tracked, which are in quarantine, and which a run left
//! behind. Callers hold the ledger's lock.

use std::alloc::Layout;

use super::granules::Granules;
use super::marks::{RED_ZONE, fill, first_change, is_filled, is_marked};
use super::record::Harm;
use super::request::Birth;
use super::table::{Block, Life, Table};
use crate::harness::sys::Mapping;

/// The largest number of blocks in quarantine, and their largest total size.
const QUARANTINE_BLOCKS: usize = 4096;
const QUARANTINE_BYTES: usize = 256 << 10;

/// What to do with an address that the code frees.
pub(crate) enum Release {
    /// The block is not tracked: pass the address to the inner allocator.
    Foreign,
    /// The block is damaged or in quarantine: do not pass the address on.
    Kept,
    /// Give this block back to the inner allocator, with the layout that it was allocated with.
    GiveBack(*mut u8, Layout),
}

/// A block that a run left allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leftover {
    pub(crate) birth: Birth,
    pub(crate) size: usize,
    pub(crate) align: usize,
    /// In the process of the run; 0 in others.
    pub(crate) address: usize,
}

/// Receives each harm that the ledger finds.
pub(crate) type OnHarm<'a> = &'a mut dyn FnMut(Harm, &Block);

/// Whether freed blocks are kept in quarantine for a while.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quarantine {
    /// Yes: the thread is in a run.
    Hold,
    /// No: the thread is in no run.
    None,
}

/// When a block was allocated.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Generation {
    /// In the current run.
    Run,
    /// In an earlier run, which left it allocated.
    Before,
}

pub(super) struct Ledger {
    /// Blocks allocated in the current run. The end of the run empties this table.
    pub(super) run: Table,
    /// Blocks that earlier runs left allocated.
    pub(super) before: Table,
    pub(super) live_in_run: usize,
    pub(super) armed_bytes: usize,
    pub(super) interior_budget: usize,
    /// Addresses at which blocks of the run have been.
    pub(super) granules: Granules,
    pub(super) ring: Option<Mapping>,
    /// Position of the first quarantined block in the ring, the number of these blocks, and their
    /// total size.
    pub(super) first: usize,
    pub(super) held: usize,
    pub(super) held_bytes: usize,
}

impl Ledger {
    pub(super) const fn new() -> Self {
        Self {
            run: Table::new(),
            before: Table::new(),
            live_in_run: 0,
            armed_bytes: 0,
            interior_budget: 0,
            granules: Granules::new(),
            ring: None,
            first: 0,
            held: 0,
            held_bytes: 0,
        }
    }

    /// Starts a run. If a thread was resizing a block when the last run ended, it may have entered
    /// the block since. That block belongs to neither run.
    pub(super) fn begin_run(&mut self, interior_budget: usize) {
        if self.run.len() > 0 {
            self.judge_leftovers(&mut |_, _| (), &mut |_| ());
            self.run.clear();
        }
        (self.live_in_run, self.armed_bytes) = (0, 0);
        self.interior_budget = interior_budget;
        self.granules.clear();
    }

    /// Finds a live block and checks it before it is freed. `Err` says what to do with other
    /// addresses.
    ///
    /// # Safety
    /// As [`Open::release`](super::ledger::Open::release).
    #[inline(always)]
    pub(super) unsafe fn inspect(
        &mut self,
        address: *mut u8,
        layout: Layout,
        quarantine: Quarantine,
        harm: OnHarm<'_>,
    ) -> Result<(&mut Block, Generation), Release> {
        let in_run = self.run.position(address).map(|at| (at, Generation::Run));
        let found =
            in_run.or_else(|| self.before.position(address).map(|at| (at, Generation::Before)));
        let Some((at, generation)) = found else {
            return Err(self.release_unknown(address, quarantine, harm));
        };
        let block = match generation {
            Generation::Run => self.run.at_mut(at),
            Generation::Before => self.before.at_mut(at),
        };
        if block.life() == Life::Freed {
            harm(Harm::FreedTwice, block);
            return Err(Release::Kept);
        }
        if block.size != layout.size() || block.align() != layout.align() {
            harm(Harm::OtherLayout(layout.size(), layout.align()), block);
        }
        // SAFETY: the block is live, so its red zone is readable.
        if unsafe { !is_marked(address, block.size) } {
            harm(Harm::Overrun, block);
        }
        Ok((block, generation))
    }

    pub(super) fn forget(&mut self, address: *mut u8) {
        if self.run.remove(address).is_none() {
            self.before.remove(address);
        }
    }

    #[inline]
    pub(super) fn add_live(&mut self, block: &Block, generation: Generation) {
        if generation == Generation::Run {
            self.granules.cover(block.address(), block.size);
            self.live_in_run += 1;
            if block.is_armed() {
                self.armed_bytes += block.size;
            }
        }
    }

    #[inline]
    pub(super) fn sub_live(&mut self, block: &Block, generation: Generation) {
        if generation == Generation::Run {
            // An allocator must not panic, even if these numbers are wrong: a panic would never
            // release the lock.
            self.live_in_run = self.live_in_run.saturating_sub(1);
            if block.is_armed() {
                self.armed_bytes = self.armed_bytes.saturating_sub(block.size);
            }
        }
    }

    /// Handles an address that starts no tracked block. It is foreign, unless it lies inside a
    /// block.
    #[cold]
    pub(super) fn release_unknown(
        &mut self,
        address: *mut u8,
        quarantine: Quarantine,
        harm: OnHarm<'_>,
    ) -> Release {
        let is_near = self.granules.may_cover(address as usize);
        if quarantine == Quarantine::None || !is_near || self.interior_budget == 0 {
            return Release::Foreign;
        }
        self.interior_budget = self.interior_budget.saturating_sub(self.run.slots());
        match self.run.containing(address) {
            Some(block) if block.life() == Life::Live => {
                harm(Harm::FreedInside(address as usize - block.address()), &block);
                Release::Kept
            }
            _ => Release::Foreign,
        }
    }

    /// # Safety
    /// Nothing reads or writes the block after this call.
    #[inline]
    pub(super) unsafe fn quarantine(
        &mut self,
        address: *mut u8,
        block: Block,
        harm: OnHarm<'_>,
    ) -> Release {
        let Some(ring) = self.ring() else {
            self.forget(address);
            return Release::GiveBack(address, block.layout());
        };
        // SAFETY: the caller gave up these bytes.
        unsafe { fill(address, block.size) };
        let is_full = self.held == QUARANTINE_BLOCKS
            || self.held_bytes + block.size > QUARANTINE_BYTES && self.held > 0;
        let oldest = if is_full { self.release_oldest(ring, harm) } else { None };
        let last = (self.first + self.held) % QUARANTINE_BLOCKS;
        // SAFETY: the ring has that many slots, and the lock is held.
        unsafe { ring.add(last).write(block) };
        self.held += 1;
        self.held_bytes += block.size;
        match oldest {
            Some(block) => Release::GiveBack(block.address() as *mut u8, block.layout()),
            None => Release::Kept,
        }
    }

    #[cold]
    pub(super) fn release_oldest(&mut self, ring: *mut Block, harm: OnHarm<'_>) -> Option<Block> {
        let block = self.pop(ring, harm)?;
        self.forget(block.address() as *mut u8);
        Some(block)
    }

    #[inline]
    pub(super) fn pop(&mut self, ring: *mut Block, harm: OnHarm<'_>) -> Option<Block> {
        if self.held == 0 {
            // Start at the front again: these slots are still in the processor's cache.
            self.first = 0;
            return None;
        }
        // SAFETY: `first` is a slot of the ring that `quarantine` wrote.
        let block = unsafe { ring.add(self.first).read() };
        self.first = (self.first + 1) % QUARANTINE_BLOCKS;
        self.held -= 1;
        self.held_bytes -= block.size;
        let address = block.address() as *const u8;
        // SAFETY: a quarantined block has not been given back, so it is readable.
        if unsafe { !is_filled(address, block.size) } {
            // SAFETY: as above.
            harm(Harm::WrittenAfterFree(unsafe { first_change(address, block.size) }), &block);
        }
        Some(block)
    }

    #[inline]
    pub(super) fn ring(&mut self) -> Option<*mut Block> {
        if self.ring.is_none() {
            self.ring = Mapping::private(QUARANTINE_BLOCKS * size_of::<Block>());
        }
        self.ring.as_ref().map(|ring| ring.start().cast())
    }

    /// Gives back the blocks in quarantine. They stay in the table, which the caller empties next.
    pub(super) fn flush(&mut self, harm: OnHarm<'_>, give_back: &mut dyn FnMut(*mut u8, Layout)) {
        let Some(ring) = self.ring() else { return };
        if self.before.len() > 0 {
            // Some may be from an earlier run.
            for index in 0..self.held {
                // SAFETY: `quarantine` wrote the `held` slots from `first` on.
                let block = unsafe { ring.add((self.first + index) % QUARANTINE_BLOCKS).read() };
                self.before.remove(block.address() as *mut u8);
            }
        }
        while let Some(block) = self.pop(ring, harm) {
            give_back(block.address() as *mut u8, block.layout());
        }
    }

    /// Checks the red zones of the blocks that the run left allocated, and moves these blocks to
    /// the other table.
    #[cold]
    pub(super) fn judge_leftovers(&mut self, harm: OnHarm<'_>, leftover: &mut dyn FnMut(Leftover)) {
        let Self { run, before, .. } = self;
        run.for_each(|block| {
            if block.life() == Life::Live {
                // SAFETY: the block is live, so its red zone is readable.
                if unsafe { !is_marked(block.address() as *const u8, block.size) } {
                    harm(Harm::Overrun, block);
                }
                let (birth, size, align) = (block.birth(), block.size, block.align());
                let address = block.address();
                leftover(Leftover { birth, size, align, address });
                // Without pages the block is not tracked. Then its red zone is lost memory, no
                // more.
                let _ = before.insert(*block);
            }
        });
    }
}

impl Block {
    /// The layout with which the inner allocator allocated the block.
    pub(crate) fn layout(&self) -> Layout {
        // The layout was valid when the block was allocated.
        Layout::from_size_align(self.size + RED_ZONE, self.align()).unwrap_or(Layout::new::<()>())
    }

    /// The layout that the code asked for.
    pub(crate) fn user_layout(&self) -> Layout {
        Layout::from_size_align(self.size, self.align()).unwrap_or(Layout::new::<()>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::alloc::marks::mark;

    #[test]
    fn what_is_entered_between_two_runs_belongs_to_neither() {
        let mut ledger = Ledger::new();
        let mut bytes = [0_u8; 8 + RED_ZONE];
        let (address, layout) = (bytes.as_mut_ptr(), Layout::new::<[u8; 8]>());
        // SAFETY: eight bytes, and room for the red zone after them.
        unsafe { mark(address, 8) };
        let block = Block::new(address, 8, 1, Birth::Armed(3));
        assert!(ledger.run.insert(block));
        ledger.add_live(&block, Generation::Run);

        ledger.begin_run(0);
        assert_eq!((ledger.live_in_run, ledger.armed_bytes), (0, 0));
        let harm = &mut |_, _: &Block| panic!("it is whole");
        // SAFETY: the block is live, and nobody else's.
        let found = unsafe { ledger.inspect(address, layout, Quarantine::None, harm) };
        let Ok((found, generation)) = found else { panic!("it is tracked") };
        let found = *found;
        assert!(generation == Generation::Before);
        ledger.sub_live(&found, generation);
        ledger.forget(address);
        assert_eq!(ledger.before.len(), 0);
    }
}
