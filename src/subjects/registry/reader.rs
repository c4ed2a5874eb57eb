//! [`Reader`]: queries of a registry that stands still.

use super::TypeIndex;
use super::handle::{RegisteredGroup, RegisteredType, is_subtype};
use super::layout::TypeLayout;
use super::model::SubType;
use super::state::{Shared, State};
use super::sync::ReadGuard;
use super::tables::{Rows, Tables};
use std::hash::BuildHasher;

/// A registry while nothing is registered or unregistered. No query locks, writes or requests.
///
/// A query takes O(1), or O(log n) where side tables are B-trees. Of an index that names no type
/// it answers "none", or "no".
///
/// One a thread at a time: a second one may wait for a thread that waits for the first; see
/// [`read`](super::TypeRegistry::read).
pub struct Reader<'a, T: Tables, S: BuildHasher> {
    shared: &'a Shared<T, S>,
    state: ReadGuard<'a, State<T, S>, <T as Rows>::Schedule>,
}

impl<'a, T: Tables, S: BuildHasher> Reader<'a, T, S> {
    pub(super) fn new(shared: &'a Shared<T, S>) -> Self {
        Self { shared, state: shared.read() }
    }

    /// A handle for a type that is registered. O(1), no request; none for an index that names no
    /// type.
    #[must_use]
    pub fn root(&self, index: TypeIndex) -> Option<RegisteredType<T, S>> {
        let group = self.state.tables.group(index)?;
        // Under the lock, without which nothing is unregistered.
        group.retain();
        let group = RegisteredGroup::counted(self.shared.clone(), group.clone());
        let supertypes = self.state.tables.supertypes(index).cloned();
        Some(RegisteredType { group, index, supertypes })
    }

    /// Whether `a` is `b`, or declared to be a subtype of it. An index that names no type is taken
    /// for itself, and for nothing else.
    #[must_use]
    pub fn is_subtype(&self, a: TypeIndex, b: TypeIndex) -> bool {
        is_subtype((a, self.supertypes(a)), (b, self.supertypes(b)))
    }

    /// A type's supertypes, root first, the immediate one last.
    #[must_use]
    pub fn supertypes(&self, index: TypeIndex) -> &[TypeIndex] {
        self.state.tables.above(index)
    }

    /// A function type's trampoline type, which may be itself; none for other types.
    #[must_use]
    pub fn trampoline_type(&self, index: TypeIndex) -> Option<TypeIndex> {
        let other = self.state.tables.trampoline(index);
        other.or_else(|| {
            let is_func = self.get(index)?.composite.kind() == super::model::CompositeKind::Func;
            is_func.then_some(index)
        })
    }

    /// The layout of a struct, array or exception type.
    #[must_use]
    pub fn layout(&self, index: TypeIndex) -> Option<&TypeLayout> {
        self.state.tables.layout(index)
    }

    /// A type, with references to types of the registry.
    #[must_use]
    pub fn get(&self, index: TypeIndex) -> Option<&SubType<TypeIndex>> {
        self.state.tables.get(index)
    }

    /// The types, in the order of their indices. O(places) for all.
    pub fn types(&self) -> impl Iterator<Item = TypeIndex> {
        self.state.tables.indices()
    }
}
