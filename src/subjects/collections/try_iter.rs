//! Fallible collecting from iterators: [`TryExtend`], [`TryFromIterator`] and [`TryCollect`], after
//! std's `Extend`, `FromIterator` and `Iterator::collect`.
//!
//! This file has the traits and their implementations for types that hold other collections. Each
//! collection has its own implementations beside it.
//!
//! A pair of collections implements [`TryFromIterator`] but not [`TryExtend`]: if the second half
//! fails, the first may have grown, and [`TryExtend`] cannot undo that.

use super::OutOfMemory;
use std::iter;

/// `Extend` for collections whose growth may fail.
///
/// An implementation does not trust the `size_hint` of the items: from a hint alone it requests at
/// most a small constant size.
pub trait TryExtend<A> {
    /// Adds these items, in their order.
    ///
    /// # Errors
    /// Fails if a request fails. After an `Err`, or a panic of `items`, the collection reads as
    /// before; only its capacity may have grown. The items taken so far are dropped.
    fn try_extend<I: IntoIterator<Item = A>>(&mut self, items: I) -> Result<(), OutOfMemory>;
}

/// `FromIterator` for collections whose growth may fail.
pub trait TryFromIterator<A>: Sized {
    /// A collection of these items.
    ///
    /// # Errors
    /// Fails if a request fails. An `Err` leaves nothing behind; the items taken so far are
    /// dropped.
    fn try_from_iter<I: IntoIterator<Item = A>>(items: I) -> Result<Self, OutOfMemory>;
}

/// `Iterator::collect` for collections whose growth may fail.
///
/// The method is not called `try_collect` because std reserves that name for an unstable method of
/// `Iterator`.
///
/// ```
/// use oom_sweep::collections::{OutOfMemory, TryCollect, TryVec};
///
/// let squares: TryVec<u64> = (1..4).map(|n| n * n).collect_fallible()?;
/// assert_eq!(squares[..], [1, 4, 9]);
/// # Ok::<(), OutOfMemory>(())
/// ```
pub trait TryCollect: Iterator + Sized {
    /// Collects the items of this iterator, as [`TryFromIterator::try_from_iter`] does.
    ///
    /// # Errors
    /// Those of [`TryFromIterator::try_from_iter`].
    fn collect_fallible<C: TryFromIterator<Self::Item>>(self) -> Result<C, OutOfMemory> {
        C::try_from_iter(self)
    }
}

impl<I: Iterator> TryCollect for I {}

/// Collects the values inside the items, or returns `None` if an item is `None`.
///
/// Stops at the first `None`. Makes the requests of the collection.
impl<A, C: TryFromIterator<A>> TryFromIterator<Option<A>> for Option<C> {
    fn try_from_iter<I: IntoIterator<Item = Option<A>>>(items: I) -> Result<Self, OutOfMemory> {
        let items = items.into_iter().map(|item| item.ok_or(()));
        Result::try_from_iter(items).map(Result::ok)
    }
}

/// Collects the values inside the items, or returns the first error.
///
/// Stops at the first error. Makes the requests of the collection.
impl<A, E, C: TryFromIterator<A>> TryFromIterator<Result<A, E>> for Result<C, E> {
    fn try_from_iter<I: IntoIterator<Item = Result<A, E>>>(items: I) -> Result<Self, OutOfMemory> {
        let mut items = items.into_iter();
        let mut error = None;
        let good = iter::from_fn(|| match items.next()? {
            Ok(item) => Some(item),
            Err(first) => {
                error = Some(first);
                None
            }
        });
        let collection = C::try_from_iter(good.fuse())?;
        Ok(error.map_or(Ok(collection), Err))
    }
}

/// Collects the first halves and the second halves of the items, like `Iterator::unzip`.
///
/// Makes the requests of both collections for each item.
impl<X, Y, A, B> TryFromIterator<(X, Y)> for (A, B)
where
    A: Default + TryExtend<X>,
    B: Default + TryExtend<Y>,
{
    fn try_from_iter<I: IntoIterator<Item = (X, Y)>>(items: I) -> Result<Self, OutOfMemory> {
        let (mut first, mut second) = Self::default();
        for (x, y) in items {
            first.try_extend([x])?;
            second.try_extend([y])?;
        }
        Ok((first, second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collections::TryVec;

    #[test]
    fn the_first_none_or_error_ends_it() {
        let mut taken = 0;
        let items = [Ok(1), Err("two"), Ok(3), Err("four")].into_iter().inspect(|_| taken += 1);
        let result: Result<TryVec<u8>, &str> = items.collect_fallible().unwrap();
        assert_eq!((result, taken), (Err("two"), 2));

        let mut items = [Some(1), None, Some(3)].into_iter();
        assert_eq!(items.by_ref().collect_fallible::<Option<Vec<_>>>(), Ok(None));
        assert_eq!(items.collect_fallible::<Option<Vec<_>>>(), Ok(Some(vec![3])));
        let letters = ["a", "b"].map(Ok::<_, ()>).into_iter();
        assert_eq!(letters.collect_fallible::<Result<String, ()>>(), Ok(Ok("ab".into())));
    }

    #[test]
    fn pairs_are_unzipped() {
        let pairs = [(1, 'a'), (2, 'b'), (3, 'c')];
        let (numbers, text): (TryVec<_>, String) = pairs.into_iter().collect_fallible().unwrap();
        assert_eq!((numbers, &*text), ([1, 2, 3].as_slice().to_vec().into(), "abc"));
    }
}
