//! Tests where a scope has an effect and where it has none.

use std::collections::TryReserveError;
use std::sync::Mutex;
use std::thread;

use oom_sweep::{Isolation, Scope, Sweep, pause, tolerate};

use crate::{assert_silent, room};

fn elsewhere<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    let scope = Scope::current();
    let work = || scope.join(f);
    pause(|| {
        thread::scope(|threads| threads.spawn(work).join().expect("the closure does not panic"))
    })
}

#[test]
fn outside_a_sweep_a_scope_does_nothing() {
    let scope = Scope::current();
    assert_eq!(scope.join(|| 7), 7);
    assert_eq!(
        thread::spawn(move || scope.join(|| 7)).join().expect("the closure does not panic"),
        7
    );
}

#[test]
fn a_scope_outlives_its_run_without_effect() {
    let kept = Mutex::new(Vec::new());
    let report = Sweep::new("late").isolation(Isolation::InProcess).run(|| {
        let earlier: Option<Scope> =
            kept.lock().expect("the lock is not poisoned").first().copied();
        let scope = Scope::current();
        pause(|| kept.lock().expect("the lock is not poisoned").push(scope));
        if let Some(earlier) = earlier {
            // A thread with the scope of the first run: its requests are not counted, not failed
            // and not tracked.
            let late = pause(|| {
                thread::spawn(move || earlier.join(|| std::mem::forget(room(1000)))).join()
            });
            late.expect("the closure does not panic");
        }
        elsewhere(|| room(64).map(drop))
    });
    assert_silent(&report, 1);
    let scopes = kept.into_inner().expect("the lock is not poisoned");
    assert!(scopes.iter().all(|scope| scope.join(|| room(64)).is_ok()));
}

#[test]
fn joined_requests_count_while_the_code_runs_and_are_watched_in_set_up() {
    let report = Sweep::new("extent").run_state(
        || elsewhere(|| room(128)).expect("no fault in the set-up"),
        |state| {
            let more = elsewhere(|| room(64))?;
            state.extend_from_slice(b"x");
            elsewhere(|| drop(more));
            Ok::<_, TryReserveError>(())
        },
        // Another thread makes the view, which outlives the run. That is not a leak.
        |state| elsewhere(|| state.capacity().to_string()),
    );
    assert_eq!((report.requests(), report.error()), (1, None), "{report}");
    // The capacity from the set-up suffices, and the changed part is not in the view.
    assert!(report.findings().is_empty(), "{report}");
}

#[test]
fn set_up_threads_are_watched() {
    let report = Sweep::new("set-up leaks").run_state(
        || elsewhere(|| room(128)).expect("no fault in the set-up"),
        |state| {
            let more = room(64);
            if more.is_err() {
                std::mem::forget(std::mem::take(state));
            }
            more.map(drop)
        },
        |_| (),
    );
    crate::assert_kind(&report, oom_sweep::FindingKind::Leaked);
}

#[test]
fn pause_and_tolerate_are_of_their_thread() {
    let report = Sweep::new("of its thread").run(|| {
        elsewhere(|| {
            pause(|| drop(room(8)));
            tolerate("a cache of the thread's", || drop(room(16)));
            room(32).map(drop)
        })
    });
    assert_silent(&report, 2);
    assert_eq!(report.tolerated(), 2, "{report}");
    // `tolerate` on the sweep's own thread covers only the faults of that thread.
    let report = Sweep::new("not inherited").run(|| {
        tolerate("nothing of other threads", || elsewhere(|| drop(room(16))));
        Ok::<_, TryReserveError>(())
    });
    crate::assert_kind(&report, oom_sweep::FindingKind::SwallowedOom);
}

#[test]
fn a_join_on_the_runs_own_thread_ends_its_pause() {
    let report = Sweep::new("own thread").run(|| {
        let scope = Scope::current();
        pause(|| {
            drop(room(8));
            let result = scope.join(|| room(16).map(drop));
            drop(room(8));
            result
        })
    });
    assert_silent(&report, 1);
    // There is no other thread, so the order of requests is deterministic.
    assert!(report.notes().is_empty(), "{report}");
}

#[test]
fn a_scope_may_be_taken_while_paused() {
    let report = Sweep::new("paused").run(|| {
        let first = room(8)?;
        let scope = pause(Scope::current);
        drop(first);
        let second = room(8)?;
        scope.join(|| room(16))?;
        drop(second);
        room(24).map(drop)
    });
    assert_silent(&report, 4);
}

#[test]
fn a_scope_goes_from_thread_to_thread() {
    let report = Sweep::new("further").run(|| elsewhere(|| elsewhere(|| room(8).map(drop))));
    assert_silent(&report, 1);
}

#[test]
fn plans_of_every_form_reach_joined_threads() {
    for plan in ["size:64", "budget:100", "set:0,1", "random:1000,seed=1", "nth:1/fail-next:1"] {
        let plan = plan.parse().expect("a plan");
        let report =
            Sweep::new("forms").strategy(oom_sweep::Strategy::Plans(vec![plan])).run(|| {
                let first = elsewhere(|| room(64));
                let second = elsewhere(|| room(64));
                drop((first, second));
                Ok::<_, TryReserveError>(())
            });
        crate::assert_kind(&report, oom_sweep::FindingKind::SwallowedOom);
    }
}
