//! What code under test may say to the scope: [`pause`] and [`tolerate`]. Inert outside a sweep.

use std::cell::Cell;

use super::session::scope_entry;
use super::{Local, State, with};
use crate::alloc::ledger;

/// Runs `f` with its requests neither counted nor faulted nor tracked: for loggers and other
/// scaffolding inside the code under test. Does nothing outside a sweep.
///
/// ```
/// let line = oom_sweep::pause(|| format!("{} entries", 3));
/// assert_eq!(line, "3 entries");
/// ```
///
/// It pauses the calling thread; others that have [joined](crate::Scope::join) go on. For a future
/// there is [`pause_async`](crate::pause_async).
pub fn pause<R>(f: impl FnOnce() -> R) -> R {
    with(|local| {
        if !local.is_in_run() {
            return f();
        }
        let _paused = local.enter(State::Paused);
        f()
    })
}

/// Runs `f`; faults in it need not surface as errors: for caches and other work that may be
/// done without. `reason` says why, for the reader and for reports of tolerance that nothing
/// needs any more. Does nothing outside a sweep.
///
/// ```
/// let mut cache: Vec<u8> = Vec::new();
/// oom_sweep::tolerate("only a cache", || drop(cache.try_reserve(100)));
/// ```
///
/// It is about the calling thread's faults. For a future there is
/// [`tolerate_async`](crate::tolerate_async).
pub fn tolerate<R>(reason: &str, f: impl FnOnce() -> R) -> R {
    struct Leave<'a>(&'a Cell<u32>);
    impl Drop for Leave<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() - 1);
        }
    }
    with(|local| {
        if !local.is_in_run() {
            return f();
        }
        let before = local.tolerated.get();
        local.tolerance.set(local.tolerance.get() + 1);
        let leave = Leave(&local.tolerance);
        let result = f();
        drop(leave);
        local.note_tolerance(reason, local.tolerated.get() > before);
        result
    })
}

/// Runs `f`, which is a piece of the code under test that is called from a paused region of the
/// run's own thread, as the scope is outside that region. The way back from [`pause`].
pub(super) fn resume<R>(f: impl FnOnce() -> R) -> R {
    struct Leave<'a>(&'a Cell<usize>, usize);
    impl Drop for Leave<'_> {
        fn drop(&mut self) {
            self.0.set(self.1);
        }
    }
    with(|local| {
        if !local.owner.get() || !local.core.is_on() {
            return f();
        }
        let mark = 0_u8;
        let entry = local.entry.replace(std::ptr::from_ref(&mark) as usize);
        let _leave = Leave(&local.entry, entry);
        // Only this thread writes the extent, so it may read it at any time.
        let _resumed = local.enter(local.core.extent.get());
        scope_entry(f)
    })
}

impl Local {
    /// Whether this thread is in a run, paused or not.
    pub(super) fn is_in_run(&self) -> bool {
        self.be_born();
        self.state.get() != State::Outside
    }

    /// A region outside of what is armed can meet no fault, and says nothing.
    fn note_tolerance(&self, reason: &str, was_hit: bool) {
        let open = ledger::open(self.asker());
        if let Some(core) = self.core(&open)
            && core.extent.get() == State::Armed
        {
            core.record(|record| record.note_tolerance(reason, was_hit));
        }
    }
}
