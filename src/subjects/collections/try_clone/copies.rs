//! [`Copies`]: how a collection copies many values.
//!
//! Only `Copy` types can be copied by their bytes; the bound on [`Copies::at_once`] enforces it.

use std::marker::PhantomData;

/// Says whether a collection copies values one by one, or all at once by their bytes.
///
/// The optimiser does not always turn a loop over `try_clone` into a `memcpy`. This type makes the
/// `memcpy` explicit.
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
    /// Calls `try_clone` for each value. O(1), no request.
    #[must_use]
    pub const fn one_by_one() -> Self {
        Self { manner: Manner::OneByOne, of: PhantomData }
    }

    /// Copies the bytes of all values at once and does not call `try_clone`. O(1), no request.
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
