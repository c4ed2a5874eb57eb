//! Operations of [`SecondaryMap`] on all or many of its keys at once.
//!
//! Relies on each single insertion to change nothing when it fails, and extends that guarantee to a
//! series of insertions.

use super::SecondaryMap;
use crate::collections::{EntityRef, OutOfMemory, TryClone, TryExtend, TryFromIterator, grow};
use std::marker::PhantomData;
use std::mem;

impl<K: EntityRef, V: TryClone> SecondaryMap<K, V> {
    /// Collects the items into a map that reads as `V::default()` at all other keys. If several
    /// items have the same key, the last one wins.
    ///
    /// O(items + greatest index). The requests are those of [`insert`](Self::insert), item by item;
    /// `size_hint` of `items` is not called. An `Err` leaves nothing behind.
    pub fn try_from_iter<I>(items: I) -> Result<Self, OutOfMemory>
    where
        I: IntoIterator<Item = (K, V)>,
        V: Default,
    {
        let mut map = Self::new();
        for (key, value) in items {
            map.insert(key, value)?;
        }
        Ok(map)
    }
}

impl<K: EntityRef, V: TryClone, D> SecondaryMap<K, V, D> {
    /// A copy of the map: its values, their number, and its default.
    ///
    /// O(len). Makes one request for the values, plus those of their clones; an `Err` leaves
    /// nothing behind. (The [`TryClone`] of the map does the same. This method needs no import.)
    pub fn try_clone(&self) -> Result<Self, OutOfMemory> {
        Ok(Self {
            elems: self.elems.try_clone()?,
            default: self.default.try_clone()?,
            kind: PhantomData,
        })
    }

    /// Inserts these items. If several items have the same key, the last one wins.
    ///
    /// O(items + growth). Makes the requests of [`insert`](Self::insert) for each item, plus those
    /// for a list of the replaced values, which is freed at the end. `size_hint` of `items` is not
    /// called. An `Err`, or a panic of `items`, leaves the map as it was, except that its capacity
    /// may have grown; the items taken so far are dropped.
    pub fn try_extend<I>(&mut self, items: I) -> Result<(), OutOfMemory>
    where
        I: IntoIterator<Item = (K, V)>,
    {
        let mut extension = Extension::of(self);
        for (key, value) in items {
            extension.insert(key, value)?;
        }
        extension.keep();
        Ok(())
    }
}

impl<K: EntityRef, V: TryClone, D> TryClone for SecondaryMap<K, V, D> {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        self.try_clone()
    }
}

impl<K: EntityRef, V: TryClone, D> TryExtend<(K, V)> for SecondaryMap<K, V, D> {
    fn try_extend<I: IntoIterator<Item = (K, V)>>(&mut self, items: I) -> Result<(), OutOfMemory> {
        self.try_extend(items)
    }
}

impl<K: EntityRef, V: TryClone + Default> TryFromIterator<(K, V)> for SecondaryMap<K, V> {
    fn try_from_iter<I: IntoIterator<Item = (K, V)>>(items: I) -> Result<Self, OutOfMemory> {
        Self::try_from_iter(items)
    }
}

/// A series of insertions that is undone on drop unless it is committed.
struct Extension<'a, K, V, D> {
    map: &'a mut SecondaryMap<K, V, D>,
    /// The length before the series.
    len: usize,
    /// The replaced values below `len`, in the order in which they were replaced.
    replaced: Vec<(usize, V)>,
}

impl<'a, K: EntityRef, V: TryClone, D> Extension<'a, K, V, D> {
    fn of(map: &'a mut SecondaryMap<K, V, D>) -> Self {
        let len = map.len();
        Self { map, len, replaced: Vec::new() }
    }

    fn insert(&mut self, key: K, value: V) -> Result<(), OutOfMemory> {
        let index = key.index();
        match self.map.elems[..self.len].get_mut(index) {
            Some(slot) => {
                // Reserve first: nothing may fail after the value is replaced.
                let replaced = self.replaced.len() + 1;
                grow::reserve(&mut self.replaced, replaced)?;
                grow::push(&mut self.replaced, (index, mem::replace(slot, value)));
            }
            None => drop(self.map.insert(key, value)?),
        }
        Ok(())
    }

    fn keep(mut self) {
        self.len = self.map.len();
        self.replaced.clear();
    }
}

impl<K, V, D> Drop for Extension<'_, K, V, D> {
    fn drop(&mut self) {
        // Backwards, so that the value from before the series is restored last.
        while let Some((index, value)) = self.replaced.pop() {
            self.map.elems[index] = value;
        }
        self.map.elems.truncate(self.len);
    }
}
