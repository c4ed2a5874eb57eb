//! [`TryHashSet`]: a [`TryHashMap`] whose values are `()`.
//!
//! Relies on the map for every request. Set operations such as `union` are in `compare`.

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
/// Methods that can make a request return `Result<_, OutOfMemory>`. After an `Err` the set reads as
/// before. Everything else is as in [`TryHashMap`].
///
/// ```
/// use oom_sweep::collections::{OutOfMemory, TryHashSet};
///
/// let mut seen = TryHashSet::new();
/// assert!(seen.insert("a")?);
/// assert!(!seen.insert("a")?);
/// assert!(seen.insert("b")?);
/// assert!(seen.contains("a"));
///
/// let mut other = TryHashSet::new();
/// other.insert("b")?;
/// assert!(other.is_subset(&seen));
/// assert_eq!(seen.intersection(&other).collect::<Vec<_>>(), [&"b"]);
/// assert!(seen.remove("b"));
/// assert_eq!(seen.len(), 1);
/// # Ok::<(), OutOfMemory>(())
/// ```
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
    /// O(capacity). Makes one request, or none if `capacity` is 0; an `Err` leaves nothing behind.
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

    /// The hasher of the values. O(1), no request.
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

    /// Drops the values for which `keep` returns false. O(capacity), no request.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.map.retain(|value, ()| keep(value));
    }

    /// The values, in no particular order. O(capacity) for all, no request.
    #[inline]
    pub fn iter(&self) -> Iter<'_, T> {
        self.map.keys()
    }

    /// Empties the set and yields its values; dropping the iterator drops those that remain. Keeps
    /// the capacity. O(capacity) for all, no request.
    #[inline]
    pub fn drain(&mut self) -> impl ExactSizeIterator<Item = T> {
        self.map.drain().map(|(value, ())| value)
    }
}

impl<T: Eq + Hash, S: BuildHasher> TryHashSet<T, S> {
    /// Like [`with_capacity`](TryHashSet::with_capacity), but hashes with `hasher`. Makes the same
    /// request; an `Err` drops `hasher`.
    pub fn with_capacity_and_hasher(capacity: usize, hasher: S) -> Result<Self, OutOfMemory> {
        Ok(Self { map: TryHashMap::with_capacity_and_hasher(capacity, hasher)? })
    }

    /// Makes room for at least `additional` more values. O(capacity) if the set grows. Makes one
    /// request, or none if there is capacity; an `Err` leaves the set as it was.
    #[inline]
    pub fn reserve(&mut self, additional: usize) -> Result<(), OutOfMemory> {
        self.map.reserve(additional)
    }

    /// Releases the capacity that is not needed for the values.
    ///
    /// The cost, the requests, and the state after an `Err` are those of
    /// [`TryHashMap::shrink_to_fit`].
    pub fn shrink_to_fit(&mut self) -> Result<(), OutOfMemory> {
        self.map.shrink_to_fit()
    }

    /// Shrinks the capacity to what the values need, but not below `capacity`.
    ///
    /// The cost, the requests, and the state after an `Err` are those of [`TryHashMap::shrink_to`].
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

    /// Adds a value and returns whether it is new. If the set has an equal value, it keeps that one
    /// and drops `value`.
    ///
    /// Amortised O(1). Makes no request if the value is present or there is capacity, otherwise
    /// one. An `Err` leaves the set as it was; [`insert_or_return`](Self::insert_or_return) gives
    /// the value back.
    #[inline]
    pub fn insert(&mut self, value: T) -> Result<bool, OutOfMemory> {
        Ok(self.map.insert(value, ())?.is_none())
    }

    /// Like [`insert`](Self::insert), but an `Err` also returns the value. Makes the same requests;
    /// an `Err` leaves the set as it was.
    #[inline]
    pub fn insert_or_return(&mut self, value: T) -> Result<bool, (OutOfMemory, T)> {
        match self.map.insert_or_return(value, ()) {
            Ok(old) => Ok(old.is_none()),
            Err((oom, value, ())) => Err((oom, value)),
        }
    }

    /// Returns the set's own value that equals this one. If there is none, adds this one first.
    ///
    /// Amortised O(1). The requests and the state after an `Err` are those of
    /// [`insert`](Self::insert).
    pub fn get_or_insert(&mut self, value: T) -> Result<&T, OutOfMemory> {
        match self.map.entry(value) {
            Entry::Occupied(entry) => Ok(entry.into_key()),
            Entry::Vacant(entry) => entry.insert_entry(|_| ()).map(|(value, _)| value),
        }
    }

    /// Adds a value. If the set has an equal value, replaces that one and returns it.
    ///
    /// Amortised O(1). Makes no request if the value is present or there is capacity, otherwise
    /// one. An `Err` leaves the set as it was, and `value` is dropped.
    pub fn replace(&mut self, value: T) -> Result<Option<T>, OutOfMemory> {
        match self.map.key_mut(&value) {
            Some(own) => Ok(Some(mem::replace(own, value))),
            None => self.insert(value).map(|_| None),
        }
    }

    /// Removes a value and returns whether it was present. Never shrinks the set. O(1), no request.
    #[inline]
    pub fn remove<Q: Eq + Hash + ?Sized>(&mut self, value: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.map.remove(value).is_some()
    }

    /// Removes the set's own value that equals this one and returns it. O(1), no request.
    #[inline]
    pub fn take<Q: Eq + Hash + ?Sized>(&mut self, value: &Q) -> Option<T>
    where
        T: Borrow<Q>,
    {
        self.map.remove_entry(value).map(|(value, ())| value)
    }
}

/// An empty set with the hasher's default. Makes only the requests of `S::default()`.
impl<T, S: Default> Default for TryHashSet<T, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<T: TryClone + Eq + Hash, S: BuildHasher + Clone> TryHashSet<T, S> {
    /// A copy of the set, with the same hasher.
    ///
    /// O(capacity), because it hashes every value again. Makes one request for the table, plus
    /// those of the clones; an `Err` leaves nothing behind. (The [`TryClone`] of the set does the
    /// same. This method needs no import.)
    pub fn try_clone(&self) -> Result<Self, OutOfMemory> {
        Ok(Self { map: self.map.try_clone()? })
    }
}

impl<T: TryClone + Eq + Hash, S: BuildHasher + Clone> TryClone for TryHashSet<T, S> {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        self.try_clone()
    }
}

/// Copies the items, as std's `Extend` does for references.
impl<'a, T: Eq + Hash + Copy, S: BuildHasher> TryExtend<&'a T> for TryHashSet<T, S> {
    fn try_extend<I: IntoIterator<Item = &'a T>>(&mut self, values: I) -> Result<(), OutOfMemory> {
        self.try_extend(values.into_iter().copied())
    }
}

/// Adds all values or none, like the `TryExtend` of [`TryHashMap`].
impl<T: Eq + Hash, S: BuildHasher> TryExtend<T> for TryHashSet<T, S> {
    fn try_extend<I: IntoIterator<Item = T>>(&mut self, values: I) -> Result<(), OutOfMemory> {
        self.map.try_extend(values.into_iter().map(|value| (value, ())))
    }
}

/// If several values are equal, the set keeps the first. Makes a request each time the set grows.
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
