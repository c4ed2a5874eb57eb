//! Operations of [`TryHashMap`] on many entries at once: copying, collecting, comparing,
//! formatting.
//!
//! Relies on each single insertion to change nothing when it fails, and extends that guarantee to a
//! series of insertions.

use super::{Table, TryHashMap, insert};
use crate::collections::{OutOfMemory, TryClone, TryExtend, TryFromIterator};
use std::fmt;
use std::hash::{BuildHasher, Hash};

impl<K: TryClone + Eq + Hash, V: TryClone, S: BuildHasher + Clone> TryHashMap<K, V, S> {
    /// A copy of the map, with the same hasher.
    ///
    /// O(capacity), because it hashes every key again. Makes one request for the table, plus those
    /// of the clones; an `Err` leaves nothing behind. (The [`TryClone`] of the map does the same.
    /// This method needs no import.)
    pub fn try_clone(&self) -> Result<Self, OutOfMemory> {
        let mut copy = Self::with_capacity_and_hasher(self.len(), self.hasher.clone())?;
        for (key, value) in self {
            copy.insert_new(key.try_clone()?, value.try_clone()?);
        }
        Ok(copy)
    }
}

impl<K: Eq + Hash, V, S: BuildHasher> TryHashMap<K, V, S> {
    /// Inserts an absent key within the capacity. Does not compare keys.
    fn insert_new(&mut self, key: K, value: V) {
        let rehash = |(key, _): &(K, V)| self.hasher.hash_one(key);
        self.table.insert_unique(self.hasher.hash_one(&key), (key, value), rehash);
    }
}

/// Inserts the items one by one. If an insertion fails, the items before it stay.
fn insert_each<K: Eq + Hash, V>(
    table: &mut Table<K, V>,
    hasher: &impl BuildHasher,
    items: impl IntoIterator<Item = (K, V)>,
) -> Result<(), OutOfMemory> {
    items.into_iter().try_for_each(|(key, value)| match insert(table, hasher, key, value) {
        Ok(_) => Ok(()),
        Err((oom, ..)) => Err(oom),
    })
}

impl<K, V, S> TryClone for TryHashMap<K, V, S>
where
    K: TryClone + Eq + Hash,
    V: TryClone,
    S: BuildHasher + Clone,
{
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        self.try_clone()
    }
}

/// If several items have the same key, the last one wins; the map keeps the first of the equal
/// keys.
///
/// O(items + growth). The items are collected in a separate table first, so an `Err` or a panic of
/// the iterator leaves the map as it was.
impl<K: Eq + Hash, V, S: BuildHasher> TryExtend<(K, V)> for TryHashMap<K, V, S> {
    fn try_extend<I: IntoIterator<Item = (K, V)>>(&mut self, items: I) -> Result<(), OutOfMemory> {
        let mut staged = Table::new();
        insert_each(&mut staged, &self.hasher, items)?;
        let is_new = |key: &K| !self.contains_key(key);
        let more = staged.iter().filter(|(key, _)| is_new(key)).count();
        self.reserve(more)?;
        // Cannot fail from here on: there is room for every absent key, unless `Hash` or `Eq` has
        // contradicted itself since the count.
        insert_each(&mut self.table, &self.hasher, staged)
    }
}

/// Copies the items, as std's `Extend` does for references.
impl<'a, K: Eq + Hash + Copy, V: Copy, S: BuildHasher> TryExtend<(&'a K, &'a V)>
    for TryHashMap<K, V, S>
{
    fn try_extend<I>(&mut self, items: I) -> Result<(), OutOfMemory>
    where
        I: IntoIterator<Item = (&'a K, &'a V)>,
    {
        self.try_extend(items.into_iter().map(|(key, value)| (*key, *value)))
    }
}

/// If several items have the same key, the last one wins. Makes a request each time the table
/// grows.
impl<K: Eq + Hash, V, S: BuildHasher + Default> TryFromIterator<(K, V)> for TryHashMap<K, V, S> {
    fn try_from_iter<I: IntoIterator<Item = (K, V)>>(items: I) -> Result<Self, OutOfMemory> {
        let mut map = Self::default();
        insert_each(&mut map.table, &map.hasher, items)?;
        Ok(map)
    }
}

/// Two maps are equal if they have the same keys with equal values. O(capacity), no request.
impl<K: Eq + Hash, V: PartialEq, S: BuildHasher> PartialEq for TryHashMap<K, V, S> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.iter().all(|(key, value)| other.get(key).is_some_and(|same| same == value))
    }
}

impl<K: Eq + Hash, V: Eq, S: BuildHasher> Eq for TryHashMap<K, V, S> {}

impl<K: fmt::Debug, V: fmt::Debug, S> fmt::Debug for TryHashMap<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}
