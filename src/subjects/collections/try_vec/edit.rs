//! What a [`TryVec`] does without memory: the methods of `Vec` that cannot fail.
//!
//! All of them are `Vec`'s own. Those of slices come by `Deref`.

use super::TryVec;
use std::mem::MaybeUninit;
use std::ops::RangeBounds;
use std::vec;

impl<T> TryVec<T> {
    /// The elements. O(1), no request.
    #[must_use]
    #[inline]
    pub const fn as_slice(&self) -> &[T] {
        self.vec.as_slice()
    }

    /// The elements, to change them. O(1), no request.
    #[must_use]
    #[inline]
    pub const fn as_mut_slice(&mut self) -> &mut [T] {
        self.vec.as_mut_slice()
    }

    /// Removes the last element and returns it. O(1), no request.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        self.vec.pop()
    }

    /// Removes the last element and returns it if `is_wanted` says so. O(1), no request.
    pub fn pop_if(&mut self, is_wanted: impl FnOnce(&mut T) -> bool) -> Option<T> {
        self.vec.pop_if(is_wanted)
    }

    /// Removes the element at `index`, returns it, and moves those after it to the left.
    /// O(len - index), no request.
    ///
    /// # Panics
    ///
    /// If `index` is not less than the length.
    #[track_caller]
    pub fn remove(&mut self, index: usize) -> T {
        self.vec.remove(index)
    }

    /// Removes the element at `index`, returns it, and puts the last one in its place. O(1), no
    /// request.
    ///
    /// # Panics
    ///
    /// If `index` is not less than the length.
    #[track_caller]
    pub fn swap_remove(&mut self, index: usize) -> T {
        self.vec.swap_remove(index)
    }

    /// Drops the elements from `len` on. Keeps the capacity. O(elements dropped), no request.
    pub fn truncate(&mut self, len: usize) {
        self.vec.truncate(len);
    }

    /// Drops all elements. Keeps the capacity. O(len), no request.
    pub fn clear(&mut self) {
        self.vec.clear();
    }

    /// Removes the elements of a range and returns them, as `Vec::drain` does. O(len), no
    /// request.
    ///
    /// # Panics
    ///
    /// If the range is out of bounds.
    #[track_caller]
    pub fn drain(&mut self, range: impl RangeBounds<usize>) -> vec::Drain<'_, T> {
        self.vec.drain(range)
    }

    /// Drops the elements that `keep` rejects; the others keep their order. O(len), no request.
    pub fn retain(&mut self, keep: impl FnMut(&T) -> bool) {
        self.vec.retain(keep);
    }

    /// [`retain`](Self::retain) that may change the elements. O(len), no request.
    pub fn retain_mut(&mut self, keep: impl FnMut(&mut T) -> bool) {
        self.vec.retain_mut(keep);
    }

    /// Drops elements that equal the one before them. O(len), no request.
    pub fn dedup(&mut self)
    where
        T: PartialEq,
    {
        self.vec.dedup();
    }

    /// Drops elements whose key equals that of the one before them. O(len), no request.
    pub fn dedup_by_key<K: PartialEq>(&mut self, key: impl FnMut(&mut T) -> K) {
        self.vec.dedup_by_key(key);
    }

    /// Drops elements of which `same(element, the one before)` holds. O(len), no request.
    pub fn dedup_by(&mut self, same: impl FnMut(&mut T, &mut T) -> bool) {
        self.vec.dedup_by(same);
    }

    /// The room beyond the elements, to be written and then made part of the vector by
    /// [`set_len`](Self::set_len). O(1), no request.
    #[must_use]
    #[inline]
    pub fn spare_capacity_mut(&mut self) -> &mut [MaybeUninit<T>] {
        self.vec.spare_capacity_mut()
    }

    /// Says how many elements there are; drops none. O(1), no request.
    ///
    /// # Safety
    ///
    /// As for `Vec::set_len`: `len` is not beyond the capacity, and so many elements are
    /// initialised.
    #[inline]
    pub unsafe fn set_len(&mut self, len: usize) {
        // SAFETY: the caller's promise is the same.
        unsafe { self.vec.set_len(len) };
    }

    /// The elements for as long as they can live; their memory is not freed. O(1), no request.
    #[inline]
    pub fn leak<'a>(self) -> &'a mut [T] {
        self.vec.leak()
    }

    /// The vector as std's. O(1), no request: it is the same memory.
    #[must_use]
    #[inline]
    pub fn into_vec(self) -> Vec<T> {
        self.vec
    }
}
