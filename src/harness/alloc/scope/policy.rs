//! How a session treats all requests, whatever the plan: [`AllocPolicy`]. Also, which call stacks a
//! run captures.
//!
//! These are plain values; `core` and `local` act on them.

/// Which call stacks are captured. Capturing is slow, so plain runs capture nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capture {
    Nothing,
    /// Those of the first [`FIRST_FAULTS`] faults. They guide a fuzzer, and are cheap enough for
    /// each of its executions.
    FirstFaults,
    /// Those of faults and damages.
    Stacks,
}

/// Later faults of the same run rarely lead to new code.
pub(super) const FIRST_FAULTS: u64 = 4;

/// How `realloc` is treated inside a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moves {
    /// As the inner allocator does.
    AsItComes,
    /// Each returns another address.
    Always,
}

/// Whether a `realloc` that shrinks counts as a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shrinks {
    Count,
    Ignore,
}

/// What happens to threads that start while a session is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SpawnedThreads {
    /// They are in no scope until they join one.
    StayOutside,
    /// They are in the scope of every run. Only for processes that run nothing but the sweep,
    /// because all threads count.
    Join,
}

/// How a session treats all requests, whatever the plan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AllocPolicy {
    /// The size in bytes above which a single request is refused.
    pub(crate) ceiling: usize,
    pub(crate) moves: Moves,
    pub(crate) shrinks: Shrinks,
    pub(crate) spawned: SpawnedThreads,
}
