//! [`TypeRegistry`]: the type, its construction, registration and totals.
//!
//! Relies on `state` and `register` for what happens under the lock. What keeps types registered is
//! in `handle`, queries are in `reader`.

use super::TypeIndex;
use super::canonical::draft_of_key;
use super::collection::TypeCollection;
use super::error::RegisterError;
use super::group::Group;
use super::group_ref::GroupRef;
use super::group_set::GroupSet;
use super::handle::{RegisteredGroup, RegisteredType};
use super::model::SubType;
use super::module::ModuleTypes;
use super::reader::Reader;
use super::state::{Shared, State};
use super::sync::Lock;
use super::tables::{Dense, TableBytes, Tables};
use crate::collections::{OutOfMemory, TryArc, TryVec};
use std::hash::{BuildHasher, RandomState};

/// The types of all modules of an engine, each once.
///
/// A registry is a pointer, and so are the handles that it gives out: what they name stays
/// registered as long as they are there, even if the registry itself is dropped first. Dropping
/// makes no request and cannot fail.
///
/// `T` is how the tables are laid out, `S` what hashes the groups.
///
/// ```
/// use oom_sweep::registry::{ModuleTypes, TypeRegistry};
///
/// // (module (type (func (param i32))) (type (func (param i32))))
/// let bytes = b"\0asm\x01\0\0\0\x01\x09\x02\x60\x01\x7f\0\x60\x01\x7f\0";
/// let module = ModuleTypes::parse(bytes)?;
/// let registry = <TypeRegistry>::new()?;
/// let types = registry.register_module(&module)?;
/// assert_eq!(types.types()[0], types.types()[1]);
/// assert_eq!(registry.stats().types, 1);
/// drop(types);
/// assert_eq!(registry.stats().types, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TypeRegistry<T: Tables = Dense, S: BuildHasher = RandomState> {
    pub(super) shared: Shared<T, S>,
}

/// How much there is in a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// The recursion groups.
    pub groups: usize,
    /// The types.
    pub types: usize,
    /// The bytes that the tables of types have requested and hold.
    pub tables: TableBytes,
    /// The bytes that the set of groups has requested and holds.
    pub group_set: usize,
    /// The bytes that the drop stack has requested and holds.
    pub drop_stack: usize,
}

impl Stats {
    /// All bytes of tables, of the set of groups and of the drop stack. What entries point to is not
    /// in it.
    #[must_use]
    pub fn total(&self) -> usize {
        let TableBytes { types, groups, supertypes, trampolines, layouts } = self.tables;
        types + groups + supertypes + trampolines + layouts + self.group_set + self.drop_stack
    }
}

impl<T: Tables> TypeRegistry<T> {
    /// An empty registry. O(1). One request; an `Err` leaves nothing behind.
    pub fn new() -> Result<Self, OutOfMemory> {
        Self::with_hasher(RandomState::new())
    }
}

impl<T: Tables, S: BuildHasher> TypeRegistry<T, S> {
    /// An empty registry that hashes with `hasher`. O(1). One request; an `Err` leaves nothing
    /// behind.
    pub fn with_hasher(hasher: S) -> Result<Self, OutOfMemory> {
        let groups = GroupSet::new(hasher);
        let state = State { groups, tables: T::default(), drop_stack: TryVec::new() };
        Ok(Self { shared: TryArc::new(Lock::new(state))? })
    }

    /// Registers a recursion group, and the trampoline types of its function types.
    ///
    /// References to other groups are to types of this registry, which somebody keeps registered
    /// meanwhile.
    ///
    /// O(size), amortised. No request if the group is registered already. Else those of its
    /// copies and its row in each table that needs one.
    ///
    /// # Errors
    /// Out of memory; or refused, if the group refers to what is not there or is something else, if
    /// a type does not match its supertype or has more than [`MAX_SUPERTYPES`](super::MAX_SUPERTYPES),
    /// or if its objects are larger than 4 GiB. The registry is as it was, but for capacities.
    pub fn register(
        &self,
        group: &[SubType<GroupRef>],
    ) -> Result<RegisteredGroup<T, S>, RegisterError> {
        let draft = draft_of_key(group);
        // Most are duplicates, which others may look for meanwhile.
        let found = self.shared.read().find(&draft);
        let group = match found {
            Some(group) => group,
            None => self.shared.write().intern(&draft)?,
        };
        Ok(RegisteredGroup::counted(self.shared.clone(), group))
    }

    /// Registers all groups of a module, each as [`register`](Self::register) does, and all under
    /// one lock: nobody sees some of them only.
    ///
    /// O(size), amortised. Two requests for the collection, and for each group that is new those
    /// of its registration.
    ///
    /// # Errors
    /// As [`register`](Self::register): all groups are registered, or none.
    pub fn register_module(
        &self,
        module: &ModuleTypes,
    ) -> Result<TypeCollection<T, S>, RegisterError> {
        TypeCollection::register(self.shared.clone(), module)
    }

    /// A handle for a type that is registered. O(1), no request; none for an index that names no
    /// type.
    #[must_use]
    pub fn root(&self, index: TypeIndex) -> Option<RegisteredType<T, S>> {
        self.read().root(index)
    }

    /// The registry to look at, with nothing registered or unregistered meanwhile. No request.
    ///
    /// A thread that drops its last handle to a group, or registers one, while it has this guard
    /// waits for itself. So may one that takes a second guard, or asks for totals meanwhile: another
    /// thread that waits to register may come first. `registry.root(registry.read()…)` does so, for
    /// the guard lives to the end of the statement; what the guard itself [roots](Reader::root) is
    /// safe.
    #[must_use]
    pub fn read(&self) -> Reader<'_, T, S> {
        Reader::new(&self.shared)
    }

    /// How much there is. O(1) but for B-trees, whose nodes are counted. No request.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let state = self.shared.read();
        Stats {
            groups: state.groups.len(),
            types: state.tables.len(),
            tables: state.tables.bytes(),
            group_set: state.groups.bytes(),
            drop_stack: state.drop_stack.capacity() * size_of::<Group>(),
        }
    }
}

/// Another pointer to the same registry. O(1), no request.
impl<T: Tables, S: BuildHasher> Clone for TypeRegistry<T, S> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone() }
    }
}
