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
