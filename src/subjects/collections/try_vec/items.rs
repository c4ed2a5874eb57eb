//! Extends and collects a [`TryVec`] from an iterator, and iterates over it.
//!
//! Relies on `grow::extend`, which changes nothing on failure and does not trust `size_hint`. Also
//! covers `Vec` and boxed slices, so that `collect_fallible` makes std's types as well.

use super::TryVec;
use crate::collections::{
    OutOfMemory, TryBox, TryClone, TryExtend, TryFromIterator, TryToOwned, grow, shrink,
};
use std::{slice, vec};

/// Amortised O(1) per item; makes a request each time the capacity is used up.
impl<T> TryExtend<T> for Vec<T> {
    fn try_extend<I: IntoIterator<Item = T>>(&mut self, items: I) -> Result<(), OutOfMemory> {
        grow::extend(self, items)
    }
}

/// Copies the items. Amortised O(1) per item; makes a request each time the capacity is used up.
impl<'a, T: Copy + 'a> TryExtend<&'a T> for Vec<T> {
    fn try_extend<I: IntoIterator<Item = &'a T>>(&mut self, items: I) -> Result<(), OutOfMemory> {
        grow::extend(self, items.into_iter().copied())
    }
}

impl<T> TryFromIterator<T> for Vec<T> {
    fn try_from_iter<I: IntoIterator<Item = T>>(items: I) -> Result<Self, OutOfMemory> {
        let mut vec = Self::new();
        vec.try_extend(items)?;
        Ok(vec)
    }
}

/// Amortised O(1) per item; makes a request each time the capacity is used up.
impl<T> TryExtend<T> for TryVec<T> {
    fn try_extend<I: IntoIterator<Item = T>>(&mut self, items: I) -> Result<(), OutOfMemory> {
        self.vec.try_extend(items)
    }
}

/// Copies the items. Amortised O(1) per item; makes a request each time the capacity is used up.
impl<'a, T: Copy + 'a> TryExtend<&'a T> for TryVec<T> {
    fn try_extend<I: IntoIterator<Item = &'a T>>(&mut self, items: I) -> Result<(), OutOfMemory> {
        self.vec.try_extend(items)
    }
}

impl<T> TryFromIterator<T> for TryVec<T> {
    fn try_from_iter<I: IntoIterator<Item = T>>(items: I) -> Result<Self, OutOfMemory> {
        Vec::try_from_iter(items).map(Self::from)
    }
}

/// Makes the requests of collecting into a vector, plus one if that has spare capacity in the end.
impl<T> TryFromIterator<T> for Box<[T]> {
    fn try_from_iter<I: IntoIterator<Item = T>>(items: I) -> Result<Self, OutOfMemory> {
        shrink::into_boxed_slice(Vec::try_from_iter(items)?).map_err(|(oom, _)| oom)
    }
}

/// Makes the requests of collecting into a vector, plus one if that has spare capacity in the end.
impl<T> TryFromIterator<T> for TryBox<[T]> {
    fn try_from_iter<I: IntoIterator<Item = T>>(items: I) -> Result<Self, OutOfMemory> {
        Box::try_from_iter(items).map(Self::from)
    }
}

/// Copies into a vector without spare capacity. O(len). Makes one request, plus those of the
/// copies.
impl<T: TryClone> TryToOwned for [T] {
    type Owned = TryVec<T>;

    fn try_to_owned(&self) -> Result<TryVec<T>, OutOfMemory> {
        grow::copy_of(self).map(TryVec::from)
    }
}

impl<T> IntoIterator for TryVec<T> {
    type Item = T;
    type IntoIter = vec::IntoIter<T>;

    #[inline]
    fn into_iter(self) -> vec::IntoIter<T> {
        self.vec.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a TryVec<T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    #[inline]
    fn into_iter(self) -> slice::Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut TryVec<T> {
    type Item = &'a mut T;
    type IntoIter = slice::IterMut<'a, T>;

    #[inline]
    fn into_iter(self) -> slice::IterMut<'a, T> {
        self.iter_mut()
    }
}
