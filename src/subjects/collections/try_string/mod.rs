//! [`TryString`]: a `String` whose growth can fail. This file has the type, its construction, and
//! every method that may make a request.
//!
//! Relies on `grow` and `shrink` for the requests, and on `String` for everything else. Other
//! files: methods that need no memory in `edit`, collecting in `items`, formatting in `format`,
//! conversions in `convert`, comparisons in `compare`.

mod compare;
mod convert;
mod edit;
mod format;
mod items;
#[cfg(test)]
mod tests;

use super::{OutOfMemory, TryBox, TryClone, TryToOwned, TryVec, grow, shrink};
use std::string::FromUtf8Error;

/// `String` for code that survives allocation failure.
///
/// Methods that can make a request return `Result<_, OutOfMemory>`. After an `Err` the string reads
/// as before, and only [`capacity`](Self::capacity) may have grown. The type does not implement
/// `Clone`, `Extend`, `FromIterator`, `Add` or `From<&str>`, which could not report a failure; see
/// [`TryClone`], [`TryExtend`](super::TryExtend), [`TryFromIterator`](super::TryFromIterator) and
/// [`TryToOwned`].
///
/// It is a `String` in memory and costs nothing to turn into one or back. It derefs to a `str`,
/// some of whose methods in std request memory and abort if there is none: `to_string`,
/// `to_owned`, `to_lowercase`, `replace`, `repeat`, and others that return a `String`.
///
/// ```
/// use oom_sweep::collections::{OutOfMemory, TryString, TryToOwned};
///
/// let mut text = "fail".try_to_owned()?;
/// text.push_str("ed at ")?;
/// text.push_fmt(format_args!("{:#x}", 64))?;
/// assert_eq!(text, "failed at 0x40");
/// assert_eq!(oom_sweep::try_format!("{}!", text)?, "failed at 0x40!");
/// # Ok::<(), OutOfMemory>(())
/// ```
#[derive(PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct TryString {
    text: String,
}

impl TryString {
    /// An empty string. O(1), no request.
    #[must_use]
    #[inline]
    pub const fn new() -> Self {
        Self { text: String::new() }
    }

    /// An empty string with room for exactly `capacity` bytes.
    ///
    /// O(1). Makes one request, or none if `capacity` is 0; an `Err` leaves nothing behind.
    pub fn with_capacity(capacity: usize) -> Result<Self, OutOfMemory> {
        let bytes = TryVec::with_capacity(capacity)?;
        // SAFETY: no bytes are UTF-8.
        Ok(unsafe { Self::from_utf8_unchecked(bytes) })
    }

    /// Converts bytes to a string if they are UTF-8. O(len), no request: it takes over the memory.
    pub fn from_utf8(bytes: TryVec<u8>) -> Result<Self, FromUtf8Error> {
        String::from_utf8(bytes.into_vec()).map(Self::from)
    }

    /// Converts bytes to a string without a check. O(1), no request: it takes over the memory.
    ///
    /// # Safety
    ///
    /// The bytes are UTF-8.
    #[must_use]
    #[inline]
    pub unsafe fn from_utf8_unchecked(bytes: TryVec<u8>) -> Self {
        // SAFETY: the caller's promise is the same.
        unsafe { String::from_utf8_unchecked(bytes.into_vec()) }.into()
    }

    /// The number of bytes that the string can hold without another request. O(1), no request.
    #[must_use]
    #[inline]
    pub const fn capacity(&self) -> usize {
        self.text.capacity()
    }

    /// Makes room for at least `additional` more bytes. If the string grows, its capacity at least
    /// doubles.
    ///
    /// O(len) if it grows, else O(1). Makes at most one request; an `Err` changes nothing.
    #[inline]
    pub fn reserve(&mut self, additional: usize) -> Result<(), OutOfMemory> {
        reserve_more(&mut self.text, additional)
    }

    /// Makes room for exactly `additional` more bytes.
    ///
    /// O(len) if it grows, else O(1). Makes at most one request; an `Err` changes nothing.
    pub fn reserve_exact(&mut self, additional: usize) -> Result<(), OutOfMemory> {
        // SAFETY: the existing bytes do not change.
        let bytes = unsafe { self.text.as_mut_vec() };
        let len = grow::total(bytes, additional)?;
        grow::reserve_exact(bytes, len)
    }

    /// Appends a character.
    ///
    /// Amortised O(1). Makes at most one request; an `Err` changes nothing.
    #[inline]
    pub fn push(&mut self, character: char) -> Result<(), OutOfMemory> {
        push(&mut self.text, character)
    }

    /// Appends a text.
    ///
    /// O(text), amortised over growing steps. Makes at most one request; an `Err` changes nothing.
    #[inline]
    pub fn push_str(&mut self, text: &str) -> Result<(), OutOfMemory> {
        push_str(&mut self.text, text)
    }

    /// Inserts a character at the byte `index`.
    ///
    /// O(len - index), amortised over growing steps. Makes at most one request; an `Err` changes
    /// nothing.
    ///
    /// # Panics
    ///
    /// If `index` is neither the start of a character nor the end of the string, as
    /// `String::insert` does. The panic comes before any request.
    pub fn insert(&mut self, index: usize, character: char) -> Result<(), OutOfMemory> {
        self.assert_boundary(index);
        self.reserve(character.len_utf8())?;
        self.text.insert(index, character);
        Ok(())
    }

    /// Inserts a text at the byte `index`.
    ///
    /// O(text + len - index), amortised over growing steps. Makes at most one request; an `Err`
    /// changes nothing.
    ///
    /// # Panics
    ///
    /// Like [`insert`](Self::insert).
    pub fn insert_str(&mut self, index: usize, text: &str) -> Result<(), OutOfMemory> {
        self.assert_boundary(index);
        self.reserve(text.len())?;
        self.text.insert_str(index, text);
        Ok(())
    }

    /// Splits the string at the byte `at` and returns the second part, without spare capacity. The
    /// first part keeps its capacity.
    ///
    /// O(len - at). Makes one request, or none if there is nothing to return; an `Err` changes
    /// nothing.
    ///
    /// # Panics
    ///
    /// If `at` is neither the start of a character nor the end of the string, as
    /// `String::split_off` does. The panic comes before any request.
    pub fn split_off(&mut self, at: usize) -> Result<Self, OutOfMemory> {
        self.assert_boundary(at);
        let tail = self.text[at..].try_to_owned()?;
        self.truncate(at);
        Ok(tail)
    }

    /// Releases the spare capacity.
    ///
    /// O(len). Makes one request, or none if the string is empty or has no spare capacity; an `Err`
    /// leaves it with its old memory block.
    pub fn shrink_to_fit(&mut self) -> Result<(), OutOfMemory> {
        self.shrink_to(0)
    }

    /// Releases the spare capacity beyond `capacity` bytes.
    ///
    /// O(len). Makes one request, or none if the new capacity is 0 or the old one is not greater;
    /// an `Err` leaves the string with its old memory block.
    pub fn shrink_to(&mut self, capacity: usize) -> Result<(), OutOfMemory> {
        // SAFETY: the existing bytes do not change.
        shrink::shrink_to(unsafe { self.text.as_mut_vec() }, capacity)
    }

    /// Converts to a boxed `str`, which has no spare capacity.
    ///
    /// O(len), or O(1) if there is no spare capacity. The requests are those of
    /// [`shrink_to_fit`](Self::shrink_to_fit); an `Err` returns the string as it was.
    pub fn into_boxed_str(mut self) -> Result<TryBox<str>, (OutOfMemory, Self)> {
        match self.shrink_to_fit() {
            // Without spare capacity `into_boxed_str` makes no request.
            Ok(()) => Ok(self.text.into_boxed_str().into()),
            Err(oom) => Err((oom, self)),
        }
    }

    /// A copy of the string with no spare capacity.
    ///
    /// O(len). Makes one request, or none if the string is empty; an `Err` leaves nothing behind.
    /// (The [`TryClone`] of the string does the same. This method needs no import.)
    pub fn try_clone(&self) -> Result<Self, OutOfMemory> {
        self.as_str().try_to_owned()
    }

    /// Panics unless `index` is a valid position for an insertion.
    #[track_caller]
    fn assert_boundary(&self, index: usize) {
        assert!(
            self.is_char_boundary(index),
            "byte {index} is inside a character or beyond the end"
        );
    }
}

impl TryClone for TryString {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        self.try_clone()
    }
}

/// Copies into a string without spare capacity. O(len). Makes one request, or none for an empty
/// string.
impl TryToOwned for str {
    type Owned = TryString;

    fn try_to_owned(&self) -> Result<TryString, OutOfMemory> {
        let mut copy = TryString::with_capacity(self.len())?;
        copy.text.push_str(self);
        Ok(copy)
    }
}

/// [`TryString::reserve`] for a `String`.
#[inline]
fn reserve_more(text: &mut String, more: usize) -> Result<(), OutOfMemory> {
    // SAFETY: the existing bytes do not change.
    grow::reserve_more(unsafe { text.as_mut_vec() }, more)
}

/// [`TryString::push`] for a `String`.
#[inline]
fn push(text: &mut String, character: char) -> Result<(), OutOfMemory> {
    reserve_more(text, character.len_utf8())?;
    text.push(character);
    Ok(())
}

/// [`TryString::push_str`] for a `String`.
#[inline]
fn push_str(text: &mut String, more: &str) -> Result<(), OutOfMemory> {
    reserve_more(text, more.len())?;
    text.push_str(more);
    Ok(())
}
