//! What one run did, as plain facts: [`Observation`]. The oracles judge nothing else.

use std::time::Duration;

use crate::harness::alloc::{Birth, Harm, Leftover, Request, Tolerance};
use crate::harness::plan::Plan;

/// Whether the process had run the code under test before the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Temperature {
    /// It had.
    Warm,
    /// It had not, so code that runs only on first use ran too.
    Cold,
}

/// Everything that is known of one run.
#[derive(Clone, Debug)]
pub(crate) struct Observation {
    pub(crate) plan: Plan,
    pub(crate) temperature: Temperature,
    pub(crate) ending: Ending,
    /// The number of armed requests.
    pub(crate) requests: u64,
    /// The first faults, in order.
    pub(crate) faults: Vec<FaultSeen>,
    /// The number of all faults, and of the faults outside every tolerated region.
    pub(crate) refused: u64,
    pub(crate) untolerated: u64,
    /// The requests served after the first fault under `Forbid`: their number, and the first one.
    pub(crate) forbidden: u64,
    pub(crate) first_forbidden: Option<Request>,
    /// The request after the first fault, if the same step made it and it was served. Only runs that
    /// collect details have it.
    pub(crate) next: Option<NextSeen>,
    /// The request that stood in for the only fault. Only the engine can tell, from call stacks.
    pub(crate) fallback: Option<Fallback>,
    pub(crate) sequence: Sequence,
    /// The steps that differ from the fault-free run.
    pub(crate) steps: Vec<StepSeen>,
    /// The view at the end, compared with that of the fault-free run.
    pub(crate) end: ViewSeen,
    /// The output of the operation or its retry, compared with that of the fault-free run.
    pub(crate) output: ViewSeen,
    /// Whether the view changes in the course of the run. Only runs that collect details know it.
    pub(crate) is_view_telling: bool,
    /// The blocks left after everything was dropped, and left again when the plan was repeated.
    pub(crate) leaked: Vec<Leftover>,
    /// The blocks left only the first time, as caches do.
    pub(crate) retained: Vec<Leftover>,
    pub(crate) damages: Vec<DamageSeen>,
    /// What each repetition of the plan leaves behind, besides memory.
    pub(crate) left_behind: Option<LeftBehind>,
}

/// What a run can leave behind besides memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeftBehind {
    /// An open file.
    Descriptor,
    Thread,
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
    /// The process died. `said` is what it wrote to standard error.
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

/// What made a process die.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Death {
    /// A memory error, with its signal and address.
    Crash { signal: i32, address: usize },
    /// `SIGABRT`.
    Abort,
    /// Another signal, for example from the system's out-of-memory killer.
    Signal(i32),
    /// The code called `exit`.
    Exit(i32),
    /// The harness ended it, because it wrote std's message about an abort. The stack does not show
    /// that abort, so this is no evidence: the code may have logged such a line.
    EndedEarly,
}

/// One faulted request.
#[derive(Clone, Debug)]
pub(crate) struct FaultSeen {
    pub(crate) request: Request,
    pub(crate) tolerance: Tolerance,
    /// The return addresses, if the run captured them.
    pub(crate) stack: Vec<usize>,
}

/// The request that followed a fault.
#[derive(Clone, Debug)]
pub(crate) struct NextSeen {
    pub(crate) request: Request,
    pub(crate) stack: Vec<usize>,
}

/// A request that stands in for a failed one.
#[derive(Clone, Debug)]
pub(crate) struct Fallback {
    /// The function that asked for both.
    pub(crate) function: String,
    /// Sizes in bytes.
    pub(crate) failed: usize,
    pub(crate) served: usize,
    pub(crate) evidence: Evidence,
}

/// What shows that the result of a fallback is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// A view that changes in the course of the run, and equals the fault-free run's.
    View,
    /// An output that equals the fault-free run's.
    Output,
    Missing,
}

/// Whether the requests before the first fault equal those of the fault-free run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sequence {
    Agrees,
    /// The plan's fault should have happened, but did not.
    NeverFired,
    Differs,
    /// Several threads made the requests, so their order differs between runs. A fault that did
    /// not happen is no mistake here: this run made fewer requests.
    Unordered,
}

/// One step: what it returned, and the state that it left.
#[derive(Clone, Debug)]
pub(crate) struct StepSeen {
    pub(crate) index: usize,
    pub(crate) returned: Returned,
    /// What the step returned in the fault-free run.
    pub(crate) expected: Expected,
    /// The number of faults in this step, of those outside every tolerated region, and of requests
    /// that exceeded the ceiling.
    pub(crate) refused: u64,
    pub(crate) untolerated: u64,
    pub(crate) over_ceiling: u64,
    /// The error that `check` returned.
    pub(crate) inconsistency: Option<String>,
    /// After a failure: the view compared with the view before the step. After `Ok`: compared with
    /// the fault-free run's.
    pub(crate) view: ViewSeen,
    pub(crate) retry: Retried,
}

/// What the code returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Returned {
    Ok,
    Err {
        is_oom: bool,
        requested: Option<usize>,
        /// The error's `Debug` text, in runs that collect details.
        text: Option<String>,
    },
    Panicked,
}

/// What the code returns without faults.
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
///
/// ```
/// use oom_sweep::{FaultAlloc, FindingKind, OutOfMemory, Sweep};
///
/// #[global_allocator]
/// static ALLOC: FaultAlloc = FaultAlloc::system();
///
/// /// Clears the list before it knows that there is memory for the new one.
/// fn replace(list: &mut Vec<u8>) -> Result<(), OutOfMemory> {
///     list.clear();
///     list.try_reserve_exact(64).map_err(|_| OutOfMemory::new(64))?;
///     list.extend([2; 64]);
///     Ok(())
/// }
///
/// # fn main() {
/// let report = Sweep::new("replace").run_state(|| vec![1], replace, |list| list.clone());
/// let finding = &report.findings()[0];
/// assert_eq!(finding.kind(), FindingKind::PartialUpdate);
/// let view = finding.view().unwrap();
/// assert_eq!((view.before.as_str(), view.after.as_str()), ("[1]", "[]"));
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ViewChange {
    /// The view that the code should have left.
    pub before: String,
    /// The view that it left.
    pub after: String,
}

/// The result of the retry without faults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Retried {
    Not,
    AsExpected,
    /// The retry differed from the fault-free run; the text says how.
    Failed(String),
    /// The state was to refuse everything until it is reset, but did not; the text says what it did.
    NotPoisoned(String),
}

/// Damage to a tracked block.
#[derive(Clone, Debug)]
pub(crate) struct DamageSeen {
    pub(crate) harm: Harm,
    pub(crate) size: usize,
    pub(crate) align: usize,
    pub(crate) birth: Birth,
    pub(crate) stack: Vec<usize>,
}

impl Observation {
    /// Makes the observation of a run of `plan` before anything is known of it.
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
            next: None,
            fallback: None,
            sequence: Sequence::Agrees,
            steps: Vec::new(),
            end: ViewSeen::NotCompared,
            output: ViewSeen::NotCompared,
            is_view_telling: false,
            leaked: Vec::new(),
            retained: Vec::new(),
            damages: Vec::new(),
            left_behind: None,
        }
    }

    /// Whether a step returned `Ok` although a request failed in it, outside every tolerated region.
    pub(crate) fn has_untold_fault(&self) -> bool {
        self.steps.iter().any(|step| step.returned == Returned::Ok && step.untolerated > 0)
    }

    /// Counts all faults as tolerated.
    pub(crate) fn excuse_faults(&mut self) {
        self.untolerated = 0;
        self.steps.iter_mut().for_each(|step| step.untolerated = 0);
    }

    /// Whether a step failed that succeeds without faults.
    pub(crate) fn has_failed_step(&self) -> bool {
        self.steps.iter().any(|step| step.returned != Returned::Ok)
    }
}
