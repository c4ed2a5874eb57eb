//! Side tables as hash maps. A type without a value costs nothing; a type with a value also costs
//! its key.

use super::side::{SideTable, Sides};
use crate::collections::{OutOfMemory, TryClone, TryHashMap};
use crate::subjects::registry::TypeIndex;
use rustc_hash::FxBuildHasher;

/// Side tables that are [`TryHashMap`]s.
#[derive(Clone, Copy, Debug)]
pub enum HashedSides {}

impl Sides for HashedSides {
    type Table<V: TryClone> = Hashed<V>;
}

/// The registry chooses the keys, so an attacker cannot make them collide and a fast hasher is
/// safe.
type Hashed<V> = TryHashMap<TypeIndex, V, FxBuildHasher>;

impl<V> SideTable<V> for Hashed<V> {
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
