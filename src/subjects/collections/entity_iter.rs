//! The iterators of dense maps: over the keys, which are the indices from 0 on, with or without
//! values.
//!
//! Used by `SecondaryMap` and `PrimaryMap`. Relies on [`EntityRef::new`] for the keys and makes no
//! request.

use super::EntityRef;
use std::iter::{Enumerate, FusedIterator};
use std::marker::PhantomData;
use std::ops::Range;
use std::{slice, vec};

/// Panics unless the indices below `len` all have keys. It makes only the last key. From that the
/// compiler sees that the others fit, and removes the check in `K::new` from loops.
#[inline]
fn keyed<K: EntityRef>(len: usize) -> PhantomData<K> {
    if let Some(last) = len.checked_sub(1) {
        K::new(last);
    }
    PhantomData
}

impl<'a, K: EntityRef, V> Iter<'a, K, V> {
    #[inline]
    pub(super) fn new(values: &'a [V]) -> Self {
        Self { inner: values.iter().enumerate(), keys: keyed(values.len()) }
    }
}

impl<'a, K: EntityRef, V> IterMut<'a, K, V> {
    #[inline]
    pub(super) fn new(values: &'a mut [V]) -> Self {
        Self { keys: keyed(values.len()), inner: values.iter_mut().enumerate() }
    }
}

impl<K: EntityRef, V> IntoIter<K, V> {
    #[inline]
    pub(super) fn new(values: Vec<V>) -> Self {
        Self { keys: keyed(values.len()), inner: values.into_iter().enumerate() }
    }
}

impl<K: EntityRef> Keys<K> {
    #[inline]
    pub(super) fn new(len: usize) -> Self {
        Self { inner: 0..len, keys: keyed(len) }
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
    /// The iterator of `iter` of a dense map.
    Iter ['a, K, V] of Enumerate<slice::Iter<'a, V>>,
    (K, &'a V) = |(index, value)| (K::new(index), value)
}

iterator! {
    /// The iterator of `iter_mut` of a dense map.
    IterMut ['a, K, V] of Enumerate<slice::IterMut<'a, V>>,
    (K, &'a mut V) = |(index, value)| (K::new(index), value)
}

iterator! {
    /// The iterator of a dense map by value.
    IntoIter [K, V] of Enumerate<vec::IntoIter<V>>,
    (K, V) = |(index, value)| (K::new(index), value)
}

iterator! {
    /// The iterator of `keys` of a dense map.
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
