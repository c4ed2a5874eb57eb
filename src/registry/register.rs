//! How a group comes into a registry: first everything that may fail, then everything that may
//! not.
//!
//! What was done is taken back by guards, so a failure at any request, or a panic, leaves the state
//! as it was. A trampoline type is registered before the type that needs it, as any other group is,
//! and what comes after it looks at the tables again: their next indices and their room are no
//! longer what they were.

use super::TypeIndex;
use super::canonical::{GroupRef, copy_key, for_each_outside};
use super::error::RegisterError;
use super::group::{Group, Last};
use super::layout::TypeLayout;
use super::model::{CompositeType, HeapType, RefType, SubType, ValType};
use super::state::State;
use super::tables::{Row, Rows, index_of};
use super::trampoline::{is_trampoline, trampoline_key};
use crate::collections::{OutOfMemory, TryArc, TryBox, TryVec, Undo};
use std::hash::BuildHasher;

/// The number of supertypes that a type may have, one above the other.
pub const MAX_SUPERTYPES: usize = 63;

impl<T: Rows, S: BuildHasher> State<T, S> {
    /// The group of this key, registered if there is none yet, and counted once for the caller.
    ///
    /// A duplicate makes no request. An `Err` leaves the state as it was, but for capacities.
    pub(super) fn intern(
        &mut self,
        key: &[SubType<GroupRef>],
    ) -> Result<Group<T::Schedule>, RegisterError> {
        if let Some(group) = self.groups.get(key) {
            group.retain();
            return Ok(group.clone());
        }
        self.validate(key)?;
        let mut pending = Undo::new(Pending::new(self, key.len())?, Pending::roll_back);
        pending.link_trampolines(key)?;
        let group = pending.group(key)?;
        pending.rows(&group)?;
        pending.reserve()?;
        pending.insert(group.clone())?;
        let state = pending.commit().state;
        for_each_outside(key, |index| {
            let outside = state.tables.group(index).expect("what is referred to is registered");
            outside.retain();
        });
        Ok(group)
    }

    /// Whether a key can be registered: it refers only to what is registered, and to that as what
    /// it is. That supertypes match is for the parser to say.
    fn validate(&self, key: &[SubType<GroupRef>]) -> Result<(), RegisterError> {
        let refuse = |why| Err(RegisterError::Refused(why));
        for (place, ty) in key.iter().enumerate() {
            let mut is_valid = true;
            ty.composite.for_each_value(|ty| {
                if let ValType::Ref(RefType { heap: HeapType::Concrete { kind, index }, .. }) = ty {
                    let there = self.composite_kind(key, *index);
                    is_valid &= there == Some(*kind);
                }
            });
            if !is_valid {
                return refuse("a reference to no type, or not to one of that kind");
            }
            let (is_final, kind) = match ty.supertype {
                None => continue,
                Some(GroupRef::Inside(at)) => match key[..place].get(at as usize) {
                    Some(parent) => (parent.is_final, parent.composite.kind()),
                    None => return refuse("a supertype that does not come before its subtype"),
                },
                Some(GroupRef::Outside(index)) => match self.tables.get(index) {
                    Some(parent) => (parent.is_final, parent.composite.kind()),
                    None => return refuse("a supertype that is not registered"),
                },
            };
            if is_final || kind != ty.composite.kind() {
                return refuse("a supertype that is final or of another kind");
            }
        }
        Ok(())
    }

    fn composite_kind(
        &self,
        key: &[SubType<GroupRef>],
        reference: GroupRef,
    ) -> Option<super::model::CompositeKind> {
        Some(match reference {
            GroupRef::Inside(place) => key.get(place as usize)?.composite.kind(),
            GroupRef::Outside(index) => self.tables.get(index)?.composite.kind(),
        })
    }
}

/// A registration that is not complete.
struct Pending<'a, T: Rows, S: BuildHasher> {
    state: &'a mut State<T, S>,
    /// The group of each type's trampoline type, counted for the link to it.
    links: TryVec<Option<Group<T::Schedule>>>,
    /// What the types will be called.
    rows: TryVec<Row<T::Schedule>>,
    /// What is in the tables.
    inserted: TryVec<TypeIndex>,
}

impl<'a, T: Rows, S: BuildHasher> Pending<'a, T, S> {
    fn new(state: &'a mut State<T, S>, len: usize) -> Result<Self, OutOfMemory> {
        Ok(Self {
            state,
            links: TryVec::with_capacity(len)?,
            rows: TryVec::with_capacity(len)?,
            inserted: TryVec::with_capacity(len)?,
        })
    }

    /// Takes everything back, in reverse, so that the next indices are what they were.
    fn roll_back(mut self) {
        while let Some(index) = self.inserted.pop() {
            drop(self.state.tables.remove(index));
        }
        while let Some(link) = self.links.pop() {
            if let Some(group) = link
                && group.release() == Last::Yes
            {
                self.state.unregister(&group);
            }
        }
    }

    fn link_trampolines(&mut self, key: &[SubType<GroupRef>]) -> Result<(), RegisterError> {
        let has_links = !is_trampoline(key);
        for ty in key {
            let link = match &ty.composite {
                CompositeType::Func(ty) if has_links => {
                    Some(self.state.intern(&trampoline_key(ty)?)?)
                }
                _ => None,
            };
            // Into room that is there.
            self.links.push(link)?;
        }
        Ok(())
    }

    /// The group, with the indices that its types will get.
    fn group(&self, key: &[SubType<GroupRef>]) -> Result<Group<T::Schedule>, OutOfMemory> {
        let mut indices = TryVec::with_capacity(key.len())?;
        for next in self.state.tables.next_indices().take(key.len()) {
            indices.push(index_of(next)?)?;
        }
        let indices: TryBox<[_]> = indices.into_boxed_slice().map_err(|(oom, _)| oom)?;
        Group::new(copy_key(key)?, indices)
    }

    fn rows(&mut self, group: &Group<T::Schedule>) -> Result<(), RegisterError> {
        for (ty, link) in group.key().iter().zip(&self.links) {
            let row = Row {
                ty: ty.try_map(|reference| reference.resolve(group.indices()))?,
                group: group.clone(),
                supertypes: ty.supertype.map(|parent| self.supertypes(parent)).transpose()?,
                trampoline: link.as_ref().map(|group| group.indices()[0]),
                layout: TypeLayout::of(&ty.composite)?,
            };
            self.rows.push(row)?;
        }
        Ok(())
    }

    /// The supertypes of a subtype of `parent`.
    fn supertypes(&self, parent: GroupRef) -> Result<TryArc<[TypeIndex]>, RegisterError> {
        let (above, parent) = match parent {
            GroupRef::Inside(place) => {
                let row = &self.rows[place as usize];
                (row.supertypes.as_ref(), row.group.indices()[place as usize])
            }
            GroupRef::Outside(index) => (self.state.tables.supertypes(index), index),
        };
        let above = above.map_or(&[][..], |above| above);
        if above.len() == MAX_SUPERTYPES {
            return Err(RegisterError::Refused("a type with more than 63 supertypes"));
        }
        let mut supertypes = TryVec::with_capacity(above.len() + 1)?;
        supertypes.extend_from_slice(above)?;
        supertypes.push(parent)?;
        Ok(TryArc::try_from(supertypes).map_err(|(oom, _)| oom)?)
    }

    /// Makes room for the group in the set, and in the drop stack for it and all types.
    fn reserve(&mut self) -> Result<(), OutOfMemory> {
        let state = &mut *self.state;
        state.groups.reserve(1)?;
        let types = state.tables.len() + self.rows.len();
        state.drop_stack.reserve(types.max(state.groups.len() + 1))
    }

    /// What of it can fail is rolled back by the caller.
    fn insert(&mut self, group: Group<T::Schedule>) -> Result<(), OutOfMemory> {
        for (place, row) in self.rows.drain(..).enumerate() {
            let index = self.state.tables.insert(row)?;
            // Into room that is there.
            self.inserted.push(index)?;
            assert_eq!(index, group.indices()[place], "an index is not the one predicted");
        }
        // Likewise. A hasher that panics does so here.
        self.state.groups.insert(group).map(drop)
    }
}
