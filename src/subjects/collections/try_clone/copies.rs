//! How a collection copies many values: [`Copies`].
//!
//! Relies on `Copy` for the claim that bytes are enough: nobody can make it for another type.

use std::marker::PhantomData;

/// Whether values are copied one by one, or all at once by their bytes.
///
/// A loop over `try_clone` is a `memcpy` only where the optimiser sees that it is one. This says so.
#[derive(Clone, Copy, Debug)]
pub struct Copies<T> {
    manner: Manner,
    of: PhantomData<fn(T)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    OneByOne,
    AtOnce,
}

impl<T> Copies<T> {
    /// By a call of `try_clone` for each. O(1), no request.
    #[must_use]
    pub const fn one_by_one() -> Self {
        Self { manner: Manner::OneByOne, of: PhantomData }
    }

    /// By their bytes, without a call of `try_clone`. O(1), no request.
    #[must_use]
    pub const fn at_once() -> Self
    where
        T: Copy,
    {
        Self { manner: Manner::AtOnce, of: PhantomData }
    }

    #[inline]
    pub(in crate::subjects::collections) fn are_at_once(self) -> bool {
        self.manner == Manner::AtOnce
    }
}
