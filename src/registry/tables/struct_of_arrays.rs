//! [`StructOfArrays`]: a slab of types, and a side table for each thing that only some of them
//! have.

use super::side::{SideTable, Sides};
use super::{Row, Rows, TableBytes, index_of};
use crate::collections::{OutOfMemory, Slab, TryArc, Undo};
use crate::registry::TypeIndex;
use crate::registry::group::Group;
use crate::registry::layout::TypeLayout;
use crate::registry::model::SubType;
use crate::registry::schedule::{Native, Schedule};

/// Tables of which each type has an entry only where it needs one.
#[expect(private_bounds, reason = "sealed")]
pub struct StructOfArrays<F: Sides, Y: Schedule = Native> {
    pub(in crate::registry) types: Slab<SubType<TypeIndex>>,
    pub(in crate::registry) groups: F::Table<Group<Y>>,
    pub(in crate::registry) supertypes: F::Table<TryArc<[TypeIndex]>>,
    pub(in crate::registry) trampolines: F::Table<TypeIndex>,
    pub(in crate::registry) layouts: F::Table<TypeLayout>,
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
    /// Empties the entries of a type in the side tables. No request.
    fn forget(&mut self, index: TypeIndex) -> Entries<Y> {
        (
            self.groups.take(index),
            self.supertypes.take(index),
            self.trampolines.take(index),
            self.layouts.take(index),
        )
    }
}

type Entries<Y> =
    (Option<Group<Y>>, Option<TryArc<[TypeIndex]>>, Option<TypeIndex>, Option<TypeLayout>);

impl<F: Sides, Y: Schedule> Rows for StructOfArrays<F, Y> {
    type Schedule = Y;

    fn next_indices(&self) -> impl Iterator<Item = usize> {
        self.types.vacant_keys()
    }

    fn insert(&mut self, row: Row<Y>) -> Result<TypeIndex, OutOfMemory> {
        self.types.reserve(1)?;
        let index = index_of(self.types.vacant_key())?;
        let mut tables = Undo::new(self, |tables: &mut Self| drop(tables.forget(index)));
        tables.groups.insert(index, row.group)?;
        if let Some(supertypes) = row.supertypes {
            tables.supertypes.insert(index, supertypes)?;
        }
        if let Some(trampoline) = row.trampoline {
            tables.trampolines.insert(index, trampoline)?;
        }
        if let Some(layout) = row.layout {
            tables.layouts.insert(index, layout)?;
        }
        // Last, into room that is there: what is in the slab is in the side tables.
        tables.types.insert(row.ty)?;
        tables.commit();
        Ok(index)
    }

    fn remove(&mut self, index: TypeIndex) -> Option<Row<Y>> {
        let ty = self.types.remove(index.as_u32() as usize)?;
        let (group, supertypes, trampoline, layout) = self.forget(index);
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
