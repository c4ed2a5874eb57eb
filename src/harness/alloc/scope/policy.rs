//! How a session treats requests whatever the plan: [`AllocPolicy`]. And what a run captures.
//!
//! Plain values; the state machine acts on them.

/// Whether call stacks are captured as things happen; dear, hence not in plain runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capture {
    Nothing,
    /// Of the first faults, [`FIRST_FAULTS`] of them: what a fuzzer is guided by, at a price that
    /// each of its executions can pay.
    FirstFaults,
    /// Of faults and damages.
    Stacks,
}

/// How many that is. Later faults of the same run seldom lead to where these did not.
pub(super) const FIRST_FAULTS: u64 = 4;

/// How `realloc` is treated inside a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moves {
    /// As the inner allocator does it.
    AsItComes,
    /// Every one gives another address.
    Always,
}

/// Whether a `realloc` that shrinks is a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shrinks {
    Count,
    Ignore,
}

/// What becomes of threads that are born while a session is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SpawnedThreads {
    /// They are in no scope, unless they join one.
    StayOutside,
    /// They are in the scope of every run that is on. Only for processes that a sweep has for
    /// itself: they all count.
    Join,
}

/// How a session treats every request, whatever the plan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AllocPolicy {
    /// Larger single requests are refused, in bytes.
    pub(crate) ceiling: usize,
    pub(crate) moves: Moves,
    pub(crate) shrinks: Shrinks,
    pub(crate) spawned: SpawnedThreads,
}
