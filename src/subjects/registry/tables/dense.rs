//! Side tables as arrays. A type without a value costs an empty slot, up to the last type with a
//! value.

use super::side::{SideTable, Sides};
use crate::collections::{EntityRef, NoAlloc, OutOfMemory, SecondaryMap, TryClone};
use crate::subjects::registry::TypeIndex;

/// Side tables that are [`SecondaryMap`]s.
#[derive(Clone, Copy, Debug)]
pub enum DenseSides {}

impl Sides for DenseSides {
    type Table<V: TryClone> = Array<V>;
}

pub(in crate::subjects::registry) struct Array<V> {
    values: SecondaryMap<TypeIndex, Option<V>, NoAlloc>,
}

impl<V: TryClone> Default for Array<V> {
    fn default() -> Self {
        Self { values: SecondaryMap::no_alloc() }
    }
}

impl<V: TryClone> SideTable<V> for Array<V> {
    /// Grows by doubling, but not beyond the room for all types: a table whose first value is at a
    /// high index would otherwise have room for more types than the slab.
    fn insert(&mut self, index: TypeIndex, value: V, places: usize) -> Result<(), OutOfMemory> {
        if index.index() >= self.values.capacity() {
            let room = places.min((2 * (index.index() + 1)).max(4)).max(index.index() + 1);
            self.values.reserve_exact(room - self.values.len())?;
        }
        self.values.insert(index, Some(value)).map(drop)
    }

    fn take(&mut self, index: TypeIndex) -> Option<V> {
        self.values.take(index).flatten()
    }

    fn get(&self, index: TypeIndex) -> Option<&V> {
        self.values[index].as_ref()
    }

    fn indices(&self) -> impl Iterator<Item = TypeIndex> {
        let places = self.values.as_values_slice().iter().enumerate();
        places.filter(|(_, value)| value.is_some()).map(|(place, _)| TypeIndex::new(place))
    }

    fn bytes(&self) -> usize {
        self.values.capacity() * size_of::<Option<V>>()
    }
}
