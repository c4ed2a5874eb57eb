//! What a user says to a sweep: its options, what it is run on, and the variables that override
//! both.

pub(crate) mod builder;
pub(crate) mod environment;
pub(crate) mod events;
pub(crate) mod replay;
pub(crate) mod report_dir;
pub(crate) mod scenario;

/// Where runs take place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Isolation {
    /// [`Worker`](Self::Worker) or [`Snapshot`](Self::Snapshot), whichever is faster, where the
    /// platform can fork; else [`InProcess`](Self::InProcess).
    #[default]
    Auto,
    /// In the calling process: an abort or a hang of the code ends the sweep with it.
    InProcess,
    /// In forked processes, which may abort, crash and hang.
    Worker,
    /// One pass over the code; at each request the process forks, and the child gets the fault
    /// while the parent goes on. For code that takes long to get to its requests.
    Snapshot,
}

/// Whose requests count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Threads {
    /// Those of the sweep's own thread, and of threads that join its scope.
    #[default]
    Joined,
    /// Those of every thread that is born inside a run, too, from its first request to its last,
    /// whatever it runs: the order in which they come then depends on the schedule.
    Spawned,
}

/// How far a sweep has come; see [`Sweep::on_progress`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SweepProgress<'a> {
    /// The sweep's name.
    pub name: &'a str,
    /// Plans judged.
    pub runs: u64,
    /// Plans in all.
    pub plans: u64,
    /// Findings so far.
    pub findings: usize,
}

/// Which failed operations are tried again without faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retry {
    /// Each.
    Every,
    /// That of the first plan for each call stack.
    FirstPerSite,
    /// None.
    Never,
}
