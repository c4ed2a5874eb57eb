//! The ledger: every tracked block, from birth to the end of its quarantine, and the marks
//! by which damage to it is seen.
//!
//! Kept in pages of its own beside the heap under test, so it can neither be hit by the
//! faults nor by the code's stray writes. One ledger serves the process: a block may be freed
//! on any thread, at any time, also after its sweep. It relies on [`BiasedLock`] for its
//! exclusiveness, decides nothing and never calls the inner allocator.

use std::alloc::Layout;
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::lock::{Asker, BiasedLock, Held};
use super::record::Harm;
use super::request::Birth;
use super::table::{Block, Life, Table};
use crate::sys::Mapping;

/// Bytes after each tracked block that nobody may write.
pub(crate) const RED_ZONE: usize = 16;
const MARK: [u8; RED_ZONE] = [0xa7; RED_ZONE];
const FREED_BYTE: u8 = 0xf5;

/// Freed blocks held back at most, and their bytes at most.
const QUARANTINE_BLOCKS: usize = 4096;
const QUARANTINE_BYTES: usize = 256 << 10;
/// Larger blocks are given back at once.
const QUARANTINE_LARGEST: usize = 16 << 10;

/// Slots looked at for frees inside a block, a run; keeps code that frees many outside
/// blocks from paying for each.
const INTERIOR_BUDGET: usize = 1 << 20;

static LEDGER: Ledger = Ledger::new();

struct Ledger {
    lock: BiasedLock,
    inner: UnsafeCell<Books>,
    /// Blocks in the table; read without the lock to let other threads' frees pass by.
    tracked: AtomicUsize,
    /// Bounds of the addresses ever tracked, for the same end.
    lowest: AtomicUsize,
    highest: AtomicUsize,
}

// SAFETY: `inner` is reached through `open` alone, which holds the lock.
unsafe impl Sync for Ledger {}

impl Ledger {
    const fn new() -> Self {
        Self {
            lock: BiasedLock::new(),
            inner: UnsafeCell::new(Books::new()),
            tracked: AtomicUsize::new(0),
            lowest: AtomicUsize::new(usize::MAX),
            highest: AtomicUsize::new(0),
        }
    }
}

/// Whether no block is tracked anywhere: then nothing need be looked up.
#[inline]
pub(crate) fn is_empty() -> bool {
    LEDGER.tracked.load(Ordering::Relaxed) == 0
}

/// Whether the block might be tracked. Whoever may free it has been handed it after its
/// birth, so the relaxed loads cannot miss it.
#[inline]
pub(crate) fn may_hold(address: *mut u8) -> bool {
    let address = address as usize;
    LEDGER.lowest.load(Ordering::Relaxed) <= address
        && address <= LEDGER.highest.load(Ordering::Relaxed)
}

/// The layout with the red zone; `None` if that overflows.
#[inline]
pub(crate) fn padded(layout: Layout) -> Option<Layout> {
    Layout::from_size_align(layout.size().checked_add(RED_ZONE)?, layout.align()).ok()
}

/// Opens the ledger for `asker`.
#[inline]
pub(crate) fn open(asker: Asker) -> Open {
    let held = LEDGER.lock.lock(asker);
    Open { _held: held }
}

/// Makes the calling thread the ledger's owner until [`close_session`].
pub(crate) fn open_session() {
    LEDGER.lock.rebias();
}

pub(crate) fn close_session() {
    LEDGER.lock.unbias();
}

/// The ledger, held.
pub(crate) struct Open {
    _held: Held<'static>,
}

/// What to do with an address that is to be freed.
pub(crate) enum Release {
    /// It is not tracked: pass it through.
    Foreign,
    /// It is damaged or quarantined: nothing may be passed on.
    Kept,
    /// This block goes back to the inner allocator, which gave it out with this layout.
    GiveBack(*mut u8, Layout),
}

/// A block that lives on after its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leftover {
    pub(crate) birth: Birth,
    pub(crate) size: usize,
    pub(crate) align: usize,
}

/// Where harms are reported to.
pub(crate) type OnHarm<'a> = &'a mut dyn FnMut(Harm, &Block);

impl Open {
    #[inline]
    fn books(&mut self) -> &mut Books {
        // SAFETY: `_held` proves that the lock is held, and `&mut self` that this is the
        // only reference made from it.
        unsafe { &mut *LEDGER.inner.get() }
    }

    /// Enters a block of `layout` that the inner allocator gave out with [`padded`] layout,
    /// and marks its red zone. False if there is no memory to enter it: then it must not be
    /// handed out as it is, for its layout would not match on free.
    ///
    /// # Safety
    /// `address` is valid for writes of the padded layout's size.
    #[inline]
    #[must_use]
    pub(crate) unsafe fn enter(
        &mut self,
        address: *mut u8,
        layout: Layout,
        birth: Birth,
        epoch: u32,
    ) -> bool {
        // SAFETY: the red zone is the last part of the padded layout.
        unsafe { address.add(layout.size()).cast::<[u8; RED_ZONE]>().write_unaligned(MARK) };
        let books = self.books();
        let block = Block::new(address, layout.size(), layout.align(), birth, epoch);
        if !books.table.insert(block) {
            return false;
        }
        books.add_live(&block);
        books.publish(address as usize);
        true
    }

    /// Takes note of a free.
    ///
    /// # Safety
    /// If `address` is tracked and live, its caller gives it up: nothing reads it from now on.
    #[inline]
    pub(crate) unsafe fn release(
        &mut self,
        address: *mut u8,
        layout: Layout,
        custody: Custody,
        harm: OnHarm<'_>,
    ) -> Release {
        let books = self.books();
        let Some(block) = books.table.find(address) else {
            return books.release_unknown(address, custody, harm);
        };
        if block.life() == Life::Freed {
            harm(Harm::FreedTwice, block);
            return Release::Kept;
        }
        if block.size != layout.size() || block.align() != layout.align() {
            harm(Harm::OtherLayout(layout.size(), layout.align()), block);
        }
        // SAFETY: the block is live, so its red zone is readable.
        if unsafe { !is_marked(address, block.size) } {
            harm(Harm::Overrun, block);
        }
        let block = *block;
        books.sub_live(&block);
        if custody == Custody::None || block.size > QUARANTINE_LARGEST {
            books.forget(address);
            return Release::GiveBack(address, block.layout());
        }
        // SAFETY: the caller gave the block up.
        unsafe { books.quarantine(address, block, harm) }
    }

    /// Takes a live block out so that it can be reallocated; its red zone is judged.
    ///
    /// # Safety
    /// As [`release`](Self::release).
    pub(crate) unsafe fn withdraw(
        &mut self,
        address: *mut u8,
        layout: Layout,
        custody: Custody,
        harm: OnHarm<'_>,
    ) -> Withdrawn {
        let books = self.books();
        let Some(block) = books.table.find(address) else {
            return match books.release_unknown(address, custody, harm) {
                Release::Foreign => Withdrawn::Foreign,
                _ => Withdrawn::Damaged,
            };
        };
        if block.life() == Life::Freed {
            harm(Harm::FreedTwice, block);
            return Withdrawn::Damaged;
        }
        if block.size != layout.size() || block.align() != layout.align() {
            harm(Harm::OtherLayout(layout.size(), layout.align()), block);
        }
        // SAFETY: the block is live, so its red zone is readable.
        if unsafe { !is_marked(address, block.size) } {
            harm(Harm::Overrun, block);
        }
        let block = *block;
        books.sub_live(&block);
        books.forget(address);
        Withdrawn::Live(block)
    }

    /// Sum of the sizes in bytes of live blocks that armed requests of this run gave birth to.
    pub(crate) fn armed_bytes(&mut self) -> usize {
        self.books().armed_bytes
    }

    /// Number of blocks born in this run that live now.
    pub(crate) fn live_in_run(&mut self) -> usize {
        self.books().live_in_run
    }

    /// Starts a run: blocks born from now on belong to the epoch returned.
    pub(crate) fn begin_run(&mut self) -> u32 {
        let books = self.books();
        books.epoch = (books.epoch + 1) & 0xff_ffff;
        books.live_in_run = 0;
        books.armed_bytes = 0;
        books.interior_budget = INTERIOR_BUDGET;
        books.epoch
    }

    /// Ends a run: judges what is in quarantine and the red zones of what is left, hands
    /// out each quarantined block to be given back, and lists what the run left behind.
    ///
    /// `leftover` and `give_back` may allocate through the inner allocator only.
    pub(crate) fn end_run(
        &mut self,
        harm: OnHarm<'_>,
        leftover: &mut dyn FnMut(Leftover),
        give_back: &mut dyn FnMut(*mut u8, Layout),
    ) {
        let books = self.books();
        books.flush(harm, give_back);
        if books.live_in_run > 0 {
            books.judge_leftovers(harm, leftover);
        }
    }

    /// Bytes of the pages behind the ledger, the quarantine's included.
    pub(crate) fn bytes(&mut self) -> usize {
        let books = self.books();
        books.table.bytes() + books.ring.as_ref().map_or(0, Mapping::len)
    }
}

/// Whether freed blocks are held back for a while.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Custody {
    /// Inside a run.
    Quarantine,
    /// Outside of any.
    None,
}

/// What [`Open::withdraw`] found.
pub(crate) enum Withdrawn {
    Foreign,
    Damaged,
    Live(Block),
}

impl Block {
    /// The layout that the inner allocator gave the block out with.
    pub(crate) fn layout(&self) -> Layout {
        // It was a valid layout at birth.
        Layout::from_size_align(self.size + RED_ZONE, self.align()).unwrap_or(Layout::new::<()>())
    }

    /// The layout that its user asked for.
    pub(crate) fn user_layout(&self) -> Layout {
        Layout::from_size_align(self.size, self.align()).unwrap_or(Layout::new::<()>())
    }
}

struct Books {
    table: Table,
    epoch: u32,
    live_in_run: usize,
    armed_bytes: usize,
    interior_budget: usize,
    ring: Option<Mapping>,
    /// Position and number of the quarantined blocks in the ring, and their bytes.
    first: usize,
    held: usize,
    held_bytes: usize,
}

impl Books {
    const fn new() -> Self {
        Self {
            table: Table::new(),
            epoch: 0,
            live_in_run: 0,
            armed_bytes: 0,
            interior_budget: 0,
            ring: None,
            first: 0,
            held: 0,
            held_bytes: 0,
        }
    }

    #[inline]
    fn publish(&self, address: usize) {
        LEDGER.tracked.store(self.table.len(), Ordering::Relaxed);
        if address < LEDGER.lowest.load(Ordering::Relaxed) {
            LEDGER.lowest.store(address, Ordering::Relaxed);
        }
        if address > LEDGER.highest.load(Ordering::Relaxed) {
            LEDGER.highest.store(address, Ordering::Relaxed);
        }
    }

    fn forget(&mut self, address: *mut u8) {
        self.table.remove(address);
        LEDGER.tracked.store(self.table.len(), Ordering::Relaxed);
    }

    #[inline]
    fn add_live(&mut self, block: &Block) {
        if block.epoch() == self.epoch {
            self.live_in_run += 1;
            if block.is_armed() {
                self.armed_bytes += block.size;
            }
        }
    }

    #[inline]
    fn sub_live(&mut self, block: &Block) {
        if block.epoch() == self.epoch {
            self.live_in_run -= 1;
            if block.is_armed() {
                self.armed_bytes -= block.size;
            }
        }
    }

    /// An address that starts no tracked block: foreign, unless it lies inside one.
    #[cold]
    fn release_unknown(&mut self, address: *mut u8, custody: Custody, harm: OnHarm<'_>) -> Release {
        if custody == Custody::None || !may_hold(address) || self.interior_budget == 0 {
            return Release::Foreign;
        }
        self.interior_budget = self.interior_budget.saturating_sub(self.table.slots());
        match self.table.containing(address) {
            Some(block) if block.life() == Life::Live => {
                harm(Harm::FreedInside(address as usize - block.address()), &block);
                Release::Kept
            }
            _ => Release::Foreign,
        }
    }

    /// # Safety
    /// Nothing reads or writes the block from now on.
    unsafe fn quarantine(
        &mut self,
        address: *mut u8,
        mut block: Block,
        harm: OnHarm<'_>,
    ) -> Release {
        let Some(ring) = self.ring() else {
            self.forget(address);
            return Release::GiveBack(address, block.layout());
        };
        // SAFETY: the caller gave up these bytes.
        unsafe { address.write_bytes(FREED_BYTE, block.size) };
        block.set_freed();
        if let Some(entry) = self.table.find(address) {
            entry.set_freed();
        }
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

    fn release_oldest(&mut self, ring: *mut Block, harm: OnHarm<'_>) -> Option<Block> {
        let block = self.pop(ring, harm)?;
        self.forget(block.address() as *mut u8);
        Some(block)
    }

    fn pop(&mut self, ring: *mut Block, harm: OnHarm<'_>) -> Option<Block> {
        if self.held == 0 {
            return None;
        }
        // SAFETY: `first` is a slot of the ring that `quarantine` wrote.
        let block = unsafe { ring.add(self.first).read() };
        self.first = (self.first + 1) % QUARANTINE_BLOCKS;
        self.held -= 1;
        self.held_bytes -= block.size;
        // SAFETY: a quarantined block has not been given back, so it is readable.
        if let Some(offset) = unsafe { first_change(block.address() as *const u8, block.size) } {
            harm(Harm::WrittenAfterFree(offset), &block);
        }
        Some(block)
    }

    fn ring(&mut self) -> Option<*mut Block> {
        if self.ring.is_none() {
            self.ring = Mapping::private(QUARANTINE_BLOCKS * size_of::<Block>());
        }
        self.ring.as_ref().map(|ring| ring.start().cast())
    }

    fn flush(&mut self, harm: OnHarm<'_>, give_back: &mut dyn FnMut(*mut u8, Layout)) {
        let Some(ring) = self.ring() else { return };
        // Where nothing but the quarantine is left, wiping the table beats emptying it.
        let wipe = self.held == self.table.len() && self.table.prefers_clear(self.held);
        while let Some(block) = self.pop(ring, harm) {
            if !wipe {
                self.table.remove(block.address() as *mut u8);
            }
            give_back(block.address() as *mut u8, block.layout());
        }
        if wipe {
            self.table.clear();
        }
        LEDGER.tracked.store(self.table.len(), Ordering::Relaxed);
    }

    #[cold]
    fn judge_leftovers(&mut self, harm: OnHarm<'_>, leftover: &mut dyn FnMut(Leftover)) {
        let epoch = self.epoch;
        self.table.for_each(|block| {
            if block.epoch() == epoch && block.life() == Life::Live {
                // SAFETY: the block is live, so its red zone is readable.
                if unsafe { !is_marked(block.address() as *const u8, block.size) } {
                    harm(Harm::Overrun, block);
                }
                let (birth, size, align) = (block.birth(), block.size, block.align());
                leftover(Leftover { birth, size, align });
            }
        });
    }
}

/// # Safety
/// The block at `address` of `size` bytes and the red zone after it are readable.
#[inline]
unsafe fn is_marked(address: *const u8, size: usize) -> bool {
    // SAFETY: see above.
    unsafe { address.add(size).cast::<[u8; RED_ZONE]>().read_unaligned() == MARK }
}

/// Where a freed block was written to.
///
/// # Safety
/// The block is readable.
unsafe fn first_change(address: *const u8, size: usize) -> Option<usize> {
    // SAFETY: see above; the bytes were all written by `quarantine`.
    let bytes = unsafe { std::slice::from_raw_parts(address, size) };
    let (words, rest) = bytes.as_chunks::<8>();
    let is_filled = words.iter().all(|word| *word == [FREED_BYTE; 8])
        && rest.iter().all(|&byte| byte == FREED_BYTE);
    if is_filled { None } else { bytes.iter().position(|&byte| byte != FREED_BYTE) }
}

/// Bytes of memory behind the ledger now, its quarantine's slots included: for benchmarks.
#[doc(hidden)]
#[must_use]
pub fn ledger_bytes() -> usize {
    open(Asker::Other).bytes()
}

/// Holds the ledger while the process forks, so that the child inherits it whole.
#[cfg(unix)]
pub(crate) fn hold_for_fork() -> Open {
    open(Asker::Other)
}
