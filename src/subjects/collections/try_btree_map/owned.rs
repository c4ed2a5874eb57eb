//! The iterators of [`TryBTreeMap`] by value. Dropping a map uses them too.
//!
//! A node is freed when one end of the iterator has passed it. So there is no recursion, and the
//! two ends are the only state. Makes no request.

use super::iter::iterate;
use super::place::{Gap, Place};
use super::{TryBTreeMap, value_of};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;

/// The iterator of a [`TryBTreeMap`] by value. Dropping it drops the entries that remain.
pub struct IntoIter<K, V> {
    /// The rest of the tree is between the two ends: the nodes from each end up to the root, and
    /// those between them. `None` if no node is left.
    ends: Option<(Gap<K, V>, Gap<K, V>)>,
    remaining: usize,
    owns: PhantomData<Box<(K, V)>>,
}

impl<K, V> IntoIterator for TryBTreeMap<K, V> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    /// The entries in the order of the keys. O(log len), no request.
    fn into_iter(self) -> IntoIter<K, V> {
        let map = ManuallyDrop::new(self);
        // SAFETY: the map's nodes are alive, and from here on the iterator owns them.
        let ends = map.root.map(|root| unsafe {
            (Gap::first(root.node, root.height), Gap::last(root.node, root.height))
        });
        IntoIter { ends, remaining: map.len, owns: PhantomData }
    }
}

impl<K, V> IntoIter<K, V> {
    /// The next place. The caller must take or drop its entry before the next call.
    #[inline]
    fn take_place(&mut self) -> Option<Place<K, V>> {
        let Some(remaining) = self.remaining.checked_sub(1) else {
            self.free_rest();
            return None;
        };
        self.remaining = remaining;
        let (front, _) = self.ends.as_mut()?;
        let mut place = Place { node: front.leaf, height: 0, index: front.index };
        // SAFETY: there is an entry ahead, so a node whose entries were all taken has a parent, and
        // the back is beyond the next entry of that parent.
        unsafe {
            while place.index >= place.node.len() {
                let parent = place.node.parent()?;
                place.node.free(place.height);
                (place.node, place.index) = parent;
                place.height += 1;
            }
            *front = place.after();
        }
        Some(place)
    }

    /// Like [`take_place`](Self::take_place), from the back.
    #[inline]
    fn take_place_back(&mut self) -> Option<Place<K, V>> {
        let Some(remaining) = self.remaining.checked_sub(1) else {
            self.free_rest();
            return None;
        };
        self.remaining = remaining;
        let (_, back) = self.ends.as_mut()?;
        let mut place = Place { node: back.leaf, height: 0, index: back.index };
        // SAFETY: as in `take_place`, in the other direction.
        unsafe {
            while place.index == 0 {
                let parent = place.node.parent()?;
                place.node.free(place.height);
                (place.node, place.index) = parent;
                place.height += 1;
            }
            place.index -= 1;
            *back = place.before();
        }
        Some(place)
    }

    /// Frees the last nodes. Both ends are at the same gap, so these are the nodes from there up to
    /// the root.
    fn free_rest(&mut self) {
        let Some((front, _)) = self.ends.take() else { return };
        let (mut next, mut height) = (Some((front.leaf, 0)), 0);
        while let Some((node, _)) = next {
            // SAFETY: no entry is left, and each node is freed after its parent was read.
            unsafe {
                next = node.parent();
                node.free(height);
            }
            height += 1;
        }
    }

    /// Drops the remaining entries, up to a drop that panics.
    fn drop_rest(&mut self) {
        while let Some(place) = self.take_place() {
            // SAFETY: the place was just taken.
            unsafe { place.node.drop_entry(place.index) };
        }
    }
}

impl<K, V> Drop for IntoIter<K, V> {
    fn drop(&mut self) {
        /// Drops the entries after one whose drop panicked. Without a panic nothing is left to
        /// drop.
        struct Rest<'a, K, V>(&'a mut IntoIter<K, V>);
        impl<K, V> Drop for Rest<'_, K, V> {
            fn drop(&mut self) {
                self.0.drop_rest();
            }
        }
        Rest(self).0.drop_rest();
    }
}

impl<K, V> Iterator for IntoIter<K, V> {
    type Item = (K, V);

    #[inline]
    fn next(&mut self) -> Option<(K, V)> {
        // SAFETY: the place was just taken.
        self.take_place().map(|place| unsafe { place.node.read(place.index) })
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.remaining, Some(self.remaining))
    }
}

impl<K, V> DoubleEndedIterator for IntoIter<K, V> {
    #[inline]
    fn next_back(&mut self) -> Option<(K, V)> {
        // SAFETY: the place was just taken.
        self.take_place_back().map(|place| unsafe { place.node.read(place.index) })
    }
}

impl<K, V> ExactSizeIterator for IntoIter<K, V> {}
impl<K, V> std::iter::FusedIterator for IntoIter<K, V> {}

impl<K, V> TryBTreeMap<K, V> {
    /// The keys by value, in order. Drops the values. O(log len), no request.
    #[must_use]
    pub fn into_keys(self) -> IntoKeys<K, V> {
        IntoKeys { inner: self.into_iter() }
    }

    /// The values by value, in the order of their keys. Drops the keys. O(log len), no request.
    #[must_use]
    pub fn into_values(self) -> IntoValues<K, V> {
        IntoValues { inner: self.into_iter() }
    }
}

/// The iterator of [`TryBTreeMap::into_keys`].
pub struct IntoKeys<K, V> {
    inner: IntoIter<K, V>,
}

iterate! {
    IntoKeys [K, V],
    // The order of the two drops matters; `value_of` explains why.
    K = |(key, value)| {
        drop(value);
        key
    }
}

/// The iterator of [`TryBTreeMap::into_values`].
pub struct IntoValues<K, V> {
    inner: IntoIter<K, V>,
}

iterate! { IntoValues [K, V], V = value_of }

impl<K, V> ExactSizeIterator for IntoKeys<K, V> {}
impl<K, V> ExactSizeIterator for IntoValues<K, V> {}
