//! Tests a rayon pool that is made in the set-up, so that its threads belong to the run. Its jobs
//! join the scope.

use std::collections::TryReserveError;

use oom_sweep::{FindingKind, Isolation, Report, Scope, Sweep, pause};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::{assert_kind, assert_says_schedule, assert_silent, room};

/// Makes a pool, paused: the threads of a pool end some time after its drop and free their memory
/// then.
fn pool() -> ThreadPool {
    pause(|| ThreadPoolBuilder::new().num_threads(2).build().expect("threads"))
}

/// Sweeps code that has a pool.
fn with_pool(mut code: impl FnMut(&ThreadPool, Scope) -> Result<(), TryReserveError>) -> Report {
    Sweep::new("pool").run_state(
        pool,
        |pool| {
            let scope = Scope::current();
            // The requests of rayon itself are not under test.
            pause(|| code(pool, scope))
        },
        |_| (),
    )
}

#[test]
fn a_job_that_swallows_the_failure() {
    let broken = with_pool(|pool, scope| {
        let jobs = || {
            // Rayon decides which of them runs first.
            let left = || scope.join(|| drop(room(64)));
            let right = || scope.join(|| drop(room(32)));
            rayon::join(left, right);
            Ok(())
        };
        pool.install(jobs)
    });
    assert_eq!(broken.requests(), 2, "{broken}");
    assert_says_schedule(&broken);
    assert_kind(&broken, FindingKind::SwallowedOom);
    let repaired = with_pool(|pool, scope| {
        let jobs = || {
            let left = || scope.join(|| room(64).map(drop));
            let right = || scope.join(|| room(32).map(drop));
            let (left, right) = rayon::join(left, right);
            left.and(right)
        };
        pool.install(jobs)
    });
    assert_silent(&repaired, 2);
}

#[test]
fn a_job_that_unwraps() {
    let broken = with_pool(|pool, scope| {
        pool.install(|| scope.join(|| drop(room(64).expect("room"))));
        Ok(())
    });
    assert_kind(&broken, FindingKind::Panicked);
    let repaired = with_pool(|pool, scope| pool.install(|| scope.join(|| room(64).map(drop))));
    assert_silent(&repaired, 1);
}

#[test]
fn a_parallel_iterator() {
    let sum = |scope: Scope, sizes: &[usize]| {
        let sized = sizes.par_iter().map(|&size| scope.join(|| room(size).map(|room| room.len())));
        sized.try_reduce(|| 0, |a, b| Ok(a + b))
    };
    let report = with_pool(|pool, scope| pool.install(|| sum(scope, &[8; 32])).map(drop));
    assert_silent(&report, 32);
}

#[test]
fn a_pool_from_before_the_fork_is_a_clear_error() {
    let pool = pool();
    let report = Sweep::new("before the fork")
        .isolation(Isolation::Worker)
        .time_limit(std::time::Duration::from_millis(500))
        .run(|| pause(|| pool.install(|| room(64).map(drop))));
    let error = report.error().expect("the sweep reports an error");
    assert!(error.contains("create it in `setup`"), "{error}");
}
