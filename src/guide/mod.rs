//! The manual: from the problem to a gate in CI, chapter by chapter; and [`kinds`], a page for
//! each kind of finding.
//!
//! The documentation's tests compile and run all code in it.
//!
//! - [The problem](#the-problem)
//! - [A first test](#a-first-test)
//! - [Choosing an entry point](#choosing-an-entry-point)
//! - [Your own error type](#your-own-error-type)
//! - [Reading a failure](#reading-a-failure)
//! - [Replaying](#replaying)
//! - [Tolerating](#tolerating)
//! - [Ratcheting](#ratcheting)
//! - [Continuous integration](#continuous-integration)
//! - [Large code](#large-code)
//! - [Threads and futures](#threads-and-futures)
//! - [C libraries](#c-libraries)
//! - [Fuzzing](#fuzzing)
//! - [How it works](#how-it-works)
//! - [Limits](#limits)
//!
//! [`Sweep`](crate::Sweep) lists every option and every environment variable,
//! [`Strategy`](crate::Strategy) every strategy, and [`Plan`](crate::Plan) every plan.
//!
#![doc = include_str!("problem.md")]
#![doc = include_str!("first-test.md")]
#![doc = include_str!("entry-points.md")]
#![doc = include_str!("own-error.md")]
#![doc = include_str!("failure.md")]
#![doc = include_str!("replaying.md")]
#![doc = include_str!("tolerating.md")]
#![doc = include_str!("ratcheting.md")]
#![doc = include_str!("ci.md")]
#![doc = include_str!("large-code.md")]
#![doc = include_str!("threads.md")]
#![doc = include_str!("c.md")]
#![doc = include_str!("fuzzing.md")]
#![doc = include_str!("how-it-works.md")]
#![doc = include_str!("limits.md")]

pub mod kinds;
