//! The borrowing iterators of [`TryBTreeMap`], and the traversal that they share with ranges.
//!
//! All iterate in the order of the keys, in both directions, and make no request. A step is O(1) on
//! average and O(log len) at most. An iterator borrows the map, so the tree does not change.

use super::TryBTreeMap;
use super::place::{Gap, Place};
use std::fmt;
use std::marker::PhantomData;

impl<K, V> TryBTreeMap<K, V> {
    /// The entries, in the order of the keys. O(log len), no request.
    #[inline]
    pub fn iter(&self) -> Iter<'_, K, V> {
        // SAFETY: the iterator borrows the map.
        Iter { inner: unsafe { self.walk() }, lends: PhantomData }
    }

    /// The entries, in the order of the keys, with mutable values. O(log len), no request.
    #[inline]
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        // SAFETY: the iterator borrows the map, alone.
        IterMut { inner: unsafe { self.walk() }, lends: PhantomData }
    }

    /// The keys, in order. O(log len), no request.
    #[inline]
    pub fn keys(&self) -> Keys<'_, K, V> {
        Keys { inner: self.iter() }
    }

    /// The values, in the order of their keys. O(log len), no request.
    #[inline]
    pub fn values(&self) -> Values<'_, K, V> {
        Values { inner: self.iter() }
    }

    /// The values, mutable, in the order of their keys. O(log len), no request.
    #[inline]
    pub fn values_mut(&mut self) -> ValuesMut<'_, K, V> {
        ValuesMut { inner: self.iter_mut() }
    }

    /// Traverses all places. While the traversal exists, nothing may change the map except its
    /// values.
    #[inline]
    pub(super) unsafe fn walk(&self) -> Walk<K, V> {
        let (front, back) = match self.root {
            // SAFETY: the map's nodes are alive.
            Some(root) if self.len > 0 => unsafe {
                (Gap::first(root.node, root.height), Gap::last(root.node, root.height))
            },
            _ => (Gap::NOWHERE, Gap::NOWHERE),
        };
        Walk { span: Span { front, back }, remaining: self.len }
    }
}

/// The places between two gaps of one tree. The tree must not change while this exists.
pub(super) struct Span<K, V> {
    pub(super) front: Gap<K, V>,
    pub(super) back: Gap<K, V>,
}

impl<K, V> Clone for Span<K, V> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<K, V> Span<K, V> {
    /// The next place, without a check whether it is before the back. The gaps must be in a tree.
    #[inline]
    unsafe fn step(&mut self) -> Option<Place<K, V>> {
        // SAFETY: the code that made the span keeps the tree unchanged.
        unsafe {
            let place = self.front.next()?;
            self.front = place.after();
            Some(place)
        }
    }

    /// The next place from the back, without a check whether it is behind the front. The gaps must
    /// be in a tree.
    #[inline]
    unsafe fn step_back(&mut self) -> Option<Place<K, V>> {
        // SAFETY: the code that made the span keeps the tree unchanged.
        unsafe {
            let place = self.back.previous()?;
            self.back = place.before();
            Some(place)
        }
    }
}

impl<K, V> Iterator for Span<K, V> {
    type Item = Place<K, V>;

    #[inline]
    fn next(&mut self) -> Option<Place<K, V>> {
        // SAFETY: gaps that are not equal are in a tree.
        if self.front == self.back { None } else { unsafe { self.step() } }
    }
}

impl<K, V> DoubleEndedIterator for Span<K, V> {
    #[inline]
    fn next_back(&mut self) -> Option<Place<K, V>> {
        // SAFETY: gaps that are not equal are in a tree.
        if self.front == self.back { None } else { unsafe { self.step_back() } }
    }
}

/// A [`Span`] with the number of places left.
pub(super) struct Walk<K, V> {
    span: Span<K, V>,
    remaining: usize,
}

impl<K, V> Clone for Walk<K, V> {
    fn clone(&self) -> Self {
        Self { span: self.span.clone(), ..*self }
    }
}

impl<K, V> Iterator for Walk<K, V> {
    type Item = Place<K, V>;

    #[inline]
    fn next(&mut self) -> Option<Place<K, V>> {
        self.remaining = self.remaining.checked_sub(1)?;
        // SAFETY: there is a place left, so the gaps are in a tree.
        unsafe { self.span.step() }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.remaining, Some(self.remaining))
    }

    #[inline]
    fn count(self) -> usize {
        self.remaining
    }
}

impl<K, V> DoubleEndedIterator for Walk<K, V> {
    #[inline]
    fn next_back(&mut self) -> Option<Place<K, V>> {
        self.remaining = self.remaining.checked_sub(1)?;
        // SAFETY: there is a place left, so the gaps are in a tree.
        unsafe { self.span.step_back() }
    }
}

/// Implements the iterator traits of a type through its field `inner`.
macro_rules! iterate {
    ($name:ident [$($generics:tt)*], $item:ty = $make:expr) => {
        impl<$($generics)*> Iterator for $name<$($generics)*> {
            type Item = $item;

            #[inline]
            fn next(&mut self) -> Option<$item> {
                self.inner.next().map($make)
            }

            #[inline]
            fn size_hint(&self) -> (usize, Option<usize>) {
                self.inner.size_hint()
            }

            #[inline]
            fn last(mut self) -> Option<$item> {
                self.next_back()
            }

            #[inline]
            fn count(self) -> usize {
                self.inner.count()
            }
        }

        impl<$($generics)*> DoubleEndedIterator for $name<$($generics)*> {
            #[inline]
            fn next_back(&mut self) -> Option<$item> {
                self.inner.next_back().map($make)
            }
        }

        impl<$($generics)*> std::iter::FusedIterator for $name<$($generics)*> {}
    };
}
pub(super) use iterate;

/// The iterator of [`TryBTreeMap::iter`].
pub struct Iter<'a, K, V> {
    inner: Walk<K, V>,
    lends: PhantomData<&'a (K, V)>,
}

iterate! {
    Iter ['a, K, V],
    // SAFETY: the map is borrowed as long as the entry.
    (&'a K, &'a V) = |place| unsafe { place.entry() }
}

/// The iterator of [`TryBTreeMap::iter_mut`].
pub struct IterMut<'a, K, V> {
    inner: Walk<K, V>,
    lends: PhantomData<&'a mut (K, V)>,
}

iterate! {
    IterMut ['a, K, V],
    // SAFETY: the map is borrowed, and each place is visited once.
    (&'a K, &'a mut V) = |place| unsafe { place.entry_mut() }
}

/// The iterator of [`TryBTreeMap::keys`].
pub struct Keys<'a, K, V> {
    inner: Iter<'a, K, V>,
}

iterate! { Keys ['a, K, V], &'a K = |(key, _)| key }

/// The iterator of [`TryBTreeMap::values`].
pub struct Values<'a, K, V> {
    inner: Iter<'a, K, V>,
}

iterate! { Values ['a, K, V], &'a V = |(_, value)| value }

/// The iterator of [`TryBTreeMap::values_mut`].
pub struct ValuesMut<'a, K, V> {
    inner: IterMut<'a, K, V>,
}

iterate! { ValuesMut ['a, K, V], &'a mut V = |(_, value)| value }

impl<K, V> ExactSizeIterator for Iter<'_, K, V> {}
impl<K, V> ExactSizeIterator for IterMut<'_, K, V> {}
impl<K, V> ExactSizeIterator for Keys<'_, K, V> {}
impl<K, V> ExactSizeIterator for Values<'_, K, V> {}
impl<K, V> ExactSizeIterator for ValuesMut<'_, K, V> {}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), ..*self }
    }
}

impl<K, V> Clone for Keys<'_, K, V> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<K, V> Clone for Values<'_, K, V> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

/// Shows the entries that remain.
impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Iter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// Shows the entries that remain.
impl<K: fmt::Debug, V> fmt::Debug for Keys<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// Shows the entries that remain.
impl<K, V: fmt::Debug> fmt::Debug for Values<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'a, K, V> IntoIterator for &'a TryBTreeMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, K, V> IntoIterator for &'a mut TryBTreeMap<K, V> {
    type Item = (&'a K, &'a mut V);
    type IntoIter = IterMut<'a, K, V>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}
