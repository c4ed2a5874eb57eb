//! The handles that keep types registered: [`RegisteredGroup`] and [`RegisteredType`]. The handle
//! for a module is in `collection`.
//!
//! Clones and drops change a count without taking the lock. The drop of the last handle takes the
//! lock and unregisters the group, unless another thread has registered the same group in the
//! meantime.

use super::TypeIndex;
use super::group::{Group, Last};
use super::group_ref::GroupRef;
use super::model::SubType;
use super::state::Shared;
use super::tables::{Dense, Tables};
use crate::collections::TryArc;
use std::fmt;
use std::hash::{BuildHasher, RandomState};

/// A handle that keeps a recursion group registered; from
/// [`TypeRegistry::register`](super::TypeRegistry::register). Clones keep it registered too.
///
/// ```
/// use oom_sweep::registry::TypeRegistry;
/// use oom_sweep::registry::model::{CompositeType, FieldType, StorageType, SubType};
///
/// let element = FieldType { mutable: true, storage: StorageType::I8 };
/// let composite = CompositeType::Array(element);
/// let array = SubType { is_final: true, supertype: None, composite };
///
/// let registry = <TypeRegistry>::new()?;
/// let group = registry.register(&[array])?;
/// assert_eq!(group.key().len(), 1);
/// let other = group.clone();
/// drop(group);
/// assert_eq!(registry.stats().types, 1);
/// drop(other);
/// assert_eq!(registry.stats().types, 0);
/// # Ok::<(), oom_sweep::registry::RegisterError>(())
/// ```
pub struct RegisteredGroup<T: Tables = Dense, S: BuildHasher = RandomState> {
    shared: Shared<T, S>,
    group: Group<T::Schedule>,
}

impl<T: Tables, S: BuildHasher> RegisteredGroup<T, S> {
    /// Makes a handle that takes over one count of the group.
    pub(super) fn counted(shared: Shared<T, S>, group: Group<T::Schedule>) -> Self {
        Self { shared, group }
    }

    /// The indices of the group's types, in order. O(1), no request.
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

/// Increments the count. O(1), no request, no lock.
impl<T: Tables, S: BuildHasher> Clone for RegisteredGroup<T, S> {
    fn clone(&self) -> Self {
        let (shared, group) = (self.shared.clone(), self.group.clone());
        group.retain();
        Self { shared, group }
    }
}

/// Decrements the count. The last drop unregisters the group and all groups that only it kept
/// registered. No request.
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

/// A handle that keeps a type registered; from [`TypeRegistry::root`](super::TypeRegistry::root).
/// Clones keep it registered too.
///
/// It keeps the whole recursion group registered, and all types to which that refers. The example
/// of the [module](super) compares two types with [`is_subtype_of`](Self::is_subtype_of).
pub struct RegisteredType<T: Tables = Dense, S: BuildHasher = RandomState> {
    pub(super) group: RegisteredGroup<T, S>,
    pub(super) index: TypeIndex,
    pub(super) supertypes: Option<TryArc<[TypeIndex]>>,
}

impl<T: Tables, S: BuildHasher> RegisteredType<T, S> {
    /// The index of the type. O(1), no request.
    #[must_use]
    pub fn index(&self) -> TypeIndex {
        self.index
    }

    /// The type's recursion group. O(1), no request.
    #[must_use]
    pub fn group(&self) -> &RegisteredGroup<T, S> {
        &self.group
    }

    /// The type's supertypes, from the root to the immediate supertype. O(1), no request, no lock.
    #[must_use]
    pub fn supertypes(&self) -> &[TypeIndex] {
        self.supertypes.as_deref().unwrap_or_default()
    }

    /// Whether the type is `other` or a declared subtype of it. Both must be of the same registry.
    ///
    /// O(1), no request, no lock, no atomic write.
    #[must_use]
    pub fn is_subtype_of(&self, other: &Self) -> bool {
        is_subtype((self.index, self.supertypes()), (other.index, other.supertypes()))
    }
}

/// Whether `a` is `b` or below it. Only one comparison is needed: `b` can occur in the supertypes
/// of `a` only at the position that equals the depth of `b`.
pub(super) fn is_subtype(a: (TypeIndex, &[TypeIndex]), b: (TypeIndex, &[TypeIndex])) -> bool {
    a.0 == b.0 || a.1.get(b.1.len()) == Some(&b.0)
}

/// Increments the count. O(1), no request, no lock.
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
