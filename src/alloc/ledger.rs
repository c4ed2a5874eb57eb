//! The ledger: every tracked block, from birth to the end of its quarantine, and the marks
//! by which damage to it is seen.
//!
//! Kept in pages of its own beside the heap under test, so it can neither be hit by the
//! faults nor by the code's stray writes. One ledger serves the process: a block may be freed
//! on any thread, at any time, also after its sweep. It relies on [`BiasedLock`] for its
//! exclusiveness, decides nothing and never calls the inner allocator.

use std::alloc::Layout;
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::lock::{Asker, BiasedLock, Held};
use super::record::Harm;
use super::request::Birth;
use super::table::{Block, Life, Table};
use crate::sys::Mapping;

/// Bytes after each tracked block that nobody may write.
pub(crate) const RED_ZONE: usize = 16;
const MARK: [u8; RED_ZONE] = [0xa7; RED_ZONE];

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
    /// Whether blocks are tracked, or about to be; read without the lock, to let frees pass by.
    in_use: AtomicBool,
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
            in_use: AtomicBool::new(false),
            lowest: AtomicUsize::new(usize::MAX),
            highest: AtomicUsize::new(0),
        }
    }
}

/// Whether no block is tracked anywhere: then nothing need be looked up.
#[inline]
pub(crate) fn is_empty() -> bool {
    !LEDGER.in_use.load(Ordering::Relaxed)
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
    #[inline(always)]
    #[must_use]
    pub(crate) unsafe fn enter(
        &mut self,
        address: *mut u8,
        layout: Layout,
        birth: Birth,
        era: Era,
    ) -> bool {
        // SAFETY: the red zone is the last part of the padded layout.
        unsafe { address.add(layout.size()).cast::<[u8; RED_ZONE]>().write_unaligned(MARK) };
        let books = self.books();
        let block = Block::new(address, layout.size(), layout.align(), birth);
        let is_entered = match era {
            Era::Run => books.run.insert(block),
            Era::Before => books.before.insert(block),
        };
        if is_entered {
            books.add_live(&block, era);
            books.publish(&block);
        }
        is_entered
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
        // SAFETY: passed on.
        let (block, era) = match unsafe { books.inspect(address, layout, custody, harm) } {
            Ok(found) => found,
            Err(release) => return release,
        };
        let is_quarantined = custody == Custody::Quarantine && block.size <= QUARANTINE_LARGEST;
        let was = *block;
        if is_quarantined {
            block.set_freed();
        }
        books.sub_live(&was, era);
        if is_quarantined {
            // SAFETY: the caller gave the block up.
            return unsafe { books.quarantine(address, was, harm) };
        }
        books.forget(address);
        Release::GiveBack(address, was.layout())
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
        // SAFETY: passed on.
        let (block, era) = match unsafe { books.inspect(address, layout, custody, harm) } {
            Ok((block, era)) => (*block, era),
            Err(Release::Foreign) => return Withdrawn::Foreign,
            Err(_) => return Withdrawn::Damaged,
        };
        books.sub_live(&block, era);
        books.forget(address);
        Withdrawn::Live(block, era)
    }

    /// Sum of the sizes in bytes of live blocks that armed requests of this run gave birth to.
    pub(crate) fn armed_bytes(&mut self) -> usize {
        self.books().armed_bytes
    }

    /// Number of blocks born in this run that live now.
    pub(crate) fn live_in_run(&mut self) -> usize {
        self.books().live_in_run
    }

    /// Starts a run: blocks born from now on belong to it.
    pub(crate) fn begin_run(&mut self) {
        let books = self.books();
        books.live_in_run = 0;
        books.armed_bytes = 0;
        books.interior_budget = INTERIOR_BUDGET;
        LEDGER.in_use.store(true, Ordering::Relaxed);
    }

    /// Ends a run: judges what is in quarantine and the red zones of what is left, hands
    /// out each quarantined block to be given back, and lists what the run left behind.
    ///
    /// None of the three may allocate.
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
        books.run.clear();
        books.set_in_use();
    }

    /// In a forked child: closes the run that another thread of the parent had open at the
    /// fork. What it held back is not this process's to judge, nor to give back.
    #[cfg(unix)]
    pub(crate) fn close_inherited_run(&mut self) {
        let books = self.books();
        (books.held, books.held_bytes) = (0, 0);
        books.judge_leftovers(&mut |_, _| (), &mut |_| ());
        books.run.clear();
        books.set_in_use();
    }

    /// Bytes of the pages behind the ledger, the quarantine's included.
    pub(crate) fn bytes(&mut self) -> usize {
        let books = self.books();
        books.run.bytes() + books.before.bytes() + books.ring.as_ref().map_or(0, Mapping::len)
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

/// When a block was born.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Era {
    /// In the run that is on.
    Run,
    /// In an earlier one, which left it behind.
    Before,
}

/// What [`Open::withdraw`] found.
pub(crate) enum Withdrawn {
    Foreign,
    Damaged,
    Live(Block, Era),
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
    /// Blocks born in the run that is on; its end empties it at once.
    run: Table,
    /// Blocks that earlier runs left behind.
    before: Table,
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
            run: Table::new(),
            before: Table::new(),
            live_in_run: 0,
            armed_bytes: 0,
            interior_budget: 0,
            ring: None,
            first: 0,
            held: 0,
            held_bytes: 0,
        }
    }

    /// Finds a live block and judges how it is given up; what becomes of other addresses.
    ///
    /// # Safety
    /// As [`Open::release`].
    #[inline(always)]
    unsafe fn inspect(
        &mut self,
        address: *mut u8,
        layout: Layout,
        custody: Custody,
        harm: OnHarm<'_>,
    ) -> Result<(&mut Block, Era), Release> {
        let in_run = self.run.position(address).map(|at| (at, Era::Run));
        let found = in_run.or_else(|| self.before.position(address).map(|at| (at, Era::Before)));
        let Some((at, era)) = found else {
            return Err(self.release_unknown(address, custody, harm));
        };
        let block = match era {
            Era::Run => self.run.at_mut(at),
            Era::Before => self.before.at_mut(at),
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
        Ok((block, era))
    }

    #[inline]
    fn publish(&self, block: &Block) {
        let (first, last) = (block.address(), block.address() + block.size);
        if first < LEDGER.lowest.load(Ordering::Relaxed) {
            LEDGER.lowest.store(first, Ordering::Relaxed);
        }
        // Addresses inside the block are in bounds too: a free there has to be seen.
        if last > LEDGER.highest.load(Ordering::Relaxed) {
            LEDGER.highest.store(last, Ordering::Relaxed);
        }
    }

    /// Between two runs: whether blocks are left to look for.
    fn set_in_use(&self) {
        LEDGER.in_use.store(self.before.len() > 0, Ordering::Relaxed);
    }

    fn forget(&mut self, address: *mut u8) {
        if self.run.remove(address).is_none() {
            self.before.remove(address);
        }
    }

    #[inline]
    fn add_live(&mut self, block: &Block, era: Era) {
        if era == Era::Run {
            self.live_in_run += 1;
            if block.is_armed() {
                self.armed_bytes += block.size;
            }
        }
    }

    #[inline]
    fn sub_live(&mut self, block: &Block, era: Era) {
        if era == Era::Run {
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
    /// Nothing reads or writes the block from now on.
    #[inline]
    unsafe fn quarantine(&mut self, address: *mut u8, block: Block, harm: OnHarm<'_>) -> Release {
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
    fn release_oldest(&mut self, ring: *mut Block, harm: OnHarm<'_>) -> Option<Block> {
        let block = self.pop(ring, harm)?;
        self.forget(block.address() as *mut u8);
        Some(block)
    }

    #[inline]
    fn pop(&mut self, ring: *mut Block, harm: OnHarm<'_>) -> Option<Block> {
        if self.held == 0 {
            // Begins at the front again: the slots in use stay in the processor's cache.
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
    fn ring(&mut self) -> Option<*mut Block> {
        if self.ring.is_none() {
            self.ring = Mapping::private(QUARANTINE_BLOCKS * size_of::<Block>());
        }
        self.ring.as_ref().map(|ring| ring.start().cast())
    }

    /// Gives back what is in quarantine. Its blocks stay in the table, which is emptied next.
    fn flush(&mut self, harm: OnHarm<'_>, give_back: &mut dyn FnMut(*mut u8, Layout)) {
        let Some(ring) = self.ring() else { return };
        if self.before.len() > 0 {
            // Blocks of an earlier run may be among them.
            for index in 0..self.held {
                // SAFETY: `quarantine` wrote so many slots from `first` on.
                let block = unsafe { ring.add((self.first + index) % QUARANTINE_BLOCKS).read() };
                self.before.remove(block.address() as *mut u8);
            }
        }
        while let Some(block) = self.pop(ring, harm) {
            give_back(block.address() as *mut u8, block.layout());
        }
    }

    /// Judges the red zones of what the run leaves behind, and keeps it in the other table.
    #[cold]
    fn judge_leftovers(&mut self, harm: OnHarm<'_>, leftover: &mut dyn FnMut(Leftover)) {
        let Self { run, before, .. } = self;
        run.for_each(|block| {
            if block.life() == Life::Live {
                // SAFETY: the block is live, so its red zone is readable.
                if unsafe { !is_marked(block.address() as *const u8, block.size) } {
                    harm(Harm::Overrun, block);
                }
                let (birth, size, align) = (block.birth(), block.size, block.align());
                leftover(Leftover { birth, size, align });
                // Without pages it goes untracked: it costs its red zone, no more.
                let _ = before.insert(*block);
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

/// What the `index`-th byte of a freed block reads. Not one byte over and over, so that no
/// compiler makes a call of `memset` of it: most blocks are small.
const fn fill_byte(index: usize) -> u8 {
    FREED_BYTES[index % FREED_BYTES.len()]
}
const FREED_BYTES: [u8; 16] = *b"\xf5\xe5\xd5\xc5\xb5\xa5\x95\x85\xf4\xe4\xd4\xc4\xb4\xa4\x94\x84";

/// The sixteen bytes of a freed block at `offset`.
#[inline]
fn freed_word(offset: usize) -> [u8; 16] {
    static TWICE: [[u8; 16]; 2] = [FREED_BYTES, FREED_BYTES];
    // SAFETY: fifteen at most, so sixteen bytes from there on are inside.
    unsafe { TWICE.as_ptr().cast::<u8>().add(offset % 16).cast::<[u8; 16]>().read() }
}

/// # Safety
/// The block is writable.
#[inline]
unsafe fn fill(address: *mut u8, size: usize) {
    if size < 16 {
        // SAFETY: passed on.
        return unsafe { address.copy_from_nonoverlapping(FREED_BYTES.as_ptr(), size) };
    }
    // SAFETY: passed on; whatever the bytes were, they are valid for `u8` once written.
    unsafe {
        for word in 0..size / 16 {
            address.cast::<[u8; 16]>().add(word).write_unaligned(FREED_BYTES);
        }
        // This one overlaps the last of those.
        address.add(size - 16).cast::<[u8; 16]>().write_unaligned(freed_word(size));
    }
}

/// Whether a freed block is as [`fill`] left it.
///
/// # Safety
/// The block is readable.
#[inline]
unsafe fn is_filled(address: *const u8, size: usize) -> bool {
    if size < 16 {
        // SAFETY: see above; the bytes were all written by `fill`.
        return unsafe { std::slice::from_raw_parts(address, size) == &FREED_BYTES[..size] };
    }
    // SAFETY: the last sixteen bytes are inside.
    let last = unsafe { address.add(size - 16).cast::<[u8; 16]>().read_unaligned() };
    let mut is_filled = last == freed_word(size);
    // No early exit: nearly every block is whole.
    for word in 0..size / 16 {
        // SAFETY: the word is inside.
        let word = unsafe { address.cast::<[u8; 16]>().add(word).read_unaligned() };
        is_filled &= word == FREED_BYTES;
    }
    is_filled
}

/// The first byte of a freed block that was written to.
///
/// # Safety
/// The block is readable.
#[cold]
unsafe fn first_change(address: *const u8, size: usize) -> usize {
    // SAFETY: see above; the bytes were all written by `fill`.
    let bytes = unsafe { std::slice::from_raw_parts(address, size) };
    let changed = |(index, byte): (usize, &u8)| *byte != fill_byte(index);
    bytes.iter().enumerate().position(changed).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_changed_byte_of_a_freed_block_is_seen() {
        for size in 0..100 {
            let mut bytes = vec![0_u8; size];
            // SAFETY: the vector's own bytes.
            unsafe { fill(bytes.as_mut_ptr(), size) };
            // SAFETY: as above.
            assert!(unsafe { is_filled(bytes.as_ptr(), size) }, "{size}");
            for index in 0..size {
                assert_eq!(bytes[index], fill_byte(index), "{size} {index}");
                bytes[index] ^= 1;
                // SAFETY: as above.
                assert!(unsafe { !is_filled(bytes.as_ptr(), size) }, "{size} {index}");
                // SAFETY: as above.
                assert_eq!(unsafe { first_change(bytes.as_ptr(), size) }, index);
                bytes[index] ^= 1;
            }
        }
    }
}
