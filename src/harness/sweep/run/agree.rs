//! Fault-free runs until two of them make the same requests: [`agree`].

use std::rc::Rc;
use std::time::{Duration, Instant};

use super::baseline::{Baseline, Baselines, Facts, Schedule};
use super::context::RunContext;
use super::lifecycle::Checks;
use super::runner::Runner;
use crate::harness::alloc::{Capture, Trace};

/// Why there are no baselines.
pub(crate) enum NoBaseline {
    /// The harness cannot work, for this reason.
    Trouble(String),
    /// No two runs made the same requests. The text says how the last two differ.
    Nondeterministic(String),
}

/// Runs without faults until two runs make the same requests, at most [`MOST_BASELINES`] times. All
/// executors use this function.
pub(crate) fn agree(
    code: &mut dyn Runner,
    context: &mut RunContext<'_>,
    traces: &[Trace; 2],
    capture_first: Capture,
) -> Result<Agreement, NoBaseline> {
    let trouble = NoBaseline::Trouble;
    let mut first =
        code.baseline(context, &traces[0], capture_first, Checks::EachStep).map_err(trouble)?;
    let start = Instant::now();
    let mut last =
        code.baseline(context, &traces[1], Capture::Nothing, Checks::None).map_err(trouble)?;
    let duration = start.elapsed();
    if first.agrees_with(&last) {
        first.learn_stability(&last);
        return Ok(Agreement { first, warm: None, duration });
    }
    // `traces[0]` has the cold run's stacks, so both later runs use `traces[1]`.
    for _ in 2..MOST_BASELINES {
        let next =
            code.baseline(context, &traces[1], Capture::Nothing, Checks::None).map_err(trouble)?;
        if next.agrees_with(&last) {
            let mut warm =
                code.baseline(context, &traces[1], capture_first, Checks::None).map_err(trouble)?;
            if warm.agrees_with(&next) {
                warm.learn_stability(&next);
                first.learn_stability(&warm);
                return Ok(Agreement { first, warm: Some(warm), duration });
            }
        }
        last = next;
    }
    if [&first, &last].iter().any(|facts| facts.schedule == Schedule::Shared) {
        // The runs differ because of the schedule of the threads. Compare with the first one.
        let first = Facts { schedule: Schedule::Shared, ..first };
        return Ok(Agreement { first, warm: None, duration });
    }
    Err(NoBaseline::Nondeterministic(describe_difference(&traces[0], &traces[1])))
}

/// The largest number of fault-free runs.
pub(crate) const MOST_BASELINES: usize = 10;

/// Two baselines that agree. `warm` is set only if it differs from the first run.
pub(crate) struct Agreement {
    pub(crate) first: Facts,
    pub(crate) warm: Option<Facts>,
    /// The time of a run without call stacks.
    pub(crate) duration: Duration,
}

impl Agreement {
    /// Combines facts and traces. If there is one sequence only, the first trace has its stacks.
    pub(crate) fn into_baselines(self, traces: [Trace; 2]) -> Baselines {
        let [first, second] = traces;
        let pair = |facts: Facts, trace: Trace| Baseline { facts, trace: Rc::new(trace) };
        let (warm, cold) = match self.warm {
            None => (pair(self.first, first), None),
            Some(warm) => (pair(warm, second), Some(pair(self.first, first))),
        };
        Baselines { warm, cold, duration: self.duration }
    }
}

fn describe_difference(one: &Trace, other: &Trace) -> String {
    let pairs = one.requests().iter().zip(other.requests());
    let differing = pairs.map(|(a, b)| (a.request, b.request)).find(|(a, b)| !a.asks_same(b));
    match differing {
        Some((a, b)) => format!(
            "fault-free runs differ: request {} was {a} in one and {b} in another",
            a.number
        ),
        None => format!(
            "fault-free runs differ: {} requests in one, {} in another",
            one.len(),
            other.len()
        ),
    }
}
