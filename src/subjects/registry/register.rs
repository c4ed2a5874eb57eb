//! Registers a group: first come all steps that can fail, then the steps that cannot.
//!
//! A guard undoes partial changes, so a failed request or a panic leaves the state as it was. A
//! trampoline type is registered like any other group, before the type that needs it. That changes
//! the next indices and the capacities of the tables, so the steps after it read them again.

use super::TypeIndex;
use super::canonical::{Draft, Key, KeyHash, draft_of_key, for_each_outside};
use super::error::RegisterError;
use super::group::{Group, Last};
use super::group_ref::GroupRef;
use super::layout::TypeLayout;
use super::matching::{Candidate, MAX_SUPERTYPES};
use super::model::{CompositeType, FuncType};
use super::state::State;
use super::tables::{Row, Rows, index_of};
use super::trampoline::{is_trampoline, trampoline_key};
use crate::collections::{OutOfMemory, TryArc, TryVec, Undo};
use std::hash::BuildHasher;

impl<T: Rows, S: BuildHasher> State<T, S> {
    /// Looks up the group of this draft and increments its count for the caller. No request.
    pub(super) fn find<R: Copy>(
        &self,
        draft: &Draft<'_, R, impl Fn(R) -> GroupRef>,
    ) -> Option<Group<T::Schedule>> {
        self.get(self.groups.hash(draft), draft)
    }

    fn get<R: Copy>(
        &self,
        hash: KeyHash,
        draft: &Draft<'_, R, impl Fn(R) -> GroupRef>,
    ) -> Option<Group<T::Schedule>> {
        let group = self.groups.get(hash, draft)?;
        group.retain();
        Some(group.clone())
    }

    /// Looks up the group of this draft, or registers it, and increments its count for the caller.
    ///
    /// A duplicate makes no request. An `Err` leaves the state as it was, except that capacities
    /// may have grown.
    pub(super) fn intern<R: Copy>(
        &mut self,
        draft: &Draft<'_, R, impl Fn(R) -> GroupRef>,
    ) -> Result<Group<T::Schedule>, RegisterError> {
        let hash = self.groups.hash(draft);
        match self.get(hash, draft) {
            Some(group) => Ok(group),
            None => {
                Candidate { draft, tables: &self.tables }.validate()?;
                self.add(hash, draft.to_key()?)
            }
        }
    }

    /// [`intern`](Self::intern)s the trampoline type of a function type.
    fn intern_trampoline(
        &mut self,
        ty: &FuncType<GroupRef>,
    ) -> Result<Group<T::Schedule>, RegisterError> {
        let key = trampoline_key(ty)?;
        let hash = self.groups.hash(&draft_of_key(&key));
        match self.get(hash, &draft_of_key(&key)) {
            Some(group) => Ok(group),
            None => self.add(hash, key),
        }
    }

    /// Registers a new, valid group with a count of one for the caller.
    fn add(&mut self, hash: KeyHash, key: Key) -> Result<Group<T::Schedule>, RegisterError> {
        let mut pending = Undo::new(Pending::new(self), Pending::roll_back);
        pending.link_trampolines(&key)?;
        let group = pending.make_group(hash, key)?;
        pending.reserve(&group)?;
        pending.insert_rows(&group)?;
        let state = pending.commit().state;
        state.groups.insert(group.clone());
        for_each_outside(group.key(), |index| {
            let outside = state.tables.group(index).expect("a referenced type is registered");
            outside.retain();
        });
        Ok(group)
    }
}

/// An incomplete registration, which is rolled back on drop.
struct Pending<'a, T: Rows, S: BuildHasher> {
    state: &'a mut State<T, S>,
    /// The groups of the trampoline types, one for each function type that is not its own
    /// trampoline type, in order. Each is counted for its link.
    links: TryVec<Group<T::Schedule>>,
    /// The group, after it was made.
    group: Option<Group<T::Schedule>>,
    /// The number of its types that are in the tables.
    inserted: usize,
}

impl<'a, T: Rows, S: BuildHasher> Pending<'a, T, S> {
    fn new(state: &'a mut State<T, S>) -> Self {
        Self { state, links: TryVec::new(), group: None, inserted: 0 }
    }

    /// Undoes all steps in reverse order, so that the next indices are as before.
    fn roll_back(mut self) {
        let indices = self.group.as_ref().map_or(&[][..], Group::indices);
        for index in indices[..self.inserted].iter().rev() {
            drop(self.state.tables.remove(*index));
        }
        while let Some(link) = self.links.pop() {
            if link.release() == Last::Yes {
                self.state.unregister(&link);
            }
        }
    }

    fn link_trampolines(&mut self, key: &Key) -> Result<(), RegisterError> {
        if is_trampoline(key) {
            return Ok(());
        }
        for ty in &**key {
            if let CompositeType::Func(ty) = &ty.composite {
                // Reserve first: after the group is counted, storing it must not fail.
                self.links.reserve(1)?;
                let link = self.state.intern_trampoline(ty)?;
                self.links.push(link)?;
            }
        }
        Ok(())
    }

    /// Makes the group with the indices that its types will get.
    fn make_group(&mut self, hash: KeyHash, key: Key) -> Result<Group<T::Schedule>, OutOfMemory> {
        let mut indices = TryVec::with_capacity(key.len())?;
        for next in self.state.tables.next_indices().take(key.len()) {
            indices.push(index_of(next)?)?;
        }
        let indices = indices.into_boxed_slice().map_err(|(oom, _)| oom)?;
        Ok(self.group.insert(Group::new(hash, key, indices)?).clone())
    }

    /// Makes room for the group in the set, and in the drop stack for the group and all types.
    fn reserve(&mut self, group: &Group<T::Schedule>) -> Result<(), OutOfMemory> {
        let state = &mut *self.state;
        state.groups.reserve()?;
        let types = state.tables.len() + group.indices().len();
        state.drop_stack.reserve(types.max(state.groups.len() + 1))
    }

    /// Adds the types to the tables. After an `Err` the caller rolls back.
    fn insert_rows(&mut self, group: &Group<T::Schedule>) -> Result<(), RegisterError> {
        let mut links = self.links.iter();
        for (place, ty) in group.key().iter().enumerate() {
            let link = match &ty.composite {
                CompositeType::Func(_) => links.next(),
                _ => None,
            };
            let row = Row {
                ty: ty.try_map(|reference| reference.resolve(group.indices()))?,
                group: group.clone(),
                supertypes: match ty.supertype {
                    Some(parent) => Some(self.supertypes(parent.resolve(group.indices()))?),
                    None => None,
                },
                trampoline: link.map(|group| group.indices()[0]),
                layout: TypeLayout::of(&ty.composite)?,
            };
            let index = self.state.tables.insert(row)?;
            self.inserted += 1;
            assert_eq!(index, group.indices()[place], "an index is not the one predicted");
        }
        Ok(())
    }

    /// Makes the list of supertypes of a subtype of `parent`, which is in the tables. Makes one
    /// request.
    fn supertypes(&self, parent: TypeIndex) -> Result<TryArc<[TypeIndex]>, OutOfMemory> {
        let above = self.state.tables.above(parent);
        let mut list = [parent; MAX_SUPERTYPES];
        list[..above.len()].copy_from_slice(above);
        TryArc::try_from(&list[..=above.len()])
    }
}
