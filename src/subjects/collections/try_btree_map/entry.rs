//! [`Entry`]: the place of a key in a [`TryBTreeMap`], searched for once.
//!
//! An entry borrows the map, so its place stays valid. Only an insertion into a vacant entry makes
//! requests.

use super::insert::Spare;
use super::place::{Gap, Place};
use super::search::Found;
use super::{OutOfMemory, TryBTreeMap, value_of};
use std::fmt;
use std::mem;

/// The place of a key in a [`TryBTreeMap`]; from [`TryBTreeMap::entry`].
pub enum Entry<'a, K, V> {
    /// The key is not in the map.
    Vacant(VacantEntry<'a, K, V>),
    /// The key is in the map.
    Occupied(OccupiedEntry<'a, K, V>),
}

/// The place of a key that is not in the map.
pub struct VacantEntry<'a, K, V> {
    map: &'a mut TryBTreeMap<K, V>,
    key: K,
    /// `None` if the map has no node.
    gap: Option<Gap<K, V>>,
}

/// The place of a key that is in the map.
pub struct OccupiedEntry<'a, K, V> {
    map: &'a mut TryBTreeMap<K, V>,
    place: Place<K, V>,
}

impl<K: Ord, V> TryBTreeMap<K, V> {
    /// Searches for the place of `key`. O(log len), no request.
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        match self.root.map(|root| root.search(&key)) {
            None => Entry::Vacant(VacantEntry { map: self, key, gap: None }),
            Some(Found::Absent(gap)) => {
                Entry::Vacant(VacantEntry { map: self, key, gap: Some(gap) })
            }
            Some(Found::At(place)) => Entry::Occupied(OccupiedEntry { map: self, place }),
        }
    }
}

impl<K, V> TryBTreeMap<K, V> {
    /// The entry of the least key. O(log len), no request.
    pub fn first_entry(&mut self) -> Option<OccupiedEntry<'_, K, V>> {
        let place = self.first_place()?;
        Some(OccupiedEntry { map: self, place })
    }

    /// The entry of the greatest key. O(log len), no request.
    pub fn last_entry(&mut self) -> Option<OccupiedEntry<'_, K, V>> {
        let place = self.last_place()?;
        Some(OccupiedEntry { map: self, place })
    }
}

impl<'a, K, V> Entry<'a, K, V> {
    /// The map's own key if it is present, otherwise the key that was searched for. O(1), no
    /// request.
    pub fn key(&self) -> &K {
        match self {
            Self::Vacant(entry) => entry.key(),
            Self::Occupied(entry) => entry.key(),
        }
    }

    /// Calls `change` on the value if the key is present. O(1), no request.
    #[must_use]
    pub fn and_modify(mut self, change: impl FnOnce(&mut V)) -> Self {
        if let Self::Occupied(entry) = &mut self {
            change(entry.get_mut());
        }
        self
    }

    /// Returns the value. If the key is absent, inserts `value` first. The cost, the requests, and
    /// the state after an `Err` are those of [`insert`](VacantEntry::insert).
    pub fn or_insert(self, value: V) -> Result<&'a mut V, OutOfMemory> {
        self.or_insert_with(|| value)
    }

    /// Returns the value. If the key is absent, calls `make` and inserts its value first. The cost,
    /// the requests, and the state after an `Err` are those of [`insert`](VacantEntry::insert). The
    /// room is requested first: if that fails, `make` is not called.
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> Result<&'a mut V, OutOfMemory> {
        self.or_insert_with_key(|_| make())
    }

    /// Like [`or_insert_with`](Self::or_insert_with), but passes the key to `make`. Makes the same
    /// requests.
    pub fn or_insert_with_key(self, make: impl FnOnce(&K) -> V) -> Result<&'a mut V, OutOfMemory> {
        match self {
            Self::Vacant(entry) => entry.insert_with(make),
            Self::Occupied(entry) => Ok(entry.into_mut()),
        }
    }

    /// Returns the value. If the key is absent, inserts `V::default()` first. Makes the requests of
    /// [`or_insert_with`](Self::or_insert_with).
    pub fn or_default(self) -> Result<&'a mut V, OutOfMemory>
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }
}

impl<'a, K, V> VacantEntry<'a, K, V> {
    /// The key that was searched for. O(1), no request.
    pub fn key(&self) -> &K {
        &self.key
    }

    /// The key that was searched for. O(1), no request.
    pub fn into_key(self) -> K {
        self.key
    }

    /// Inserts the key with this value and returns the value, mutable.
    ///
    /// O(log len), without comparisons. Makes the requests of [`TryBTreeMap::insert`]; an `Err`
    /// leaves the map as it was and drops the key and the value.
    pub fn insert(self, value: V) -> Result<&'a mut V, OutOfMemory> {
        self.insert_or_return(value).map_err(|(oom, _, _)| oom)
    }

    /// Like [`insert`](Self::insert), but makes the value after the room was requested.
    fn insert_with(self, make: impl FnOnce(&K) -> V) -> Result<&'a mut V, OutOfMemory> {
        let mut spare = Spare::new();
        // SAFETY: the gap is one of the map, which has been borrowed since the search and stays
        // borrowed as long as the value. `make` cannot reach the map.
        unsafe {
            let gap = self.map.make_room(self.gap, &mut spare)?;
            let value = make(&self.key);
            let inserted = self.map.insert_at(gap, (self.key, value), &mut spare);
            inserted.map(|place| place.entry_mut().1).map_err(|(oom, _)| oom)
        }
    }

    /// Like [`insert`](Self::insert), but an `Err` also returns the key and the value. Makes the
    /// same requests; an `Err` leaves the map as it was.
    pub fn insert_or_return(self, value: V) -> Result<&'a mut V, (OutOfMemory, K, V)> {
        // SAFETY: the gap is one of the map, which has been borrowed since the search and stays
        // borrowed as long as the value.
        unsafe {
            match self.map.insert_absent(self.gap, (self.key, value)) {
                Ok(place) => Ok(place.entry_mut().1),
                Err((oom, (key, value))) => Err((oom, key, value)),
            }
        }
    }
}

impl<'a, K, V> OccupiedEntry<'a, K, V> {
    /// The key in the map. O(1), no request.
    pub fn key(&self) -> &K {
        // SAFETY: the map has been borrowed since the place was found. The same holds below.
        unsafe { self.place.key() }
    }

    /// The value. O(1), no request.
    pub fn get(&self) -> &V {
        // SAFETY: see `key`.
        unsafe { self.place.entry() }.1
    }

    /// The value, mutable. O(1), no request.
    pub fn get_mut(&mut self) -> &mut V {
        // SAFETY: see `key`.
        unsafe { self.place.entry_mut() }.1
    }

    /// The value, mutable, for as long as the map is borrowed. O(1), no request.
    pub fn into_mut(self) -> &'a mut V {
        // SAFETY: see `key`.
        unsafe { self.place.entry_mut() }.1
    }

    /// Sets the value and returns the previous one. O(1), no request.
    pub fn insert(&mut self, value: V) -> V {
        mem::replace(self.get_mut(), value)
    }

    /// Removes the key and returns its value. O(log len), no request.
    pub fn remove(self) -> V {
        value_of(self.remove_entry())
    }

    /// Removes the key and returns the key and the value that the map held. O(log len), no request.
    pub fn remove_entry(self) -> (K, V) {
        // SAFETY: see `key`.
        unsafe { self.map.remove_at(self.place) }.0
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Entry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vacant(entry) => f.debug_tuple("Entry").field(entry).finish(),
            Self::Occupied(entry) => f.debug_tuple("Entry").field(entry).finish(),
        }
    }
}

impl<K: fmt::Debug, V> fmt::Debug for VacantEntry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntry").field(self.key()).finish()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for OccupiedEntry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, value) = (self.key(), self.get());
        f.debug_struct("OccupiedEntry").field("key", key).field("value", value).finish()
    }
}
