//! Operations of [`Slab`] on many values at once: `retain`, copying, collecting, comparing,
//! formatting.
//!
//! Relies on the order in which the slab hands out keys: free places first, the last freed one
//! before the others.

use super::{Slab, Slot};
use crate::collections::{OutOfMemory, TryClone, TryExtend, TryFromIterator, grow};
use std::fmt;

impl<V> Slab<V> {
    /// Removes the values for which `keep` returns false. O(places), no request.
    ///
    /// If `keep` or a destructor panics, the values already visited stay removed, and the values
    /// after it stay in the slab.
    pub fn retain(&mut self, mut keep: impl FnMut(usize, &mut V) -> bool) {
        for key in 0..self.slots.len() {
            if let Slot::Occupied(value) = &mut self.slots[key]
                && !keep(key, value)
            {
                drop(self.remove(key));
            }
        }
    }

    /// Checks that the list of free places holds each free place once, and that all other places
    /// are counted.
    ///
    /// # Errors
    /// Returns a description of what is wrong.
    #[doc(hidden)]
    pub fn check(&self) -> Result<(), &'static str> {
        let (places, mut free, mut next) = (self.slots.len(), 0, self.next);
        while let Some(Slot::Vacant(after)) = self.slots.get(next) {
            (free, next) = (free + 1, *after);
            if free > places {
                return Err("the list of free places is a circle");
            }
        }
        if next != places {
            return Err("the list of free places ends at a value, or beyond the end");
        }
        if self.len + free != places {
            return Err("a place is neither counted nor free");
        }
        if places > self.capacity() { Err("longer than its capacity") } else { Ok(()) }
    }
}

impl<V: TryClone> Slab<V> {
    /// Copies the slab. The copy has the same values under the same keys and will hand out the same
    /// keys next.
    ///
    /// O(places). Makes one request for the places, plus those of the clones; an `Err` leaves
    /// nothing behind. (The [`TryClone`] of the slab does the same. This method needs no import.)
    pub fn try_clone(&self) -> Result<Self, OutOfMemory> {
        let mut slots = Vec::new();
        grow::reserve_exact(&mut slots, self.slots.len())?;
        grow::append(&mut slots, self.slots.len(), |key| self.slots[key].try_clone())?;
        Ok(Self { slots, ..*self })
    }
}

impl<V: TryClone> TryClone for Slot<V> {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        match self {
            Self::Occupied(value) => value.try_clone().map(Self::Occupied),
            Self::Vacant(after) => Ok(Self::Vacant(*after)),
        }
    }
}

impl<V: TryClone> TryClone for Slab<V> {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        self.try_clone()
    }
}

/// Inserts the values in their order, as [`Slab::insert`] would.
///
/// O(values + growth). The values are collected in a separate list first, so an `Err` or a panic of
/// the iterator leaves the slab as it was.
impl<V> TryExtend<V> for Slab<V> {
    fn try_extend<I: IntoIterator<Item = V>>(&mut self, values: I) -> Result<(), OutOfMemory> {
        let mut staged = Vec::new();
        grow::extend(&mut staged, values)?;
        self.reserve(staged.len())?;
        // Cannot fail: room for all of them was just reserved.
        staged.into_iter().try_for_each(|value| self.insert(value).map(drop))
    }
}

/// Stores the values under the keys from 0 on. Makes a request each time the slab grows.
impl<V> TryFromIterator<V> for Slab<V> {
    fn try_from_iter<I: IntoIterator<Item = V>>(values: I) -> Result<Self, OutOfMemory> {
        let mut slab = Self::new();
        values.into_iter().try_for_each(|value| slab.insert(value).map(drop))?;
        Ok(slab)
    }
}

/// Two slabs are equal if they have equal values under the same keys. The free places do not
/// matter. O(places), no request.
impl<V: PartialEq> PartialEq for Slab<V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl<V: Eq> Eq for Slab<V> {}

impl<V: fmt::Debug> fmt::Debug for Slab<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}
