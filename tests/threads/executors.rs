//! Tests `run_async` with the `block_on` of several executors.

use std::collections::TryReserveError;
use std::pin::Pin;
use std::time::Duration;

use oom_sweep::{
    AfterFault, FindingKind, Isolation, OutOfMemory, Report, Scope, Sweep, pause, pause_async,
};
use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;

use crate::{assert_kind, assert_says_schedule, assert_silent, room, wait};

type Result<T> = std::result::Result<T, TryReserveError>;

fn is_oom(_: &TryReserveError) -> bool {
    true
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().build().expect("a runtime")
}

fn multi_thread() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).build().expect("a runtime")
}

/// Makes two requests and swallows a failure of the second.
async fn broken() -> Result<()> {
    let first = room(32)?;
    let _no_matter = room(64);
    drop(first);
    Ok(())
}

async fn repaired() -> Result<()> {
    let first = room(32)?;
    let second = room(64)?;
    drop((first, second));
    Ok(())
}

/// Runs the same future on every executor.
fn by_all<F: Future<Output = Result<()>>>(f: impl Fn() -> F, look: impl Fn(&Report)) {
    for isolation in [Isolation::Worker, Isolation::InProcess] {
        let sweep = || Sweep::new("executors").isolation(isolation);
        look(&sweep().run_async(is_oom, |fut| pollster::block_on(fut), &f));
        look(&sweep().run_async(is_oom, |fut| futures_executor::block_on(fut), &f));
        look(&sweep().run_async(is_oom, |fut| current_thread().block_on(fut), &f));
        look(&sweep().run_async(is_oom, |fut| multi_thread().block_on(fut), &f));
    }
}

#[test]
fn a_future_that_swallows_the_failure() {
    by_all(broken, |report| {
        assert_kind(report, FindingKind::SwallowedOom);
        let frames = report.findings()[0].stack();
        // The frames of the executor are not part of the site.
        let last = frames.last().expect("frames");
        assert!(last.function.contains("executors::broken"), "{report}");
    });
    by_all(repaired, |report| {
        assert_silent(report, 2);
        assert!(report.notes().is_empty(), "{report}");
    });
}

#[test]
fn a_future_that_unwraps() {
    by_all(
        || async {
            drop(room(64).expect("no room"));
            Ok(())
        },
        |report| {
            assert_kind(report, FindingKind::Panicked);
            assert!(report.findings()[0].message().contains("no room"), "{report}");
        },
    );
}

#[test]
fn a_future_is_made_and_dropped_under_faults_too() {
    let report = Sweep::new("ready").run_async(
        is_oom,
        |fut| pollster::block_on(fut),
        || {
            let room = room(64);
            async { room.map(drop) }
        },
    );
    assert_silent(&report, 1);
}

/// Runs two tasks on the threads of the runtime, each in the scope.
async fn two_tasks(work: fn() -> Result<()>) -> Result<()> {
    let scope = Scope::current();
    let one = async move {
        // A failed request of tokio would abort.
        pause_async(yield_now()).await;
        work()
    };
    let other = async move {
        let result = work();
        wait().await;
        result
    };
    // Spawned paused, because the requests of the runtime are not under test.
    let tasks = pause(|| [tokio::spawn(scope.wrap(one)), tokio::spawn(scope.wrap(other))]);
    for task in tasks {
        task.await.expect("no panic")?;
    }
    Ok(())
}

fn swallow() -> Result<()> {
    drop(room(64));
    Ok(())
}

fn surface() -> Result<()> {
    room(64).map(drop)
}

#[test]
fn tasks_on_a_current_thread_runtime() {
    let sweep = || Sweep::new("tasks");
    let block_on = |fut: Pin<&mut dyn Future<Output = Result<()>>>| current_thread().block_on(fut);
    let broken = sweep().run_async(is_oom, block_on, || two_tasks(swallow));
    assert_kind(&broken, FindingKind::SwallowedOom);
    let repaired = sweep().run_async(is_oom, block_on, || two_tasks(surface));
    assert_silent(&repaired, 2);
    // Everything runs on the sweep's own thread.
    assert!(repaired.notes().is_empty(), "{repaired}");
}

#[test]
fn tasks_on_a_multi_thread_runtime() {
    let sweep = || Sweep::new("tasks");
    let block_on = |fut: Pin<&mut dyn Future<Output = Result<()>>>| multi_thread().block_on(fut);
    let broken = sweep().run_async(is_oom, block_on, || two_tasks(swallow));
    assert_kind(&broken, FindingKind::SwallowedOom);
    assert_says_schedule(&broken);
    let repaired = sweep().run_async(is_oom, block_on, || two_tasks(surface));
    assert_silent(&repaired, 2);
    assert_says_schedule(&repaired);
}

#[test]
fn a_runtime_that_allocates_aborts_where_it_cannot() {
    for runtime in [current_thread, multi_thread] {
        let task = |fut: Pin<&mut dyn Future<Output = Result<()>>>| runtime().block_on(fut);
        let report = Sweep::new("yields").run_async(is_oom, task, || async {
            let yields = Scope::current().wrap(yield_now());
            pause(|| tokio::spawn(yields)).await.expect("no panic");
            Ok(())
        });
        assert_kind(&report, FindingKind::Aborted);
        let [finding] = report.findings() else { panic!("{report}") };
        assert!(finding.message().contains("memory allocation of"), "{report}");
        // The stack of the abort is that of the failed request, on any thread.
        let yielded = |frame: &oom_sweep::Frame| frame.function.contains("yield_now");
        assert!(finding.stack().iter().any(yielded), "{report}");
        assert!(finding.died_at().iter().any(yielded), "{report}");
    }
}

#[test]
fn a_task_that_panics_is_what_the_code_makes_of_it() {
    async fn work() -> std::result::Result<(), OutOfMemory> {
        let scope = Scope::current();
        let work = scope.wrap(async { drop(room(64).expect("room")) });
        let task = pause(|| tokio::spawn(work));
        task.await.map_err(|_| OutOfMemory::new(64))
    }
    let block_on = |fut: Pin<&mut dyn Future<Output = _>>| multi_thread().block_on(fut);
    // Without memory, the panic itself would abort.
    let sweep = Sweep::new("panics").after(AfterFault::Succeed).after(AfterFault::FailNext(1));
    assert_silent(&sweep.run_async(|_| true, block_on, work), 1);
    let report = Sweep::new("panics").run_async(
        is_oom,
        |fut| multi_thread().block_on(fut),
        || async {
            work().await.expect("the task");
            Ok(())
        },
    );
    assert_kind(&report, FindingKind::Panicked);
    assert!(report.findings()[0].message().contains("room"), "{report}");
}

#[test]
fn a_runtime_made_in_the_set_up() {
    for runtime in [current_thread, multi_thread] {
        let report = Sweep::new("set-up").run_state(
            runtime,
            |runtime| {
                let future = Scope::current().wrap(two_tasks(surface));
                pause(|| runtime.block_on(future))
            },
            |_| (),
        );
        assert_silent(&report, 2);
    }
}

#[test]
fn a_runtime_made_before_the_fork_is_a_clear_error() {
    let runtime = multi_thread();
    let report = Sweep::new("before the fork").time_limit(Duration::from_millis(500)).run_async(
        is_oom,
        |fut| runtime.block_on(fut),
        || two_tasks(surface),
    );
    let error = report.error().expect("its threads are not there");
    assert!(error.contains("create it in `setup`"), "{error}");
    assert!(error.contains("within 2s"), "{error}");
}
