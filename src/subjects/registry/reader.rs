//! [`Reader`]: queries of a registry that does not change meanwhile.

use super::TypeIndex;
use super::handle::{RegisteredGroup, RegisteredType, is_subtype};
use super::layout::TypeLayout;
use super::model::SubType;
use super::state::{Shared, State};
use super::sync::ReadGuard;
use super::tables::{Rows, Tables};
use std::hash::BuildHasher;

/// A read guard of a registry, for queries; from [`TypeRegistry::read`](super::TypeRegistry::read).
/// While it exists, nothing is registered or unregistered. Queries take no lock, write nothing and
/// make no request.
///
/// ```
/// use oom_sweep::registry::{ModuleTypes, TypeRegistry};
///
/// // (module (type (array i8)) (type (func)))
/// let bytes = b"\0asm\x01\0\0\0\x01\x07\x02\x5e\x78\0\x60\0\0";
/// let registry = <TypeRegistry>::new()?;
/// let types = registry.register_module(&ModuleTypes::parse(bytes)?)?;
/// let [array, func] = types.types() else { unreachable!() };
/// let reader = registry.read();
/// assert!(!reader.is_subtype(*array, *func));
/// assert_eq!(reader.trampoline_type(*func), Some(*func));
/// assert_eq!(reader.layout(*array).unwrap().size, 12);
/// assert_eq!(reader.get(*array).unwrap().to_string(), "(array i8)");
/// assert_eq!(reader.types().count(), 2);
/// drop(reader);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A query takes O(1), or O(log n) if the side tables are B-trees. For an index that names no type,
/// queries return `None`, an empty list or false.
///
/// A thread may have only one reader at a time: a second one may deadlock; see
/// [`read`](super::TypeRegistry::read).
pub struct Reader<'a, T: Tables, S: BuildHasher> {
    shared: &'a Shared<T, S>,
    state: ReadGuard<'a, State<T, S>, <T as Rows>::Schedule>,
}

impl<'a, T: Tables, S: BuildHasher> Reader<'a, T, S> {
    pub(super) fn new(shared: &'a Shared<T, S>) -> Self {
        Self { shared, state: shared.read() }
    }

    /// Makes a handle for a registered type, or returns `None` if the index names no type. O(1), no
    /// request.
    #[must_use]
    pub fn root(&self, index: TypeIndex) -> Option<RegisteredType<T, S>> {
        let group = self.state.tables.group(index)?;
        // Under the lock, so the group cannot be unregistered before it is counted.
        group.retain();
        let group = RegisteredGroup::counted(self.shared.clone(), group.clone());
        let supertypes = self.state.tables.supertypes(index).cloned();
        Some(RegisteredType { group, index, supertypes })
    }

    /// Whether `a` is `b` or a declared subtype of it. An index that names no type is a subtype
    /// only of itself.
    #[must_use]
    pub fn is_subtype(&self, a: TypeIndex, b: TypeIndex) -> bool {
        is_subtype((a, self.supertypes(a)), (b, self.supertypes(b)))
    }

    /// A type's supertypes, from the root to the immediate supertype.
    #[must_use]
    pub fn supertypes(&self, index: TypeIndex) -> &[TypeIndex] {
        self.state.tables.above(index)
    }

    /// The trampoline type of a function type, which may be the type itself. `None` for other
    /// types.
    #[must_use]
    pub fn trampoline_type(&self, index: TypeIndex) -> Option<TypeIndex> {
        let other = self.state.tables.trampoline(index);
        other.or_else(|| {
            let is_func = self.get(index)?.composite.kind() == super::model::CompositeKind::Func;
            is_func.then_some(index)
        })
    }

    /// The layout of a struct, array or exception type. `None` for other types.
    #[must_use]
    pub fn layout(&self, index: TypeIndex) -> Option<&TypeLayout> {
        self.state.tables.layout(index)
    }

    /// The definition of a type, with references to types of the registry.
    #[must_use]
    pub fn get(&self, index: TypeIndex) -> Option<&SubType<TypeIndex>> {
        self.state.tables.get(index)
    }

    /// All types, in the order of their indices. O(places) for all.
    pub fn types(&self) -> impl Iterator<Item = TypeIndex> {
        self.state.tables.indices()
    }
}
