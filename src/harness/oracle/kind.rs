//! The kinds of mistakes that a sweep can find: [`FindingKind`].

use std::fmt;

/// The kinds of findings, in order of severity: the most severe kind is first.
///
/// [`guide::kinds`](crate::guide::kinds) has a page for each, with an example and the usual repair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum FindingKind {
    /// The binary's global allocator is not [`FaultAlloc`](crate::FaultAlloc).
    NotInstalled,
    /// The process died of a segmentation fault, a bus error, an illegal instruction or a stack
    /// overflow.
    Crashed,
    /// The code wrote past the end of a block, or to a block after freeing it.
    CorruptedBlock,
    /// The code freed a block twice, freed an address inside a block, or used another layout than
    /// before.
    InvalidFree,
    /// The process aborted, usually in `handle_alloc_error`.
    Aborted,
    /// The code panicked.
    Panicked,
    /// The run did not end within its time limit, and did not end within four times that limit when
    /// it ran again alone.
    Hung,
    /// Fault-free runs made different requests, or a planned fault did not happen.
    Nondeterministic,
    /// `check` found the state inconsistent.
    Inconsistent,
    /// The operation failed, but the view changed.
    PartialUpdate,
    /// A request failed outside every tolerated region, but the code returned `Ok`.
    SwallowedOom,
    /// The code returned `Ok`, but the view differs from the one without faults.
    Diverged,
    /// The retry without faults failed, or the run ended in another view than the fault-free run.
    NotRecovered,
    /// The code returned an error that does not mean "out of memory".
    WrongError,
    /// An operation failed although all of its requests were served.
    SpuriousError,
    /// The code made another request after the failed one, under
    /// [`AfterFault::Forbid`](crate::AfterFault::Forbid).
    AllocatedAfterFault,
    /// Blocks were left after the run had dropped everything.
    Leaked,
    /// The error names a size that no failed request had, under
    /// [`Sweep::exact_size`](crate::Sweep::exact_size).
    WrongSize,
    /// A request failed, and the code answered it with another request; the result is right. A note,
    /// unless [`Sweep::deny`](crate::Sweep::deny) makes it a finding.
    FellBack,
}

impl FindingKind {
    /// Every kind, the most severe first.
    pub const ALL: [Self; 19] = [
        Self::NotInstalled,
        Self::Crashed,
        Self::CorruptedBlock,
        Self::InvalidFree,
        Self::Aborted,
        Self::Panicked,
        Self::Hung,
        Self::Nondeterministic,
        Self::Inconsistent,
        Self::PartialUpdate,
        Self::SwallowedOom,
        Self::Diverged,
        Self::NotRecovered,
        Self::WrongError,
        Self::SpuriousError,
        Self::AllocatedAfterFault,
        Self::Leaked,
        Self::WrongSize,
        Self::FellBack,
    ];

    /// Parses the name of a kind, in any case, with or without hyphens.
    #[cfg(feature = "cli")]
    pub(crate) fn named(text: &str) -> Option<Self> {
        let plain = text.replace(['-', '_'], "");
        Self::ALL.into_iter().find(|kind| kind.to_string().eq_ignore_ascii_case(&plain))
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_names_each_kind_once_in_order() {
        assert!(FindingKind::ALL.is_sorted_by(|a, b| a < b));
    }
}
