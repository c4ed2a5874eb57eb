//! What a [`TryVec`] is taken for and turned into at no cost: a slice, and a `Vec`.
//!
//! Nothing here makes a request.

use super::TryVec;
use crate::collections::TryBox;
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
