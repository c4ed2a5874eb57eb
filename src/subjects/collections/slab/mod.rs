//! [`Slab`] and its iterators. This file has the slab, its construction, and access by key.
//!
//! Relies on `grow` for every step that can fail. Iterators are in `iter`, vacant entries in
//! `entry`, and operations on the whole slab in `bulk`.

mod bulk;
mod entry;
mod iter;
#[cfg(test)]
mod tests;

pub use entry::VacantEntry;
pub use iter::{Drain, IntoIter, Iter, IterMut, Keys, Values, ValuesMut};

use super::{OutOfMemory, grow};
use std::iter::successors;
use std::mem;
use std::ops::{Index, IndexMut};

/// A collection that stores values and hands out a small, stable key for each.
///
/// The values are in one array, and a key is an index into it. [`remove`](Self::remove) puts the
/// index on a list of free places, and the next insertion takes the place that was freed last. A
/// key stays valid from the insertion of its value until its removal, whatever happens to other
/// values.
///
/// Methods that can make a request return `Result<_, OutOfMemory>`. After an `Err` the slab reads
/// as before; only [`capacity`](Self::capacity) may have grown. Removals make no request, and
/// neither do insertions while there is capacity. So code can call [`reserve`](Self::reserve) first
/// and then insert without failure.
///
/// The interface is that of the crate `slab`, except that [`remove`](Self::remove) returns an
/// `Option` instead of panicking.
///
/// ```
/// use oom_sweep::collections::{OutOfMemory, Slab};
///
/// let mut sessions = Slab::new();
/// let alice = sessions.insert("alice")?;
/// let bob = sessions.insert("bob")?;
/// assert_eq!(sessions.get(alice), Some(&"alice"));
/// assert_eq!(sessions.remove(alice), Some("alice"));
/// assert!(!sessions.contains(alice));
///
/// // The next insertion uses the free key again.
/// assert_eq!(sessions.vacant_key(), alice);
/// assert_eq!(sessions.insert("carol")?, alice);
/// assert_eq!(sessions.iter().collect::<Vec<_>>(), [(alice, &"carol"), (bob, &"bob")]);
///
/// // After `reserve`, ten insertions make no request and cannot fail.
/// sessions.reserve(10)?;
/// assert!(sessions.capacity() >= 12);
/// # Ok::<(), OutOfMemory>(())
/// ```
pub struct Slab<V> {
    slots: Vec<Slot<V>>,
    /// The place that the next insertion takes: a free one, or the end of the array.
    next: usize,
    len: usize,
}

enum Slot<V> {
    /// A free place. The number is the place that is taken after it.
    Vacant(usize),
    Occupied(V),
}

impl<V> Slab<V> {
    /// An empty slab. O(1), no request.
    #[must_use]
    pub const fn new() -> Self {
        Self { slots: Vec::new(), next: 0, len: 0 }
    }

    /// An empty slab with room for exactly `capacity` values.
    ///
    /// O(1). Makes one request, or none for no capacity; an `Err` leaves nothing behind.
    pub fn with_capacity(capacity: usize) -> Result<Self, OutOfMemory> {
        let mut slab = Self::new();
        grow::reserve_exact(&mut slab.slots, capacity)?;
        Ok(slab)
    }

    /// The number of values that the slab can hold without another request; never less than
    /// [`len`](Self::len). O(1), no request.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.slots.capacity()
    }

    /// The bytes that the slab has requested and holds. O(1), no request.
    #[must_use]
    pub fn allocated_bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Slot<V>>()
    }

    /// The number of values. O(1), no request.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no values. O(1), no request.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Makes room for at least `additional` more values. The next `additional` insertions then make
    /// no request. Free places count as room. If the slab grows, its capacity at least doubles.
    ///
    /// O(1), or O(len) if the values move. Makes one request, or none if there is capacity; an
    /// `Err` leaves the slab as it was.
    pub fn reserve(&mut self, additional: usize) -> Result<(), OutOfMemory> {
        grow::reserve(&mut self.slots, self.len.saturating_add(additional))
    }

    /// Like [`reserve`](Self::reserve), but makes room for exactly `additional` more values. Makes
    /// the same requests.
    pub fn reserve_exact(&mut self, additional: usize) -> Result<(), OutOfMemory> {
        grow::reserve_exact(&mut self.slots, self.len.saturating_add(additional))
    }

    /// Releases the capacity beyond the last value, including free places there. Afterwards
    /// insertions take the remaining free places in ascending order.
    ///
    /// O(places). Makes one request, or none if the slab is empty or has no capacity to release; an
    /// `Err` leaves the slab as it was, with its old memory block.
    pub fn shrink_to_fit(&mut self) -> Result<(), OutOfMemory> {
        let is_value = |slot: &Slot<V>| matches!(slot, Slot::Occupied(_));
        let places = self.slots.iter().rposition(is_value).map_or(0, |last| last + 1);
        if places == self.slots.capacity() {
            return Ok(());
        }
        // The values move to a new block. Shrinking the old one would require unlinking the free
        // places beyond the last value first, and then the shrinking could fail.
        let mut slots = Vec::new();
        grow::reserve_exact(&mut slots, places)?;
        self.slots.truncate(places);
        slots.append(&mut self.slots);
        (self.slots, self.next) = (slots, places);
        for (key, slot) in self.slots.iter_mut().enumerate().rev() {
            if let Slot::Vacant(after) = slot {
                *after = mem::replace(&mut self.next, key);
            }
        }
        Ok(())
    }

    /// The key that the next insertion will return. O(1), no request.
    #[must_use]
    #[inline]
    pub fn vacant_key(&self) -> usize {
        self.next
    }

    /// The keys that the next insertions will return, in order. The iterator is endless. O(1) each,
    /// no request.
    pub fn vacant_keys(&self) -> impl Iterator<Item = usize> {
        successors(Some(self.next), move |&key| match self.slots.get(key) {
            Some(Slot::Vacant(after)) => Some(*after),
            _ => key.checked_add(1),
        })
    }

    /// Adds a value and returns its key.
    ///
    /// Amortised O(1). Makes no request if there is capacity, otherwise one. An `Err` leaves the
    /// slab as it was; `value` is dropped. [`insert_or_return`](Self::insert_or_return) gives it
    /// back.
    #[inline]
    pub fn insert(&mut self, value: V) -> Result<usize, OutOfMemory> {
        self.insert_or_return(value).map_err(|(oom, _)| oom)
    }

    /// Like [`insert`](Self::insert), but an `Err` also returns the value. Makes the same requests;
    /// an `Err` leaves the slab as it was.
    #[inline]
    pub fn insert_or_return(&mut self, value: V) -> Result<usize, (OutOfMemory, V)> {
        let key = self.next;
        if key == self.slots.len() {
            if let Err(oom) = grow::reserve(&mut self.slots, key + 1) {
                return Err((oom, value));
            }
            grow::push(&mut self.slots, Slot::Occupied(value));
            self.next = key + 1;
        } else {
            let Slot::Vacant(after) = self.slots[key] else {
                unreachable!("`next` is a free place or the end");
            };
            self.next = after;
            self.slots[key] = Slot::Occupied(value);
        }
        self.len += 1;
        Ok(key)
    }

    /// Removes the value of a key and returns it, or returns `None` if the key has no value. A
    /// later insertion may use the key again. Never shrinks the slab. O(1), no request.
    #[inline]
    pub fn remove(&mut self, key: usize) -> Option<V> {
        let slot = self.slots.get_mut(key)?;
        match mem::replace(slot, Slot::Vacant(self.next)) {
            Slot::Occupied(value) => {
                self.next = key;
                self.len -= 1;
                Some(value)
            }
            vacant => {
                *slot = vacant;
                None
            }
        }
    }

    /// The value of a key. O(1), no request.
    #[must_use]
    #[inline]
    pub fn get(&self, key: usize) -> Option<&V> {
        match self.slots.get(key) {
            Some(Slot::Occupied(value)) => Some(value),
            _ => None,
        }
    }

    /// Like [`get`](Self::get), but mutable. O(1), no request.
    #[must_use]
    #[inline]
    pub fn get_mut(&mut self, key: usize) -> Option<&mut V> {
        match self.slots.get_mut(key) {
            Some(Slot::Occupied(value)) => Some(value),
            _ => None,
        }
    }

    /// Whether the key has a value. O(1), no request.
    #[must_use]
    #[inline]
    pub fn contains(&self, key: usize) -> bool {
        self.get(key).is_some()
    }

    /// Drops all values and keeps the capacity. Keys start from 0 again. O(places), no request.
    pub fn clear(&mut self) {
        (self.next, self.len) = (0, 0);
        self.slots.clear();
    }
}

/// `&slab[key]`: the value of a key that has one. O(1), no request.
///
/// # Panics
/// If the key has no value.
impl<V> Index<usize> for Slab<V> {
    type Output = V;

    #[inline]
    fn index(&self, key: usize) -> &V {
        self.get(key).unwrap_or_else(|| no_value(key))
    }
}

/// `&mut slab[key]`: the value of a key that has one, mutable. O(1), no request.
///
/// # Panics
/// If the key has no value.
impl<V> IndexMut<usize> for Slab<V> {
    #[inline]
    fn index_mut(&mut self, key: usize) -> &mut V {
        self.get_mut(key).unwrap_or_else(|| no_value(key))
    }
}

#[cold]
#[track_caller]
fn no_value<T>(key: usize) -> T {
    panic!("the slab has no value under the key {key}")
}

/// [`Slab::new`].
impl<V> Default for Slab<V> {
    fn default() -> Self {
        Self::new()
    }
}
