//! What can be wrong with a run: [`FindingKind`].

use std::fmt;

/// The kinds of findings, the most severe first.
///
/// [`guide::kinds`](crate::guide::kinds) has a page for each, with an example and the usual repair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum FindingKind {
    /// The binary's global allocator is not [`FaultAlloc`](crate::FaultAlloc).
    NotInstalled,
    /// A segmentation fault, a bus error, an illegal instruction or a stack overflow.
    Crashed,
    /// A tracked block was written past its end or after its free.
    CorruptedBlock,
    /// A tracked address was freed twice, freed inside its block, or freed or reallocated
    /// with another layout.
    InvalidFree,
    /// The process aborted, usually in `handle_alloc_error`.
    Aborted,
    /// The code panicked.
    Panicked,
    /// The run did not end within its time limit, and not within four times that when alone.
    Hung,
    /// Fault-free runs differ in their requests, or a fault that must fire did not.
    Nondeterministic,
    /// `check` found the state inconsistent.
    Inconsistent,
    /// The operation failed, and yet the view changed.
    PartialUpdate,
    /// A request faulted outside every tolerated region, and yet the code returned `Ok`.
    SwallowedOom,
    /// The code returned `Ok`, but in another view than without faults.
    Diverged,
    /// The retry without faults failed, or the run ended in another view than without faults.
    NotRecovered,
    /// An error that does not say "out of memory".
    WrongError,
    /// It failed although nothing faulted.
    SpuriousError,
    /// A request after the fault, under [`AfterFault::Forbid`](crate::AfterFault::Forbid).
    AllocatedAfterFault,
    /// Blocks were left when everything was dropped.
    Leaked,
    /// The error's size is no faulted request's, under [`Sweep::exact_size`](crate::Sweep::exact_size).
    WrongSize,
}

impl FindingKind {
    /// Every kind, the most severe first.
    pub const ALL: [Self; 18] = [
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
    ];

    /// The kind that people write so: in any case, with hyphens or without.
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
