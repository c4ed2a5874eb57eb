//! Side tables as B-trees. Like hash maps, but lookups take O(log n), and growth moves few entries.

use super::side::{SideTable, Sides};
use crate::collections::{OutOfMemory, TryBTreeMap, TryClone};
use crate::subjects::registry::TypeIndex;

/// Side tables that are [`TryBTreeMap`]s.
#[derive(Clone, Copy, Debug)]
pub enum OrderedSides {}

impl Sides for OrderedSides {
    type Table<V: TryClone> = TryBTreeMap<TypeIndex, V>;
}

impl<V> SideTable<V> for TryBTreeMap<TypeIndex, V> {
    fn insert(&mut self, index: TypeIndex, value: V, _: usize) -> Result<(), OutOfMemory> {
        self.insert(index, value).map(drop)
    }

    fn take(&mut self, index: TypeIndex) -> Option<V> {
        self.remove(&index)
    }

    fn get(&self, index: TypeIndex) -> Option<&V> {
        self.get(&index)
    }

    fn indices(&self) -> impl Iterator<Item = TypeIndex> {
        self.keys().copied()
    }

    fn bytes(&self) -> usize {
        self.allocated_bytes()
    }
}
