//! What the harness is proved on: data structures, and their drivers.

pub mod collections;
#[cfg(feature = "subjects")]
pub(crate) mod drivers;
#[cfg(feature = "registry")]
pub mod registry;
