//! The allocator that fails on demand: [`FaultAlloc`].
//!
//! Most of the harness's `unsafe` code is in this folder. Inside a session, each request passes
//! through `scope` (which number does it have, does it fail?) and `ledger` (which blocks are live,
//! are they damaged?). Outside, a request costs one thread-local read, and a free costs one relaxed
//! load. Nothing here unwinds, and nothing allocates through this allocator.

mod entries;
mod granules;
mod ledger;
mod lock;
mod marks;
mod record;
mod request;
mod rule;
mod scope;
mod stack;
mod table;
mod trace;

use std::alloc::{GlobalAlloc, Layout, System};
use std::ops::Range;
use std::ptr;

pub(crate) use entries::Leftover;
use entries::{Generation, Release};
use ledger::Withdrawn;
#[cfg(unix)]
pub(crate) use ledger::hold_for_fork;
pub(crate) use ledger::holds;
pub use ledger::ledger_bytes;
pub(crate) use marks::FREED_BYTES;
pub(crate) use record::{Harm, PanicNote, Record, Sharing, Tolerance};
pub(crate) use request::Birth;
pub use request::{Operation, Request};
pub(crate) use rule::{Compiled, mix};
#[cfg(unix)]
pub(crate) use scope::become_child;
pub(crate) use scope::{
    AllocPolicy, Capture, Moves, Run, Session, Settings, Shrinks, SpawnedThreads, Turn,
    inside_request, is_in_session, is_installed, note_panic, resume_async,
};
use scope::{Answer, Home, Local};
pub use scope::{Scope, oom_sweep_fault, pause, pause_async, tolerate, tolerate_async};
pub(crate) use trace::{MAX_REQUESTS, NO_STACK, Trace, Traced};

/// A global allocator that fails requests on demand and checks the blocks that it hands out.
///
/// Outside a sweep it passes every request on to `A`. Binaries, tests and fuzz targets install it; a
/// library never does:
///
/// ```
/// #[global_allocator]
/// static ALLOC: oom_sweep::FaultAlloc = oom_sweep::FaultAlloc::system();
/// # fn main() {}
/// ```
///
/// It never unwinds and never allocates through itself.
#[derive(Debug, Default)]
pub struct FaultAlloc<A = System> {
    inner: A,
}

impl FaultAlloc<System> {
    /// Wraps the operating system's allocator.
    #[must_use]
    pub const fn system() -> Self {
        Self::new(System)
    }
}

impl<A> FaultAlloc<A> {
    /// Wraps any other allocator.
    #[must_use]
    pub const fn new(inner: A) -> Self {
        Self { inner }
    }
}

// SAFETY: each block comes from `inner`, with the caller's layout. A tracked block has a larger
// layout of the same alignment, which the ledger keeps until the block goes back. A failed request
// returns null, as the trait allows, and leaves a reallocated block as it was.
unsafe impl<A: GlobalAlloc> GlobalAlloc for FaultAlloc<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        scope::with(|local| {
            if local.is_outside() {
                // SAFETY: the caller's own contract, passed on.
                return unsafe { self.inner.alloc(layout) };
            }
            self.alloc_inside(local, layout, Operation::Alloc)
        })
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        scope::with(|local| {
            if local.is_outside() {
                // SAFETY: the caller's own contract, passed on.
                return unsafe { self.inner.alloc_zeroed(layout) };
            }
            self.alloc_inside(local, layout, Operation::AllocZeroed)
        })
    }

    #[inline]
    unsafe fn dealloc(&self, address: *mut u8, layout: Layout) {
        if ledger::is_empty() {
            // SAFETY: the caller's own contract, passed on.
            return unsafe { self.inner.dealloc(address, layout) };
        }
        // SAFETY: as above.
        scope::with(|local| unsafe { self.dealloc_looked_up(local, address, layout) });
    }

    #[inline]
    unsafe fn realloc(&self, address: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if ledger::is_empty() && scope::with(Local::is_outside) {
            // SAFETY: the caller's own contract, passed on.
            return unsafe { self.inner.realloc(address, layout, size) };
        }
        // SAFETY: as above.
        scope::with(|local| unsafe { self.realloc_looked_up(local, address, layout, size) })
    }
}

impl<A: GlobalAlloc> FaultAlloc<A> {
    #[inline(never)]
    fn alloc_inside(&self, local: &Local, layout: Layout, operation: Operation) -> *mut u8 {
        match local.answer(operation, 0, layout.size(), layout.align()) {
            Answer::Pass => {
                local.call_hook();
                self.serve(layout, operation)
            }
            Answer::Refuse => ptr::null_mut(),
            Answer::Track(birth) => self.serve_tracked(local, layout, operation, birth),
        }
    }

    #[inline(always)]
    fn serve(&self, layout: Layout, operation: Operation) -> *mut u8 {
        match operation {
            // SAFETY: the layout has the caller's size, which is not zero, or more.
            Operation::AllocZeroed => unsafe { self.inner.alloc_zeroed(layout) },
            // SAFETY: as above.
            _ => unsafe { self.inner.alloc(layout) },
        }
    }

    #[inline(always)]
    fn serve_tracked(
        &self,
        local: &Local,
        layout: Layout,
        operation: Operation,
        birth: Birth,
    ) -> *mut u8 {
        // If no layout can hold the red zone, the request fails without a fault.
        let padded = ledger::padded(layout);
        let address = padded.map_or(ptr::null_mut(), |padded| self.serve(padded, operation));
        let (Some(padded), false) = (padded, address.is_null()) else {
            local.note_shortage();
            return ptr::null_mut();
        };
        let mut ledger = ledger::open(local.asker());
        let generation = local.generation(&ledger);
        // SAFETY: `inner` just allocated `address` with the padded layout.
        if unsafe { ledger.enter(address, layout, birth, generation) } {
            let alloc = std::ptr::from_ref(self).cast();
            local.set_home(&ledger, Home { alloc, dealloc: Self::dealloc_past_ledger });
            return address;
        }
        drop(ledger);
        // SAFETY: allocated above with this layout, and nobody else has seen it.
        unsafe { self.inner.dealloc(address, padded) };
        self.serve(layout, operation)
    }

    /// # Safety
    /// `alloc` is a `Self` whose inner allocator allocated the block with this layout.
    unsafe fn dealloc_past_ledger(alloc: *const (), address: *mut u8, layout: Layout) {
        // SAFETY: see above; a global allocator lives as long as the process.
        unsafe { (*alloc.cast::<Self>()).inner.dealloc(address, layout) };
    }

    #[inline(never)]
    unsafe fn dealloc_looked_up(&self, local: &Local, address: *mut u8, layout: Layout) {
        if !ledger::may_hold(address) {
            // SAFETY: the caller's own contract, passed on.
            return unsafe { self.inner.dealloc(address, layout) };
        }
        let mut harms = Harms::default();
        // SAFETY: the caller frees the block and so gives it up.
        let release = unsafe {
            let mut ledger = ledger::open(local.asker());
            let quarantine = local.quarantine(&ledger);
            ledger.release(address, layout, quarantine, &mut |harm, block| {
                harms.add(local.harm(harm, block));
            })
        };
        harms.note_stack(local);
        match release {
            Release::Kept => {}
            // SAFETY: the caller's own contract, passed on.
            Release::Foreign => unsafe { self.inner.dealloc(address, layout) },
            // SAFETY: the ledger gives each block back once, with the layout that it was allocated
            // with.
            Release::GiveBack(address, layout) => unsafe { self.inner.dealloc(address, layout) },
        }
    }

    #[inline(never)]
    unsafe fn realloc_looked_up(
        &self,
        local: &Local,
        address: *mut u8,
        layout: Layout,
        size: usize,
    ) -> *mut u8 {
        match local.answer(Operation::Realloc, layout.size(), size, layout.align()) {
            Answer::Refuse => ptr::null_mut(),
            // SAFETY: the caller's own contract, passed on.
            Answer::Track(birth) if local.moves() == Moves::Always => unsafe {
                self.move_block(local, address, layout, size, birth)
            },
            // SAFETY: as above.
            answer => unsafe { self.resize_block(local, address, layout, size, answer) },
        }
    }

    /// # Safety
    /// As for `realloc`.
    unsafe fn move_block(
        &self,
        local: &Local,
        address: *mut u8,
        layout: Layout,
        size: usize,
        birth: Birth,
    ) -> *mut u8 {
        let Ok(wanted) = Layout::from_size_align(size, layout.align()) else {
            return ptr::null_mut();
        };
        let moved = self.serve_tracked(local, wanted, Operation::Alloc, birth);
        if !moved.is_null() {
            // SAFETY: both blocks have at least this length, and the caller gives up the old one.
            unsafe {
                moved.copy_from_nonoverlapping(address, layout.size().min(size));
                self.dealloc_looked_up(local, address, layout);
            }
        }
        moved
    }

    /// # Safety
    /// As for `realloc`.
    unsafe fn resize_block(
        &self,
        local: &Local,
        address: *mut u8,
        layout: Layout,
        size: usize,
        answer: Answer,
    ) -> *mut u8 {
        let mut harms = Harms::default();
        let withdrawn = if ledger::may_hold(address) {
            // SAFETY: the caller gives the block up; if it is not resized, it is entered again.
            unsafe {
                let mut ledger = ledger::open(local.asker());
                let quarantine = local.quarantine(&ledger);
                ledger.withdraw(address, layout, quarantine, &mut |harm, block| {
                    harms.add(local.harm(harm, block));
                })
            }
        } else {
            Withdrawn::Foreign
        };
        harms.note_stack(local);
        let old = match withdrawn {
            Withdrawn::Damaged => return ptr::null_mut(),
            Withdrawn::Foreign => None,
            Withdrawn::Live(block, generation) => Some((block, generation)),
        };
        let (birth, generation) = match (answer, &old) {
            (Answer::Track(birth), _) => (birth, Generation::Run),
            (_, Some((block, generation))) => (block.birth(), *generation),
            // SAFETY: the block is not tracked and the thread is outside a run: the caller's own
            // contract, passed on.
            (_, None) => return unsafe { self.inner.realloc(address, layout, size) },
        };
        let held = old.as_ref().map_or(layout, |(block, _)| block.layout());
        let wanted = Layout::from_size_align(size, layout.align()).ok();
        let moved = match wanted.and_then(ledger::padded) {
            // SAFETY: `inner` allocated the block with the layout `held`.
            Some(padded) => unsafe { self.inner.realloc(address, held, padded.size()) },
            None => ptr::null_mut(),
        };
        if moved.is_null() {
            local.note_shortage();
        }
        let (entry, layout, birth, generation) = match (wanted, &old) {
            (Some(wanted), _) if !moved.is_null() => (moved, wanted, birth, generation),
            // Not resized: a tracked block stays tracked, another one stays untracked.
            (_, Some((block, generation))) => {
                (address, block.user_layout(), block.birth(), *generation)
            }
            (_, None) => return ptr::null_mut(),
        };
        let mut ledger = ledger::open(local.asker());
        let generation = match answer {
            Answer::Track(_) => local.generation(&ledger),
            Answer::Pass | Answer::Refuse => generation,
        };
        // SAFETY: the block has the padded layout of its new size or, if it was not resized, of its
        // old one.
        let is_entered = unsafe { ledger.enter(entry, layout, birth, generation) };
        drop(ledger);
        if is_entered || moved.is_null() {
            return moved;
        }
        // SAFETY: as above.
        unsafe { self.shed_padding(moved, layout) }
    }

    /// Handles a reallocated block for which the ledger has no pages: it is not tracked, so its
    /// later free passes its own layout to `inner`.
    ///
    /// # Safety
    /// `inner` allocated the block with the padded form of `layout`. No other code has its address.
    #[cold]
    unsafe fn shed_padding(&self, address: *mut u8, layout: Layout) -> *mut u8 {
        let Some(padded) = ledger::padded(layout) else { return address };
        // SAFETY: passed on.
        let shed = unsafe { self.inner.realloc(address, padded, layout.size()) };
        // If `inner` does not shrink it, its free passes a size without the padding. C's allocators
        // ignore this size.
        if shed.is_null() { address } else { shed }
    }
}

/// The harms that one call has found, by number. They have one stack, which is captured when the
/// ledger is no longer held.
#[derive(Default)]
struct Harms {
    numbers: Option<Range<u64>>,
}

impl Harms {
    fn add(&mut self, number: Option<u64>) {
        let Some(number) = number else { return };
        let first = self.numbers.as_ref().map_or(number, |numbers| numbers.start);
        self.numbers = Some(first..number.saturating_add(1));
    }

    #[inline]
    fn note_stack(self, local: &Local) {
        if let Some(numbers) = self.numbers {
            local.note_harm_stack(numbers);
        }
    }
}
