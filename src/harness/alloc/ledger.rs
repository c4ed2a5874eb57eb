//! The ledger: all tracked blocks, from their allocation to the end of their quarantine, and the
//! marks that show damage to them.
//!
//! It lies in its own pages outside the heap under test. Faults cannot hit it, and stray writes of
//! the code hardly can. There is one ledger for the process: any thread may free a block, at any
//! time, even after its sweep. [`BiasedLock`] makes access exclusive. The ledger decides nothing
//! and never calls the inner allocator.

use std::alloc::Layout;
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::entries::{Generation, Ledger, Leftover, OnHarm, Quarantine, Release};
use super::lock::{Asker, BiasedLock, Held};
use super::marks::{RED_ZONE, mark};
use super::request::Birth;
use super::table::{Block, Life};
use crate::harness::sys::Mapping;

/// Larger blocks skip quarantine.
const QUARANTINE_LARGEST: usize = 16 << 10;

/// How many slots a run searches for frees inside a block. The limit keeps code fast that frees
/// many foreign blocks.
const INTERIOR_BUDGET: usize = 1 << 20;

static LEDGER: SharedLedger = SharedLedger::new();

struct SharedLedger {
    lock: BiasedLock,
    inner: UnsafeCell<Ledger>,
    /// Whether blocks are tracked, or soon will be. Frees read it without the lock, to skip the
    /// ledger.
    in_use: AtomicBool,
    /// Bounds of all addresses that were ever tracked, for the same purpose.
    lowest: AtomicUsize,
    highest: AtomicUsize,
}

// SAFETY: only `open` gives access to `inner`, and it holds the lock.
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

/// Returns whether no block is tracked, so that no look-up is needed.
#[inline]
pub(crate) fn is_empty() -> bool {
    !LEDGER.in_use.load(Ordering::Relaxed)
}

/// Returns whether the block may be tracked. A thread that frees a block has received it after its
/// allocation, so the relaxed loads cannot miss it.
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
    // Addresses inside the block count too: the ledger must see frees there.
    if last > LEDGER.highest.load(Ordering::Relaxed) {
        LEDGER.highest.store(last, Ordering::Relaxed);
    }
}

/// Called between two runs: sets whether blocks remain that need a look-up.
fn set_in_use(entries: &Ledger) {
    LEDGER.in_use.store(entries.before.len() > 0, Ordering::Relaxed);
}

/// The layout with the red zone; `None` if the size overflows.
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

/// Makes the calling thread the ledger's owner, until [`close_session`].
pub(crate) fn open_session() {
    LEDGER.lock.rebias();
}

pub(crate) fn close_session() {
    LEDGER.lock.unbias();
}

/// The ledger, while its lock is held.
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

    /// Enters a block of `layout`, which the inner allocator allocated with the [`padded`] layout,
    /// and marks its red zone. Returns false if there is no memory for the entry. Then the caller
    /// must not hand the block out: the layout on free would not match.
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

    /// Notes that a block is freed.
    ///
    /// # Safety
    /// If `address` is tracked and live, the caller gives the block up: nothing reads it after this
    /// call.
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

    /// Takes a live block out so that it can be reallocated, and checks its red zone.
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

    /// Total size in bytes of the live blocks that armed requests of this run allocated.
    pub(crate) fn armed_bytes(&mut self) -> usize {
        self.entries().armed_bytes
    }

    /// Number of live blocks that were allocated in this run.
    pub(crate) fn live_in_run(&mut self) -> usize {
        self.entries().live_in_run
    }

    /// Starts a run: blocks allocated from now on belong to it.
    pub(crate) fn begin_run(&mut self) {
        self.entries().begin_run(INTERIOR_BUDGET);
        LEDGER.in_use.store(true, Ordering::Relaxed);
    }

    /// Ends a run. Checks the blocks in quarantine and the red zones of the blocks that are left,
    /// passes each quarantined block to `give_back`, and each block that is left to `leftover`.
    ///
    /// None of the three closures may allocate.
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

    /// In a forked child: closes the run that another thread of the parent had open at the fork.
    /// The child neither checks nor frees the blocks in quarantine.
    #[cfg(unix)]
    pub(crate) fn close_inherited_run(&mut self) {
        let entries = self.entries();
        (entries.held, entries.held_bytes) = (0, 0);
        entries.judge_leftovers(&mut |_, _| (), &mut |_| ());
        entries.run.clear();
        set_in_use(entries);
    }

    /// Size in bytes of the ledger's pages, with those of the quarantine.
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

/// Returns whether the block that an earlier run left at this address is still allocated.
pub(crate) fn holds(leftover: usize) -> bool {
    let mut open = open(Asker::Owner);
    let before = &mut open.entries().before;
    let at = before.position(leftover as *mut u8);
    at.is_some_and(|at| before.at_mut(at).life() == Life::Live)
}

/// Size in bytes of the memory that the ledger uses now, with the slots of the quarantine. For
/// benchmarks.
#[doc(hidden)]
#[must_use]
pub fn ledger_bytes() -> usize {
    open(Asker::Other).bytes()
}

/// Holds the ledger during a fork, so that the child inherits it in a consistent state.
#[cfg(unix)]
pub(crate) fn hold_for_fork() -> Open {
    open(Asker::Other)
}
