//! Which orders are run from their start, and which branch off a pass: [`lots`].
//!
//! A run from its start costs its way to the fault; a branch costs a fork, and each pass a run
//! without faults. So cheap beginnings are run again, and dear ones forked.

use std::ops::Range;
use std::time::Duration;

use super::price::Known;
use super::stage::{Lot, Way};
use crate::harness::oracle::Temperature;
use crate::harness::plan::{AfterFault, Fault};
use crate::harness::sweep::executors::{Baselines, Task};
use crate::harness::sweep::run::case::{Order, Retrying};

/// What the user wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// What is faster.
    Auto,
    Worker,
    Snapshot,
}

/// Prices, in seconds: what grows with the way to the fault, and what does not.
#[derive(Clone, Copy)]
struct Prices {
    /// Of a run from its start, for each request before its fault.
    rerun: f64,
    /// Of a branch, for each such request: what has grown is taken down again, in pages that are
    /// not yet its own.
    branch: f64,
    fork: f64,
    /// Of a run without faults.
    run: f64,
}

impl Prices {
    /// None where no run is dear enough for the question to arise.
    fn of(known: Option<Known>, baselines: &Baselines) -> Option<Self> {
        let Known { duration, price } = known?;
        let price = price?;
        let middle = (baselines.warm.facts.requests / 2 + 1) as f64;
        let fork = price.fork.as_secs_f64();
        Some(Self {
            rerun: price.rerun.as_secs_f64() / middle,
            branch: (price.branch.as_secs_f64() - fork).max(0.0) / middle,
            fork,
            run: duration.as_secs_f64(),
        })
    }

    /// Where a branch costs nothing.
    const BRANCH: Self = Self { rerun: 1.0, branch: 0.0, fork: 0.0, run: 0.0 };
}

/// The orders at these places as lots, in their order.
pub(crate) fn lots(mode: Mode, known: Option<Known>, task: Task<'_>, places: &[usize]) -> Vec<Lot> {
    let prices = match mode {
        Mode::Worker => None,
        Mode::Snapshot => Some(Prices::BRANCH),
        Mode::Auto => Prices::of(known, task.baselines),
    };
    let mut lots: Vec<Lot> = Vec::new();
    for (index, &place) in places.iter().enumerate() {
        let order = &task.orders[place];
        let (way, temperature) = (way(order, prices), order.temperature);
        match lots.last_mut() {
            Some(lot) if (lot.way, lot.temperature) == (way, temperature) => {
                lot.range.end = index + 1;
            }
            _ => lots.push(Lot { way, temperature, range: index..index + 1 }),
        }
    }
    if let Some(prices) = prices {
        for lot in &mut lots {
            let saved: f64 =
                lot.range.clone().map(|i| saving(&task.orders[places[i]], prices)).sum();
            // A pass warms up, and goes all the way.
            if matches!(lot.way, Way::Branch { .. }) && saved < 2.0 * prices.run {
                lot.way = Way::Rerun;
            }
        }
    }
    merge(lots)
}

/// How an order by itself is run best.
fn way(order: &Order, prices: Option<Prices>) -> Way {
    match prices {
        Some(prices) if saving(order, prices) > 0.0 => Way::Branch { first: pair(order) },
        _ => Way::Rerun,
    }
}

/// What a branch saves, in seconds.
fn saving(order: &Order, prices: Prices) -> f64 {
    // The first request has no way before it, and yet may be forked at.
    let reach = if pair(order).is_some() { order.last() } else { order.first() };
    let saved = |number: u64| (number + 1) as f64 * (prices.rerun - prices.branch);
    match (reach, order.temperature) {
        (None, _) => f64::NEG_INFINITY,
        (Some(number), Temperature::Warm) => saved(number) - prices.fork,
        // A cold run has a process of its own, one way or the other.
        (Some(number), Temperature::Cold) => saved(number),
    }
}

/// The first of two faults, from whose run the second can branch off. Runs that share their way
/// to there do the same about what failed: they try it again.
fn pair(order: &Order) -> Option<u64> {
    match (&order.plan.fault, order.plan.after, order.retry) {
        (Fault::Set(numbers), AfterFault::Succeed, Retrying::Yes) if numbers.len() == 2 => {
            numbers.first().copied()
        }
        _ => None,
    }
}

/// Joins neighbours that have become alike.
fn merge(lots: Vec<Lot>) -> Vec<Lot> {
    let mut merged: Vec<Lot> = Vec::new();
    for lot in lots {
        match merged.last_mut() {
            Some(last) if (last.way, last.temperature) == (lot.way, lot.temperature) => {
                last.range.end = lot.range.end;
            }
            _ => merged.push(lot),
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
    stage: &[Lot],
    places: &[usize],
) -> usize {
    let requests = task.baselines.warm.facts.requests.max(1) as f64;
    let run = known.map_or(task.baselines.duration, |known| known.duration);
    let request = run.as_secs_f64() / requests;
    let price = known.and_then(|known| known.price);
    let branch = price.map_or(LIKELY_BRANCH, |price| price.branch).as_secs_f64();
    let cost = |way: Way, range: &Range<usize>| -> f64 {
        let one = |index: usize| match (way, task.orders[places[index]].first()) {
            (Way::Branch { .. }, _) => branch,
            (Way::Rerun, Some(number)) => number as f64 * request,
            (Way::Rerun, None) => requests * request,
        };
        range.clone().map(one).sum()
    };
    let work: f64 = stage.iter().map(|lot| cost(lot.way, &lot.range)).sum();
    let is_cold = stage.iter().any(|lot| lot.temperature == Temperature::Cold);
    match work < WORTH_A_PROCESS.as_secs_f64() && !is_cold {
        true => 1,
        false => wanted.min(places.len()).max(1),
    }
}
