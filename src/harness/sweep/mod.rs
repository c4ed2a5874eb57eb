//! The sweep engine: [`Sweep`], what it can run, and where.
//!
//! A sweep makes fault-free runs to compare with, then one run for each plan of its
//! [`Strategy`](crate::Strategy). It passes every observation to the oracles, and turns their
//! verdicts into a [`Report`](crate::Report). Imports go one way:
//!
//! | module | what it contains |
//! | --- | --- |
//! | `api` | what a user sets: the options of a [`Sweep`], the traits, the variables `OOM_SWEEP_…` |
//! | `run` | one run, from set-up to last drop, whatever the code's types |
//! | `executors` | where runs take place: in-process or in forked processes |
//! | `engine` | how a sweep goes: the runs to make, the suspects to look into, the findings |
//! | `entry_points`, `compared` | `run`, `run_state` and the other methods that start a sweep |

mod api;
mod compared;
mod engine;
mod entry_points;
mod executors;
mod run;

pub use api::builder::Sweep;
#[cfg(feature = "cli")]
pub(crate) use api::environment::shape;
#[cfg(feature = "cli")]
pub(crate) use api::events::{Event, Identity, Journal};
#[cfg(feature = "fuzz")]
pub(crate) use api::options::Empty;
pub use api::options::{Isolation, Retry, SweepProgress, Threads};
#[cfg(feature = "cli")]
pub(crate) use api::replay::{VARIABLE as REPLAY, quote};
pub use api::scenario::{Guarantee, Scenario, Steps, is_prefix};
pub use compared::ComparedSweep;
pub use engine::symbols::resolved_stacks;
#[cfg(feature = "cli")]
pub(crate) use engine::{NOT_INSTALLED, symbols::site_id};
#[cfg(feature = "fuzz")]
pub(crate) use run::subject::{ManySteps, OneStep, Subject};
