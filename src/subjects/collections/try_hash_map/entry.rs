//! [`Entry`]: the place of a key in a [`TryHashMap`], looked up once.
//!
//! The lookup makes no request. An insertion into a vacant entry may make one and returns a
//! `Result`.

use super::{Table, TryHashMap, reserve};
use crate::collections::OutOfMemory;
use hashbrown::hash_table;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::mem;

impl<K: Eq + Hash, V, S: BuildHasher> TryHashMap<K, V, S> {
    /// Looks up the place of a key. O(1), no request.
    #[inline]
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V, S> {
        let hash = self.hasher.hash_one(&key);
        match self.table.find_entry(hash, |(other, _)| *other == key) {
            Ok(inner) => Entry::Occupied(OccupiedEntry { inner }),
            Err(absent) => {
                let (table, hasher) = (absent.into_table(), &self.hasher);
                Entry::Vacant(VacantEntry { table, hash, key, hasher })
            }
        }
    }
}

/// The place of a key in a [`TryHashMap`]; from [`TryHashMap::entry`].
pub enum Entry<'a, K, V, S> {
    /// The key is in the map.
    Occupied(OccupiedEntry<'a, K, V>),
    /// The key is not in the map.
    Vacant(VacantEntry<'a, K, V, S>),
}

/// The place of a key that is in the map.
pub struct OccupiedEntry<'a, K, V> {
    inner: hash_table::OccupiedEntry<'a, (K, V)>,
}

/// The place of a key that is not in the map.
pub struct VacantEntry<'a, K, V, S> {
    table: &'a mut Table<K, V>,
    hash: u64,
    key: K,
    hasher: &'a S,
}

impl<'a, K: Hash, V, S: BuildHasher> Entry<'a, K, V, S> {
    /// Returns the value. If the key is absent, inserts `default` first.
    ///
    /// Amortised O(1). Makes at most one request, or none if the key is present; an `Err` leaves
    /// the map as it was.
    #[inline]
    pub fn or_insert(self, default: V) -> Result<&'a mut V, OutOfMemory> {
        self.or_insert_with(|| default)
    }

    /// Like [`or_insert`](Self::or_insert), but calls `default` for the value, only if the key is
    /// absent. Makes the same requests, plus those of `default`. The room is requested first: if
    /// that fails, `default` is not called.
    #[inline]
    pub fn or_insert_with(self, default: impl FnOnce() -> V) -> Result<&'a mut V, OutOfMemory> {
        self.or_insert_with_key(|_| default())
    }

    /// Like [`or_insert`](Self::or_insert) with `V::default()`. Makes the requests of
    /// [`or_insert_with`](Self::or_insert_with).
    #[inline]
    pub fn or_default(self) -> Result<&'a mut V, OutOfMemory>
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// Like [`or_insert_with`](Self::or_insert_with), but passes the key to `default`. Makes the
    /// same requests.
    #[inline]
    pub fn or_insert_with_key(
        self,
        default: impl FnOnce(&K) -> V,
    ) -> Result<&'a mut V, OutOfMemory> {
        match self {
            Self::Occupied(entry) => Ok(entry.into_mut()),
            Self::Vacant(entry) => entry.insert_entry(default).map(|(_, value)| value),
        }
    }

    /// Calls `change` on the value if the key is present. O(1), no request.
    #[inline]
    #[must_use]
    pub fn and_modify(mut self, change: impl FnOnce(&mut V)) -> Self {
        if let Self::Occupied(entry) = &mut self {
            change(entry.get_mut());
        }
        self
    }

    /// The map's own key if it is present, otherwise the key that was looked up. O(1), no request.
    #[must_use]
    #[inline]
    pub fn key(&self) -> &K {
        match self {
            Self::Occupied(entry) => entry.key(),
            Self::Vacant(entry) => entry.key(),
        }
    }
}

impl<'a, K, V> OccupiedEntry<'a, K, V> {
    /// The map's own key. O(1), no request.
    #[must_use]
    #[inline]
    pub fn key(&self) -> &K {
        &self.inner.get().0
    }

    /// The value. O(1), no request.
    #[must_use]
    #[inline]
    pub fn get(&self) -> &V {
        &self.inner.get().1
    }

    /// The value, mutable. O(1), no request.
    #[must_use]
    #[inline]
    pub fn get_mut(&mut self) -> &mut V {
        &mut self.inner.get_mut().1
    }

    /// The value, mutable, for as long as the map is borrowed. O(1), no request.
    #[must_use]
    #[inline]
    pub fn into_mut(self) -> &'a mut V {
        &mut self.inner.into_mut().1
    }

    /// The map's own key, for as long as the map is borrowed.
    pub(in super::super) fn into_key(self) -> &'a K {
        &self.inner.into_mut().0
    }

    /// Sets the value and returns the previous one. O(1), no request.
    #[inline]
    pub fn insert(&mut self, value: V) -> V {
        mem::replace(self.get_mut(), value)
    }

    /// Removes the key and returns its value. O(1), no request.
    #[inline]
    pub fn remove(self) -> V {
        self.remove_entry().1
    }

    /// Like [`remove`](Self::remove), but also returns the key. O(1), no request.
    #[inline]
    pub fn remove_entry(self) -> (K, V) {
        self.inner.remove().0
    }
}

impl<'a, K: Hash, V, S: BuildHasher> VacantEntry<'a, K, V, S> {
    /// The key that was looked up. O(1), no request.
    #[must_use]
    #[inline]
    pub fn key(&self) -> &K {
        &self.key
    }

    /// Returns the key that was looked up. O(1), no request.
    #[must_use]
    #[inline]
    pub fn into_key(self) -> K {
        self.key
    }

    /// Inserts the key with this value and returns the value, mutable.
    ///
    /// Amortised O(1). Makes at most one request; an `Err` leaves the map as it was, and key and
    /// value are dropped.
    #[inline]
    pub fn insert(self, value: V) -> Result<&'a mut V, OutOfMemory> {
        self.insert_or_return(value).map_err(|(oom, ..)| oom)
    }

    /// Like [`insert`](Self::insert), but an `Err` also returns the key and the value. Makes the
    /// same requests; an `Err` leaves the map as it was.
    #[inline]
    pub fn insert_or_return(mut self, value: V) -> Result<&'a mut V, (OutOfMemory, K, V)> {
        match self.make_room() {
            Ok(()) => Ok(self.fill(value).1),
            Err(oom) => Err((oom, self.key, value)),
        }
    }

    /// Inserts the key and returns its occupied entry.
    pub(in super::super) fn insert_entry(
        mut self,
        value: impl FnOnce(&K) -> V,
    ) -> Result<(&'a K, &'a mut V), OutOfMemory> {
        self.make_room()?;
        let value = value(&self.key);
        Ok(self.fill(value))
    }

    #[inline]
    fn make_room(&mut self) -> Result<(), OutOfMemory> {
        reserve(self.table, 1, self.hasher)
    }

    /// Inserts within the capacity.
    #[inline]
    fn fill(self, value: V) -> (&'a K, &'a mut V) {
        let Self { table, hash, key, hasher } = self;
        let rehash = |(key, _): &(K, V)| hasher.hash_one(key);
        let (key, value) = table.insert_unique(hash, (key, value), rehash).into_mut();
        (key, value)
    }
}

impl<K: fmt::Debug + Hash, V: fmt::Debug, S: BuildHasher> fmt::Debug for Entry<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Occupied(entry) => f.debug_tuple("Entry").field(entry).finish(),
            Self::Vacant(entry) => f.debug_tuple("Entry").field(entry).finish(),
        }
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for OccupiedEntry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, value) = self.inner.get();
        f.debug_struct("OccupiedEntry").field("key", key).field("value", value).finish()
    }
}

impl<K: fmt::Debug, V, S> fmt::Debug for VacantEntry<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntry").field(&self.key).finish()
    }
}
