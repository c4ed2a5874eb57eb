//! The iterators of [`TryHashMap`]: over entries, keys, or values; shared, mutable, or by value.
//!
//! All iterate in the table's order, which is arbitrary, and make no request.

use super::TryHashMap;
use hashbrown::hash_table;
use std::fmt;
use std::iter::FusedIterator;

impl<K, V, S> TryHashMap<K, V, S> {
    /// The entries, in no particular order. O(capacity) for all, no request.
    #[inline]
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter { inner: self.table.iter() }
    }

    /// Like [`iter`](Self::iter), but mutable. O(capacity) for all, no request.
    #[inline]
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        IterMut { inner: self.table.iter_mut() }
    }

    /// The keys, in the order of [`iter`](Self::iter). O(capacity) for all, no request.
    #[inline]
    pub fn keys(&self) -> Keys<'_, K, V> {
        Keys { inner: self.table.iter() }
    }

    /// The values, in the order of [`iter`](Self::iter). O(capacity) for all, no request.
    #[inline]
    pub fn values(&self) -> Values<'_, K, V> {
        Values { inner: self.table.iter() }
    }

    /// Like [`values`](Self::values), but mutable. O(capacity) for all, no request.
    #[inline]
    pub fn values_mut(&mut self) -> ValuesMut<'_, K, V> {
        ValuesMut { inner: self.table.iter_mut() }
    }

    /// The keys by value, in the order of [`iter`](Self::iter). O(capacity) for all, no request.
    #[inline]
    pub fn into_keys(self) -> IntoKeys<K, V> {
        IntoKeys { inner: self.table.into_iter() }
    }

    /// The values by value, in the order of [`iter`](Self::iter). O(capacity) for all, no request.
    #[inline]
    pub fn into_values(self) -> IntoValues<K, V> {
        IntoValues { inner: self.table.into_iter() }
    }

    /// Empties the map and yields its entries; dropping the iterator drops those that remain. Keeps
    /// the capacity. O(capacity) for all, no request.
    #[inline]
    pub fn drain(&mut self) -> Drain<'_, K, V> {
        Drain { inner: self.table.drain() }
    }
}

macro_rules! iterator {
    (
        $(#[$doc:meta])*
        $name:ident [$($lifetime:lifetime)?] of $inner:ident, $item:ty = $make:expr
    ) => {
        $(#[$doc])*
        pub struct $name<$($lifetime,)? K, V> {
            inner: hash_table::$inner<$($lifetime,)? (K, V)>,
        }

        impl<$($lifetime,)? K, V> Iterator for $name<$($lifetime,)? K, V> {
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
            fn fold<B, F: FnMut(B, $item) -> B>(self, init: B, mut f: F) -> B {
                let make = $make;
                self.inner.fold(init, |folded, entry| f(folded, make(entry)))
            }
        }

        impl<$($lifetime,)? K, V> ExactSizeIterator for $name<$($lifetime,)? K, V> {}

        impl<$($lifetime,)? K, V> FusedIterator for $name<$($lifetime,)? K, V> {}

        impl<$($lifetime,)? K, V> fmt::Debug for $name<$($lifetime,)? K, V> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({} left)", stringify!($name), self.inner.len())
            }
        }
    };
}

iterator! {
    /// The iterator of [`TryHashMap::iter`].
    Iter ['a] of Iter, (&'a K, &'a V) = |(key, value): &'a (K, V)| (key, value)
}

iterator! {
    /// The iterator of [`TryHashMap::iter_mut`].
    IterMut ['a] of IterMut, (&'a K, &'a mut V) = |(key, value): &'a mut (K, V)| (&*key, value)
}

iterator! {
    /// The iterator of a [`TryHashMap`] by value.
    IntoIter [] of IntoIter, (K, V) = |entry| entry
}

iterator! {
    /// The iterator of [`TryHashMap::keys`].
    Keys ['a] of Iter, &'a K = |(key, _): &'a (K, V)| key
}

iterator! {
    /// The iterator of [`TryHashMap::values`].
    Values ['a] of Iter, &'a V = |(_, value): &'a (K, V)| value
}

iterator! {
    /// The iterator of [`TryHashMap::values_mut`].
    ValuesMut ['a] of IterMut, &'a mut V = |(_, value): &'a mut (K, V)| value
}

iterator! {
    /// The iterator of [`TryHashMap::into_keys`].
    IntoKeys [] of IntoIter, K = |(key, _): (K, V)| key
}

iterator! {
    /// The iterator of [`TryHashMap::into_values`].
    IntoValues [] of IntoIter, V = |(_, value): (K, V)| value
}

iterator! {
    /// The iterator of [`TryHashMap::drain`].
    Drain ['a] of Drain, (K, V) = |entry| entry
}

macro_rules! clone {
    ($($name:ident)*) => {$(
        impl<K, V> Clone for $name<'_, K, V> {
            fn clone(&self) -> Self {
                Self { inner: self.inner.clone() }
            }
        }
    )*};
}

clone!(Iter Keys Values);

impl<'a, K, V, S> IntoIterator for &'a TryHashMap<K, V, S> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, K, V, S> IntoIterator for &'a mut TryHashMap<K, V, S> {
    type Item = (&'a K, &'a mut V);
    type IntoIter = IterMut<'a, K, V>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<K, V, S> IntoIterator for TryHashMap<K, V, S> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        IntoIter { inner: self.table.into_iter() }
    }
}
