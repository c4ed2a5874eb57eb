//! The test harness: everything that a user's tests depend on. It imports nothing from the
//! folders beside it.
//!
//! Imports go one way: `plan`, `alloc`, `oracle`, `report`, `sweep`. `sys` wraps the operating
//! system, and `c` offers `malloc` and its family to C libraries.

pub(crate) mod alloc;
pub mod c;
pub(crate) mod oracle;
pub(crate) mod plan;
pub mod report;
pub(crate) mod sweep;
pub(crate) mod sys;
