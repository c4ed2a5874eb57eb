//! The iterators of [`Slab`]: over keys with values, keys, or values; shared, mutable, or by value.
//!
//! All iterate in the order of the keys, from both ends, and make no request.

use super::{Slab, Slot};
use std::fmt;
use std::iter::{Enumerate, FusedIterator};
use std::{slice, vec};

impl<V> Slab<V> {
    /// The keys with their values, in the order of the keys. O(places) for all, no request.
    #[inline]
    pub fn iter(&self) -> Iter<'_, V> {
        Iter { slots: self.slots.iter().enumerate(), left: self.len }
    }

    /// Like [`iter`](Self::iter), but mutable. O(places) for all, no request.
    #[inline]
    pub fn iter_mut(&mut self) -> IterMut<'_, V> {
        IterMut { slots: self.slots.iter_mut().enumerate(), left: self.len }
    }

    /// The keys that have values, in order. O(places) for all, no request.
    #[inline]
    pub fn keys(&self) -> Keys<'_, V> {
        Keys { slots: self.slots.iter().enumerate(), left: self.len }
    }

    /// The values, in the order of their keys. O(places) for all, no request.
    #[inline]
    pub fn values(&self) -> Values<'_, V> {
        Values { slots: self.slots.iter().enumerate(), left: self.len }
    }

    /// Like [`values`](Self::values), but mutable. O(places) for all, no request.
    #[inline]
    pub fn values_mut(&mut self) -> ValuesMut<'_, V> {
        ValuesMut { slots: self.slots.iter_mut().enumerate(), left: self.len }
    }

    /// Empties the slab and yields its keys and values; dropping the iterator drops those that
    /// remain. Keeps the capacity. O(places) for all, no request.
    #[inline]
    pub fn drain(&mut self) -> Drain<'_, V> {
        let left = self.len;
        (self.next, self.len) = (0, 0);
        Drain { slots: self.slots.drain(..).enumerate(), left }
    }
}

macro_rules! iterator {
    (
        $(#[$doc:meta])*
        $name:ident [$($lifetime:lifetime)?] of $inner:ty, $item:ty = $occupied:pat => $make:expr
    ) => {
        $(#[$doc])*
        pub struct $name<$($lifetime,)? V> {
            slots: Enumerate<$inner>,
            left: usize,
        }

        impl<$($lifetime,)? V> Iterator for $name<$($lifetime,)? V> {
            type Item = $item;

            #[inline]
            fn next(&mut self) -> Option<$item> {
                let found = self.slots.find_map(|slot| match slot {
                    $occupied => Some($make),
                    _ => None,
                })?;
                self.left -= 1;
                Some(found)
            }

            #[inline]
            fn size_hint(&self) -> (usize, Option<usize>) {
                (self.left, Some(self.left))
            }
        }

        impl<$($lifetime,)? V> DoubleEndedIterator for $name<$($lifetime,)? V> {
            #[inline]
            fn next_back(&mut self) -> Option<$item> {
                while let Some(slot) = self.slots.next_back() {
                    if let $occupied = slot {
                        self.left -= 1;
                        return Some($make);
                    }
                }
                None
            }
        }

        impl<$($lifetime,)? V> ExactSizeIterator for $name<$($lifetime,)? V> {}

        impl<$($lifetime,)? V> FusedIterator for $name<$($lifetime,)? V> {}

        impl<$($lifetime,)? V> fmt::Debug for $name<$($lifetime,)? V> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({} left)", stringify!($name), self.left)
            }
        }
    };
}

iterator! {
    /// The iterator of [`Slab::iter`].
    Iter ['a] of slice::Iter<'a, Slot<V>>,
    (usize, &'a V) = (key, Slot::Occupied(value)) => (key, value)
}

iterator! {
    /// The iterator of [`Slab::iter_mut`].
    IterMut ['a] of slice::IterMut<'a, Slot<V>>,
    (usize, &'a mut V) = (key, Slot::Occupied(value)) => (key, value)
}

iterator! {
    /// The iterator of [`Slab::keys`].
    Keys ['a] of slice::Iter<'a, Slot<V>>,
    usize = (key, Slot::Occupied(_)) => key
}

iterator! {
    /// The iterator of [`Slab::values`].
    Values ['a] of slice::Iter<'a, Slot<V>>,
    &'a V = (_, Slot::Occupied(value)) => value
}

iterator! {
    /// The iterator of [`Slab::values_mut`].
    ValuesMut ['a] of slice::IterMut<'a, Slot<V>>,
    &'a mut V = (_, Slot::Occupied(value)) => value
}

iterator! {
    /// The iterator of [`Slab::drain`].
    Drain ['a] of vec::Drain<'a, Slot<V>>,
    (usize, V) = (key, Slot::Occupied(value)) => (key, value)
}

iterator! {
    /// The iterator of a [`Slab`] by value.
    IntoIter [] of vec::IntoIter<Slot<V>>,
    (usize, V) = (key, Slot::Occupied(value)) => (key, value)
}

macro_rules! clone {
    ($($name:ident)*) => {$(
        impl<V> Clone for $name<'_, V> {
            fn clone(&self) -> Self {
                Self { slots: self.slots.clone(), ..*self }
            }
        }
    )*};
}

clone!(Iter Keys Values);

impl<'a, V> IntoIterator for &'a Slab<V> {
    type Item = (usize, &'a V);
    type IntoIter = Iter<'a, V>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, V> IntoIterator for &'a mut Slab<V> {
    type Item = (usize, &'a mut V);
    type IntoIter = IterMut<'a, V>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<V> IntoIterator for Slab<V> {
    type Item = (usize, V);
    type IntoIter = IntoIter<V>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        IntoIter { left: self.len, slots: self.slots.into_iter().enumerate() }
    }
}
