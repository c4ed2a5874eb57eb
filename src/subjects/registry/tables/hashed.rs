//! Side tables as hash maps: a type without a value costs nothing, one with a value its key too.

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

/// The keys are the registry's own, so nobody chooses them to collide: a fast hasher will do.
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
