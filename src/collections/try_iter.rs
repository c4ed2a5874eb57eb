//! Collecting from iterators when that may need memory: [`TryExtend`], [`TryFromIterator`] and
//! [`TryCollect`], after std's `Extend`, `FromIterator` and `Iterator::collect`.
//!
//! Here: the traits, and their implementations for types that hold other collections. Those of
//! the collections are beside each collection.

use super::OutOfMemory;

/// `Extend` for collections whose growth may fail.
///
/// The `size_hint` of the items is a hint: what it claims never becomes a request of more than a
/// small constant, so that a lying one costs nothing.
pub trait TryExtend<A> {
    /// Adds these items, in their order.
    ///
    /// # Errors
    /// When a request fails. The collection then reads as before, and so it does when `items`
    /// panics; only its capacity may have grown. The items taken so far are dropped.
    fn try_extend<I: IntoIterator<Item = A>>(&mut self, items: I) -> Result<(), OutOfMemory>;
}

/// `FromIterator` for collections whose growth may fail.
pub trait TryFromIterator<A>: Sized {
    /// A collection of these items.
    ///
    /// # Errors
    /// When a request fails. Nothing remains of the attempt; the items taken so far are dropped.
    fn try_from_iter<I: IntoIterator<Item = A>>(items: I) -> Result<Self, OutOfMemory>;
}

/// `Iterator::collect` for collections whose growth may fail.
///
/// Its method is not called `try_collect` because std is about to give that name to another.
///
/// ```
/// use oom_sweep::collections::{OutOfMemory, TryCollect, TryVec};
///
/// let squares: TryVec<u64> = (1..4).map(|n| n * n).collect_fallible()?;
/// assert_eq!(squares[..], [1, 4, 9]);
/// # Ok::<(), OutOfMemory>(())
/// ```
pub trait TryCollect: Iterator + Sized {
    /// [`TryFromIterator::try_from_iter`] of this iterator.
    ///
    /// # Errors
    /// As that.
    fn collect_fallible<C: TryFromIterator<Self::Item>>(self) -> Result<C, OutOfMemory> {
        C::try_from_iter(self)
    }
}

impl<I: Iterator> TryCollect for I {}
