//! The two canonical forms of a recursion group: its key, by which equal groups of different
//! modules are one, and its run-time form, in which every reference is a [`TypeIndex`].
//!
//! In a key the references inside the group are relative, so that it says nothing of where the
//! group stands; those to other groups are the indices of types that are registered, so that
//! equal keys mean equal types all the way down.

use super::TypeIndex;
use super::model::SubType;
use crate::collections::{OutOfMemory, TryBox, TryVec};
use std::fmt;
use std::ops::Range;

/// A reference in the key of a recursion group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupRef {
    /// To a type of the same group, by its place in it.
    Inside(u32),
    /// To a type of another group, which is registered.
    Outside(TypeIndex),
}

/// `rec.0` and `type7`.
impl fmt::Display for GroupRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inside(place) => write!(f, "rec.{place}"),
            Self::Outside(index) => index.fmt(f),
        }
    }
}

/// What tells recursion groups apart.
pub(super) type Key = TryBox<[SubType<GroupRef>]>;

impl GroupRef {
    /// The index of the type, where those of its own group are these.
    pub(super) fn resolve(self, own: &[TypeIndex]) -> TypeIndex {
        match self {
            Self::Inside(place) => own[place as usize],
            Self::Outside(index) => index,
        }
    }
}

/// The key of a group of a module, whose earlier types have these indices.
///
/// The module is valid, so its groups refer to nothing later. O(size). A request for the key and
/// one for each list of types; an `Err` leaves nothing behind.
pub(super) fn key_of_module_group(
    types: &[SubType<u32>],
    group: Range<u32>,
    earlier: &[TypeIndex],
) -> Result<Key, OutOfMemory> {
    let of_group = &types[group.start as usize..group.end as usize];
    map_group(of_group, |index| match index.checked_sub(group.start) {
        Some(place) => GroupRef::Inside(place),
        None => GroupRef::Outside(earlier[index as usize]),
    })
}

/// A copy of a key, with the requests of the original.
pub(super) fn copy_key(key: &[SubType<GroupRef>]) -> Result<Key, OutOfMemory> {
    map_group(key, |reference| reference)
}

/// A group with other references.
fn map_group<R: Copy, S>(
    group: &[SubType<R>],
    to: impl Fn(R) -> S,
) -> Result<TryBox<[SubType<S>]>, OutOfMemory> {
    let mut mapped = TryVec::with_capacity(group.len())?;
    for ty in group {
        mapped.push(ty.try_map(&to)?)?;
    }
    mapped.into_boxed_slice().map_err(|(oom, _)| oom)
}

/// Visits the references from a group to others, an edge at a time.
pub(super) fn for_each_outside(key: &[SubType<GroupRef>], mut visit: impl FnMut(TypeIndex)) {
    for ty in key {
        ty.for_each_reference(|reference| match reference {
            GroupRef::Outside(index) => visit(index),
            GroupRef::Inside(_) => {}
        });
    }
}
