//! [`SecondaryMap`]s whose default needs no memory, and the trait of values with such a default.
//!
//! Relies on the sweep in `tests/secondary_map_no_alloc.rs`, which proves for every type listed
//! here that its default makes no request.

use super::SecondaryMap;
use crate::collections::{EntityRef, TryClone};
use std::cmp::Reverse;
use std::marker::{PhantomData, PhantomPinned};
use std::num::{Saturating, Wrapping};
use std::ops::{Range, RangeFull};
use std::time::Duration;
use std::{mem, rc, sync};

/// Marks a [`SecondaryMap`] whose default may be any value, so that a copy of it may need memory.
#[derive(Clone, Copy, Debug)]
pub enum AnyDefault {}

/// Marks a [`SecondaryMap`] whose default is `V::default()` and needs no memory, so the map has
/// [`take`](SecondaryMap::take).
#[derive(Clone, Copy, Debug)]
pub enum NoAlloc {}

/// A `Default` that never makes a request.
///
/// A type that implements this trait promises that its `default()` makes no request, whatever the
/// state of the program. Prove it as this crate does: in a sweep, call `default()` after a failed
/// request, under [`AfterFault::Forbid`](crate::AfterFault::Forbid). Boxes and reference-counted
/// pointers never qualify, and neither does a type whose default holds one.
///
/// ```
/// use oom_sweep::collections::{NoAlloc, NoAllocDefault, OutOfMemory, SecondaryMap, TryClone};
///
/// #[derive(Default)]
/// struct Uses { lines: Vec<u32> }
///
/// impl NoAllocDefault for Uses {}
///
/// impl TryClone for Uses {
///     fn try_clone(&self) -> Result<Self, OutOfMemory> {
///         Ok(Self { lines: self.lines.try_clone()? })
///     }
/// }
///
/// # #[derive(Clone, Copy, PartialEq, Eq)]
/// # struct Block(u32);
/// # oom_sweep::entity_impl!(Block);
/// let mut uses = SecondaryMap::<Block, Uses, NoAlloc>::no_alloc();
/// uses.insert(Block(1), Uses { lines: vec![3] })?;
/// assert_eq!(uses.take(Block(1)).unwrap().lines, [3]);
/// assert!(uses[Block(1)].lines.is_empty());
/// # Ok::<(), OutOfMemory>(())
/// ```
pub trait NoAllocDefault: Default {}

impl<K: EntityRef, V: TryClone + NoAllocDefault> SecondaryMap<K, V, NoAlloc> {
    /// An empty map that reads as `V::default()` and always will. O(1), no request.
    #[must_use]
    pub fn no_alloc() -> Self {
        Self { elems: Vec::new(), default: V::default(), kind: PhantomData }
    }

    /// Resets `key` to `V::default()` and returns its value, or returns `None` if the key is not
    /// below [`len`](Self::len). Like [`remove`](Self::remove), but cannot fail. Never shrinks the
    /// map. O(1), no request.
    #[inline]
    pub fn take(&mut self, key: K) -> Option<V> {
        self.get_mut(key).map(mem::take)
    }
}

impl<K: EntityRef, V: TryClone + NoAllocDefault + PartialEq> SecondaryMap<K, V> {
    /// Converts the map into one with [`take`](SecondaryMap::take). Use it for a map that was
    /// deserialized, collected, or made from a `Vec`. O(1), no request.
    ///
    /// # Errors
    ///
    /// Gives the map back if its default does not equal `V::default()`.
    pub fn into_no_alloc(self) -> Result<SecondaryMap<K, V, NoAlloc>, Self> {
        if self.default == V::default() {
            // Store `V::default()` itself, which `take` writes: the old default may be equal but
            // not identical, as -0.0 and 0.0.
            Ok(SecondaryMap { elems: self.elems, default: V::default(), kind: PhantomData })
        } else {
            Err(self)
        }
    }
}

macro_rules! no_alloc_default {
    ($([$($generics:tt)*] $type:ty),* $(,)?) => {$(
        impl<$($generics)*> NoAllocDefault for $type {}
    )*};
}

no_alloc_default! {
    [] (), [] bool, [] char, [] f32, [] f64,
    [] i8, [] i16, [] i32, [] i64, [] i128, [] isize,
    [] u8, [] u16, [] u32, [] u64, [] u128, [] usize,
    [] Duration, [] PhantomPinned, [] RangeFull,
    [] String, [] &str,
    [T] Vec<T>, [T] Option<T>, [T] &[T], [T: ?Sized] PhantomData<T>,
    [T] rc::Weak<T>, [T] sync::Weak<T>,
    [T: NoAllocDefault] Range<T>, [T: NoAllocDefault] Reverse<T>,
    [T: NoAllocDefault] Saturating<T>, [T: NoAllocDefault] Wrapping<T>,
}

macro_rules! arrays {
    ($($length:literal)*) => {$(
        impl<T: NoAllocDefault> NoAllocDefault for [T; $length] {}
    )*};
}

arrays! {
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32
}

macro_rules! tuples {
    ($($($name:ident)*;)*) => {$(
        impl<$($name: NoAllocDefault),*> NoAllocDefault for ($($name,)*) {}
    )*};
}

tuples! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
    A B C D E F G H I;
    A B C D E F G H I J;
    A B C D E F G H I J L;
    A B C D E F G H I J L M;
}
