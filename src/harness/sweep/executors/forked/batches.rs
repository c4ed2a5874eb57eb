//! Which orders are run from their start, and which branch off a pass: [`lots`].
//!
//! A run from its start costs its way to the fault; a branch costs a fork, and each pass a run
//! without faults. So cheap beginnings are run again, and dear ones forked.

use std::ops::Range;
use std::time::Duration;

use super::cost::Known;
use super::work_queue::{Batch, Method};
use crate::harness::oracle::Temperature;
use crate::harness::plan::{AfterFault, Fault};
use crate::harness::sweep::executors::Task;
use crate::harness::sweep::run::baseline::Baselines;
use crate::harness::sweep::run::case::{Case, Retrying};

/// What the user wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// What is faster.
    Auto,
    Worker,
    Snapshot,
}

/// Costs, in seconds: what grows with the way to the fault, and what does not.
#[derive(Clone, Copy)]
struct Costs {
    /// Of a run from its start, for each request before its fault.
    rerun: f64,
    /// Of a branch, for each such request: what has grown is taken down again, in pages that are
    /// not yet its own.
    branch: f64,
    fork: f64,
    /// Of a run without faults.
    run: f64,
}

impl Costs {
    /// None where no run is dear enough for the question to arise.
    fn of(known: Option<Known>, baselines: &Baselines) -> Option<Self> {
        let Known { duration, cost } = known?;
        let cost = cost?;
        let middle = (baselines.warm.facts.requests / 2 + 1) as f64;
        let fork = cost.fork.as_secs_f64();
        Some(Self {
            rerun: cost.rerun.as_secs_f64() / middle,
            branch: (cost.branch.as_secs_f64() - fork).max(0.0) / middle,
            fork,
            run: duration.as_secs_f64(),
        })
    }

    /// Where a branch costs nothing.
    const BRANCH: Self = Self { rerun: 1.0, branch: 0.0, fork: 0.0, run: 0.0 };
}

/// The orders at these places as lots, in their order.
pub(crate) fn batches(
    mode: Mode,
    known: Option<Known>,
    task: Task<'_>,
    places: &[usize],
) -> Vec<Batch> {
    let costs = match mode {
        Mode::Worker => None,
        Mode::Snapshot => Some(Costs::BRANCH),
        Mode::Auto => Costs::of(known, task.baselines),
    };
    let mut batches: Vec<Batch> = Vec::new();
    for (index, &place) in places.iter().enumerate() {
        let case = &task.cases[place];
        let (method, temperature) = (method(case, costs), case.temperature);
        match batches.last_mut() {
            Some(batch) if (batch.method, batch.temperature) == (method, temperature) => {
                batch.range.end = index + 1;
            }
            _ => batches.push(Batch { method, temperature, range: index..index + 1 }),
        }
    }
    if let Some(costs) = costs {
        for batch in &mut batches {
            let saved: f64 =
                batch.range.clone().map(|i| saving(&task.cases[places[i]], costs)).sum();
            // A pass warms up, and goes all the way.
            if matches!(batch.method, Method::Branch { .. }) && saved < 2.0 * costs.run {
                batch.method = Method::Rerun;
            }
        }
    }
    merge(batches)
}

/// How an order by itself is run best.
fn method(case: &Case, costs: Option<Costs>) -> Method {
    match costs {
        Some(costs) if saving(case, costs) > 0.0 => Method::Branch { first: pair(case) },
        _ => Method::Rerun,
    }
}

/// What a branch saves, in seconds.
fn saving(case: &Case, costs: Costs) -> f64 {
    // The first request has no way before it, and yet may be forked at.
    let reach = if pair(case).is_some() { case.last() } else { case.first() };
    let saved = |number: u64| (number + 1) as f64 * (costs.rerun - costs.branch);
    match (reach, case.temperature) {
        (None, _) => f64::NEG_INFINITY,
        (Some(number), Temperature::Warm) => saved(number) - costs.fork,
        // A cold run has a process of its own, one way or the other.
        (Some(number), Temperature::Cold) => saved(number),
    }
}

/// The first of two faults, from whose run the second can branch off. Runs that share their way
/// to there do the same about what failed: they try it again.
fn pair(case: &Case) -> Option<u64> {
    match (&case.plan.fault, case.plan.after, case.retry) {
        (Fault::Set(numbers), AfterFault::Succeed, Retrying::Yes) if numbers.len() == 2 => {
            numbers.first().copied()
        }
        _ => None,
    }
}

/// Joins neighbours that have become alike.
fn merge(batches: Vec<Batch>) -> Vec<Batch> {
    let mut merged: Vec<Batch> = Vec::new();
    for batch in batches {
        match merged.last_mut() {
            Some(last) if (last.method, last.temperature) == (batch.method, batch.temperature) => {
                last.range.end = batch.range.end;
            }
            _ => merged.push(batch),
        }
    }
    merged
}

/// What a branch costs where nobody has measured it.
const LIKELY_BRANCH: Duration = Duration::from_micros(300);
/// Less work than this is not worth a second process.
const WORTH_A_PROCESS: Duration = Duration::from_millis(2);

/// How many processes to run at a time.
pub(crate) fn jobs(
    wanted: usize,
    known: Option<Known>,
    task: Task<'_>,
    queue: &[Batch],
    places: &[usize],
) -> usize {
    let requests = task.baselines.warm.facts.requests.max(1) as f64;
    let run = known.map_or(task.baselines.duration, |known| known.duration);
    let request = run.as_secs_f64() / requests;
    let cost = known.and_then(|known| known.cost);
    let branch = cost.map_or(LIKELY_BRANCH, |cost| cost.branch).as_secs_f64();
    let cost = |method: Method, range: &Range<usize>| -> f64 {
        let one = |index: usize| match (method, task.cases[places[index]].first()) {
            (Method::Branch { .. }, _) => branch,
            (Method::Rerun, Some(number)) => number as f64 * request,
            (Method::Rerun, None) => requests * request,
        };
        range.clone().map(one).sum()
    };
    let work: f64 = queue.iter().map(|batch| cost(batch.method, &batch.range)).sum();
    let is_cold = queue.iter().any(|batch| batch.temperature == Temperature::Cold);
    match work < WORTH_A_PROCESS.as_secs_f64() && !is_cold {
        true => 1,
        false => wanted.min(places.len()).max(1),
    }
}
