//! [`TypeCollection`]: the registered types of a module. They are registered all or none.
//!
//! They are released group by group. A group stays registered as long as something else counts it.

use super::TypeIndex;
use super::error::RegisterError;
use super::group::{Group, Last};
use super::handle::RegisteredGroup;
use super::module::ModuleTypes;
use super::state::Shared;
use super::tables::{Dense, Tables};
use crate::collections::{OutOfMemory, TryVec, Undo};
use std::fmt;
use std::hash::{BuildHasher, RandomState};

/// A handle that keeps the types of a module registered; from
/// [`TypeRegistry::register_module`](super::TypeRegistry::register_module).
///
/// ```
/// use oom_sweep::registry::{ModuleTypes, TypeRegistry};
///
/// // (module (type (func (param i32))) (type (array i8)))
/// let bytes = b"\0asm\x01\0\0\0\x01\x08\x02\x60\x01\x7f\0\x5e\x78\0";
/// let registry = <TypeRegistry>::new()?;
/// let types = registry.register_module(&ModuleTypes::parse(bytes)?)?;
/// let [func, array] = types.types() else { unreachable!() };
/// assert_ne!(func, array);
/// assert_eq!(types.groups().len(), 2);
/// let group = types.groups().next().unwrap();
/// drop(types); // releases the array; `group` keeps the function type
/// assert_eq!(group.types().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TypeCollection<T: Tables = Dense, S: BuildHasher = RandomState> {
    shared: Shared<T, S>,
    /// Each entry holds one count of its group.
    groups: TryVec<Group<T::Schedule>>,
    types: TryVec<TypeIndex>,
}

impl<T: Tables, S: BuildHasher> TypeCollection<T, S> {
    /// Registers the types of a module; see [`TypeRegistry`](super::TypeRegistry).
    pub(super) fn register(
        shared: Shared<T, S>,
        module: &ModuleTypes,
    ) -> Result<Self, RegisterError> {
        let groups = TryVec::with_capacity(module.groups().len())?;
        let types = TryVec::with_capacity(module.types().len())?;
        let mut collection = Self { shared, groups, types };
        collection.add_known(module)?;
        if collection.lacks_some(module) {
            collection.add_rest(module)?;
        }
        Ok(collection)
    }

    /// Takes the groups up to the first that is not registered, under the lock for reading, so that
    /// other threads can read too. Modules of the same compiler often share their first groups.
    fn add_known(&mut self, module: &ModuleTypes) -> Result<(), OutOfMemory> {
        let shared = self.shared.clone();
        let state = shared.read();
        while self.lacks_some(module) {
            let known = state.find(&module.draft(self.groups.len(), &self.types));
            let Some(group) = known else { break };
            self.push(group)?;
        }
        Ok(())
    }

    /// Takes the other groups under the lock for writing. Other threads see all of them or none,
    /// also if one fails.
    fn add_rest(&mut self, module: &ModuleTypes) -> Result<(), RegisterError> {
        let shared = self.shared.clone();
        let (mut state, known) = (shared.write(), self.groups.len());
        let mut adding = Undo::new((self, &mut *state), |(collection, state)| {
            collection.release_down_to(known, |group| state.unregister(group));
        });
        let (collection, state) = &mut *adding;
        while collection.lacks_some(module) {
            let group = state.intern(&module.draft(collection.groups.len(), &collection.types))?;
            collection.push(group)?;
        }
        adding.commit();
        Ok(())
    }

    fn lacks_some(&self, module: &ModuleTypes) -> bool {
        self.groups.len() < module.groups().len()
    }

    /// Adds a group within the capacity.
    fn push(&mut self, group: Group<T::Schedule>) -> Result<(), OutOfMemory> {
        self.types.extend_from_slice(group.indices())?;
        self.groups.push(group)
    }

    /// Releases the groups behind the first `len`, the last one first, so that a later registration
    /// of the same groups gives the same indices. Calls `unregister` for each group whose count is
    /// 0.
    fn release_down_to(&mut self, len: usize, mut unregister: impl FnMut(&Group<T::Schedule>)) {
        while self.groups.len() > len {
            let group = self.groups.pop().expect("there are more");
            self.types.truncate(self.types.len() - group.indices().len());
            if group.release() == Last::Yes {
                unregister(&group);
            }
        }
    }

    /// The registry's index of each type of the module, in the order of the module's own indices.
    /// O(1), no request.
    #[must_use]
    pub fn types(&self) -> &[TypeIndex] {
        &self.types
    }

    /// Makes a handle for each group of the module, in order. O(1) for each, no request.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = RegisteredGroup<T, S>> {
        self.groups.iter().map(|group| {
            group.retain();
            RegisteredGroup::counted(self.shared.clone(), group.clone())
        })
    }
}

/// Takes the lock once, and only if this was the last handle of a group. Makes no request.
impl<T: Tables, S: BuildHasher> Drop for TypeCollection<T, S> {
    fn drop(&mut self) {
        let shared = self.shared.clone();
        let mut state = None;
        self.release_down_to(0, |group| {
            state.get_or_insert_with(|| shared.write()).unregister(group);
        });
    }
}

impl<T: Tables, S: BuildHasher> fmt::Debug for TypeCollection<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TypeCollection").field(&self.types).finish()
    }
}
