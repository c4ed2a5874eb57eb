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

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "cli")]
pub mod cli;
mod error;
#[cfg(feature = "fuzz")]
mod fuzzing;
pub mod guide;
mod harness;
#[cfg(feature = "collections")]
mod subjects;

pub use error::{OomError, OutOfMemory};
#[cfg(feature = "fuzz")]
pub use fuzzing::Target;
#[doc(hidden)]
pub use harness::alloc::ledger_bytes;
pub use harness::alloc::{
    FaultAlloc, Operation, Request, Scope, oom_sweep_fault, pause, pause_async, tolerate,
    tolerate_async,
};
pub use harness::oracle::{
    FailedRequest, Finding, FindingKind, Frame, Status, Temperature, ViewChange,
};
#[doc(hidden)]
pub use harness::sweep::resolved_stacks;
/// The old name of [`Status`].
#[deprecated(since = "0.2.0", note = "renamed to `Status`")]
pub type Standing = Status;

pub use harness::plan::{
    AfterFault, Fault, ParsePlanError, ParseStrategyError, Plan, SiteId, Strategy,
};
pub use harness::report::{Cold, Outcome, Report};
pub use harness::sweep::{
    ComparedSweep, Guarantee, Isolation, Retry, Scenario, Steps, Sweep, SweepProgress, Threads,
    is_prefix,
};
pub use harness::{c, report};
#[cfg(feature = "collections")]
pub use subjects::collections;
#[cfg(feature = "registry")]
pub use subjects::registry;

/// What you need to fuzz your own code; with the feature `subjects`, this crate's own targets.
///
#[cfg(feature = "fuzz")]
pub mod targets {
    #![cfg_attr(feature = "subjects", doc = include_str!("subjects/drivers/layout.md"))]

    pub use crate::fuzzing::{Decoded, Target, fuzz, plans_of};
    #[cfg(feature = "subjects")]
    pub use crate::subjects::drivers::*;
}

/// Compiles and runs the README's examples as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
