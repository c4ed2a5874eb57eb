//! Tasks that run as coroutines on one thread, under a scheduler that decides every switch.
//!
//! Each task then has its own copy of the thread-local state of the scope, if it calls the
//! scheduler paused.

use std::collections::TryReserveError;
use std::sync::{Arc, Mutex};
use std::thread;

use oom_sweep::{FindingKind, Report, Scope, Sweep, pause, tolerate};
use shuttle::scheduler::RandomScheduler;
use shuttle::{Config, FailurePersistence, Runner};

use crate::{assert_kind, assert_silent, room};

type Outcome = Result<(), TryReserveError>;

/// Lets the scheduler choose the next task.
fn take_turns() {
    pause(shuttle::thread::yield_now);
}

/// Runs both as tasks on this thread, in the scope.
fn both_in(scope: Scope, seed: u64, tasks: [fn() -> Outcome; 2]) -> Outcome {
    pause(|| {
        let outcomes = Arc::new(Mutex::new(Vec::new()));
        let results = Arc::clone(&outcomes);
        let mut config = Config::new();
        config.failure_persistence = FailurePersistence::None;
        // Capturing call stacks needs a larger stack.
        config.stack_size = 1 << 18;
        Runner::new(RandomScheduler::new_from_seed(seed, 1), config).run(move || {
            let threads = tasks.map(|task| shuttle::thread::spawn(move || scope.join(task)));
            let outcomes = threads.map(|thread| thread.join().expect("the closure does not panic"));
            results.lock().expect("the lock is not poisoned").extend(outcomes);
        });
        let mut outcomes = outcomes.lock().expect("the lock is not poisoned");
        outcomes.drain(..).collect()
    })
}

/// Sweeps the tasks under many schedules.
fn sweep(tasks: [fn() -> Outcome; 2], look: impl Fn(&Report)) {
    for seed in 0..12 {
        look(
            &Sweep::new(format!("schedule {seed}")).run(|| both_in(Scope::current(), seed, tasks)),
        );
    }
}

fn works() -> Outcome {
    for _ in 0..2 {
        let one = room(32)?;
        take_turns();
        room(64)?;
        drop(one);
        take_turns();
    }
    Ok(())
}

#[test]
fn what_the_scheduler_asks_for_has_no_number() {
    sweep([works, works], |report| assert_silent(report, 8));
}

#[test]
fn tolerance_is_each_tasks_own() {
    fn tolerates() -> Outcome {
        take_turns();
        for _ in 0..2 {
            tolerate("a cache of this task's", || {
                drop(room(8));
                take_turns();
                drop(room(8));
            });
            take_turns();
        }
        Ok(())
    }
    fn does_not() -> Outcome {
        (0..4).try_for_each(|_| {
            take_turns();
            room(32).map(drop)
        })
    }
    sweep([tolerates, does_not], |report| {
        assert_silent(report, 8);
        // The four faults of this task and those that fail with them. Faults of the other task
        // count only if a persistent shortage also hits a request of this task.
        let tolerated = report.tolerated();
        assert!((8..=12).contains(&tolerated), "{tolerated}: {report}");
    });
}

#[test]
fn call_stacks_end_where_their_task_begins() {
    fn swallows() -> Outcome {
        take_turns();
        tolerate("not this one, which is broken", take_turns);
        drop(room(24));
        Ok(())
    }
    sweep([swallows, works], |report| {
        assert_kind(report, FindingKind::SwallowedOom);
        for finding in report.findings() {
            let last = finding.stack().last().expect("frames");
            assert!(last.function.contains("swallows"), "{report}");
        }
    });
}

/// The scheduler's thread is not in a run, but its tasks are.
#[test]
fn a_thread_is_what_it_was_when_its_tasks_are_done() {
    for seed in 0..12 {
        let report = Sweep::new(format!("elsewhere {seed}")).run(|| {
            let scope = Scope::current();
            let work = || {
                let outcome = both_in(scope, seed, [works, works]);
                drop(room(512));
                outcome
            };
            pause(|| thread::scope(|threads| threads.spawn(work).join().expect("it returns")))
        });
        assert_silent(&report, 8);
    }
}
