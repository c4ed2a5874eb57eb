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

use super::entries::{Generation, Ledger, Leftover, OnHarm, Quarantine, Release};
use super::lock::{Asker, BiasedLock, Held};
use super::marks::{RED_ZONE, mark};
use super::request::Birth;
use super::table::Block;
use crate::harness::sys::Mapping;

/// Larger blocks are given back at once.
const QUARANTINE_LARGEST: usize = 16 << 10;

/// Slots looked at for frees inside a block, a run; keeps code that frees many outside
/// blocks from paying for each.
const INTERIOR_BUDGET: usize = 1 << 20;

static LEDGER: SharedLedger = SharedLedger::new();

struct SharedLedger {
    lock: BiasedLock,
    inner: UnsafeCell<Ledger>,
    /// Whether blocks are tracked, or about to be; read without the lock, to let frees pass by.
    in_use: AtomicBool,
    /// Bounds of the addresses ever tracked, for the same end.
    lowest: AtomicUsize,
    highest: AtomicUsize,
}

// SAFETY: `inner` is reached through `open` alone, which holds the lock.
unsafe impl Sync for SharedLedger {}

impl SharedLedger {
    const fn new() -> Self {
        Self {
            lock: BiasedLock::new(),
            inner: UnsafeCell::new(Ledger::new()),
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

/// Widens the bounds for a new block.
#[inline]
fn publish(block: &Block) {
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
fn set_in_use(entries: &Ledger) {
    LEDGER.in_use.store(entries.before.len() > 0, Ordering::Relaxed);
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

impl Open {
    #[inline]
    fn entries(&mut self) -> &mut Ledger {
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
        generation: Generation,
    ) -> bool {
        // SAFETY: the red zone is the last part of the padded layout.
        unsafe { mark(address, layout.size()) };
        let entries = self.entries();
        let block = Block::new(address, layout.size(), layout.align(), birth);
        let is_entered = match generation {
            Generation::Run => entries.run.insert(block),
            Generation::Before => {
                let is_entered = entries.before.insert(block);
                LEDGER.in_use.store(true, Ordering::Relaxed);
                is_entered
            }
        };
        if is_entered {
            entries.add_live(&block, generation);
            publish(&block);
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
        quarantine: Quarantine,
        harm: OnHarm<'_>,
    ) -> Release {
        let entries = self.entries();
        // SAFETY: passed on.
        let (block, generation) =
            match unsafe { entries.inspect(address, layout, quarantine, harm) } {
                Ok(found) => found,
                Err(release) => return release,
            };
        let is_quarantined = quarantine == Quarantine::Hold && block.size <= QUARANTINE_LARGEST;
        let was = *block;
        if is_quarantined {
            block.set_freed();
        }
        entries.sub_live(&was, generation);
        if is_quarantined {
            // SAFETY: the caller gave the block up.
            return unsafe { entries.quarantine(address, was, harm) };
        }
        entries.forget(address);
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
        quarantine: Quarantine,
        harm: OnHarm<'_>,
    ) -> Withdrawn {
        let entries = self.entries();
        // SAFETY: passed on.
        let (block, generation) =
            match unsafe { entries.inspect(address, layout, quarantine, harm) } {
                Ok((block, generation)) => (*block, generation),
                Err(Release::Foreign) => return Withdrawn::Foreign,
                Err(_) => return Withdrawn::Damaged,
            };
        entries.sub_live(&block, generation);
        entries.forget(address);
        Withdrawn::Live(block, generation)
    }

    /// Sum of the sizes in bytes of live blocks that armed requests of this run gave birth to.
    pub(crate) fn armed_bytes(&mut self) -> usize {
        self.entries().armed_bytes
    }

    /// Number of blocks born in this run that live now.
    pub(crate) fn live_in_run(&mut self) -> usize {
        self.entries().live_in_run
    }

    /// Starts a run: blocks born from now on belong to it.
    pub(crate) fn begin_run(&mut self) {
        self.entries().begin_run(INTERIOR_BUDGET);
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
        let entries = self.entries();
        entries.flush(harm, give_back);
        if entries.live_in_run > 0 {
            entries.judge_leftovers(harm, leftover);
        }
        entries.run.clear();
        set_in_use(entries);
    }

    /// In a forked child: closes the run that another thread of the parent had open at the
    /// fork. What it held back is not this process's to judge, nor to give back.
    #[cfg(unix)]
    pub(crate) fn close_inherited_run(&mut self) {
        let entries = self.entries();
        (entries.held, entries.held_bytes) = (0, 0);
        entries.judge_leftovers(&mut |_, _| (), &mut |_| ());
        entries.run.clear();
        set_in_use(entries);
    }

    /// Bytes of the pages behind the ledger, the quarantine's included.
    pub(crate) fn bytes(&mut self) -> usize {
        let entries = self.entries();
        entries.run.bytes() + entries.before.bytes() + entries.ring.as_ref().map_or(0, Mapping::len)
    }
}

/// What [`Open::withdraw`] found.
pub(crate) enum Withdrawn {
    Foreign,
    Damaged,
    Live(Block, Generation),
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
