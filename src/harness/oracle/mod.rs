//! The judges: an [`Observation`] in, verdicts out. One concern a file.
//!
//! They run on plain values, in a worker (which ends after a run that is not clean) as in the
//! parent, and know neither processes nor allocators.

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

pub use finding::{Finding, Frame, Status};
pub use kind::FindingKind;
pub(crate) use observation::{
    DamageSeen, Death, Ending, Expected, FaultSeen, Observation, Retried, Returned, Sequence,
    StepSeen, ViewSeen,
};
pub use observation::{Temperature, ViewChange};

/// What is expected of every run of a sweep, beyond the contract of its code.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) sizes: Sizes,
}

/// Whether an error's size must be a faulted request's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sizes {
    #[default]
    Any,
    Exact,
}

/// One kind of trouble with one run, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) kind: FindingKind,
    pub(crate) message: String,
}

impl Verdict {
    fn new(kind: FindingKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

/// Everything wrong with a run, the most severe first; each kind at most once.
pub(crate) fn judge(seen: &Observation, rules: Rules) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    ending::judge(seen, &mut verdicts);
    memory::judge(seen, &mut verdicts);
    state::judge_consistency(seen, &mut verdicts);
    // A process that died tells nothing more, and after a panic the rest follows from it.
    if seen.ending == Ending::Finished {
        sequence::judge(seen, &mut verdicts);
        state::judge_views(seen, &mut verdicts);
        surfacing::judge(seen, rules, &mut verdicts);
    }
    verdicts.sort_by_key(|verdict: &Verdict| verdict.kind);
    verdicts.dedup_by_key(|verdict| verdict.kind);
    verdicts
}
