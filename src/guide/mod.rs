//! The guide: from the problem to a gate in CI, chapter by chapter; and [`kinds`], a page for
//! each kind of finding.
//!
//! All code in it is compiled and run with the documentation's tests. The README has the tables:
//! every knob, every variable, every strategy.
//!
//! - [The problem](#the-problem)
//! - [A first test](#a-first-test)
//! - [Reading a failure](#reading-a-failure)
//! - [Replaying](#replaying)
//! - [Tolerating](#tolerating)
//! - [Ratcheting](#ratcheting)
//! - [Continuous integration](#continuous-integration)
//! - [Fuzzing](#fuzzing)
//! - [Limits](#limits)
//!
#![doc = include_str!("problem.md")]
#![doc = include_str!("first-test.md")]
#![doc = include_str!("failure.md")]
#![doc = include_str!("replaying.md")]
#![doc = include_str!("tolerating.md")]
#![doc = include_str!("ratcheting.md")]
#![doc = include_str!("ci.md")]
#![doc = include_str!("fuzzing.md")]
#![doc = include_str!("limits.md")]

pub mod kinds;
