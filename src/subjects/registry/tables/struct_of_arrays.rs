//! [`StructOfArrays`]: a slab of types, and a side table for each kind of value that only some
//! types have.

use super::side::{SideTable, Sides};
use super::{Row, Rows, TableBytes, index_of};
use crate::collections::{OutOfMemory, Slab, TryArc};
use crate::subjects::registry::TypeIndex;
use crate::subjects::registry::group::Group;
use crate::subjects::registry::layout::TypeLayout;
use crate::subjects::registry::model::SubType;
use crate::subjects::registry::schedule::{Native, Schedule};

/// A layout in which each type has an entry only in the side tables that it needs.
#[expect(private_bounds, reason = "sealed")]
pub struct StructOfArrays<F: Sides, Y: Schedule = Native> {
    pub(in crate::subjects::registry) types: Slab<SubType<TypeIndex>>,
    pub(in crate::subjects::registry) groups: F::Table<Group<Y>>,
    pub(in crate::subjects::registry) supertypes: F::Table<TryArc<[TypeIndex]>>,
    pub(in crate::subjects::registry) trampolines: F::Table<TypeIndex>,
    pub(in crate::subjects::registry) layouts: F::Table<TypeLayout>,
}

impl<F: Sides, Y: Schedule> Default for StructOfArrays<F, Y> {
    fn default() -> Self {
        Self {
            types: Slab::new(),
            groups: Default::default(),
            supertypes: Default::default(),
            trampolines: Default::default(),
            layouts: Default::default(),
        }
    }
}

#[expect(private_bounds, reason = "sealed")]
impl<F: Sides, Y: Schedule> StructOfArrays<F, Y> {
    /// Adds the entries of a type to the side tables. An `Err` may leave some of them added.
    #[inline]
    fn note(
        &mut self,
        index: TypeIndex,
        group: Group<Y>,
        (supertypes, trampoline, layout): Entries,
    ) -> Result<(), OutOfMemory> {
        let places = self.types.capacity();
        self.groups.insert(index, group, places)?;
        if let Some(supertypes) = supertypes {
            self.supertypes.insert(index, supertypes, places)?;
        }
        if let Some(trampoline) = trampoline {
            self.trampolines.insert(index, trampoline, places)?;
        }
        if let Some(layout) = layout {
            self.layouts.insert(index, layout, places)?;
        }
        Ok(())
    }

    /// Removes the entries of a type from the side tables. No request.
    fn forget(&mut self, index: TypeIndex) -> (Option<Group<Y>>, Entries) {
        let group = self.groups.take(index);
        let Self { supertypes, trampolines, layouts, .. } = self;
        (group, (supertypes.take(index), trampolines.take(index), layouts.take(index)))
    }
}

/// The values that only some types have.
type Entries = (Option<TryArc<[TypeIndex]>>, Option<TypeIndex>, Option<TypeLayout>);

impl<F: Sides, Y: Schedule> Rows for StructOfArrays<F, Y> {
    type Schedule = Y;

    fn next_indices(&self) -> impl Iterator<Item = usize> {
        self.types.vacant_keys()
    }

    fn insert(&mut self, row: Row<Y>) -> Result<TypeIndex, OutOfMemory> {
        self.types.reserve(1)?;
        let index = index_of(self.types.vacant_key())?;
        let Row { ty, group, supertypes, trampoline, layout } = row;
        if let Err(oom) = self.note(index, group, (supertypes, trampoline, layout)) {
            drop(self.forget(index));
            return Err(oom);
        }
        // Last and within the capacity, so that a type in the slab always has its entries in the
        // side tables.
        self.types.insert(ty)?;
        Ok(index)
    }

    fn remove(&mut self, index: TypeIndex) -> Option<Row<Y>> {
        let ty = self.types.remove(index.as_u32() as usize)?;
        let (group, (supertypes, trampoline, layout)) = self.forget(index);
        Some(Row { ty, group: group?, supertypes, trampoline, layout })
    }

    fn len(&self) -> usize {
        self.types.len()
    }

    fn get(&self, index: TypeIndex) -> Option<&SubType<TypeIndex>> {
        self.types.get(index.as_u32() as usize)
    }

    fn group(&self, index: TypeIndex) -> Option<&Group<Y>> {
        self.groups.get(index)
    }

    fn supertypes(&self, index: TypeIndex) -> Option<&TryArc<[TypeIndex]>> {
        self.supertypes.get(index)
    }

    fn trampoline(&self, index: TypeIndex) -> Option<TypeIndex> {
        self.trampolines.get(index).copied()
    }

    fn layout(&self, index: TypeIndex) -> Option<&TypeLayout> {
        self.layouts.get(index)
    }

    fn indices(&self) -> impl Iterator<Item = TypeIndex> {
        self.types.keys().map(|key| TypeIndex::from_u32(key as u32))
    }

    fn bytes(&self) -> TableBytes {
        TableBytes {
            types: self.types.allocated_bytes(),
            groups: self.groups.bytes(),
            supertypes: self.supertypes.bytes(),
            trampolines: self.trampolines.bytes(),
            layouts: self.layouts.bytes(),
        }
    }

    fn check(&self) -> Result<(), String> {
        self.types.check()?;
        if let Some(index) = self.indices().find(|index| self.group(*index).is_none()) {
            return Err(format!("{index} belongs to no group"));
        }
        let entries = self.groups.indices().map(|index| ("a group", index));
        let entries = entries.chain(self.supertypes.indices().map(|index| ("supertypes", index)));
        let entries =
            entries.chain(self.trampolines.indices().map(|index| ("a trampoline", index)));
        let mut entries = entries.chain(self.layouts.indices().map(|index| ("a layout", index)));
        match entries.find(|(_, index)| self.get(*index).is_none()) {
            Some((what, index)) => Err(format!("{index} is free and has {what}")),
            None => Ok(()),
        }
    }
}
