//! What one run did, as plain facts: [`Observation`]. The oracles judge it, and nothing else.

use std::time::Duration;

use crate::harness::alloc::{Birth, Harm, Leftover, Request, Tolerance};
use crate::harness::plan::Plan;

/// Whether the process had run the code under test before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Temperature {
    /// It had.
    Warm,
    /// It had not: first-use code runs.
    Cold,
}

/// All that is known of one run.
#[derive(Clone, Debug)]
pub(crate) struct Observation {
    pub(crate) plan: Plan,
    pub(crate) temperature: Temperature,
    pub(crate) ending: Ending,
    /// Armed requests.
    pub(crate) requests: u64,
    /// The first faults, in order.
    pub(crate) faults: Vec<FaultSeen>,
    /// All faults, and those outside every tolerated region.
    pub(crate) refused: u64,
    pub(crate) untolerated: u64,
    /// Requests served after the first fault under `Forbid`, and the first of them.
    pub(crate) forbidden: u64,
    pub(crate) first_forbidden: Option<Request>,
    pub(crate) sequence: Sequence,
    /// Steps in which something happened that the fault-free run does not show.
    pub(crate) steps: Vec<StepSeen>,
    /// The view at the end against that of the fault-free run.
    pub(crate) end: ViewSeen,
    /// Blocks left when all was dropped, and left again when the plan was repeated.
    pub(crate) leaked: Vec<Leftover>,
    /// Blocks left once, but not again: what caches do.
    pub(crate) retained: Vec<Leftover>,
    pub(crate) damages: Vec<DamageSeen>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Finished,
    /// `location` is `file:line:column`.
    Panicked {
        message: String,
        location: String,
        stack: Vec<usize>,
    },
    /// The process died; `said` is what it wrote to standard error.
    Died {
        death: Death,
        panic: Option<String>,
        said: String,
        stack: Vec<usize>,
    },
    Hung {
        limit: Duration,
    },
}

/// What a process died of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Death {
    /// A memory error: signal and address.
    Crash { signal: i32, address: usize },
    /// `SIGABRT`.
    Abort,
    /// Another signal, such as the system's out-of-memory killer's.
    Signal(i32),
    /// The code called `exit`.
    Exit(i32),
}

/// One faulted request.
#[derive(Clone, Debug)]
pub(crate) struct FaultSeen {
    pub(crate) request: Request,
    pub(crate) tolerance: Tolerance,
    /// Return addresses, if the run captured them.
    pub(crate) stack: Vec<usize>,
}

/// Whether the requests before the first fault were the fault-free run's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sequence {
    Agrees,
    /// The plan's fault must fire and did not.
    NeverFired,
    Differs,
    /// Several threads made them, in whatever order; a fault that never fired is one that this
    /// run made no request for.
    Unordered,
}

/// One step: what it returned, and in what state it left things.
#[derive(Clone, Debug)]
pub(crate) struct StepSeen {
    pub(crate) index: usize,
    pub(crate) returned: Returned,
    /// What the step returned in the fault-free run.
    pub(crate) expected: Expected,
    /// Faults in this step; those outside every tolerated region; refusals by the ceiling.
    pub(crate) refused: u64,
    pub(crate) untolerated: u64,
    pub(crate) over_ceiling: u64,
    /// What `check` said.
    pub(crate) inconsistency: Option<String>,
    /// The view after a failure against that before; after `Ok`, against the fault-free run's.
    pub(crate) view: ViewSeen,
    pub(crate) retry: Retried,
}

/// What code returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Returned {
    Ok,
    Err {
        is_oom: bool,
        requested: Option<usize>,
        /// Its `Debug` form, in diagnosing runs.
        text: Option<String>,
    },
    Panicked,
}

/// What code returns when nothing faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Ok,
    Err { is_oom: bool },
}

/// A view compared with another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ViewSeen {
    NotCompared,
    Same,
    Changed(ViewChange),
}

/// Two views that should be equal, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ViewChange {
    /// What it should be.
    pub before: String,
    /// What it is.
    pub after: String,
}

/// What came of the retry without faults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Retried {
    Not,
    AsExpected,
    /// It returned something else than the fault-free run.
    Failed(String),
}

/// A harm to a tracked block.
#[derive(Clone, Debug)]
pub(crate) struct DamageSeen {
    pub(crate) harm: Harm,
    pub(crate) size: usize,
    pub(crate) align: usize,
    pub(crate) birth: Birth,
    pub(crate) stack: Vec<usize>,
}

impl Observation {
    /// A run of `plan` of which nothing is known yet.
    pub(crate) fn new(plan: Plan, temperature: Temperature) -> Self {
        Self {
            plan,
            temperature,
            ending: Ending::Finished,
            requests: 0,
            faults: Vec::new(),
            refused: 0,
            untolerated: 0,
            forbidden: 0,
            first_forbidden: None,
            sequence: Sequence::Agrees,
            steps: Vec::new(),
            end: ViewSeen::NotCompared,
            leaked: Vec::new(),
            retained: Vec::new(),
            damages: Vec::new(),
        }
    }

    /// Whether some step failed, as it does not without faults.
    pub(crate) fn has_failed_step(&self) -> bool {
        self.steps.iter().any(|step| step.returned != Returned::Ok)
    }
}
