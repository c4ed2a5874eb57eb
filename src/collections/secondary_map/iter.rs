//! Iteration over a [`SecondaryMap`]: keys with values, keys, values; shared, mutable, by value.
//!
//! All of it covers the keys `0..len`, gaps included, in both directions, and makes no request.
//! Relies on [`EntityRef::new`] for the keys.

use super::SecondaryMap;
use crate::collections::{EntityRef, TryClone};
use std::iter::{Enumerate, FusedIterator};
use std::marker::PhantomData;
use std::ops::Range;
use std::{slice, vec};

impl<K: EntityRef, V: TryClone, D> SecondaryMap<K, V, D> {
    /// The keys `0..len`, each with its value, gaps included. O(1) a step, no request.
    ///
    /// # Panics
    ///
    /// This, and every iteration with keys, panics at once if [`EntityRef::new`] cannot make the
    /// map's last key. Only [`resize`](Self::resize) and `From<Vec<V>>` can make a map so long.
    #[inline]
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter { inner: self.elems.iter().enumerate(), keys: self.keyed() }
    }

    /// [`iter`](Self::iter), to change the values. O(1) a step, no request.
    #[inline]
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        IterMut { keys: self.keyed(), inner: self.elems.iter_mut().enumerate() }
    }

    /// The keys `0..len`. O(1) a step, no request.
    #[inline]
    pub fn keys(&self) -> Keys<K> {
        Keys { inner: 0..self.elems.len(), keys: self.keyed() }
    }

    /// The values of the keys `0..len`, gaps included. O(1) a step, no request.
    #[inline]
    pub fn values(&self) -> slice::Iter<'_, V> {
        self.elems.iter()
    }

    /// [`values`](Self::values), to change them. O(1) a step, no request.
    #[inline]
    pub fn values_mut(&mut self) -> slice::IterMut<'_, V> {
        self.elems.iter_mut()
    }
}

impl<K: EntityRef, V, D> SecondaryMap<K, V, D> {
    /// Panics unless every index has a key. It is enough to make the last one; the compiler then
    /// knows that the others fit, and removes the check that `K::new` makes from loops.
    #[inline]
    fn keyed(&self) -> PhantomData<K> {
        if let Some(last) = self.elems.len().checked_sub(1) {
            K::new(last);
        }
        PhantomData
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
        IntoIter { keys: self.keyed(), inner: self.elems.into_iter().enumerate() }
    }
}

macro_rules! iterator {
    (
        $(#[$doc:meta])*
        $name:ident [$($generics:tt)*] of $inner:ty, $item:ty = $make:expr
    ) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name<$($generics)*> {
            inner: $inner,
            keys: PhantomData<K>,
        }

        impl<$($generics)*> Iterator for $name<$($generics)*>
        where
            K: EntityRef,
        {
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
            fn nth(&mut self, n: usize) -> Option<$item> {
                self.inner.nth(n).map($make)
            }

            #[inline]
            fn last(mut self) -> Option<$item> {
                self.next_back()
            }

            #[inline]
            fn count(self) -> usize {
                self.len()
            }
        }

        impl<$($generics)*> DoubleEndedIterator for $name<$($generics)*>
        where
            K: EntityRef,
        {
            #[inline]
            fn next_back(&mut self) -> Option<$item> {
                self.inner.next_back().map($make)
            }

            #[inline]
            fn nth_back(&mut self, n: usize) -> Option<$item> {
                self.inner.nth_back(n).map($make)
            }
        }

        impl<$($generics)*> ExactSizeIterator for $name<$($generics)*> where K: EntityRef {}

        impl<$($generics)*> FusedIterator for $name<$($generics)*> where K: EntityRef {}
    };
}

iterator! {
    /// The iterator of [`SecondaryMap::iter`].
    Iter ['a, K, V] of Enumerate<slice::Iter<'a, V>>,
    (K, &'a V) = |(index, value)| (K::new(index), value)
}

iterator! {
    /// The iterator of [`SecondaryMap::iter_mut`].
    IterMut ['a, K, V] of Enumerate<slice::IterMut<'a, V>>,
    (K, &'a mut V) = |(index, value)| (K::new(index), value)
}

iterator! {
    /// The iterator of a [`SecondaryMap`] by value.
    IntoIter [K, V] of Enumerate<vec::IntoIter<V>>,
    (K, V) = |(index, value)| (K::new(index), value)
}

iterator! {
    /// The iterator of [`SecondaryMap::keys`].
    Keys [K] of Range<usize>,
    K = K::new
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), keys: PhantomData }
    }
}

impl<K> Clone for Keys<K> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), keys: PhantomData }
    }
}
