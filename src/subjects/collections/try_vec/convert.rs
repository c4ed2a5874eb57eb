//! What a [`TryVec`] is taken for and turned into: a slice, a `Vec`, an array.
//!
//! Nothing here makes a request, but for copies of a slice.

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

/// The same memory.
impl<T> From<Vec<T>> for TryVec<T> {
    #[inline]
    fn from(vec: Vec<T>) -> Self {
        Self { vec }
    }
}

/// The same memory.
impl<T> From<TryVec<T>> for Vec<T> {
    #[inline]
    fn from(values: TryVec<T>) -> Self {
        values.vec
    }
}

/// The same memory.
impl<T> From<TryBox<[T]>> for TryVec<T> {
    #[inline]
    fn from(values: TryBox<[T]>) -> Self {
        Self { vec: values.into_box().into_vec() }
    }
}

/// The same memory.
impl<T> From<Box<[T]>> for TryVec<T> {
    #[inline]
    fn from(values: Box<[T]>) -> Self {
        Self { vec: values.into_vec() }
    }
}

/// Copies, as [`TryToOwned`] does. O(len). One request, none for an empty slice, and what the
/// copies need; an `Err` leaves nothing behind.
impl<T: TryClone> TryFrom<&[T]> for TryVec<T> {
    type Error = OutOfMemory;

    fn try_from(values: &[T]) -> Result<Self, OutOfMemory> {
        values.try_to_owned()
    }
}

/// Moves the elements into an array, if there are as many as it has places. O(len), no request;
/// an `Err` gives the vector back.
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
