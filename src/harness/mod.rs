//! What a user depends on. It knows nothing of what stands beside it.
//!
//! Imports go one way: `plan`, `alloc`, `oracle`, `report`, `sweep`; `sys` and `c` are at the
//! bottom, for `alloc` and for C.

pub(crate) mod alloc;
pub mod c;
pub(crate) mod oracle;
pub(crate) mod plan;
pub mod report;
pub(crate) mod sweep;
pub(crate) mod sys;
