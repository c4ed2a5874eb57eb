//! The values that options of a [`Sweep`](super::builder::Sweep) take.

/// Where runs happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Isolation {
    /// [`Worker`](Self::Worker) or [`Snapshot`](Self::Snapshot), whichever is faster. If the
    /// platform cannot fork, [`InProcess`](Self::InProcess).
    #[default]
    Auto,
    /// In the calling process. If the code aborts or hangs, so does the sweep.
    InProcess,
    /// In forked processes, which may abort, crash and hang.
    Worker,
    /// In processes that branch off one pass over the code. At each request the process forks: the
    /// child gets the fault, and the parent continues. It suits code that runs for a long time
    /// before its requests.
    Snapshot,
}

/// Whose requests count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Threads {
    /// Requests of the sweep's own thread, and of threads that join its scope.
    #[default]
    Joined,
    /// Also all requests of every thread that starts inside a run, whatever it runs. The order of
    /// requests then depends on the schedule.
    Spawned,
}

/// The progress of a sweep; see [`Sweep::on_progress`](crate::Sweep::on_progress).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SweepProgress<'a> {
    /// The sweep's name.
    pub name: &'a str,
    /// Number of plans judged so far.
    pub runs: u64,
    /// Number of all plans.
    pub plans: u64,
    /// Number of findings so far.
    pub findings: usize,
}

/// Which failed operations are retried without faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retry {
    /// Each one.
    Every,
    /// The one under the first plan of each call stack, for each
    /// [`AfterFault`](crate::AfterFault): at most two more runs for each request by default.
    FirstPerSite,
    /// None.
    Never,
}

/// How many fault-free runs a sweep makes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BaselineMode {
    /// Runs until two agree, and one with call stacks.
    Full,
    /// One run, without call stacks: for fuzz targets, where each execution must be cheap.
    Quick,
}

/// What a sweep without a plan is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Empty {
    /// It fails: [`Outcome::Empty`](crate::report::Outcome::Empty).
    #[default]
    Fails,
    /// It passes with a note.
    Passes,
}

/// Who chose the plans of a sweep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ChosenBy {
    /// The sweep itself: a choice of no plan is a mistake.
    #[default]
    Sweep,
    /// The command line or the environment, for many sweeps: some may have no such plan.
    Invocation,
}

/// Who reads the report. Programs get more details, which take time to collect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Detail {
    #[default]
    ForPeople,
    ForPrograms,
}

/// What happens to what the code writes to standard error in a forked run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum RunOutput {
    /// It is kept for a finding's message.
    #[default]
    Keep,
    /// The run under the plan is also shown: somebody replays it.
    Show,
}

/// Whether the environment can override the options of a sweep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum EnvOverrides {
    #[default]
    Apply,
    #[cfg_attr(not(feature = "fuzz"), expect(dead_code, reason = "for drivers"))]
    Ignore,
}
