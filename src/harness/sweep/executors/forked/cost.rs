//! What runs cost: [`Cost`]. [`Mode::Auto`](super::Mode) uses it to choose between runs from the
//! start and branches.

use std::time::Duration;

use crate::harness::sweep::executors::Task;
use crate::harness::sweep::run::baseline::{Baselines, Schedule};

/// The costs of failing the middle request of a fault-free run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// A fork whose child does nothing.
    pub(crate) fork: Duration,
    /// A run from its start.
    pub(crate) rerun: Duration,
    /// A branch of another run, with its fork.
    pub(crate) branch: Duration,
}

/// Shorter runs are always cheaper than a branch.
const SHORTEST_RUN: Duration = Duration::from_micros(100);
/// The limit of a measured run: a number of fault-free runs, and a time. The larger one applies.
const MOST_RUNS: u32 = 20;
const LEAST_TIMEOUT: Duration = Duration::from_millis(100);
/// Measuring is only worth it if the work is more than this many runs.
const WORTHWHILE: u64 = 10;

/// What is known about the costs of runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    /// The time of a run without faults.
    pub(crate) duration: Duration,
    pub(crate) cost: Option<Cost>,
}

/// Returns whether the costs matter for these cases. Measuring them takes some runs, too.
pub(crate) fn matters(task: Task<'_>, places: &[usize]) -> bool {
    let Baselines { warm, duration, .. } = task.baselines;
    let lasts = places.iter().filter_map(|&place| task.cases[place].last());
    // Counted in requests, like the length of a fault-free run.
    let work = lasts.fold(0, u64::saturating_add);
    *duration >= SHORTEST_RUN
        && warm.facts.schedule == Schedule::Alone
        && work > warm.facts.requests.saturating_mul(WORTHWHILE)
}

/// How long a measured run may take, if a fault-free run takes this long.
pub(crate) fn timeout(once: Duration) -> Duration {
    once.saturating_mul(MOST_RUNS).max(LEAST_TIMEOUT)
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
