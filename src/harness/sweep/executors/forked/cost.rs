//! What runs cost here: [`Cost`]. By it, [`Mode::Auto`](super::Mode) chooses between runs from the
//! start and branches.

use std::time::Duration;

use crate::harness::sweep::executors::Task;
use crate::harness::sweep::run::baseline::{Baselines, Schedule};

/// What it costs to fail the middle one of a fault-free run's requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// A fork whose child does nothing.
    pub(crate) fork: Duration,
    /// A run from its start.
    pub(crate) rerun: Duration,
    /// A branch of another run, with its fork.
    pub(crate) branch: Duration,
}

/// Shorter runs are cheaper than any branch.
const DEAR_RUN: Duration = Duration::from_micros(100);
/// A run under a fault may take so many fault-free runs, or so long, before it is given up.
const MOST_RUNS: u32 = 20;
const LEAST_PATIENCE: Duration = Duration::from_millis(100);
/// Runs by which what is to be done must exceed what it takes to find out how.
const WORTHWHILE: u64 = 10;

/// What is known of what runs take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    /// The time of a run without faults.
    pub(crate) duration: Duration,
    pub(crate) cost: Option<Cost>,
}

/// Whether what runs cost makes a difference to these orders: to find out takes some runs, too.
pub(crate) fn matters(task: Task<'_>, places: &[usize]) -> bool {
    let Baselines { warm, duration, .. } = task.baselines;
    let ways = places.iter().filter_map(|&place| task.cases[place].last());
    // In requests, of which each fault-free run makes as many as there are.
    let work = ways.fold(0, u64::saturating_add);
    *duration >= DEAR_RUN
        && warm.facts.schedule == Schedule::Alone
        && work > warm.facts.requests.saturating_mul(WORTHWHILE)
}

/// How long a run may take, if one without faults took so long.
pub(crate) fn patience(once: Duration) -> Duration {
    once.saturating_mul(MOST_RUNS).max(LEAST_PATIENCE)
}

impl Cost {
    pub(crate) fn least(self, other: Self) -> Self {
        Self {
            fork: self.fork.min(other.fork),
            rerun: self.rerun.min(other.rerun),
            branch: self.branch.min(other.branch),
        }
    }
}
