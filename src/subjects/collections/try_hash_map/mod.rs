//! [`TryHashMap`] and its iterators. This file has the map, its construction, and access by key.
//!
//! Relies on `HashTable::try_reserve` of `hashbrown`. Every insertion reserves first, so that
//! `hashbrown` never makes a request of its own, which would abort on failure. Operations on the
//! whole map are in `bulk`, the entry interface in `entry`, iterators in `iter`.

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
/// Methods that can make a request return `Result<_, OutOfMemory>`. After an `Err` the map reads as
/// before; only [`capacity`](Self::capacity) may have grown. Replacing the value of a present key
/// makes no request, even when the map is full.
///
/// The hasher is a parameter. The default is std's: it resists keys chosen by an attacker and makes
/// no request. The iteration order is arbitrary.
///
/// If `Hash` or `Eq` panics, the map stays valid, but it may lose entries if it was growing or
/// shrinking.
///
/// ```
/// use oom_sweep::collections::{OutOfMemory, TryHashMap};
///
/// let mut ages = TryHashMap::new();
/// assert_eq!(ages.insert("ann", 30)?, None);
/// assert_eq!(ages.insert("ann", 31)?, Some(30));
/// *ages.entry("bob").or_insert(40)? += 1;
/// assert_eq!(ages["bob"], 41);
/// assert_eq!(ages.remove("ann"), Some(31));
/// assert_eq!((ages.get("ann"), ages.len()), (None, 1));
///
/// // After `reserve`, a hundred insertions make no request and cannot fail.
/// ages.reserve(100)?;
/// assert!(ages.capacity() >= 101);
/// # Ok::<(), OutOfMemory>(())
/// ```
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
    /// O(capacity). Makes one request, or none if `capacity` is 0; an `Err` leaves nothing behind.
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

    /// The hasher of the keys. O(1), no request.
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

    /// Drops the entries for which `keep` returns false. O(capacity), no request.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.table.retain(|(key, value)| keep(key, value));
    }
}

impl<K: Eq + Hash, V, S: BuildHasher> TryHashMap<K, V, S> {
    /// Like [`with_capacity`](TryHashMap::with_capacity), but hashes with `hasher`. Makes the same
    /// request; an `Err` drops `hasher`.
    pub fn with_capacity_and_hasher(capacity: usize, hasher: S) -> Result<Self, OutOfMemory> {
        let mut map = Self::with_hasher(hasher);
        map.reserve(capacity)?;
        Ok(map)
    }

    /// Makes room for at least `additional` more entries.
    ///
    /// O(capacity) if the map grows, because it rehashes all keys; otherwise O(1). Makes one
    /// request, or none if there is capacity; an `Err` leaves the map as it was.
    #[inline]
    pub fn reserve(&mut self, additional: usize) -> Result<(), OutOfMemory> {
        reserve(&mut self.table, additional, &self.hasher)
    }

    /// Releases the capacity that is not needed for the entries.
    ///
    /// O(capacity), because it rehashes the keys. Makes at most one request, or none if the map is
    /// empty; an `Err` leaves the map as it was, with its old memory block.
    pub fn shrink_to_fit(&mut self) -> Result<(), OutOfMemory> {
        self.shrink_to(0)
    }

    /// Shrinks the capacity to what the entries need, but not below `capacity`.
    ///
    /// O(capacity), because it rehashes the keys. Makes at most one request, or none if the new
    /// capacity is 0; an `Err` leaves the map as it was, with its old memory block.
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

    /// Like [`get`](Self::get), but mutable. O(1), no request.
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

    /// The map's own key, mutable, so that an equal key can replace it.
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

    /// Sets the value of a key and returns the previous value. If the key is present, the map keeps
    /// its own key and drops the given one.
    ///
    /// Amortised O(1). Makes no request if the key is present or there is capacity, otherwise one.
    /// An `Err` leaves the map as it was; `key` and `value` are dropped.
    /// [`insert_or_return`](Self::insert_or_return) gives them back.
    #[inline]
    pub fn insert(&mut self, key: K, value: V) -> Result<Option<V>, OutOfMemory> {
        self.insert_or_return(key, value).map_err(|(oom, ..)| oom)
    }

    /// Like [`insert`](Self::insert), but an `Err` also returns the key and the value. Makes the
    /// same requests; an `Err` leaves the map as it was.
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

    /// Like [`remove`](Self::remove), but also returns the map's own key. O(1), no request.
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
    // There is room, so the table makes no request of its own.
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

/// Finds the entry of a key. If the key is absent, makes room for it and returns `None`.
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

/// Makes room in a table. An `Err` reports the size of the failed request.
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

/// Like [`reserve_in_table`], for entries whose keys are hashed again when the table grows.
#[inline]
fn reserve<K: Hash, V>(
    table: &mut Table<K, V>,
    additional: usize,
    hasher: &impl BuildHasher,
) -> Result<(), OutOfMemory> {
    reserve_in_table(table, additional, |(key, _)| hasher.hash_one(key))
}

/// Moves the entries to a table with room for `capacity` entries, if that is smaller.
/// (`hashbrown`'s own method aborts if the request for the smaller table fails.)
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

/// `&map[&key]`: the value of a present key. O(1), no request.
///
/// # Panics
/// If the key is not in the map.
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

/// An empty map with the hasher's default. Makes only the requests of `S::default()`.
impl<K, V, S: Default> Default for TryHashMap<K, V, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}
