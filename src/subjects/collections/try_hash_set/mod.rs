//! [`TryHashSet`]: a [`TryHashMap`] of values to nothing.
//!
//! Relies on the map for every request. What two sets are to each other is in `compare`.

mod compare;
#[cfg(test)]
mod tests;

pub use compare::{Difference, Intersection, SymmetricDifference, Union};

use super::try_hash_map::{self, Entry};
use super::{OutOfMemory, TryClone, TryExtend, TryFromIterator, TryHashMap};
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash, RandomState};
use std::mem;

/// A hash set whose insertions can fail: `std::collections::HashSet` for code that survives
/// allocation failure.
///
/// What can make a request returns `Result<_, OutOfMemory>`, and after an `Err` the set reads as
/// before. Everything else is as in [`TryHashMap`].
pub struct TryHashSet<T, S = RandomState> {
    map: TryHashMap<T, (), S>,
}

/// The iterator of [`TryHashSet::iter`].
pub type Iter<'a, T> = try_hash_map::Keys<'a, T, ()>;
/// The iterator of a [`TryHashSet`] by value.
pub type IntoIter<T> = try_hash_map::IntoKeys<T, ()>;

impl<T> TryHashSet<T> {
    /// An empty set. O(1), no request.
    #[must_use]
    pub fn new() -> Self {
        Self::with_hasher(RandomState::new())
    }
}

impl<T: Eq + Hash> TryHashSet<T> {
    /// An empty set with room for at least `capacity` values.
    ///
    /// O(capacity). One request, none for no capacity; an `Err` leaves nothing behind.
    pub fn with_capacity(capacity: usize) -> Result<Self, OutOfMemory> {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<T, S> TryHashSet<T, S> {
    /// An empty set that hashes with `hasher`. O(1), no request.
    #[must_use]
    pub const fn with_hasher(hasher: S) -> Self {
        Self { map: TryHashMap::with_hasher(hasher) }
    }

    /// What hashes the values. O(1), no request.
    #[must_use]
    pub fn hasher(&self) -> &S {
        self.map.hasher()
    }

    /// The number of values that the set can hold without another request. O(1), no request.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.map.capacity()
    }

    /// The bytes that the set has requested and holds. O(1), no request.
    #[must_use]
    pub fn allocated_bytes(&self) -> usize {
        self.map.allocated_bytes()
    }

    /// The number of values. O(1), no request.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there are no values. O(1), no request.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Drops all values; keeps the capacity. O(capacity), no request.
    pub fn clear(&mut self) {
        self.map.clear();
    }

    /// Drops the values that `keep` says no to. O(capacity), no request.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.map.retain(|value, ()| keep(value));
    }

    /// The values, in no particular order. O(capacity) for all, no request.
    #[inline]
    pub fn iter(&self) -> Iter<'_, T> {
        self.map.keys()
    }

    /// Empties the set and yields its values; those left are dropped with the iterator. Keeps the
    /// capacity. O(capacity) for all, no request.
    #[inline]
    pub fn drain(&mut self) -> impl ExactSizeIterator<Item = T> {
        self.map.drain().map(|(value, ())| value)
    }
}

impl<T: Eq + Hash, S: BuildHasher> TryHashSet<T, S> {
    /// [`with_capacity`](TryHashSet::with_capacity), hashing with `hasher`. The same request; an `Err`
    /// drops `hasher`.
    pub fn with_capacity_and_hasher(capacity: usize, hasher: S) -> Result<Self, OutOfMemory> {
        Ok(Self { map: TryHashMap::with_capacity_and_hasher(capacity, hasher)? })
    }

    /// Makes room for at least `additional` values more. O(capacity) if the set grows. One
    /// request, none if there is room; an `Err` leaves the set as it was.
    #[inline]
    pub fn reserve(&mut self, additional: usize) -> Result<(), OutOfMemory> {
        self.map.reserve(additional)
    }

    /// Gives back the room that is not needed for the values.
    ///
    /// The cost, the requests, and what an `Err` leaves, are those of
    /// [`shrink_to_fit`](TryHashMap::shrink_to_fit) of a map.
    pub fn shrink_to_fit(&mut self) -> Result<(), OutOfMemory> {
        self.map.shrink_to_fit()
    }

    /// Gives back the room that is not needed for the values, nor for `capacity` of them.
    ///
    /// The cost, the requests, and what an `Err` leaves, are those of
    /// [`shrink_to`](TryHashMap::shrink_to) of a map.
    pub fn shrink_to(&mut self, capacity: usize) -> Result<(), OutOfMemory> {
        self.map.shrink_to(capacity)
    }

    /// The set's own value that equals this one. O(1), no request.
    #[must_use]
    #[inline]
    pub fn get<Q: Eq + Hash + ?Sized>(&self, value: &Q) -> Option<&T>
    where
        T: Borrow<Q>,
    {
        self.map.get_key_value(value).map(|(value, ())| value)
    }

    /// Whether the value is in the set. O(1), no request.
    #[must_use]
    #[inline]
    pub fn contains<Q: Eq + Hash + ?Sized>(&self, value: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.map.contains_key(value)
    }

    /// Adds a value, and says whether it is new. One that is there already stays, and `value` is
    /// dropped.
    ///
    /// Amortised O(1). No request if the value is there or there is room, else one. An `Err`
    /// leaves the set as it was; [`insert_or_return`](Self::insert_or_return) gives the value
    /// back.
    #[inline]
    pub fn insert(&mut self, value: T) -> Result<bool, OutOfMemory> {
        Ok(self.map.insert(value, ())?.is_none())
    }

    /// [`insert`](Self::insert) that gives the value back with an `Err`. The same requests, and
    /// the set is left the same.
    #[inline]
    pub fn insert_or_return(&mut self, value: T) -> Result<bool, (OutOfMemory, T)> {
        match self.map.insert_or_return(value, ()) {
            Ok(old) => Ok(old.is_none()),
            Err((oom, value, ())) => Err((oom, value)),
        }
    }

    /// The set's own value that equals this one, which is added if there is none.
    ///
    /// Amortised O(1). The requests, and what an `Err` leaves, are those of
    /// [`insert`](Self::insert).
    pub fn get_or_insert(&mut self, value: T) -> Result<&T, OutOfMemory> {
        match self.map.entry(value) {
            Entry::Occupied(entry) => Ok(entry.into_key()),
            Entry::Vacant(entry) => entry.insert_entry(|_| ()).map(|(value, _)| value),
        }
    }

    /// Adds a value in the place of the set's own that equals it, which is returned.
    ///
    /// Amortised O(1). No request if the value is there or there is room, else one. An `Err`
    /// leaves the set as it was, and `value` is dropped.
    pub fn replace(&mut self, value: T) -> Result<Option<T>, OutOfMemory> {
        match self.map.key_mut(&value) {
            Some(own) => Ok(Some(mem::replace(own, value))),
            None => self.insert(value).map(|_| None),
        }
    }

    /// Removes a value, and says whether it was there. Never shrinks the set. O(1), no request.
    #[inline]
    pub fn remove<Q: Eq + Hash + ?Sized>(&mut self, value: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.map.remove(value).is_some()
    }

    /// Removes a value and returns the set's own. O(1), no request.
    #[inline]
    pub fn take<Q: Eq + Hash + ?Sized>(&mut self, value: &Q) -> Option<T>
    where
        T: Borrow<Q>,
    {
        self.map.remove_entry(value).map(|(value, ())| value)
    }
}

/// An empty set with the hasher's default. No request but what that makes.
impl<T, S: Default> Default for TryHashSet<T, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<T: TryClone + Eq + Hash, S: BuildHasher + Clone> TryHashSet<T, S> {
    /// A copy of the set, with the same hasher.
    ///
    /// O(capacity), and hashes every value again. One request for the table, and those of the
    /// clones; an `Err` leaves nothing behind. (Also the set's [`TryClone`]; inherent so that it
    /// needs no import.)
    pub fn try_clone(&self) -> Result<Self, OutOfMemory> {
        Ok(Self { map: self.map.try_clone()? })
    }
}

impl<T: TryClone + Eq + Hash, S: BuildHasher + Clone> TryClone for TryHashSet<T, S> {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        self.try_clone()
    }
}

/// Copies, as std's `Extend` does for references.
impl<'a, T: Eq + Hash + Copy, S: BuildHasher> TryExtend<&'a T> for TryHashSet<T, S> {
    fn try_extend<I: IntoIterator<Item = &'a T>>(&mut self, values: I) -> Result<(), OutOfMemory> {
        self.try_extend(values.into_iter().copied())
    }
}

/// As [`TryHashMap`]'s: all of the values or none.
impl<T: Eq + Hash, S: BuildHasher> TryExtend<T> for TryHashSet<T, S> {
    fn try_extend<I: IntoIterator<Item = T>>(&mut self, values: I) -> Result<(), OutOfMemory> {
        self.map.try_extend(values.into_iter().map(|value| (value, ())))
    }
}

/// Of values that are equal the first one stays. Requests as the set grows.
impl<T: Eq + Hash, S: BuildHasher + Default> TryFromIterator<T> for TryHashSet<T, S> {
    fn try_from_iter<I: IntoIterator<Item = T>>(values: I) -> Result<Self, OutOfMemory> {
        let values = values.into_iter().map(|value| (value, ()));
        Ok(Self { map: TryHashMap::try_from_iter(values)? })
    }
}

impl<'a, T, S> IntoIterator for &'a TryHashSet<T, S> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T, S> IntoIterator for TryHashSet<T, S> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.map.into_keys()
    }
}
