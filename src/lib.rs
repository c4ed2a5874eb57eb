//! `oom-sweep` proves that code survives allocation failure: it fails every request in turn,
//! survives the crashes, and judges the state.
//!
//! Code that promises `Result<_, OutOfMemory>` is right on the paths that allocation failure
//! takes only if somebody has run them. A [`Sweep`] runs code once for each request that it
//! makes to the allocator, answers that request with null, and reports what the code makes of
//! it: an abort, a panic, a leak, a state that is neither old nor new, an error that got lost.
//!
//! # A first test
//!
//! The test's binary installs [`FaultAlloc`]; outside a sweep it passes everything on.
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
//! - Errors of a foreign type: [`Sweep::run_with`]. One's own: [`OomError`].
//! - A state that a failed operation must leave as it was: [`Sweep::run_state`], or a
//!   [`Scenario`], which can also check and roll back.
//! - A sequence of operations: [`Steps`].
//! - Code that may do without some memory: [`tolerate`], [`Sweep::tolerate_in`]. Code that does
//!   not matter: [`pause`].
//! - Several threads: [`Scope`], and [`Sweep::threads`]. Futures: [`Sweep::run_async`],
//!   [`Scope::wrap`], [`pause_async`], [`tolerate_async`].
//! - What was found: [`Report`], [`Finding`], and what each [`FindingKind`] means
//!   and what to do about it, in [`guide::kinds`].
//! - A C library that takes allocator hooks: [`c`].
//! - Other faults than one at a time: [`Plan`] and [`Strategy::Plans`].
//! - A break point at the fault: [`oom_sweep_fault`].
//!
//! The [`guide`] goes through it from the problem to a gate in CI, with a page for each
//! [kind](guide::kinds) of finding; the README has the tables.
//!
//! # Modules
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`c`] | `malloc` and its family, for C libraries that take allocator hooks |
//! | [`collections`] | collections that return [`OutOfMemory`], among them `SecondaryMap` |
//! | `registry`, with the feature of that name | the types of WebAssembly modules, interned |
//! | [`guide`] | no code: the guide, and what each kind of finding means, with examples |
//! | [`report`] | reports as text, Markdown and JSON; with the feature `formats`, as JUnit, SARIF and for GitHub |
//! | `targets`, with the feature of that name | drivers from bytes to operations, and the body of fuzz targets |
//! | `cli`, with the feature of that name | the command line, for one's own targets too |

#[cfg(feature = "cli")]
pub mod cli;
mod error;
#[cfg(feature = "targets")]
pub mod fuzzing;
pub mod guide;
mod harness;
mod subjects;

pub use error::{OomError, OutOfMemory};
#[cfg(feature = "targets")]
pub use fuzzing::Target;
#[doc(hidden)]
pub use harness::alloc::ledger_bytes;
pub use harness::alloc::{
    FaultAlloc, Operation, Request, Scope, oom_sweep_fault, pause, pause_async, tolerate,
    tolerate_async,
};
pub use harness::oracle::{Finding, FindingKind, Frame, Status, Temperature, ViewChange};
/// The old name of [`Status`].
#[deprecated(since = "0.2.0", note = "renamed to `Status`")]
pub type Standing = Status;

pub use harness::plan::{
    AfterFault, Fault, ParsePlanError, ParseStrategyError, Plan, SiteId, Strategy,
};
pub use harness::report::{Cold, Outcome, Report};
pub use harness::sweep::{
    Guarantee, Isolation, Retry, Scenario, Steps, Sweep, SweepProgress, Threads,
};
pub use harness::{c, report};
pub use subjects::collections;
#[cfg(feature = "registry")]
pub use subjects::registry;

/// This crate's own targets, and what fuzz targets are made of.
#[cfg(feature = "targets")]
pub mod targets {
    pub use crate::fuzzing::{Decoded, Target, fuzz, plans_of};
    pub use crate::subjects::drivers::*;
}

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
