//! [`TypeIndex`]: what a type is called in a registry.

use crate::entity_impl;

/// A type of a registry: small, and the same for all modules that define it, as long as it is
/// registered. Afterwards it may name another type.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeIndex(u32);
entity_impl!(TypeIndex, "type");
