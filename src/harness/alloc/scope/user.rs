//! What code under test can tell the scope: [`pause`] and [`tolerate`]. Both do nothing outside a
//! sweep.

use super::local::{Local, scope_entry, with};
use super::state::State;
use crate::harness::alloc::ledger;

/// Runs `f` without counting, failing or tracking its requests.
///
/// Use it for loggers and other code that is not under test. Outside a sweep it only calls `f`.
///
/// ```
/// let line = oom_sweep::pause(|| format!("{} entries", 3));
/// assert_eq!(line, "3 entries");
/// ```
///
/// It pauses the calling thread only; threads that have [joined](crate::Scope::join) continue. For a
/// future, use [`pause_async`](crate::pause_async).
///
/// If a scheduler runs tasks as coroutines on one thread, pause every call of it: where it is
/// started, and where tasks call into it. Each task must [join](crate::Scope::join) the scope for
/// the code under test. Then each task finds the scope as it left it, in whichever order they run.
pub fn pause<R>(f: impl FnOnce() -> R) -> R {
    with(|local| {
        // Outside a run too: `f` may run other code on this thread that enters a run and stays in
        // it.
        let is_in_run = local.is_in_run();
        let _back = local.saved_state();
        if is_in_run {
            local.state.set(State::Paused);
        }
        // Code that joins inside `f` may be another task, which is not tolerated.
        local.tolerance.set(0);
        f()
    })
}

/// Runs `f`, and does not require that faults in it come back as errors.
///
/// Use it for caches and other work that the code can do without. `reason` says why; the report
/// shows it if no fault needs the tolerance. Outside a sweep it only calls `f`.
///
/// ```
/// let mut cache: Vec<u8> = Vec::new();
/// oom_sweep::tolerate("only a cache", || drop(cache.try_reserve(100)));
/// ```
///
/// It applies to faults of the calling thread. For a future, use
/// [`tolerate_async`](crate::tolerate_async).
pub fn tolerate<R>(reason: &str, f: impl FnOnce() -> R) -> R {
    with(|local| {
        if !local.is_in_run() {
            return f();
        }
        let before = local.tolerated.get();
        let back = local.saved_state();
        local.tolerance.set(local.tolerance.get() + 1);
        let result = f();
        drop(back);
        local.note_tolerance(reason, local.tolerated.get() > before);
        result
    })
}

/// Runs `f`, a piece of the code under test, from a paused region of the run's own thread. `f` runs
/// in the state that the run has outside this region. This undoes [`pause`].
pub(super) fn resume<R>(f: impl FnOnce() -> R) -> R {
    with(|local| {
        if !local.owner.get() || !local.core.is_on() {
            return f();
        }
        let _back = local.saved_state();
        let mark = 0_u8;
        local.entry.set(std::ptr::from_ref(&mark) as usize);
        // Only this thread writes this field, so it can read it without the ledger.
        local.state.set(local.settle(local.core.extent.get()));
        scope_entry(f)
    })
}

impl Local {
    /// Returns whether this thread is in a run, paused or not.
    pub(super) fn is_in_run(&self) -> bool {
        self.settle_new_thread();
        self.state.get() != State::Outside
    }

    /// Outside the armed part there are no faults, so a region there is not noted.
    fn note_tolerance(&self, reason: &str, was_hit: bool) {
        let open = ledger::open(self.asker());
        if let Some(core) = self.core(&open)
            && core.extent.get() == State::Armed
        {
            core.record(|record| record.note_tolerance(reason, was_hit));
        }
    }
}
