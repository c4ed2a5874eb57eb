//! [`TryHashMap`] and its iterators. Here: the map, its construction, and access by key.
//!
//! Relies on `hashbrown::HashTable`, whose room can be requested in a way that can fail; what it
//! would request by itself is requested here before. Operations on the whole map are in `bulk`,
//! the entry interface in `entry`, iterators in `iter`.

mod bulk;
mod entry;
mod iter;
#[cfg(test)]
mod tests;

pub use entry::{Entry, OccupiedEntry, VacantEntry};
pub use iter::{Drain, IntoIter, IntoKeys, IntoValues, Iter, IterMut, Keys, Values, ValuesMut};

use super::OutOfMemory;
use hashbrown::hash_table::{self, HashTable};
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash, RandomState};
use std::mem;
use std::ops::Index;

/// A hash map whose insertions can fail: `std::collections::HashMap` for code that survives
/// allocation failure.
///
/// What can make a request returns `Result<_, OutOfMemory>`, and after an `Err` the map reads as
/// before; only [`capacity`](Self::capacity) may have grown. Setting the value of a key that is
/// there makes no request, even when the map is full.
///
/// The hasher is a parameter. The default, std's, withstands keys that an adversary chooses, and
/// makes no request. Iteration goes in no particular order.
///
/// A `Hash` or `Eq` that panics leaves a valid map, which may have lost entries if it was growing or
/// shrinking.
pub struct TryHashMap<K, V, S = RandomState> {
    table: Table<K, V>,
    hasher: S,
}

impl<K, V> TryHashMap<K, V> {
    /// An empty map. O(1), no request.
    #[must_use]
    pub fn new() -> Self {
        Self::with_hasher(RandomState::new())
    }
}

impl<K: Eq + Hash, V> TryHashMap<K, V> {
    /// An empty map with room for at least `capacity` entries.
    ///
    /// O(capacity). One request, none for no capacity; an `Err` leaves nothing behind.
    pub fn with_capacity(capacity: usize) -> Result<Self, OutOfMemory> {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<K, V, S> TryHashMap<K, V, S> {
    /// An empty map that hashes with `hasher`. O(1), no request.
    #[must_use]
    pub const fn with_hasher(hasher: S) -> Self {
        Self { table: HashTable::new(), hasher }
    }

    /// What hashes the keys. O(1), no request.
    #[must_use]
    pub fn hasher(&self) -> &S {
        &self.hasher
    }

    /// The number of entries that the map can hold without another request. O(1), no request.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.table.capacity()
    }

    /// The bytes that the map has requested and holds. O(1), no request.
    #[must_use]
    pub fn allocated_bytes(&self) -> usize {
        self.table.allocation_size()
    }

    /// The number of entries. O(1), no request.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there are no entries. O(1), no request.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Drops all entries; keeps the capacity. O(capacity), no request.
    pub fn clear(&mut self) {
        self.table.clear();
    }

    /// Drops the entries that `keep` says no to. O(capacity), no request.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.table.retain(|(key, value)| keep(key, value));
    }
}

impl<K: Eq + Hash, V, S: BuildHasher> TryHashMap<K, V, S> {
    /// [`with_capacity`](TryHashMap::with_capacity), hashing with `hasher`. The same request; an `Err`
    /// drops `hasher`.
    pub fn with_capacity_and_hasher(capacity: usize, hasher: S) -> Result<Self, OutOfMemory> {
        let mut map = Self::with_hasher(hasher);
        map.reserve(capacity)?;
        Ok(map)
    }

    /// Makes room for at least `additional` entries more.
    ///
    /// O(capacity) if the map grows, which rehashes its keys. One request, none if there is room;
    /// an `Err` leaves the map as it was.
    #[inline]
    pub fn reserve(&mut self, additional: usize) -> Result<(), OutOfMemory> {
        reserve(&mut self.table, additional, &self.hasher)
    }

    /// Gives back the room that is not needed for the entries.
    ///
    /// O(capacity), which rehashes the keys. One request at most, none if the map is empty; an
    /// `Err` leaves the map as it was, with the memory that it had.
    pub fn shrink_to_fit(&mut self) -> Result<(), OutOfMemory> {
        self.shrink_to(0)
    }

    /// Gives back the room that is not needed for the entries, nor for `capacity` of them.
    ///
    /// O(capacity), which rehashes the keys. One request at most, none if nothing is left to hold;
    /// an `Err` leaves the map as it was, with the memory that it had.
    pub fn shrink_to(&mut self, capacity: usize) -> Result<(), OutOfMemory> {
        let capacity = capacity.max(self.len());
        shrink_to(&mut self.table, capacity, &self.hasher)
    }

    /// The value of a key. O(1), no request.
    #[must_use]
    #[inline]
    pub fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.get_key_value(key).map(|(_, value)| value)
    }

    /// [`get`](Self::get), to change the value. O(1), no request.
    #[must_use]
    #[inline]
    pub fn get_mut<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let hash = self.hasher.hash_one(key);
        self.table.find_mut(hash, |(other, _)| other.borrow() == key).map(|(_, value)| value)
    }

    /// The map's own key and its value. O(1), no request.
    #[must_use]
    #[inline]
    pub fn get_key_value<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        if self.table.is_empty() {
            return None;
        }
        let hash = self.hasher.hash_one(key);
        self.table.find(hash, |(other, _)| other.borrow() == key).map(|(key, value)| (key, value))
    }

    /// The map's own key, to put an equal one in its place.
    pub(super) fn key_mut(&mut self, key: &K) -> Option<&mut K> {
        let hash = self.hasher.hash_one(key);
        self.table.find_mut(hash, |(other, _)| other == key).map(|(key, _)| key)
    }

    /// Whether the key has a value. O(1), no request.
    #[must_use]
    #[inline]
    pub fn contains_key<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get_key_value(key).is_some()
    }

    /// Sets the value of a key and returns the one before. A key that is there already stays the
    /// one it was.
    ///
    /// Amortised O(1). No request if the key is there or there is room, else one. An `Err` leaves
    /// the map as it was; `key` and `value` are dropped.
    /// [`insert_or_return`](Self::insert_or_return) gives them back.
    #[inline]
    pub fn insert(&mut self, key: K, value: V) -> Result<Option<V>, OutOfMemory> {
        self.insert_or_return(key, value).map_err(|(oom, ..)| oom)
    }

    /// [`insert`](Self::insert) that gives key and value back with an `Err`. The same requests,
    /// and the map is left the same.
    #[inline]
    pub fn insert_or_return(&mut self, key: K, value: V) -> Result<Option<V>, (OutOfMemory, K, V)> {
        insert(&mut self.table, &self.hasher, key, value)
    }

    /// Removes a key and returns its value. Never shrinks the map. O(1), no request.
    #[inline]
    pub fn remove<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.remove_entry(key).map(|(_, value)| value)
    }

    /// [`remove`](Self::remove) that returns the map's own key too. O(1), no request.
    #[inline]
    pub fn remove_entry<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
    {
        let hash = self.hasher.hash_one(key);
        let entry = self.table.find_entry(hash, |(other, _)| other.borrow() == key).ok()?;
        Some(entry.remove().0)
    }
}

type Table<K, V> = HashTable<(K, V)>;

/// Sets the value of a key; see [`TryHashMap::insert_or_return`].
#[inline]
fn insert<K: Eq + Hash, V>(
    table: &mut Table<K, V>,
    hasher: &impl BuildHasher,
    key: K,
    value: V,
) -> Result<Option<V>, (OutOfMemory, K, V)> {
    let hash = hasher.hash_one(&key);
    if table.len() == table.capacity() {
        match find_or_make_room(table, hash, &key, hasher) {
            Ok(Some(entry)) => return Ok(Some(mem::replace(&mut entry.into_mut().1, value))),
            Ok(None) => {}
            Err(oom) => return Err((oom, key, value)),
        }
    }
    // There is room: the table makes no request of its own.
    let rehash = |(key, _): &(K, V)| hasher.hash_one(key);
    match table.entry(hash, |(other, _)| *other == key, rehash) {
        hash_table::Entry::Occupied(entry) => {
            Ok(Some(mem::replace(&mut entry.into_mut().1, value)))
        }
        hash_table::Entry::Vacant(entry) => {
            entry.insert((key, value));
            Ok(None)
        }
    }
}

/// The entry of a key; or else none, and room for one.
fn find_or_make_room<'a, K: Eq + Hash, V>(
    table: &'a mut Table<K, V>,
    hash: u64,
    key: &K,
    hasher: &impl BuildHasher,
) -> Result<Option<hash_table::OccupiedEntry<'a, (K, V)>>, OutOfMemory> {
    match table.find_entry(hash, |(other, _)| other == key) {
        Ok(entry) => Ok(Some(entry)),
        Err(absent) => reserve(absent.into_table(), 1, hasher).map(|()| None),
    }
}

/// Makes room in a table, and says of a refusal what was asked for.
#[inline]
pub(crate) fn reserve_in_table<T>(
    table: &mut HashTable<T>,
    additional: usize,
    rehash: impl Fn(&T) -> u64,
) -> Result<(), OutOfMemory> {
    table.try_reserve(additional, rehash).map_err(|refused| match refused {
        hashbrown::TryReserveError::AllocError { layout } => OutOfMemory::for_layout(layout),
        hashbrown::TryReserveError::CapacityOverflow => OutOfMemory::new(usize::MAX),
    })
}

/// [`reserve_in_table`] for entries whose keys are hashed anew.
#[inline]
fn reserve<K: Hash, V>(
    table: &mut Table<K, V>,
    additional: usize,
    hasher: &impl BuildHasher,
) -> Result<(), OutOfMemory> {
    reserve_in_table(table, additional, |(key, _)| hasher.hash_one(key))
}

/// Moves the entries to a table for so many, if that is a smaller one. (`hashbrown`'s own way aborts
/// when the smaller one cannot be had.)
fn shrink_to<K: Hash, V>(
    table: &mut Table<K, V>,
    capacity: usize,
    hasher: &impl BuildHasher,
) -> Result<(), OutOfMemory> {
    if capacity == 0 {
        *table = Table::new();
        return Ok(());
    }
    // Sizes are powers of two, and a table is at most seven eighths full.
    if capacity > table.num_buckets() / 2 * 7 / 8 {
        return Ok(());
    }
    let rehash = |(key, _): &(K, V)| hasher.hash_one(key);
    let mut smaller = Table::new();
    reserve(&mut smaller, capacity, hasher)?;
    if smaller.num_buckets() < table.num_buckets() {
        for entry in table.drain() {
            smaller.insert_unique(rehash(&entry), entry, rehash);
        }
        *table = smaller;
    }
    Ok(())
}

/// `&map[&key]`: the value of a key that is there. O(1), no request.
///
/// # Panics
/// If the key is not there.
impl<K, V, S, Q> Index<&Q> for TryHashMap<K, V, S>
where
    K: Eq + Hash + Borrow<Q>,
    Q: Eq + Hash + ?Sized,
    S: BuildHasher,
{
    type Output = V;

    #[inline]
    fn index(&self, key: &Q) -> &V {
        self.get(key).expect("the key is in the map")
    }
}

/// An empty map with the hasher's default. No request but what that makes.
impl<K, V, S: Default> Default for TryHashMap<K, V, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}
