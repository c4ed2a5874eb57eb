//! Iteration over a [`TryBTreeMap`] by value, which is also how a map is dropped.
//!
//! Nodes are freed as soon as an end has passed them, so there is no recursion, and nothing to
//! remember but the two ends. Makes no request.

use super::iter::iterate;
use super::place::{Gap, Place};
use super::{TryBTreeMap, value_of};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;

/// The iterator of a [`TryBTreeMap`] by value. What it has not given out is dropped with it.
pub struct IntoIter<K, V> {
    /// What is left of the tree is between the ends: the nodes from each of them up to the root,
    /// and those between. None if there is no node left.
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
        // SAFETY: the map's nodes are alive; from here on the iterator owns them.
        let ends = map.root.map(|root| unsafe {
            (Gap::first(root.node, root.height), Gap::last(root.node, root.height))
        });
        IntoIter { ends, remaining: map.len, owns: PhantomData }
    }
}

impl<K, V> IntoIter<K, V> {
    /// The next place, whose entry then is the caller's to take or to drop before the next call.
    #[inline]
    fn take_place(&mut self) -> Option<Place<K, V>> {
        let Some(remaining) = self.remaining.checked_sub(1) else {
            self.free_rest();
            return None;
        };
        self.remaining = remaining;
        let (front, _) = self.ends.as_mut()?;
        let mut place = Place { node: front.leaf, height: 0, index: front.index };
        // SAFETY: there is an entry ahead, so a node that ends here has a parent; all its entries
        // have been taken, and the back is beyond that parent's next entry.
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

    /// [`take_place`](Self::take_place) from the back.
    #[inline]
    fn take_place_back(&mut self) -> Option<Place<K, V>> {
        let Some(remaining) = self.remaining.checked_sub(1) else {
            self.free_rest();
            return None;
        };
        self.remaining = remaining;
        let (_, back) = self.ends.as_mut()?;
        let mut place = Place { node: back.leaf, height: 0, index: back.index };
        // SAFETY: as in `take_place`, the other way round.
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

    /// Frees the last nodes: both ends are the same gap, so they are those from there up.
    fn free_rest(&mut self) {
        let Some((front, _)) = self.ends.take() else { return };
        let (mut next, mut height) = (Some((front.leaf, 0)), 0);
        while let Some((node, _)) = next {
            // SAFETY: no entry is left, and each node is freed once its parent is known.
            unsafe {
                next = node.parent();
                node.free(height);
            }
            height += 1;
        }
    }

    /// Drops what is left, up to a drop that panics.
    fn drop_rest(&mut self) {
        while let Some(place) = self.take_place() {
            // SAFETY: the place was just taken.
            unsafe { place.node.drop_entry(place.index) };
        }
    }
}

impl<K, V> Drop for IntoIter<K, V> {
    fn drop(&mut self) {
        /// Goes on where a drop panicked; else there is nothing left for it.
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
    /// The keys, in order; the values are dropped. O(log len), no request.
    #[must_use]
    pub fn into_keys(self) -> IntoKeys<K, V> {
        IntoKeys { inner: self.into_iter() }
    }

    /// The values, in the order of their keys, which are dropped. O(log len), no request.
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
    // In this order for the reason that `value_of` gives.
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
