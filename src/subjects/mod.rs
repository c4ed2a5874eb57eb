//! Data structures that this project proves correct with the harness, and the drivers that test
//! them.

pub mod collections;
#[cfg(feature = "subjects")]
pub(crate) mod drivers;
#[cfg(test)]
mod failing;
#[cfg(feature = "registry")]
pub mod registry;
pub(crate) mod sync;
