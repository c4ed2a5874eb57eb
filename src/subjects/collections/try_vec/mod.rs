//! [`TryVec`]: a `Vec` whose growth can fail. This file has the type, its construction, and every
//! method that may make a request.
//!
//! Relies on `grow` and `shrink` for the requests, and on `Vec` for everything else. Other files:
//! methods that need no memory in `edit`, iteration and collecting in `items`, conversions in
//! `convert`, comparisons in `compare`, `io::Write` in `write`.

mod compare;
mod convert;
mod edit;
mod items;
#[cfg(test)]
mod tests;
mod write;

use super::{OutOfMemory, TryBox, TryClone, TryExtend, grow, shrink};
use std::iter;

/// `Vec` for code that survives allocation failure.
///
/// Methods that can make a request return `Result<_, OutOfMemory>`. After an `Err` the vector reads
/// as before, and only [`capacity`](Self::capacity) may have grown. The type does not implement
/// `Clone`, `Extend` or `FromIterator`, which could not report a failure; see [`TryClone`],
/// [`TryExtend`] and [`TryFromIterator`](super::TryFromIterator).
///
/// It has the layout of a `Vec`, and conversions between the two cost nothing. If the copy or the
/// drop of an element panics, the vector stays valid. After a panic in a copy it reads as before.
///
/// It derefs to a slice. Some methods of slices in std request memory and abort on failure: `sort`
/// and the other stable sorts, `to_vec`, `into_vec`, `repeat`, `concat`, `join`. Use the
/// `sort_unstable` family, [`try_clone`](Self::try_clone) and
/// [`extend_from_slice`](Self::extend_from_slice).
///
/// ```
/// use oom_sweep::collections::{OutOfMemory, TryVec};
///
/// let mut primes = TryVec::new();
/// primes.extend_from_slice(&[2, 3, 5])?;
/// primes.push(7)?;
/// assert_eq!(primes, [2, 3, 5, 7]);
/// assert_eq!(primes.iter().sum::<u32>(), 17);
/// # Ok::<(), OutOfMemory>(())
/// ```
#[repr(transparent)]
pub struct TryVec<T> {
    vec: Vec<T>,
}

impl<T> TryVec<T> {
    /// An empty vector. O(1), no request.
    #[must_use]
    #[inline]
    pub const fn new() -> Self {
        Self { vec: Vec::new() }
    }

    /// An empty vector with room for exactly `capacity` elements.
    ///
    /// O(1). Makes one request, or none if `capacity` is 0 or the elements have no bytes; an `Err`
    /// leaves nothing behind.
    #[inline]
    pub fn with_capacity(capacity: usize) -> Result<Self, OutOfMemory> {
        let mut vec = Vec::new();
        grow::reserve_exact(&mut vec, capacity)?;
        Ok(Self { vec })
    }

    /// The number of elements that the vector can hold without another request; `usize::MAX` if
    /// they have no bytes. O(1), no request.
    #[must_use]
    #[inline]
    pub const fn capacity(&self) -> usize {
        self.vec.capacity()
    }

    /// Makes room for at least `additional` more elements. If the vector grows, its capacity at
    /// least doubles.
    ///
    /// O(len) if it grows, else O(1). Makes at most one request; an `Err` changes nothing.
    #[inline]
    pub fn reserve(&mut self, additional: usize) -> Result<(), OutOfMemory> {
        grow::reserve_more(&mut self.vec, additional)
    }

    /// Makes room for exactly `additional` more elements.
    ///
    /// O(len) if it grows, else O(1). Makes at most one request; an `Err` changes nothing.
    pub fn reserve_exact(&mut self, additional: usize) -> Result<(), OutOfMemory> {
        let len = grow::total(&self.vec, additional)?;
        grow::reserve_exact(&mut self.vec, len)
    }

    /// Appends an element.
    ///
    /// Amortised O(1). Makes at most one request. An `Err` changes nothing, and `value` is dropped;
    /// [`push_or_return`](Self::push_or_return) gives it back.
    #[inline]
    pub fn push(&mut self, value: T) -> Result<(), OutOfMemory> {
        self.push_or_return(value).map_err(|(oom, _)| oom)
    }

    /// Like [`push`](Self::push), but an `Err` also returns the element. Makes the same requests.
    #[inline]
    pub fn push_or_return(&mut self, value: T) -> Result<(), (OutOfMemory, T)> {
        grow::push_growing(&mut self.vec, value)
    }

    /// Inserts an element at `index` and moves the elements after it to the right.
    ///
    /// O(len - index), amortised over growing steps. Makes at most one request. An `Err` changes
    /// nothing, and `value` is dropped; [`insert_or_return`](Self::insert_or_return) gives it back.
    ///
    /// # Panics
    ///
    /// If `index` is greater than the length, as `Vec::insert` does. The panic comes before any
    /// request.
    pub fn insert(&mut self, index: usize, value: T) -> Result<(), OutOfMemory> {
        self.insert_or_return(index, value).map_err(|(oom, _)| oom)
    }

    /// Like [`insert`](Self::insert), but an `Err` also returns the element. Makes the same
    /// requests.
    ///
    /// # Panics
    ///
    /// Like [`insert`](Self::insert).
    pub fn insert_or_return(&mut self, index: usize, value: T) -> Result<(), (OutOfMemory, T)> {
        self.assert_within(index);
        match grow::reserve_more(&mut self.vec, 1) {
            Ok(()) => self.vec.insert(index, value),
            Err(oom) => return Err((oom, value)),
        }
        Ok(())
    }

    /// Appends copies of these elements, all or none.
    ///
    /// O(values), amortised over growing steps. Makes at most one request, plus those of the
    /// copies; an `Err` changes only the capacity.
    pub fn extend_from_slice(&mut self, values: &[T]) -> Result<(), OutOfMemory>
    where
        T: TryClone,
    {
        grow::reserve_more(&mut self.vec, values.len())?;
        grow::append_copies(&mut self.vec, values)
    }

    /// Moves all elements of `other` to the end of this vector. `other` keeps its capacity.
    ///
    /// O(other), amortised over growing steps. Makes at most one request; an `Err` changes neither.
    pub fn append(&mut self, other: &mut Self) -> Result<(), OutOfMemory> {
        self.reserve(other.len())?;
        self.vec.append(&mut other.vec);
        Ok(())
    }

    /// Changes the length to `len`: appends copies of `value`, or drops the elements beyond.
    ///
    /// O(difference), amortised over growing steps. Growing makes at most one request for room,
    /// plus those of the copies; the last new element is `value` itself. Shrinking makes no
    /// request. An `Err` changes only the capacity, and `value` is dropped.
    pub fn resize(&mut self, len: usize, value: T) -> Result<(), OutOfMemory>
    where
        T: TryClone,
    {
        match len.checked_sub(self.len()) {
            None | Some(0) => self.truncate(len),
            Some(more) => {
                grow::reserve(&mut self.vec, len)?;
                grow::append(&mut self.vec, more - 1, |_| value.try_clone())?;
                grow::push(&mut self.vec, value);
            }
        }
        Ok(())
    }

    /// Changes the length to `len`: appends what `make` returns, or drops the elements beyond.
    ///
    /// O(difference), amortised over growing steps. Growing makes at most one request; shrinking
    /// makes none. After an `Err` nothing has changed and `make` was not called. If `make` panics,
    /// only the capacity may have changed.
    pub fn resize_with(&mut self, len: usize, make: impl FnMut() -> T) -> Result<(), OutOfMemory> {
        match len.checked_sub(self.len()) {
            None => self.truncate(len),
            Some(more) => {
                grow::reserve(&mut self.vec, len)?;
                self.try_extend(iter::repeat_with(make).take(more))?;
            }
        }
        Ok(())
    }

    /// Splits the vector at `at` and returns the second part, without spare capacity. The first
    /// part keeps its capacity.
    ///
    /// O(len - at). Makes one request, or none if there is nothing to return; an `Err` changes
    /// nothing.
    ///
    /// # Panics
    ///
    /// If `at` is greater than the length, as `Vec::split_off` does. The panic comes before any
    /// request.
    pub fn split_off(&mut self, at: usize) -> Result<Self, OutOfMemory> {
        self.assert_within(at);
        let count = self.len() - at;
        let mut tail = Self::with_capacity(count)?;
        // SAFETY: the values from `at` on are moved. `self` forgets them first. `tail` has room for
        // them in a separate block and owns them after the copy.
        unsafe {
            self.vec.set_len(at);
            self.vec.as_ptr().add(at).copy_to_nonoverlapping(tail.vec.as_mut_ptr(), count);
            tail.vec.set_len(count);
        }
        Ok(tail)
    }

    /// Releases the spare capacity.
    ///
    /// O(len). Makes one request, or none if the vector is empty or has no spare capacity; an `Err`
    /// leaves it with its old memory block.
    pub fn shrink_to_fit(&mut self) -> Result<(), OutOfMemory> {
        shrink::shrink_to(&mut self.vec, 0)
    }

    /// Releases the spare capacity beyond `capacity` elements.
    ///
    /// O(len). Makes one request, or none if the new capacity is 0 or the old one is not greater;
    /// an `Err` leaves the vector with its old memory block.
    pub fn shrink_to(&mut self, capacity: usize) -> Result<(), OutOfMemory> {
        shrink::shrink_to(&mut self.vec, capacity)
    }

    /// Converts to a boxed slice, which has no spare capacity.
    ///
    /// O(len), or O(1) if there is no spare capacity. The requests are those of
    /// [`shrink_to_fit`](Self::shrink_to_fit); an `Err` returns the vector as it was.
    pub fn into_boxed_slice(self) -> Result<TryBox<[T]>, (OutOfMemory, Self)> {
        match shrink::into_boxed_slice(self.vec) {
            Ok(values) => Ok(values.into()),
            Err((oom, vec)) => Err((oom, vec.into())),
        }
    }

    /// A copy of the vector with no spare capacity.
    ///
    /// O(len). Makes one request, or none if the vector is empty, plus those of the copies; an
    /// `Err` leaves nothing behind. (The [`TryClone`] of the vector does the same. This method
    /// needs no import.)
    pub fn try_clone(&self) -> Result<Self, OutOfMemory>
    where
        T: TryClone,
    {
        grow::copy_of(&self.vec).map(Self::from)
    }

    /// Panics unless `index` is a valid position for an insertion.
    #[track_caller]
    fn assert_within(&self, index: usize) {
        let len = self.len();
        assert!(index <= len, "index {index} of a vector of {len} elements");
    }
}

impl<T: TryClone> TryClone for TryVec<T> {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        self.try_clone()
    }
}
