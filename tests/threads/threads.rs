//! Tests `std::thread::scope` with threads that join the run.

use std::collections::TryReserveError;
use std::thread::{self, Result as Joined};

use oom_sweep::{
    AfterFault, FindingKind, Isolation, OomError, OutOfMemory, Report, Scope, Sweep, pause,
};

use crate::{assert_kind, assert_says_schedule, assert_silent, room};

/// Runs `f` on another thread, inside the scope. The thread is started paused: starting one makes
/// requests whose failure aborts, which these tests do not cover.
fn elsewhere<R: Send>(f: impl FnOnce() -> R + Send) -> Joined<R> {
    let scope = Scope::current();
    pause(|| thread::scope(|threads| threads.spawn(|| scope.join(f)).join()))
}

/// Sweeps with both isolations that support several threads.
fn everywhere<E: OomError>(mut code: impl FnMut() -> Result<(), E>, mut look: impl FnMut(&Report)) {
    for isolation in [Isolation::Worker, Isolation::InProcess] {
        let report = Sweep::new("threads").isolation(isolation).run(&mut code);
        assert_says_schedule(&report);
        look(&report);
    }
}

#[test]
fn a_thread_that_swallows_the_failure() {
    let broken = || {
        let first = room(32)?;
        elsewhere(|| drop(room(64))).expect("the closure does not panic");
        drop(first);
        Ok::<_, TryReserveError>(())
    };
    everywhere(broken, |report| {
        assert_eq!(report.requests(), 2);
        assert_kind(report, FindingKind::SwallowedOom);
        let [finding] = report.findings() else { panic!("{report}") };
        assert_eq!(finding.plan().to_string(), "nth:1/succeed");
        let function = &finding.stack()[0].function;
        assert!(function.contains("threads::room"), "{report}");
        let last = finding.stack().last().expect("frames");
        assert!(last.function.contains("swallows_the_failure"), "{report}");
    });
    let repaired = || {
        let first = room(32)?;
        elsewhere(|| room(64).map(drop)).expect("the closure does not panic")?;
        drop(first);
        Ok::<_, TryReserveError>(())
    };
    everywhere(repaired, |report| assert_silent(report, 2));
}

/// With several threads a mistake may show in one of some tries. Here it shows in every fifth
/// failure: in the first, and once more within the tries.
#[test]
fn what_shows_in_some_tries_is_found() {
    let sweep = |swallows: bool| {
        let mut failures = 0;
        Sweep::new("some tries").isolation(Isolation::InProcess).run(|| {
            let result = elsewhere(|| room(64).map(drop)).expect("the closure does not panic");
            failures += u32::from(result.is_err());
            if swallows && result.is_err() && failures % 5 == 1 { Ok(()) } else { result }
        })
    };
    assert_kind(&sweep(true), FindingKind::SwallowedOom);
    assert_silent(&sweep(false), 1);
}

#[test]
fn a_thread_that_unwraps() {
    let broken = || {
        let work = || drop(room(64).expect("room"));
        elsewhere(work).expect("the thread");
        Ok::<_, TryReserveError>(())
    };
    everywhere(broken, |report| {
        assert_kind(report, FindingKind::Panicked);
        // The finding must show the first panic, which caused the second.
        let message = report.findings()[0].message();
        assert!(message.contains("tests/threads/threads.rs") && message.contains("room"));
    });
    // The code decides how to handle a panic of another thread.
    let repaired = || {
        let work = || drop(room(64).expect("room"));
        elsewhere(work).map_err(|_| OutOfMemory::new(64))
    };
    for isolation in [Isolation::Worker, Isolation::InProcess] {
        // Without memory, the panic itself would abort.
        let sweep = Sweep::new("joins").isolation(isolation);
        let sweep = sweep.after(AfterFault::Succeed).after(AfterFault::FailNext(1));
        assert_silent(&sweep.run(repaired), 1);
    }
}

#[test]
fn a_thread_that_leaks_when_it_fails() {
    fn pair(forget: bool) -> Result<(), TryReserveError> {
        let first = room(32)?;
        let second = room(64);
        if second.is_err() && forget {
            std::mem::forget(first);
        }
        second.map(drop)
    }
    everywhere(
        || elsewhere(|| pair(true)).expect("the closure does not panic"),
        |report| {
            assert_kind(report, FindingKind::Leaked);
        },
    );
    everywhere(
        || elsewhere(|| pair(false)).expect("the closure does not panic"),
        |report| {
            assert_silent(report, 2);
        },
    );
}

#[test]
fn a_thread_that_writes_past_the_end() {
    let write = |bytes: usize| {
        elsewhere(move || {
            let room = room(24)?;
            let start = std::hint::black_box(room.as_ptr().cast_mut());
            // SAFETY: broken on purpose: writes up to one byte too many, which is in the red zone.
            unsafe { start.write_bytes(1, bytes) };
            Ok::<_, TryReserveError>(())
        })
        .expect("the closure does not panic")
    };
    everywhere(|| write(25), |report| assert_kind(report, FindingKind::CorruptedBlock));
    everywhere(|| write(24), |report| assert_silent(report, 1));
}

#[test]
fn threads_that_take_turns_make_the_same_report_again() {
    let sweep = || {
        Sweep::new("turns").run(|| {
            for size in 1..4 {
                elsewhere(|| room(size * 8).map(drop)).expect("the closure does not panic")?;
                elsewhere(|| drop(room(size * 100))).expect("the closure does not panic");
            }
            Ok::<_, TryReserveError>(())
        })
    };
    let [one, other] = [sweep(), sweep()];
    assert_kind(&one, FindingKind::SwallowedOom);
    let plans = |report: &Report| {
        let plans = report.findings().iter().flat_map(|finding| finding.plans().to_vec());
        plans.map(|plan| plan.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(plans(&one), plans(&other));
    // Under a persistent shortage a later request fails too and is reported, except after the last
    // request.
    let swallowed = ["nth:1/succeed", "nth:3/succeed", "nth:5/succeed", "nth:5/fail-all"];
    assert_eq!(plans(&one), swallowed, "{one}");
}

#[test]
fn threads_at_the_same_time_are_all_swept() {
    let work =
        |scope: Scope, size: usize| scope.join(|| (0..8).try_for_each(|_| room(size).map(drop)));
    let both = || {
        let scope = Scope::current();
        pause(|| {
            thread::scope(|threads| {
                let other = threads.spawn(move || work(scope, 48));
                work(scope, 24)?;
                other.join().expect("the closure does not panic")
            })
        })
    };
    everywhere(both, |report| assert_silent(report, 16));
}
