//! The sweep engine: [`Sweep`], what it can run, and where.
//!
//! A sweep makes fault-free runs for a yardstick, one run for each plan of its
//! [`Strategy`], hands every observation to the oracles and folds their verdicts into a
//! [`Report`](crate::Report).
//!
//! | module | what it knows |
//! | --- | --- |
//! | `builder`, `run` | the knobs of a [`Sweep`], and what it can be run on (`subject` is one shape for it all) |
//! | `environment`, `outlet` | the variables `OOM_SWEEP_…`, and the folder of reports |
//! | `engine` | how a sweep goes: `orders` are the runs to make, `suspects` those to look into, `findings` what they come to, a `journal` hears of all |
//! | `executor` | where runs take place: `in_process`, or `forked` |
//! | `drive`, `walk` | one run, whatever the code's types; `observe` reads off what it did |
//! | `symbols` | call stacks for people, and their identity |

mod baseline;
mod builder;
mod drive;
mod engine;
mod environment;
mod executor;
mod findings;
#[cfg(unix)]
mod forked;
mod in_process;
mod journal;
mod observe;
mod order;
mod orders;
mod outlet;
mod panic_hook;
mod replay;
mod run;
mod scenario;
mod strategy;
mod subject;
mod suspects;
mod symbols;
mod walk;

pub use builder::Sweep;
#[cfg(feature = "cli")]
pub(crate) use engine::NOT_INSTALLED;
#[cfg(feature = "cli")]
pub(crate) use environment::shape;
#[cfg(feature = "cli")]
pub(crate) use journal::{Event, Identity, Journal};
#[cfg(feature = "cli")]
pub(crate) use replay::VARIABLE as REPLAY;
#[cfg(feature = "cli")]
pub(crate) use replay::quote;
pub use scenario::{Guarantee, Scenario, Steps};
pub use strategy::{ParseStrategyError, Retry, Strategy};
#[cfg(feature = "targets")]
pub(crate) use subject::{ManySteps, OneStep, Subject};

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

/// The progress of a sweep; see [`Sweep::on_progress`].
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
