//! The two canonical forms of a recursion group: its key, which is equal for equal groups of
//! different modules, and its run-time form, in which every reference is a [`TypeIndex`].
//!
//! In a key, references inside the group are relative, so the key does not depend on where the
//! group was defined. References to other groups are indices of registered types. So equal keys
//! mean equal types at every depth.
//!
//! A key is made only for a new group. A lookup uses a [`Draft`] of the group, which needs no
//! memory.

use super::TypeIndex;
use super::group_ref::GroupRef;
use super::model::SubType;
use super::words;
use crate::collections::{OutOfMemory, TryBox, TryVec};
use std::hash::{BuildHasher, Hasher};
use std::ops::Range;

/// What tells recursion groups apart.
pub(super) type Key = TryBox<[SubType<GroupRef>]>;

/// The hash of a group's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeyHash(pub(super) u64);

/// A recursion group in the form in which it arrives, with a function that translates its
/// references to those of its key.
pub(super) struct Draft<'a, R, F> {
    pub(super) types: &'a [SubType<R>],
    pub(super) to: F,
}

/// Makes the draft of a group of a module. The earlier types of the module have these indices.
///
/// The module is valid, so its groups do not refer to later groups.
pub(super) fn draft_of_module_group<'a>(
    types: &'a [SubType<u32>],
    group: Range<u32>,
    earlier: &'a [TypeIndex],
) -> Draft<'a, u32, impl Fn(u32) -> GroupRef + use<'a>> {
    let to = move |index: u32| match index.checked_sub(group.start) {
        Some(place) => GroupRef::Inside(place),
        None => GroupRef::Outside(earlier[index as usize]),
    };
    Draft { types: &types[group.start as usize..group.end as usize], to }
}

/// Makes the draft of a group that is already a key.
pub(super) fn draft_of_key(
    key: &[SubType<GroupRef>],
) -> Draft<'_, GroupRef, impl Fn(GroupRef) -> GroupRef + use<>> {
    Draft { types: key, to: |reference| reference }
}

impl<R: Copy, F: Fn(R) -> GroupRef> Draft<'_, R, F> {
    /// The hash of the group's key. O(size), no request.
    pub(super) fn hash(&self, hasher: &impl BuildHasher) -> KeyHash {
        let mut state = hasher.build_hasher();
        self.types.iter().for_each(|ty| words::of_type(ty, &self.to, |word| state.write_u64(word)));
        KeyHash(state.finish())
    }

    /// Whether `key` is the key of the group. O(size), no request.
    pub(super) fn is(&self, key: &[SubType<GroupRef>]) -> bool {
        self.types.len() == key.len()
            && self.types.iter().zip(key).all(|(ty, other)| ty.is_as(&self.to, other))
    }

    /// Makes the key of the group. O(size). Makes one request for the key and one for each list of
    /// types; an `Err` leaves nothing behind.
    pub(super) fn to_key(&self) -> Result<Key, OutOfMemory> {
        let mut key = TryVec::with_capacity(self.types.len())?;
        for ty in self.types {
            key.push(ty.try_map(&self.to)?)?;
        }
        key.into_boxed_slice().map_err(|(oom, _)| oom)
    }
}

/// Visits each reference from a group to other groups, once per edge.
pub(super) fn for_each_outside(key: &[SubType<GroupRef>], mut visit: impl FnMut(TypeIndex)) {
    for ty in key {
        ty.for_each_reference(|reference| match reference {
            GroupRef::Outside(index) => visit(index),
            GroupRef::Inside(_) => {}
        });
    }
}
