//! Conversions of [`TryString`]: to and from `str`, `String` and bytes.
//!
//! Only copies of a `str` make requests here.

use super::TryString;
use crate::collections::{OutOfMemory, TryBox, TryToOwned, TryVec};
use std::borrow::{Borrow, BorrowMut};
use std::ffi::OsStr;
use std::ops::{Deref, DerefMut, Index};
use std::path::Path;
use std::slice::SliceIndex;
use std::str::FromStr;

impl Deref for TryString {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        &self.text
    }
}

impl DerefMut for TryString {
    #[inline]
    fn deref_mut(&mut self) -> &mut str {
        &mut self.text
    }
}

impl<I: SliceIndex<str>> Index<I> for TryString {
    type Output = I::Output;

    #[inline]
    fn index(&self, index: I) -> &I::Output {
        &self.text[index]
    }
}

/// [`TryString::new`].
impl Default for TryString {
    fn default() -> Self {
        Self::new()
    }
}

/// Takes over the memory; makes no request.
impl From<String> for TryString {
    #[inline]
    fn from(text: String) -> Self {
        Self { text }
    }
}

/// Takes over the memory; makes no request.
impl From<TryString> for String {
    #[inline]
    fn from(text: TryString) -> Self {
        text.text
    }
}

/// Takes over the memory; makes no request.
impl From<TryBox<str>> for TryString {
    #[inline]
    fn from(text: TryBox<str>) -> Self {
        Self { text: text.into_box().into_string() }
    }
}

/// Takes over the memory; makes no request.
impl From<Box<str>> for TryString {
    #[inline]
    fn from(text: Box<str>) -> Self {
        Self { text: text.into_string() }
    }
}

/// Copies, as [`TryToOwned`] does. O(len). Makes one request, or none for an empty string; an `Err`
/// leaves nothing behind.
impl TryFrom<&str> for TryString {
    type Error = OutOfMemory;

    fn try_from(text: &str) -> Result<Self, OutOfMemory> {
        text.try_to_owned()
    }
}

/// Copies, as [`TryToOwned`] does. O(len). Makes one request, or none for an empty string; an `Err`
/// leaves nothing behind.
impl FromStr for TryString {
    type Err = OutOfMemory;

    fn from_str(text: &str) -> Result<Self, OutOfMemory> {
        text.try_to_owned()
    }
}

/// Takes over the memory; makes no request.
impl From<TryString> for TryVec<u8> {
    #[inline]
    fn from(text: TryString) -> Self {
        text.into_bytes()
    }
}

macro_rules! as_ref {
    ($($target:ty),*) => {$(
        impl AsRef<$target> for TryString {
            #[inline]
            fn as_ref(&self) -> &$target {
                self.text.as_ref()
            }
        }
    )*};
}

as_ref!(str, [u8], OsStr, Path);

impl AsMut<str> for TryString {
    #[inline]
    fn as_mut(&mut self) -> &mut str {
        self
    }
}

impl Borrow<str> for TryString {
    #[inline]
    fn borrow(&self) -> &str {
        self
    }
}

impl BorrowMut<str> for TryString {
    #[inline]
    fn borrow_mut(&mut self) -> &mut str {
        self
    }
}
