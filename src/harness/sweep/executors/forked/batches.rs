//! Decides which cases run from their start and which branch off a pass: [`batches`].
//!
//! A run from its start costs all requests before its fault. A branch costs a fork, and each pass
//! costs a fault-free run. So cases with an early fault run from their start, and the others
//! branch.

use std::ops::Range;
use std::time::Duration;

use super::cost::Known;
use super::work_queue::{Batch, Method};
use crate::harness::oracle::Temperature;
use crate::harness::plan::{AfterFault, Fault};
use crate::harness::sweep::executors::Task;
use crate::harness::sweep::run::baseline::Baselines;
use crate::harness::sweep::run::case::{Case, Retrying};

/// The user's choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Whichever is faster.
    Auto,
    Worker,
    Snapshot,
}

/// Costs in seconds, split into what grows with the number of requests before the fault and what
/// does not.
#[derive(Clone, Copy)]
struct Costs {
    /// Of a run from its start, for each request before its fault.
    rerun: f64,
    /// Of a branch, for each such request: it frees what was allocated before, in pages that it
    /// must copy first.
    branch: f64,
    fork: f64,
    /// Of a run without faults.
    run: f64,
}

impl Costs {
    /// `None` if all runs are so cheap that it does not matter.
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

    /// Costs under which a branch is always better.
    const BRANCH: Self = Self { rerun: 1.0, branch: 0.0, fork: 0.0, run: 0.0 };
}

/// The cases at these places as batches, in the same order.
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
            // A pass includes a warm-up run and a full run.
            if matches!(batch.method, Method::Branch { .. }) && saved < 2.0 * costs.run {
                batch.method = Method::Rerun;
            }
        }
    }
    merge(batches)
}

/// The best method for a case by itself.
fn method(case: &Case, costs: Option<Costs>) -> Method {
    match costs {
        Some(costs) if saving(case, costs) > 0.0 => Method::Branch { first: pair(case) },
        _ => Method::Rerun,
    }
}

/// How much time a branch saves, in seconds.
fn saving(case: &Case, costs: Costs) -> f64 {
    // Request 0 has no requests before it, but a fork there can still be better.
    let reach = if pair(case).is_some() { case.last() } else { case.first() };
    let saved = |number: u64| (number + 1) as f64 * (costs.rerun - costs.branch);
    match (reach, case.temperature) {
        (None, _) => f64::NEG_INFINITY,
        (Some(number), Temperature::Warm) => saved(number) - costs.fork,
        // A cold run has its own process with both methods.
        (Some(number), Temperature::Cold) => saved(number),
    }
}

/// The first of two faults. The second fault can branch off its run: until there, all such runs do
/// the same, the retry included.
fn pair(case: &Case) -> Option<u64> {
    match (&case.plan.fault, case.plan.after, case.retry) {
        (Fault::Set(numbers), AfterFault::Succeed, Retrying::Yes) if numbers.len() == 2 => {
            numbers.first().copied()
        }
        _ => None,
    }
}

/// Joins neighbours that now have the same method.
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

/// The assumed cost of a branch if it was not measured.
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
