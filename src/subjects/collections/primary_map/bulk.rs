//! Operations on a whole [`PrimaryMap`]: iteration, copying, collecting, comparing.
//!
//! Relies on `grow` for the strong guarantee and `entity_iter` for the keys.

use super::{IntoIter, Iter, IterMut, Keys, PrimaryMap};
use crate::collections::{EntityRef, OutOfMemory, TryClone, TryExtend, TryFromIterator, grow};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::slice;

impl<K: EntityRef, V> PrimaryMap<K, V> {
    /// The keys with their values, in order. O(1) a step, no request.
    ///
    /// # Panics
    ///
    /// Every method that iterates with keys panics at the call if [`EntityRef::new`] cannot make
    /// the last key of the map. Only `From<Vec<V>>` can make a map that long.
    #[inline]
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter::new(&self.elems)
    }

    /// Like [`iter`](Self::iter), but mutable. O(1) a step, no request.
    #[inline]
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        IterMut::new(&mut self.elems)
    }

    /// The keys, in order. O(1) a step, no request.
    #[inline]
    pub fn keys(&self) -> Keys<K> {
        Keys::new(self.elems.len())
    }

    /// The values, in the order of their keys. O(1) a step, no request.
    #[inline]
    pub fn values(&self) -> slice::Iter<'_, V> {
        self.elems.iter()
    }

    /// Like [`values`](Self::values), but mutable. O(1) a step, no request.
    #[inline]
    pub fn values_mut(&mut self) -> slice::IterMut<'_, V> {
        self.elems.iter_mut()
    }

    /// A copy of the map, with no spare capacity.
    ///
    /// O(len). Makes one request, or none if the map is empty, plus those of the copies; an `Err`
    /// leaves nothing behind. (The [`TryClone`] of the map does the same. This method needs no
    /// import.)
    pub fn try_clone(&self) -> Result<Self, OutOfMemory>
    where
        V: TryClone,
    {
        grow::copy_of(&self.elems).map(Self::from)
    }

    /// Returns an `Err` if an extension has made the map longer than there are keys.
    fn keys_suffice(&self) -> Result<(), OutOfMemory> {
        match self.elems.len().checked_sub(1).map(K::try_new) {
            Some(None) => Err(OutOfMemory::new(usize::MAX)),
            _ => Ok(()),
        }
    }
}

impl<K: EntityRef, V: TryClone> TryClone for PrimaryMap<K, V> {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        self.try_clone()
    }
}

/// Amortised O(1) per value; makes a request each time the capacity is used up. Also fails if there
/// are not enough keys.
impl<K: EntityRef, V> TryExtend<V> for PrimaryMap<K, V> {
    fn try_extend<I: IntoIterator<Item = V>>(&mut self, values: I) -> Result<(), OutOfMemory> {
        let len = self.elems.len();
        grow::extend(&mut self.elems, values)?;
        self.keys_suffice().inspect_err(|_| self.elems.truncate(len))
    }
}

/// Stores the values under the keys from 0 on.
impl<K: EntityRef, V> TryFromIterator<V> for PrimaryMap<K, V> {
    fn try_from_iter<I: IntoIterator<Item = V>>(values: I) -> Result<Self, OutOfMemory> {
        let mut map = Self::new();
        map.try_extend(values)?;
        Ok(map)
    }
}

impl<'a, K: EntityRef, V> IntoIterator for &'a PrimaryMap<K, V> {
    type Item = (K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, K: EntityRef, V> IntoIterator for &'a mut PrimaryMap<K, V> {
    type Item = (K, &'a mut V);
    type IntoIter = IterMut<'a, K, V>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<K: EntityRef, V> IntoIterator for PrimaryMap<K, V> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        IntoIter::new(self.elems)
    }
}

/// Equal values under the same keys. O(len), no request.
impl<K, V: PartialEq> PartialEq for PrimaryMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.elems == other.elems
    }
}

impl<K, V: Eq> Eq for PrimaryMap<K, V> {}

/// Consistent with `Eq`. O(len), no request.
impl<K, V: Hash> Hash for PrimaryMap<K, V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.elems.hash(state);
    }
}

impl<K: EntityRef + fmt::Debug, V: fmt::Debug> fmt::Debug for PrimaryMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}
