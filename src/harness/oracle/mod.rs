//! The oracles: they judge an [`Observation`] and return verdicts. One oracle a file.
//!
//! They work on plain values and know neither processes nor allocators, so they run in a worker
//! as well as in the parent. A worker exits after a run that is not clean.

mod ending;
mod finding;
pub(crate) mod function;
mod kind;
mod memory;
mod observation;
mod sequence;
mod state;
mod surfacing;

#[cfg(test)]
mod tests;

pub use finding::{FailedRequest, Finding, Frame, Status};
pub use kind::FindingKind;
pub(crate) use observation::{
    DamageSeen, Death, Ending, Evidence, Expected, Fallback, FaultSeen, LeftBehind, NextSeen,
    Observation, Retried, Returned, Sequence, StepSeen, ViewSeen,
};
pub use observation::{Temperature, ViewChange};

/// What a sweep requires of every run, beyond what its code promises.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) sizes: Sizes,
    pub(crate) fault_free: FaultFree,
}

/// What the fault-free run must return.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum FaultFree {
    /// `Ok` or an error.
    #[default]
    Anything,
    /// `Ok`.
    Ok,
    /// `Ok` or an error, but none that means "out of memory".
    NoOom,
    /// An error.
    Err,
}

/// Whether an error must name the size of a failed request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sizes {
    #[default]
    Any,
    Exact,
}

/// One kind of mistake in one run, with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) kind: FindingKind,
    pub(crate) message: String,
    /// The position of the step that shows it, among the steps of the observation.
    pub(crate) step: Option<usize>,
}

impl Verdict {
    pub(crate) fn new(kind: FindingKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), step: None }
    }

    fn at(self, step: usize) -> Self {
        Self { step: Some(step), ..self }
    }
}

/// Returns everything that is wrong with a run, the most severe first; each kind at most once.
pub(crate) fn judge(seen: &Observation, rules: Rules) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    ending::judge(seen, &mut verdicts);
    memory::judge(seen, &mut verdicts);
    state::judge_consistency(seen, &mut verdicts);
    // A process that died reports nothing more, and after a panic the rest follows from the panic.
    if seen.ending == Ending::Finished {
        sequence::judge(seen, &mut verdicts);
        state::judge_views(seen, &mut verdicts);
        surfacing::judge(seen, rules, &mut verdicts);
    }
    verdicts.sort_by_key(|verdict: &Verdict| verdict.kind);
    verdicts.dedup_by_key(|verdict| verdict.kind);
    verdicts
}
