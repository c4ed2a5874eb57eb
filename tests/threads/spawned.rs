//! Tests `Threads::Spawned`: the requests of every thread that is started in a run count, and the
//! thread need not join the scope.

use std::collections::TryReserveError;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};

use oom_sweep::{FindingKind, Isolation, Sweep, Threads, pause};

use crate::{assert_kind, assert_says_schedule, room};

fn sweep(name: &str) -> Sweep {
    Sweep::new(name).threads(Threads::Spawned)
}

fn elsewhere<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    pause(|| thread::scope(|threads| threads.spawn(f).join().expect("the closure does not panic")))
}

#[test]
fn a_thread_that_swallows_the_failure() {
    let report = sweep("swallows").run(|| {
        elsewhere(|| drop(room(64)));
        Ok::<_, TryReserveError>(())
    });
    assert_says_schedule(&report);
    assert_kind(&report, FindingKind::SwallowedOom);
    let stack = report.findings()[0].stack();
    assert!(stack.last().is_some_and(|frame| frame.function.contains("swallows")), "{report}");
    let report = sweep("surfaces").run(|| elsewhere(|| room(64).map(drop)));
    assert_says_schedule(&report);
    assert!(report.findings().is_empty() && report.is_clean() && report.runs() > 0, "{report}");
}

#[test]
fn a_thread_that_unwraps() {
    let report = sweep("unwraps").run(|| {
        elsewhere(|| drop(room(64).expect("room")));
        Ok::<_, TryReserveError>(())
    });
    assert_kind(&report, FindingKind::Panicked);
}

/// A thread that waits for work and does it. Locks and condition variables make no request.
struct Pool {
    shared: Arc<(Mutex<Slot>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

enum Slot {
    Idle,
    Job(usize),
    Done(Result<(), TryReserveError>),
    Over,
}

impl Pool {
    fn start() -> Self {
        let shared = Arc::new((Mutex::new(Slot::Idle), Condvar::new()));
        let theirs = Arc::clone(&shared);
        let thread = thread::spawn(move || {
            loop {
                match wait_for(&theirs, |slot| matches!(slot, Slot::Job(_) | Slot::Over)) {
                    Slot::Job(bytes) => put(&theirs, Slot::Done(room(bytes).map(drop))),
                    _ => return,
                }
            }
        });
        Self { shared, thread: Some(thread) }
    }

    fn run(&self, bytes: usize) -> Result<(), TryReserveError> {
        put(&self.shared, Slot::Job(bytes));
        match wait_for(&self.shared, |slot| matches!(slot, Slot::Done(_))) {
            Slot::Done(result) => result,
            _ => unreachable!("the job has ended"),
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        put(&self.shared, Slot::Over);
        self.thread.take().map(JoinHandle::join);
    }
}

fn put((slot, changed): &(Mutex<Slot>, Condvar), what: Slot) {
    *slot.lock().expect("the lock is not poisoned") = what;
    changed.notify_all();
}

fn wait_for((slot, changed): &(Mutex<Slot>, Condvar), what: impl Fn(&Slot) -> bool) -> Slot {
    let mut slot = slot.lock().expect("the lock is not poisoned");
    while !what(&slot) {
        slot = changed.wait(slot).expect("the lock is not poisoned");
    }
    std::mem::replace(&mut slot, Slot::Idle)
}

#[test]
fn threads_of_a_pool_from_the_set_up_count_while_the_code_runs() {
    let pool = || {
        let pool = Pool::start();
        pool.run(8).expect("no fault in the set-up");
        pool
    };
    let swallow = |pool: &mut Pool| {
        drop(pool.run(64));
        Ok::<_, TryReserveError>(())
    };
    let report = sweep("pool").run_state(pool, swallow, |_| ());
    assert_eq!(report.requests(), 1, "{report}");
    assert_kind(&report, FindingKind::SwallowedOom);
    let report = sweep("pool, repaired").run_state(pool, |pool| pool.run(64), |_| ());
    assert!(report.findings().is_empty() && report.is_clean(), "{report}");
    assert_says_schedule(&report);
}

#[test]
fn starting_a_thread_aborts_where_it_cannot() {
    let report = sweep("starts").run(|| {
        thread::scope(|threads| threads.spawn(|| room(64).map(drop)).join().expect("no panic"))
    });
    assert_kind(&report, FindingKind::Aborted);
}

#[test]
fn code_without_threads_is_unaffected() {
    let report = sweep("alone").run(|| room(64).map(drop));
    crate::assert_silent(&report, 1);
    assert!(report.notes().is_empty(), "{report}");
}

#[test]
fn needs_a_process_of_its_own() {
    let report = sweep("in-process").isolation(Isolation::InProcess).run(|| room(64).map(drop));
    let error = report.error().expect("the sweep reports an error");
    assert!(error.contains("Isolation::Worker"), "{error}");
}
