//! [`TypeCollection`]: the types of a module, registered all at once or not at all.
//!
//! They are let go group by group: each stays as long as anybody else counts it.

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

/// The types of a module, which are registered as long as this is there.
pub struct TypeCollection<T: Tables = Dense, S: BuildHasher = RandomState> {
    shared: Shared<T, S>,
    /// Each counted for its place here.
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

    /// Takes the groups up to the first that is not registered. Others look, too, meanwhile: what
    /// modules have in common they have mostly from the same compiler, and in front.
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

    /// Takes the others. Nobody sees the registry with some of them only, nor, if one fails, that
    /// there were others.
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

    /// Adds a group, for which there is room.
    fn push(&mut self, group: Group<T::Schedule>) -> Result<(), OutOfMemory> {
        self.types.extend_from_slice(group.indices())?;
        self.groups.push(group)
    }

    /// Releases the groups behind the first `len`, the last one first, so that registering the same
    /// again gives the same indices. Those that nothing counts any more are to be unregistered.
    fn release_down_to(&mut self, len: usize, mut unregister: impl FnMut(&Group<T::Schedule>)) {
        while self.groups.len() > len {
            let group = self.groups.pop().expect("there are more");
            self.types.truncate(self.types.len() - group.indices().len());
            if group.release() == Last::Yes {
                unregister(&group);
            }
        }
    }

    /// What the module's types are called, in the order of the module's indices. O(1), no
    /// request.
    #[must_use]
    pub fn types(&self) -> &[TypeIndex] {
        &self.types
    }

    /// Handles for the module's groups, in their order. O(1) for each, no request.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = RegisteredGroup<T, S>> {
        self.groups.iter().map(|group| {
            group.retain();
            RegisteredGroup::counted(self.shared.clone(), group.clone())
        })
    }
}

/// Takes the lock once, and only if a group was the last to count. No request.
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
