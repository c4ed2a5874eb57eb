//! [`Slab`] and its iterators. Here: the slab, its construction, and access by key.
//!
//! Relies on `grow` for every step that can fail. Iterators, vacant entries and whole-slab
//! operations are in files of their own.

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

/// Values under keys that the slab itself hands out: small, stable, and used again once their
/// value is removed.
///
/// Values stand in one array, and a key is a place in it. Removing a value links its place into
/// a list of free ones, of which the next insertion takes the last; so a key names a value from
/// its insertion to its removal, whatever happens to others, and keys stay dense.
///
/// What can make a request returns `Result<_, OutOfMemory>`, and after an `Err` the slab reads as
/// before; only [`capacity`](Self::capacity) may have grown. Removing makes no request, nor does
/// an insertion for which there is room: reserve first, and what follows cannot fail.
///
/// It is the crate `slab`'s for code that survives allocation failure, but that
/// [`remove`](Self::remove) returns an `Option`.
pub struct Slab<V> {
    slots: Vec<Slot<V>>,
    /// The place that the next insertion takes: a free one, or the end.
    next: usize,
    len: usize,
}

enum Slot<V> {
    /// Free, and the place that is taken after it.
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
    /// O(1). One request, none for no capacity; an `Err` leaves nothing behind.
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

    /// Makes room for at least `additional` values more, free places counted: so many insertions
    /// then make no request. At least doubles the capacity if it grows.
    ///
    /// O(1), or O(len) if the values move. One request, none if there is room; an `Err` leaves the
    /// slab as it was.
    pub fn reserve(&mut self, additional: usize) -> Result<(), OutOfMemory> {
        grow::reserve(&mut self.slots, self.len.saturating_add(additional))
    }

    /// [`reserve`](Self::reserve) that makes room for no more than asked for. The same requests.
    pub fn reserve_exact(&mut self, additional: usize) -> Result<(), OutOfMemory> {
        grow::reserve_exact(&mut self.slots, self.len.saturating_add(additional))
    }

    /// Gives back the room that is beyond the last value, free places among it. Of the places that
    /// stay free the next insertion takes the first.
    ///
    /// O(places). One request, none if nothing is left to hold or there is nothing to give back;
    /// an `Err` leaves the slab as it was, with the memory that it had.
    pub fn shrink_to_fit(&mut self) -> Result<(), OutOfMemory> {
        let is_value = |slot: &Slot<V>| matches!(slot, Slot::Occupied(_));
        let places = self.slots.iter().rposition(is_value).map_or(0, |last| last + 1);
        if places == self.slots.capacity() {
            return Ok(());
        }
        // A block of its own: were this one shrunk, the free places beyond would have to be
        // unlinked before.
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

    /// The keys that the next insertions will return, one after the other; there is no end to
    /// them. O(1) each, no request.
    pub fn vacant_keys(&self) -> impl Iterator<Item = usize> {
        successors(Some(self.next), move |&key| match self.slots.get(key) {
            Some(Slot::Vacant(after)) => Some(*after),
            _ => key.checked_add(1),
        })
    }

    /// Adds a value and returns its key.
    ///
    /// Amortised O(1). No request if there is room, else one. An `Err` leaves the slab as it was;
    /// `value` is dropped. [`insert_or_return`](Self::insert_or_return) gives it back.
    #[inline]
    pub fn insert(&mut self, value: V) -> Result<usize, OutOfMemory> {
        self.insert_or_return(value).map_err(|(oom, _)| oom)
    }

    /// [`insert`](Self::insert) that gives the value back with an `Err`. The same requests, and
    /// the slab is left the same.
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
                unreachable!("the next place is a free one");
            };
            self.next = after;
            self.slots[key] = Slot::Occupied(value);
        }
        self.len += 1;
        Ok(key)
    }

    /// Removes a value; its key is free for another. Never shrinks the slab. O(1), no request.
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

    /// [`get`](Self::get), to change the value. O(1), no request.
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

    /// Drops all values; keeps the capacity. The keys start from 0 again. O(places), no request.
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

/// `&mut slab[key]`, likewise.
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
