//! [`PrimaryMap`] and its iterators. This file has the map, its construction, and access by key.
//!
//! Relies on `grow` and `shrink` for every step that can fail. Iteration, copying, collecting and
//! comparing are in `bulk`.

mod bulk;
#[cfg(test)]
mod tests;

pub use super::entity_iter::{IntoIter, Iter, IterMut, Keys};

use super::{EntityRef, OutOfMemory, grow, shrink};
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// A map that creates entities: it stores values and hands out consecutive keys for them. More data
/// about the same entities goes into [`SecondaryMap`](super::SecondaryMap)s.
///
/// Single values cannot be removed, so a key stays valid once it was handed out.
///
/// It is `cranelift_entity::PrimaryMap` for code that survives allocation failure: methods that can
/// make a request return `Result<_, OutOfMemory>`, and after an `Err` the map reads as before; only
/// [`capacity`](Self::capacity) may have grown.
///
/// ```
/// use oom_sweep::collections::{OutOfMemory, PrimaryMap};
///
/// #[derive(Clone, Copy, PartialEq, Eq)]
/// struct Func(u32);
/// oom_sweep::entity_impl!(Func, "func");
///
/// let mut funcs = PrimaryMap::<Func, &str>::new();
/// let main = funcs.push("main")?;
/// let init = funcs.push("init")?;
/// assert_eq!((main.to_string(), funcs[init]), ("func0".to_string(), "init"));
/// funcs[main] = "start";
/// assert_eq!(funcs.get(main), Some(&"start"));
/// assert_eq!(funcs.next_key(), Func(2));
/// assert!(!funcs.is_valid(Func(2)));
/// assert_eq!(funcs.values().copied().collect::<Vec<_>>(), ["start", "init"]);
///
/// // A failed `push` drops its value; `push_or_return` gives it back.
/// if let Err((oom, name)) = funcs.push_or_return("exit") {
///     println!("{oom}: {name} was not added");
/// }
/// # Ok::<(), OutOfMemory>(())
/// ```
pub struct PrimaryMap<K, V> {
    elems: Vec<V>,
    keys: PhantomData<K>,
}

impl<K: EntityRef, V> PrimaryMap<K, V> {
    /// An empty map. O(1), no request.
    #[must_use]
    pub const fn new() -> Self {
        Self { elems: Vec::new(), keys: PhantomData }
    }

    /// An empty map with room for exactly `capacity` values.
    ///
    /// O(1). Makes one request, or none if there is nothing to hold; an `Err` leaves nothing
    /// behind.
    pub fn with_capacity(capacity: usize) -> Result<Self, OutOfMemory> {
        let mut map = Self::new();
        grow::reserve_exact(&mut map.elems, capacity)?;
        Ok(map)
    }

    /// The number of values that the map can hold without another request. O(1), no request.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.elems.capacity()
    }

    /// The number of values. O(1), no request.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.elems.len()
    }

    /// Whether there are no values. O(1), no request.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.elems.is_empty()
    }

    /// Makes room for at least `additional` more values. If the map grows, its capacity at least
    /// doubles.
    ///
    /// O(len) if it grows, else O(1). Makes at most one request; an `Err` changes nothing.
    pub fn reserve(&mut self, additional: usize) -> Result<(), OutOfMemory> {
        grow::reserve_more(&mut self.elems, additional)
    }

    /// Makes room for exactly `additional` more values.
    ///
    /// O(len) if it grows, else O(1). Makes at most one request; an `Err` changes nothing.
    pub fn reserve_exact(&mut self, additional: usize) -> Result<(), OutOfMemory> {
        let len = grow::total(&self.elems, additional)?;
        grow::reserve_exact(&mut self.elems, len)
    }

    /// Releases the spare capacity.
    ///
    /// O(len). Makes one request, or none if the map is empty or has no spare capacity; an `Err`
    /// leaves it with its old memory block.
    pub fn shrink_to_fit(&mut self) -> Result<(), OutOfMemory> {
        shrink::shrink_to(&mut self.elems, 0)
    }

    /// The key that the next value will get. O(1), no request.
    ///
    /// # Panics
    ///
    /// If all keys are used up.
    #[must_use]
    #[inline]
    pub fn next_key(&self) -> K {
        K::new(self.elems.len())
    }

    /// Whether the key has a value. O(1), no request.
    #[must_use]
    #[inline]
    pub fn is_valid(&self, key: K) -> bool {
        key.index() < self.elems.len()
    }

    /// Adds a value and returns its key.
    ///
    /// Amortised O(1). Makes at most one request. An `Err` leaves the map as it was, and `value` is
    /// dropped; [`push_or_return`](Self::push_or_return) gives it back. If no key is left, it
    /// returns an `OutOfMemory` whose size is `usize::MAX`.
    #[inline]
    pub fn push(&mut self, value: V) -> Result<K, OutOfMemory> {
        self.push_or_return(value).map_err(|(oom, _)| oom)
    }

    /// Like [`push`](Self::push), but an `Err` also returns the value. Makes the same requests.
    #[inline]
    pub fn push_or_return(&mut self, value: V) -> Result<K, (OutOfMemory, V)> {
        let Some(key) = K::try_new(self.elems.len()) else {
            return Err((OutOfMemory::new(usize::MAX), value));
        };
        match grow::reserve_more(&mut self.elems, 1) {
            Ok(()) => grow::push(&mut self.elems, value),
            Err(oom) => return Err((oom, value)),
        }
        Ok(key)
    }

    /// The value of a key. O(1), no request.
    #[must_use]
    #[inline]
    pub fn get(&self, key: K) -> Option<&V> {
        self.elems.get(key.index())
    }

    /// Like [`get`](Self::get), but mutable. O(1), no request.
    #[must_use]
    #[inline]
    pub fn get_mut(&mut self, key: K) -> Option<&mut V> {
        self.elems.get_mut(key.index())
    }

    /// The last key and its value. O(1), no request.
    #[must_use]
    pub fn last(&self) -> Option<(K, &V)> {
        self.iter().next_back()
    }

    /// Like [`last`](Self::last), but mutable. O(1), no request.
    #[must_use]
    pub fn last_mut(&mut self) -> Option<(K, &mut V)> {
        self.iter_mut().next_back()
    }

    /// The values in the order of their keys. O(1), no request.
    #[must_use]
    #[inline]
    pub fn as_values_slice(&self) -> &[V] {
        &self.elems
    }

    /// Like [`as_values_slice`](Self::as_values_slice), but mutable. O(1), no request.
    #[must_use]
    #[inline]
    pub fn as_mut_values_slice(&mut self) -> &mut [V] {
        &mut self.elems
    }

    /// Drops all values and keeps the capacity. Keys start from 0 again. O(len), no request.
    pub fn clear(&mut self) {
        self.elems.clear();
    }
}

/// `&map[key]`: the value of a key that the map has handed out. O(1), no request.
///
/// # Panics
/// If the key has no value.
impl<K: EntityRef, V> Index<K> for PrimaryMap<K, V> {
    type Output = V;

    #[inline]
    fn index(&self, key: K) -> &V {
        &self.elems[key.index()]
    }
}

/// `&mut map[key]`: the value of a key that the map has handed out, mutable. O(1), no request.
///
/// # Panics
/// If the key has no value.
impl<K: EntityRef, V> IndexMut<K> for PrimaryMap<K, V> {
    #[inline]
    fn index_mut(&mut self, key: K) -> &mut V {
        &mut self.elems[key.index()]
    }
}

/// [`PrimaryMap::new`].
impl<K: EntityRef, V> Default for PrimaryMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

/// Stores the values under the keys from 0 on. The same memory.
impl<K: EntityRef, V> From<Vec<V>> for PrimaryMap<K, V> {
    fn from(elems: Vec<V>) -> Self {
        Self { elems, keys: PhantomData }
    }
}

/// The values in the order of their keys. The same memory.
impl<K: EntityRef, V> From<PrimaryMap<K, V>> for Vec<V> {
    fn from(map: PrimaryMap<K, V>) -> Self {
        map.elems
    }
}
