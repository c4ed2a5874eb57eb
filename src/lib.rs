//! `oom-sweep` proves that code survives allocation failure.

mod alloc;
#[cfg(feature = "cli")]
pub mod cli;
pub mod collections;
mod error;
mod oracle;
mod plan;
pub mod report;
mod sweep;
mod sys;
#[cfg(feature = "targets")]
pub mod targets;

#[doc(hidden)]
pub use alloc::ledger_bytes;
pub use alloc::{FaultAlloc, Operation, Request, oom_sweep_fault, pause, tolerate};
pub use error::{OomError, OutOfMemory};
pub use oracle::{Finding, FindingKind, Frame, Standing, Temperature, ViewChange};
pub use plan::{AfterFault, Fault, ParsePlanError, Plan, SiteId};
pub use report::{Cold, Outcome, Report};
pub use sweep::{Guarantee, Isolation, Retry, Scenario, Steps, Strategy, Sweep, SweepProgress};
#[cfg(feature = "targets")]
pub use targets::Target;
