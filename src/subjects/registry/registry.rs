//! [`TypeRegistry`]: the type, its construction, registration and totals.
//!
//! Relies on `state` and `register` for the work under the lock. Handles are in `handle`, queries
//! in `reader`.

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

/// A registry that stores the types of all modules of an engine, each type once.
///
/// The registry is a reference-counted pointer, and so are its handles. A type stays registered as
/// long as a handle for it exists, even if the registry is dropped first. Dropping makes no request
/// and cannot fail.
///
/// `T` is the layout of the tables, `S` the hasher of the groups.
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

/// The numbers of groups and types in a registry, and the bytes that it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// The number of recursion groups.
    pub groups: usize,
    /// The number of types.
    pub types: usize,
    /// The bytes that the tables of types have requested and hold.
    pub tables: TableBytes,
    /// The bytes that the set of groups has requested and holds.
    pub group_set: usize,
    /// The bytes that the drop stack has requested and holds.
    pub drop_stack: usize,
}

impl Stats {
    /// The sum of the bytes of the tables, the set of groups and the drop stack. Memory that
    /// entries point to is not included.
    #[must_use]
    pub fn total(&self) -> usize {
        let TableBytes { types, groups, supertypes, trampolines, layouts } = self.tables;
        types + groups + supertypes + trampolines + layouts + self.group_set + self.drop_stack
    }
}

impl<T: Tables> TypeRegistry<T> {
    /// An empty registry. O(1). Makes one request; an `Err` leaves nothing behind.
    pub fn new() -> Result<Self, OutOfMemory> {
        Self::with_hasher(RandomState::new())
    }
}

impl<T: Tables, S: BuildHasher> TypeRegistry<T, S> {
    /// An empty registry that hashes with `hasher`. O(1). Makes one request; an `Err` leaves
    /// nothing behind.
    pub fn with_hasher(hasher: S) -> Result<Self, OutOfMemory> {
        let groups = GroupSet::new(hasher);
        let state = State { groups, tables: T::default(), drop_stack: TryVec::new() };
        Ok(Self { shared: TryArc::new(Lock::new(state))? })
    }

    /// Registers a recursion group, and the trampoline types of its function types.
    ///
    /// References to other groups must be to types of this registry, and the caller must keep those
    /// registered during the call.
    ///
    /// O(size), amortised. Makes no request if the group is already registered. Otherwise makes
    /// those of its copies and of a row in each table that needs one.
    ///
    /// # Errors
    /// Fails if a request fails. Refuses the group if a reference names no type or a type of
    /// another kind, if a type does not match its supertype or has more than
    /// [`MAX_SUPERTYPES`](super::MAX_SUPERTYPES), or if its objects are larger than 4 GiB. After an
    /// `Err` the registry is as it was, except that capacities may have grown.
    pub fn register(
        &self,
        group: &[SubType<GroupRef>],
    ) -> Result<RegisteredGroup<T, S>, RegisterError> {
        let draft = draft_of_key(group);
        // Most groups are duplicates. Looking them up under the read lock lets other threads read
        // too.
        let found = self.shared.read().find(&draft);
        let group = match found {
            Some(group) => group,
            None => self.shared.write().intern(&draft)?,
        };
        Ok(RegisteredGroup::counted(self.shared.clone(), group))
    }

    /// Registers all groups of a module, each as [`register`](Self::register) does. Other threads
    /// see either all new groups or none.
    ///
    /// O(size), amortised. Makes two requests for the collection, plus those of the registration of
    /// each new group.
    ///
    /// # Errors
    /// Those of [`register`](Self::register). All groups are registered, or none.
    pub fn register_module(
        &self,
        module: &ModuleTypes,
    ) -> Result<TypeCollection<T, S>, RegisterError> {
        TypeCollection::register(self.shared.clone(), module)
    }

    /// Makes a handle for a registered type, or returns `None` if the index names no type. O(1), no
    /// request.
    #[must_use]
    pub fn root(&self, index: TypeIndex) -> Option<RegisteredType<T, S>> {
        self.read().root(index)
    }

    /// Locks the registry for queries. Until the guard is dropped, nothing is registered or
    /// unregistered. No request.
    ///
    /// # Deadlocks
    ///
    /// A thread that has this guard must not register a group and must not drop the last handle of
    /// one: it would wait for itself. It must not call `read`, `root` or `stats` either, because
    /// another thread that waits to register may come first. Note that in
    /// `registry.root(registry.read()…)` the guard lives to the end of the statement. Use
    /// [`Reader::root`], which is safe.
    #[must_use]
    pub fn read(&self) -> Reader<'_, T, S> {
        Reader::new(&self.shared)
    }

    /// Counts the groups, the types and their bytes. O(1), except that it counts the nodes of
    /// B-trees. No request.
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

/// Makes another pointer to the same registry. O(1), no request.
impl<T: Tables, S: BuildHasher> Clone for TypeRegistry<T, S> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone() }
    }
}
