//! Conversions of [`TryVec`]: to and from slices, `Vec`, boxes and arrays.
//!
//! Only copies of a slice make requests here.

use super::TryVec;
use crate::collections::{OutOfMemory, TryBox, TryClone, TryToOwned};
use std::borrow::{Borrow, BorrowMut};
use std::ops::{Deref, DerefMut, Index, IndexMut};
use std::slice::SliceIndex;

impl<T> Deref for TryVec<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        &self.vec
    }
}

impl<T> DerefMut for TryVec<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.vec
    }
}

impl<T, I: SliceIndex<[T]>> Index<I> for TryVec<T> {
    type Output = I::Output;

    #[inline]
    fn index(&self, index: I) -> &I::Output {
        &self.vec[index]
    }
}

impl<T, I: SliceIndex<[T]>> IndexMut<I> for TryVec<T> {
    #[inline]
    fn index_mut(&mut self, index: I) -> &mut I::Output {
        &mut self.vec[index]
    }
}

/// [`TryVec::new`].
impl<T> Default for TryVec<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Takes over the memory; makes no request.
impl<T> From<Vec<T>> for TryVec<T> {
    #[inline]
    fn from(vec: Vec<T>) -> Self {
        Self { vec }
    }
}

/// Takes over the memory; makes no request.
impl<T> From<TryVec<T>> for Vec<T> {
    #[inline]
    fn from(values: TryVec<T>) -> Self {
        values.vec
    }
}

/// Takes over the memory; makes no request.
impl<T> From<TryBox<[T]>> for TryVec<T> {
    #[inline]
    fn from(values: TryBox<[T]>) -> Self {
        Self { vec: values.into_box().into_vec() }
    }
}

/// Takes over the memory; makes no request.
impl<T> From<Box<[T]>> for TryVec<T> {
    #[inline]
    fn from(values: Box<[T]>) -> Self {
        Self { vec: values.into_vec() }
    }
}

/// Copies, as [`TryToOwned`] does. O(len). Makes one request, or none for an empty slice, plus
/// those of the copies; an `Err` leaves nothing behind.
impl<T: TryClone> TryFrom<&[T]> for TryVec<T> {
    type Error = OutOfMemory;

    fn try_from(values: &[T]) -> Result<Self, OutOfMemory> {
        values.try_to_owned()
    }
}

/// Moves the elements into an array if their number is `N`. O(len), no request; an `Err` returns
/// the vector.
impl<T, const N: usize> TryFrom<TryVec<T>> for [T; N] {
    type Error = TryVec<T>;

    fn try_from(values: TryVec<T>) -> Result<Self, TryVec<T>> {
        <[T; N]>::try_from(values.vec).map_err(TryVec::from)
    }
}

impl<T> AsRef<[T]> for TryVec<T> {
    #[inline]
    fn as_ref(&self) -> &[T] {
        self
    }
}

impl<T> AsMut<[T]> for TryVec<T> {
    #[inline]
    fn as_mut(&mut self) -> &mut [T] {
        self
    }
}

impl<T> Borrow<[T]> for TryVec<T> {
    #[inline]
    fn borrow(&self) -> &[T] {
        self
    }
}

impl<T> BorrowMut<[T]> for TryVec<T> {
    #[inline]
    fn borrow_mut(&mut self) -> &mut [T] {
        self
    }
}
