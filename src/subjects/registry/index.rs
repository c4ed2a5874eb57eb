//! [`TypeIndex`]: the index of a type in a registry.

use crate::entity_impl;

/// The index of a type in a registry. It is a small integer and the same for all modules that
/// define the type. After the type is unregistered, the index may name another type.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeIndex(u32);
entity_impl!(TypeIndex, "type");
