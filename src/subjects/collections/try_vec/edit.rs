//! The methods of [`TryVec`] that need no memory and cannot fail.
//!
//! All call the same method of `Vec`. The methods of slices are available through `Deref`.

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

    /// The elements, mutable. O(1), no request.
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

    /// Removes the last element and returns it if `is_wanted` returns true for it. O(1), no
    /// request.
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

    /// Shortens the vector to `len` elements and drops the rest. Keeps the capacity. O(elements
    /// dropped), no request.
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

    /// Drops the elements for which `keep` returns false. The others keep their order. O(len), no
    /// request.
    pub fn retain(&mut self, keep: impl FnMut(&T) -> bool) {
        self.vec.retain(keep);
    }

    /// Like [`retain`](Self::retain), but `keep` may change the elements. O(len), no request.
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

    /// Drops elements for which `same(element, the one before)` returns true. O(len), no request.
    pub fn dedup_by(&mut self, same: impl FnMut(&mut T, &mut T) -> bool) {
        self.vec.dedup_by(same);
    }

    /// The spare capacity as a slice. Write elements into it, then call [`set_len`](Self::set_len).
    /// O(1), no request.
    #[must_use]
    #[inline]
    pub fn spare_capacity_mut(&mut self) -> &mut [MaybeUninit<T>] {
        self.vec.spare_capacity_mut()
    }

    /// Sets the length without initialising or dropping elements. O(1), no request.
    ///
    /// # Safety
    ///
    /// As for `Vec::set_len`: `len` is at most the capacity, and the first `len` elements are
    /// initialised.
    #[inline]
    pub unsafe fn set_len(&mut self, len: usize) {
        // SAFETY: the caller's promise is the same.
        unsafe { self.vec.set_len(len) };
    }

    /// Returns a reference to the elements that may last for the rest of the program. The memory is
    /// never freed. O(1), no request.
    #[inline]
    pub fn leak<'a>(self) -> &'a mut [T] {
        self.vec.leak()
    }

    /// Converts to std's `Vec`. O(1), no request: it takes over the memory.
    #[must_use]
    #[inline]
    pub fn into_vec(self) -> Vec<T> {
        self.vec
    }
}
