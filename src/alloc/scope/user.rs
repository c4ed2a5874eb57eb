//! What code under test may say to the scope: [`pause`] and [`tolerate`]. Inert outside a sweep.

use std::cell::Cell;

use super::{State, with};

/// Runs `f` with its requests neither counted nor faulted nor tracked: for loggers and other
/// scaffolding inside the code under test. Does nothing outside a sweep.
///
/// ```
/// let line = oom_sweep::pause(|| format!("{} entries", 3));
/// assert_eq!(line, "3 entries");
/// ```
pub fn pause<R>(f: impl FnOnce() -> R) -> R {
    with(|local| {
        if local.state.get() == State::Outside {
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
pub fn tolerate<R>(reason: &str, f: impl FnOnce() -> R) -> R {
    struct Leave<'a>(&'a Cell<u32>);
    impl Drop for Leave<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() - 1);
        }
    }
    with(|local| {
        if local.state.get() != State::Armed {
            return f();
        }
        let refused = || local.peek_refused();
        let before = refused();
        local.tolerance.set(local.tolerance.get() + 1);
        let leave = Leave(&local.tolerance);
        let result = f();
        drop(leave);
        local.record(|record| record.note_tolerance(reason, refused() > before));
        result
    })
}
