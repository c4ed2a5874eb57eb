//! The iterators of [`SecondaryMap`]: over keys with values, keys, or values; shared, mutable, or
//! by value.
//!
//! All iterate over the keys `0..len`, gaps included, in both directions, and make no request.
//! Relies on `entity_iter` for the keys.

use super::SecondaryMap;
use crate::collections::entity_iter::{IntoIter, Iter, IterMut, Keys};
use crate::collections::{EntityRef, TryClone};
use std::slice;

impl<K: EntityRef, V: TryClone, D> SecondaryMap<K, V, D> {
    /// The keys `0..len`, each with its value, gaps included. O(1) a step, no request.
    ///
    /// # Panics
    ///
    /// Every method that iterates with keys panics at the call if [`EntityRef::new`] cannot make
    /// the last key of the map. Only [`resize`](Self::resize) and `From<Vec<V>>` can make a map
    /// that long.
    #[inline]
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter::new(&self.elems)
    }

    /// Like [`iter`](Self::iter), but mutable. O(1) a step, no request.
    #[inline]
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        IterMut::new(&mut self.elems)
    }

    /// The keys `0..len`. O(1) a step, no request.
    #[inline]
    pub fn keys(&self) -> Keys<K> {
        Keys::new(self.elems.len())
    }

    /// The values of the keys `0..len`, gaps included. O(1) a step, no request.
    #[inline]
    pub fn values(&self) -> slice::Iter<'_, V> {
        self.elems.iter()
    }

    /// Like [`values`](Self::values), but mutable. O(1) a step, no request.
    #[inline]
    pub fn values_mut(&mut self) -> slice::IterMut<'_, V> {
        self.elems.iter_mut()
    }
}

impl<'a, K: EntityRef, V: TryClone, D> IntoIterator for &'a SecondaryMap<K, V, D> {
    type Item = (K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, K: EntityRef, V: TryClone, D> IntoIterator for &'a mut SecondaryMap<K, V, D> {
    type Item = (K, &'a mut V);
    type IntoIter = IterMut<'a, K, V>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<K: EntityRef, V: TryClone, D> IntoIterator for SecondaryMap<K, V, D> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        IntoIter::new(self.elems)
    }
}
