//! Comparison and formatting of [`TryString`]: `PartialEq`, `Hash`, `Debug`, `Display`.
//!
//! All of it is that of `str`, as `Borrow` requires. The derived order of two strings is also that
//! of `str`.

use super::TryString;
use std::fmt;
use std::hash::{Hash, Hasher};

macro_rules! equal {
    ($($one:ty, $other:ty;)*) => {$(
        impl PartialEq<$other> for $one {
            #[inline]
            fn eq(&self, other: &$other) -> bool {
                self[..] == other[..]
            }
        }
    )*};
}

equal! {
    TryString, str;
    TryString, &str;
    TryString, String;
    str, TryString;
    &str, TryString;
    String, TryString;
}

impl Hash for TryString {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl fmt::Debug for TryString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl fmt::Display for TryString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}
