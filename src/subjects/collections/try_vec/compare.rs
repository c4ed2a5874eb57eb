//! Comparison and formatting of [`TryVec`]: `Eq`, `Ord`, `Hash`, `Debug`.
//!
//! All of it is that of the slice, as `Borrow` requires.

use super::TryVec;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

macro_rules! equal {
    ($([$($generics:tt)*] $one:ty, $other:ty;)*) => {$(
        impl<T: PartialEq<U>, U, $($generics)*> PartialEq<$other> for $one {
            #[inline]
            fn eq(&self, other: &$other) -> bool {
                self[..] == other[..]
            }
        }
    )*};
}

equal! {
    [] TryVec<T>, TryVec<U>;
    [] TryVec<T>, Vec<U>;
    [] TryVec<T>, [U];
    [] TryVec<T>, &[U];
    [] TryVec<T>, &mut [U];
    [const N: usize] TryVec<T>, [U; N];
    [const N: usize] TryVec<T>, &[U; N];
    [] Vec<T>, TryVec<U>;
    [] [T], TryVec<U>;
    [] &[T], TryVec<U>;
    [] &mut [T], TryVec<U>;
    [const N: usize] [T; N], TryVec<U>;
}

impl<T: Eq> Eq for TryVec<T> {}

impl<T: PartialOrd> PartialOrd for TryVec<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.vec.partial_cmp(&other.vec)
    }
}

impl<T: Ord> Ord for TryVec<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.vec.cmp(&other.vec)
    }
}

impl<T: Hash> Hash for TryVec<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.vec.hash(state);
    }
}

impl<T: fmt::Debug> fmt::Debug for TryVec<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.vec.fmt(f)
    }
}
