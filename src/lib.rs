//! `oom-sweep` tests that code survives allocation failure: it fails each request in turn,
//! isolates crashes in forked processes, and judges every run.
//!
//! Code that promises `Result<_, OutOfMemory>` is rarely run on its failing paths. A [`Sweep`]
//! runs the code once for each request that it makes to the allocator, answers that request with
//! null, and reports what goes wrong: an abort, a panic, a leak, a half-finished change, a lost
//! error.
//!
//! # A first test
//!
//! The test's binary installs [`FaultAlloc`]. Outside a sweep it passes every request on.
//!
//! ```
//! use std::collections::TryReserveError;
//!
//! use oom_sweep::{FaultAlloc, Sweep};
//!
//! #[global_allocator]
//! static ALLOC: FaultAlloc = FaultAlloc::system();
//!
//! fn copy(text: &str) -> Result<String, TryReserveError> {
//!     let mut copy = String::new();
//!     copy.try_reserve_exact(text.len())?;
//!     copy.push_str(text);
//!     Ok(copy)
//! }
//!
//! # fn main() {
//! let report = Sweep::new("copy").run(|| copy("some text"));
//! report.assert_clean();
//! assert_eq!(report.requests(), 1);
//! # }
//! ```
//!
//! # Where to go from here
//!
//! - An error type of another crate: [`Sweep::run_with`]. Your own error type: [`OomError`].
//! - A state that a failed operation must leave unchanged: [`Sweep::run_state`], or a
//!   [`Scenario`], which can also check and roll back.
//! - A sequence of operations: [`Steps`].
//! - Code that can work without some memory: [`tolerate`], [`Sweep::tolerate_in`]. Code that is not
//!   under test: [`pause`].
//! - Several threads: [`Scope`], and [`Sweep::threads`]. Futures: [`Sweep::run_async`],
//!   [`Scope::wrap`], [`pause_async`], [`tolerate_async`].
//! - What was found: [`Report`] and [`Finding`]. [`guide::kinds`] explains each [`FindingKind`] and
//!   its usual repair.
//! - A C library that takes allocator hooks: [`c`].
//! - Other faults than one at a time: [`Plan`] and [`Strategy::Plans`].
//! - A break point at the fault: [`oom_sweep_fault`].
//!
//! The [`guide`] is the manual, from the problem to a gate in CI. [`Sweep`] lists every option and
//! every environment variable.
//!
//! # Modules
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`c`] | `malloc` and its family, for C libraries that take allocator hooks |
//! | `collections`, with the feature of that name | collections that return [`OutOfMemory`], among them `SecondaryMap` |
//! | `registry`, with the feature of that name | a registry of the types of WebAssembly modules |
//! | [`guide`] | the manual, and a page for each kind of finding; no code |
//! | [`report`] | reports as text, Markdown and JSON; with the feature `formats`, as JUnit, SARIF and for GitHub |
//! | `targets`, with the feature `fuzz` | what you need to fuzz your own code; with `subjects`, the drivers of our subjects |
//! | `cli`, with the feature of that name | the command line, for your own targets too |

mod alloc;
pub mod c;
#[cfg(feature = "cli")]
pub mod cli;
pub mod collections;
mod duration;
mod error;
pub mod guide;
mod oracle;
mod plan;
#[cfg(feature = "registry")]
pub mod registry;
pub mod report;
mod sweep;
mod sys;
#[cfg(feature = "targets")]
pub mod targets;

#[doc(hidden)]
pub use alloc::ledger_bytes;
pub use alloc::{
    FaultAlloc, Operation, Request, Scope, oom_sweep_fault, pause, pause_async, tolerate,
    tolerate_async,
};
pub use error::{OomError, OutOfMemory};
pub use oracle::{Finding, FindingKind, Frame, Standing, Temperature, ViewChange};
pub use plan::{AfterFault, Fault, ParsePlanError, Plan, SiteId};
pub use report::{Cold, Outcome, Report};
pub use sweep::{
    Guarantee, Isolation, ParseStrategyError, Retry, Scenario, Steps, Strategy, Sweep,
    SweepProgress, Threads,
};
#[cfg(feature = "targets")]
pub use targets::Target;

/// Compiles and runs the README's examples as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
