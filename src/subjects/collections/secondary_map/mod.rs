//! [`SecondaryMap`] and its iterators. This file has the map, its construction, and access by key.
//!
//! Relies on `grow` for every step that can fail. Other files: operations on the whole map in
//! `bulk`, iterators in `iter`, `Eq`, `Hash` and `Debug` in `compare`, maps whose default needs no
//! memory in `no_alloc`, serde in `serde`.

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
/// The values are in one array, indexed by key. An insertion beyond the end fills the gap with
/// clones of the default. The map does not record which keys were written: below
/// [`len`](Self::len), a skipped key and a key that was set to the default are the same.
///
/// ```
/// use oom_sweep::collections::{OutOfMemory, SecondaryMap};
///
/// #[derive(Clone, Copy, PartialEq, Eq)]
/// struct Block(u32);
/// oom_sweep::entity_impl!(Block, "block");
///
/// let mut uses = SecondaryMap::<Block, u32>::with_default(1);
/// assert_eq!(uses[Block(3)], 1); // Reads never fail and never grow the map.
/// assert_eq!(uses.insert(Block(2), 5)?, None);
/// assert_eq!(uses.as_values_slice(), [1, 1, 5]);
/// if let Some(count) = uses.get_mut(Block(2)) {
///     *count += 1;
/// }
/// assert_eq!(uses.remove(Block(2))?, Some(6));
/// assert_eq!((uses[Block(2)], uses.len()), (1, 3));
/// assert_eq!(uses.get(Block(9)), None);
/// uses.clear();
/// assert!(uses.is_empty());
/// # Ok::<(), OutOfMemory>(())
/// ```
///
/// It is `cranelift_entity::SecondaryMap` for code that survives allocation failure: methods that
/// can make a request return `Result<_, OutOfMemory>`, and after an `Err` the map reads as before;
/// only [`capacity`](Self::capacity) may have grown. The type does not implement `IndexMut`,
/// `Clone`, `Extend` or `FromIterator`, which could not report a failure. The map clones the
/// default in the same places as `cranelift_entity` does. Such a clone may fail, so even
/// [`remove`](Self::remove) is fallible.
///
/// A map made by [`no_alloc`](SecondaryMap::no_alloc) has `D` = [`NoAlloc`]. Its default is
/// `V::default()`, which needs no memory. Such a map also has an infallible removal,
/// [`take`](SecondaryMap::take). All other maps have `D` = [`AnyDefault`].
///
/// If the clone or the drop of a value panics, the map stays valid. After a panic in a clone the
/// map reads as before.
///
/// # Zero-sized values
///
/// For a zero-sized `V`, the capacity is `usize::MAX`, and growth to any key makes one clone of the
/// default (see [`TryClone`]). If the type has drop glue, the map makes and drops each value: an
/// insertion at the key `u32::MAX` then makes 2^32 clones.
///
/// # Serde
///
/// With the feature `serde`, maps are written and read in the format of `cranelift_entity`: a
/// sequence of `Some(default)` and then one optional value for each index. A value that equals the
/// default is `None`, and defaults at the end are left out. In JSON and other human-readable
/// formats, several values are written as null; serialization fails if a value could not be read
/// back. `deserialize_fallible` and `Seed` tell a failed request from bad input, which
/// `Deserialize` cannot. The module `bare_default` has a variant of the format without `Some`
/// around the default.
pub struct SecondaryMap<K, V, D = AnyDefault> {
    elems: Vec<V>,
    default: V,
    kind: PhantomData<(K, D)>,
}

impl<K: EntityRef, V: TryClone> SecondaryMap<K, V> {
    /// An empty map that reads as `V::default()`. O(1); makes only the requests of `V::default()`.
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
    /// O(1). Makes one request, or none if `capacity` is 0, plus those of `V::default()`; an `Err`
    /// leaves nothing behind.
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

    /// Makes room for the values of at least `additional` more keys. If the map grows, its capacity
    /// at least doubles.
    ///
    /// O(1), or O(len) if the values move. Makes one request, or none if there is capacity; an
    /// `Err` leaves the map as it was.
    pub fn reserve(&mut self, additional: usize) -> Result<(), OutOfMemory> {
        grow::reserve_more(&mut self.elems, additional)
    }

    /// Like [`reserve`](Self::reserve), but makes room for exactly `additional` more keys. The cost
    /// and the request are the same; an `Err` leaves the map as it was.
    pub fn reserve_exact(&mut self, additional: usize) -> Result<(), OutOfMemory> {
        let len = grow::total(&self.elems, additional)?;
        grow::reserve_exact(&mut self.elems, len)
    }

    /// The length of the map: one more than the greatest index that it holds, gaps included. O(1),
    /// no request.
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

    /// Like [`get`](Self::get), but mutable. O(1), no request.
    #[must_use]
    #[inline]
    pub fn get_mut(&mut self, key: K) -> Option<&mut V> {
        self.elems.get_mut(key.index())
    }

    /// The default: the value that unset keys read as. O(1), no request.
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

    /// Sets `key` to `value`. Returns the previous value if the key is below [`len`](Self::len),
    /// and otherwise grows the map to `key.index() + 1` and returns `None`.
    ///
    /// If the key is below `len`: O(1), no request. Otherwise: amortised O(1) for each new index;
    /// makes at most one request for room, then clones the default for each index skipped.
    ///
    /// An `Err` leaves the map as it was, except that its capacity may have grown; `value` is
    /// dropped. [`insert_or_return`](Self::insert_or_return) gives it back.
    #[inline]
    pub fn insert(&mut self, key: K, value: V) -> Result<Option<V>, OutOfMemory> {
        self.insert_or_return(key, value).map_err(|(oom, _)| oom)
    }

    /// Like [`insert`](Self::insert), but an `Err` also returns the value. Makes the same requests;
    /// an `Err` leaves the map as it was.
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

    /// Resets `key` to a clone of the default and returns its value, or returns `None` if the key
    /// is not below [`len`](Self::len). Never shrinks the map: a second `remove` of the same key
    /// returns the default.
    ///
    /// O(1). Makes the requests of one clone of the default if the key is below `len`, otherwise
    /// none. The clone comes first, so an `Err` leaves the map as it was.
    #[inline]
    pub fn remove(&mut self, key: K) -> Result<Option<V>, OutOfMemory> {
        let Some(slot) = self.elems.get_mut(key.index()) else { return Ok(None) };
        let default = self.default.try_clone()?;
        Ok(Some(mem::replace(slot, default)))
    }

    /// Changes the length to `len`: appends clones of the default, or drops the values beyond.
    ///
    /// O(difference), amortised over growing steps. Growing makes at most one request for room,
    /// plus those of the clones. Shrinking makes no request. An `Err` leaves the map as it was,
    /// except that its capacity may have grown.
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

    /// Grows the map to the length `index`, with room for one more value. `index` must not be below
    /// the length. On `Err` only the capacity may have grown.
    #[inline]
    fn extend_to(&mut self, index: usize) -> Result<(), OutOfMemory> {
        let len = index.checked_add(1).ok_or(OutOfMemory::new(usize::MAX))?;
        grow::reserve(&mut self.elems, len)?;
        match index - self.elems.len() {
            0 => Ok(()),
            gap => self.append_defaults(gap),
        }
    }

    /// Appends `count` clones of the default, all or none. The room must already be there.
    fn append_defaults(&mut self, count: usize) -> Result<(), OutOfMemory> {
        grow::append(&mut self.elems, count, |_| self.default.try_clone())
    }
}

/// `&map[key]`: the value of any key. Beyond the end it is the default. O(1), no request.
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

/// A map with these values at the keys `0..len`, which reads as `V::default()` beyond. O(1); takes
/// over the memory of the `Vec` and makes only the requests of `V::default()`.
impl<K: EntityRef, V: TryClone + Default> From<Vec<V>> for SecondaryMap<K, V> {
    fn from(elems: Vec<V>) -> Self {
        Self { elems, ..Self::new() }
    }
}
