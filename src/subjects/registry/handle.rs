//! What keeps types registered: [`RegisteredGroup`] and [`RegisteredType`]; a module's are in
//! `collection`.
//!
//! Clones and drops only count, with no lock; but the drop that was the last takes the lock and
//! unregisters, if nobody has registered the same again meanwhile.

use super::TypeIndex;
use super::group::{Group, Last};
use super::group_ref::GroupRef;
use super::model::SubType;
use super::state::Shared;
use super::tables::{Dense, Tables};
use crate::collections::TryArc;
use std::fmt;
use std::hash::{BuildHasher, RandomState};

/// A recursion group, which is registered as long as this or a clone of it is there.
pub struct RegisteredGroup<T: Tables = Dense, S: BuildHasher = RandomState> {
    shared: Shared<T, S>,
    group: Group<T::Schedule>,
}

impl<T: Tables, S: BuildHasher> RegisteredGroup<T, S> {
    /// Takes over one count of the group.
    pub(super) fn counted(shared: Shared<T, S>, group: Group<T::Schedule>) -> Self {
        Self { shared, group }
    }

    /// What the group's types are called, in their order. O(1), no request.
    #[must_use]
    pub fn types(&self) -> &[TypeIndex] {
        self.group.indices()
    }

    /// The group as it was registered. O(1), no request.
    #[must_use]
    pub fn key(&self) -> &[SubType<GroupRef>] {
        self.group.key()
    }
}

/// Counts. O(1), no request, no lock.
impl<T: Tables, S: BuildHasher> Clone for RegisteredGroup<T, S> {
    fn clone(&self) -> Self {
        let (shared, group) = (self.shared.clone(), self.group.clone());
        group.retain();
        Self { shared, group }
    }
}

/// Counts; the last one unregisters what only it kept. No request.
impl<T: Tables, S: BuildHasher> Drop for RegisteredGroup<T, S> {
    fn drop(&mut self) {
        if self.group.release() == Last::Yes {
            self.shared.write().unregister(&self.group);
        }
    }
}

impl<T: Tables, S: BuildHasher> fmt::Debug for RegisteredGroup<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RegisteredGroup").field(&self.types()).finish()
    }
}

/// A type, which is registered as long as this or a clone of it is there.
pub struct RegisteredType<T: Tables = Dense, S: BuildHasher = RandomState> {
    pub(super) group: RegisteredGroup<T, S>,
    pub(super) index: TypeIndex,
    pub(super) supertypes: Option<TryArc<[TypeIndex]>>,
}

impl<T: Tables, S: BuildHasher> RegisteredType<T, S> {
    /// What the type is called. O(1), no request.
    #[must_use]
    pub fn index(&self) -> TypeIndex {
        self.index
    }

    /// The type's recursion group. O(1), no request.
    #[must_use]
    pub fn group(&self) -> &RegisteredGroup<T, S> {
        &self.group
    }

    /// The type's supertypes, root first, the immediate one last. O(1), no request, no lock.
    #[must_use]
    pub fn supertypes(&self) -> &[TypeIndex] {
        self.supertypes.as_deref().unwrap_or_default()
    }

    /// Whether the type is `other`, or declared to be a subtype of it. Both are of one registry.
    ///
    /// O(1), no request, no lock, no atomic write.
    #[must_use]
    pub fn is_subtype_of(&self, other: &Self) -> bool {
        is_subtype((self.index, self.supertypes()), (other.index, other.supertypes()))
    }
}

/// Whether the first is the second or below it, by the supertypes of each: a type's place among
/// the supertypes of another can only be its depth.
pub(super) fn is_subtype(a: (TypeIndex, &[TypeIndex]), b: (TypeIndex, &[TypeIndex])) -> bool {
    a.0 == b.0 || a.1.get(b.1.len()) == Some(&b.0)
}

/// Counts. O(1), no request, no lock.
impl<T: Tables, S: BuildHasher> Clone for RegisteredType<T, S> {
    fn clone(&self) -> Self {
        let (group, supertypes) = (self.group.clone(), self.supertypes.clone());
        Self { group, index: self.index, supertypes }
    }
}

impl<T: Tables, S: BuildHasher> fmt::Debug for RegisteredType<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.index.fmt(f)
    }
}
