//! Operations of [`Slab`] on all or many of its values at once, and what two slabs are to each
//! other and to a reader.
//!
//! Relies on keys being handed out in one order: free ones first, the last freed before all.

use super::{Slab, Slot};
use crate::collections::{OutOfMemory, TryClone, TryExtend, TryFromIterator, grow};
use std::fmt;

impl<V> Slab<V> {
    /// Removes the values that `keep` says no to. O(places), no request.
    ///
    /// Should `keep` or a value's destructor panic, those before it are removed, and those after
    /// it stay.
    pub fn retain(&mut self, mut keep: impl FnMut(usize, &mut V) -> bool) {
        for key in 0..self.slots.len() {
            if let Slot::Occupied(value) = &mut self.slots[key]
                && !keep(key, value)
            {
                drop(self.remove(key));
            }
        }
    }

    /// Whether the free places are all linked, each once, and the others all counted.
    ///
    /// # Errors
    /// With what is wrong.
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
    /// A copy of the slab: the same values under the same keys, and the same keys next.
    ///
    /// O(places). One request for the places, and those of the clones; an `Err` leaves nothing
    /// behind. (Also the slab's [`TryClone`]; inherent so that it needs no import.)
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
/// O(values + growth). The values are first collected in a list of their own, so that an `Err`,
/// or a panic of the iterator, leaves the slab as it was.
impl<V> TryExtend<V> for Slab<V> {
    fn try_extend<I: IntoIterator<Item = V>>(&mut self, values: I) -> Result<(), OutOfMemory> {
        let mut staged = Vec::new();
        grow::extend(&mut staged, values)?;
        self.reserve(staged.len())?;
        // There is room for all of them.
        staged.into_iter().try_for_each(|value| self.insert(value).map(drop))
    }
}

/// The values under the keys from 0 on. Requests as the slab grows.
impl<V> TryFromIterator<V> for Slab<V> {
    fn try_from_iter<I: IntoIterator<Item = V>>(values: I) -> Result<Self, OutOfMemory> {
        let mut slab = Self::new();
        values.into_iter().try_for_each(|value| slab.insert(value).map(drop))?;
        Ok(slab)
    }
}

/// Equal values under the same keys; which keys come next does not matter. O(places), no request.
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
