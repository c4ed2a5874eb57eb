//! The test harness: what a user depends on. It knows nothing about the other folders.
//!
//! Imports go one way: `sys`, `plan`, `alloc`, `oracle`, `report`, `sweep`. Each module imports only
//! those before it. `c` stands on `alloc` and is for C libraries.

pub(crate) mod alloc;
pub mod c;
pub(crate) mod oracle;
pub(crate) mod plan;
pub mod report;
pub(crate) mod sweep;
pub(crate) mod sys;
