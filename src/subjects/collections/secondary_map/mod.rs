//! [`SecondaryMap`] and its iterators. Here: the map, its construction, and access by key.
//!
//! Relies on `grow` for every step that can fail. The rest is in files of their own: whole-map
//! operations in `bulk`, iterators in `iter`, `Eq`, `Hash` and `Debug` in `compare`, the form
//! whose default needs no memory in `no_alloc`, and the one that is written and read in `serde`.

mod bulk;
mod compare;
mod iter;
mod no_alloc;
#[cfg(feature = "serde")]
mod serde;
#[cfg(test)]
mod tests;

#[cfg(feature = "serde")]
pub use self::serde::{DeError, Seed, bare_default};
pub use super::entity_iter::{IntoIter, Iter, IterMut, Keys};
pub use no_alloc::{AnyDefault, NoAlloc, NoAllocDefault};

use super::{EntityRef, OutOfMemory, TryClone, grow};
use std::marker::PhantomData;
use std::mem;
use std::ops::Index;

/// A dense map from small integer keys, in which every key reads as a default until it is set.
///
/// Values stand in one array, indexed by key: inserting at a key beyond its end fills the gap
/// with clones of the default. The map does not record which keys were written, so a key below
/// [`len`](Self::len) that was skipped and one that was set to the default are the same.
///
/// It is `cranelift_entity::SecondaryMap` for code that survives allocation failure: what can
/// make a request returns `Result<_, OutOfMemory>`, and after an `Err` the map reads as before;
/// only [`capacity`](Self::capacity) may have grown. Hence no `IndexMut`, `Clone`, `Extend` or
/// `FromIterator`, which could not report a failure. Clones of the default are made where the
/// reference makes them, and may themselves fail, so that even [`remove`](Self::remove) is
/// fallible.
///
/// A map made by [`no_alloc`](SecondaryMap::no_alloc) has `D` = [`NoAlloc`]: its default is
/// `V::default()`, which is known to need no memory, so that it has an infallible removal,
/// [`take`](SecondaryMap::take). All other maps have `D` = [`AnyDefault`].
///
/// If a clone or a drop of a value panics the map remains valid; if it is a clone, it reads as
/// before.
///
/// # Zero-sized values
///
/// The capacity is `usize::MAX`, and growing to any key takes one clone of the default (see
/// [`TryClone`]). If the type has drop glue, each of its values counts and is made and dropped
/// one by one: then the key `u32::MAX` means 2^32 clones.
///
/// # Serde
///
/// With the feature `serde` maps are written and read in the format of the reference: a sequence
/// of `Some(default)` and then an optional value for each index, `None` where it equals the
/// default, without the defaults at the end. In JSON and other human-readable formats, in which
/// null stands for `None` and for more, it is an error to write what would be read as something
/// else. `deserialize_fallible` and `Seed` tell a failed request from bad input, which
/// `Deserialize` cannot; the module `bare_default` has the variant that writes a bare default.
pub struct SecondaryMap<K, V, D = AnyDefault> {
    elems: Vec<V>,
    default: V,
    kind: PhantomData<(K, D)>,
}

impl<K: EntityRef, V: TryClone> SecondaryMap<K, V> {
    /// An empty map that reads as `V::default()`. O(1), no request but what that makes.
    #[must_use]
    pub fn new() -> Self
    where
        V: Default,
    {
        Self::with_default(V::default())
    }

    /// An empty map that reads as `default`. O(1), no request.
    #[must_use]
    pub const fn with_default(default: V) -> Self {
        Self { elems: Vec::new(), default, kind: PhantomData }
    }

    /// An empty map that reads as `V::default()`, with room for exactly `capacity` values.
    ///
    /// O(1). One request, or none if there is nothing to hold, and what `V::default()` makes; an
    /// `Err` leaves nothing behind.
    pub fn with_capacity(capacity: usize) -> Result<Self, OutOfMemory>
    where
        V: Default,
    {
        let mut elems = Vec::new();
        grow::reserve_exact(&mut elems, capacity)?;
        Ok(Self { elems, ..Self::new() })
    }
}

impl<K: EntityRef, V: TryClone, D> SecondaryMap<K, V, D> {
    /// The number of values that the map can hold without another request. O(1), no request.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.elems.capacity()
    }

    /// Makes room for the values of at least `additional` more keys, and for the growth to come.
    ///
    /// O(1), or O(len) if the values move. One request, none if there is room; an `Err` leaves the
    /// map as it was.
    pub fn reserve(&mut self, additional: usize) -> Result<(), OutOfMemory> {
        grow::reserve_more(&mut self.elems, additional)
    }

    /// [`reserve`](Self::reserve) with no room for growth to come. The same cost and request; an
    /// `Err` leaves the map as it was.
    pub fn reserve_exact(&mut self, additional: usize) -> Result<(), OutOfMemory> {
        let len = grow::total(&self.elems, additional)?;
        grow::reserve_exact(&mut self.elems, len)
    }

    /// One more than the greatest index that the map holds, gaps included. O(1), no request.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.elems.len()
    }

    /// Whether the map holds no value at all, not even a gap. O(1), no request.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.elems.is_empty()
    }

    /// The value at `key` if it is below [`len`](Self::len), whether or not it was ever written.
    /// O(1), no request.
    #[must_use]
    #[inline]
    pub fn get(&self, key: K) -> Option<&V> {
        self.elems.get(key.index())
    }

    /// [`get`](Self::get), to change the value. O(1), no request.
    #[must_use]
    #[inline]
    pub fn get_mut(&mut self, key: K) -> Option<&mut V> {
        self.elems.get_mut(key.index())
    }

    /// The value that unset keys read as. O(1), no request.
    #[must_use]
    #[inline]
    pub fn default_value(&self) -> &V {
        &self.default
    }

    /// The values of the keys `0..len`, gaps included. O(1), no request.
    #[must_use]
    #[inline]
    pub fn as_values_slice(&self) -> &[V] {
        &self.elems
    }

    /// Sets `key` to `value`. Returns the value before if the key is below [`len`](Self::len),
    /// and otherwise grows the map to `key.index() + 1` and returns `None`.
    ///
    /// In bounds O(1) and no request. Beyond, amortised O(1) for each index passed: at most one
    /// request for room, then a clone of the default for each index skipped.
    ///
    /// An `Err` leaves the map as it was, but for its capacity; `value` is dropped.
    /// [`insert_or_return`](Self::insert_or_return) gives it back.
    #[inline]
    pub fn insert(&mut self, key: K, value: V) -> Result<Option<V>, OutOfMemory> {
        self.insert_or_return(key, value).map_err(|(oom, _)| oom)
    }

    /// [`insert`](Self::insert) that gives the value back with an `Err`. The same requests, and
    /// the map is left the same.
    #[inline]
    pub fn insert_or_return(&mut self, key: K, value: V) -> Result<Option<V>, (OutOfMemory, V)> {
        let index = key.index();
        if let Some(slot) = self.elems.get_mut(index) {
            return Ok(Some(mem::replace(slot, value)));
        }
        match self.extend_to(index) {
            Ok(()) => {
                grow::push(&mut self.elems, value);
                Ok(None)
            }
            Err(oom) => Err((oom, value)),
        }
    }

    /// Sets `key` back to a clone of the default and returns its value; `None` if the key is
    /// not below [`len`](Self::len). Never shrinks the map: removing once more returns the
    /// default.
    ///
    /// O(1). Makes the requests of one clone of the default if the key is in bounds, else none.
    /// The clone comes first: an `Err` leaves everything as it was.
    #[inline]
    pub fn remove(&mut self, key: K) -> Result<Option<V>, OutOfMemory> {
        let Some(slot) = self.elems.get_mut(key.index()) else { return Ok(None) };
        let default = self.default.try_clone()?;
        Ok(Some(mem::replace(slot, default)))
    }

    /// Makes the map `len` long, with clones of the default or by dropping values.
    ///
    /// O(difference), amortised over growing steps. Growing makes at most one request for room
    /// and those of the clones; shrinking, or keeping the length, makes none. An `Err` leaves the
    /// map as it was, but for its capacity.
    pub fn resize(&mut self, len: usize) -> Result<(), OutOfMemory> {
        match len.checked_sub(self.elems.len()) {
            None | Some(0) => {
                self.elems.truncate(len);
                Ok(())
            }
            Some(more) => {
                grow::reserve(&mut self.elems, len)?;
                self.append_defaults(more)
            }
        }
    }

    /// Drops all values; every key reads as the default. Keeps the capacity. O(len), no request.
    pub fn clear(&mut self) {
        self.elems.clear();
    }

    /// Grows a map that `index` is beyond until the next value pushed is that of `index`, with
    /// room for it. On `Err` only the capacity may have grown.
    #[inline]
    fn extend_to(&mut self, index: usize) -> Result<(), OutOfMemory> {
        let len = index.checked_add(1).ok_or(OutOfMemory::new(usize::MAX))?;
        grow::reserve(&mut self.elems, len)?;
        match index - self.elems.len() {
            0 => Ok(()),
            gap => self.append_defaults(gap),
        }
    }

    /// Appends clones of the default, into room that is there; all of them or none.
    fn append_defaults(&mut self, count: usize) -> Result<(), OutOfMemory> {
        grow::append(&mut self.elems, count, |_| self.default.try_clone())
    }
}

/// `&map[key]`: the value at any key, which is the default beyond the end. O(1), no request.
///
/// There is no `IndexMut`: it would have to grow the map and could not report a failure.
impl<K: EntityRef, V, D> Index<K> for SecondaryMap<K, V, D> {
    type Output = V;

    #[inline]
    fn index(&self, key: K) -> &V {
        self.elems.get(key.index()).unwrap_or(&self.default)
    }
}

/// [`SecondaryMap::new`].
impl<K: EntityRef, V: TryClone + Default> Default for SecondaryMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

/// The values of the keys `0..len`, gaps included; the default is dropped. O(1), no request: the
/// `Vec` takes over the memory of the map.
impl<K: EntityRef, V: TryClone, D> From<SecondaryMap<K, V, D>> for Vec<V> {
    fn from(map: SecondaryMap<K, V, D>) -> Self {
        map.elems
    }
}

/// A map of these values at the keys `0..len`, that reads as `V::default()` beyond. O(1); no
/// request but what that makes: the map takes over the memory of the `Vec`.
impl<K: EntityRef, V: TryClone + Default> From<Vec<V>> for SecondaryMap<K, V> {
    fn from(elems: Vec<V>) -> Self {
        Self { elems, ..Self::new() }
    }
}
