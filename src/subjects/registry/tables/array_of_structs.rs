//! [`ArrayOfStructs`]: one table with all values, whether a type needs them or not. It is the
//! baseline.

use super::{Row, Rows, TableBytes, index_of};
use crate::collections::{OutOfMemory, Slab, TryArc};
use crate::subjects::registry::TypeIndex;
use crate::subjects::registry::group::Group;
use crate::subjects::registry::layout::TypeLayout;
use crate::subjects::registry::model::SubType;
use crate::subjects::registry::schedule::{Native, Schedule};

/// A layout with one slab, in which each type has room for every value that a type may have.
#[expect(private_bounds, reason = "sealed")]
pub struct ArrayOfStructs<Y: Schedule = Native> {
    rows: Slab<Row<Y>>,
}

impl<Y: Schedule> Default for ArrayOfStructs<Y> {
    fn default() -> Self {
        Self { rows: Slab::new() }
    }
}

#[expect(private_bounds, reason = "sealed")]
impl<Y: Schedule> ArrayOfStructs<Y> {
    fn row(&self, index: TypeIndex) -> Option<&Row<Y>> {
        self.rows.get(index.as_u32() as usize)
    }
}

impl<Y: Schedule> Rows for ArrayOfStructs<Y> {
    type Schedule = Y;

    fn next_indices(&self) -> impl Iterator<Item = usize> {
        self.rows.vacant_keys()
    }

    fn insert(&mut self, row: Row<Y>) -> Result<TypeIndex, OutOfMemory> {
        let index = index_of(self.rows.vacant_key())?;
        self.rows.insert(row)?;
        Ok(index)
    }

    fn remove(&mut self, index: TypeIndex) -> Option<Row<Y>> {
        self.rows.remove(index.as_u32() as usize)
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn get(&self, index: TypeIndex) -> Option<&SubType<TypeIndex>> {
        Some(&self.row(index)?.ty)
    }

    fn group(&self, index: TypeIndex) -> Option<&Group<Y>> {
        Some(&self.row(index)?.group)
    }

    fn supertypes(&self, index: TypeIndex) -> Option<&TryArc<[TypeIndex]>> {
        self.row(index)?.supertypes.as_ref()
    }

    fn trampoline(&self, index: TypeIndex) -> Option<TypeIndex> {
        self.row(index)?.trampoline
    }

    fn layout(&self, index: TypeIndex) -> Option<&TypeLayout> {
        self.row(index)?.layout.as_ref()
    }

    fn indices(&self) -> impl Iterator<Item = TypeIndex> {
        self.rows.keys().map(|key| TypeIndex::from_u32(key as u32))
    }

    fn bytes(&self) -> TableBytes {
        TableBytes { types: self.rows.allocated_bytes(), ..TableBytes::default() }
    }

    fn check(&self) -> Result<(), String> {
        Ok(self.rows.check()?)
    }
}
