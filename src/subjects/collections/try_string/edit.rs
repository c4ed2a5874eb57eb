//! The methods of [`TryString`] that need no memory and cannot fail.
//!
//! All call the same method of `String`. The methods of `str` are available through `Deref`.

use super::TryString;
use crate::collections::TryVec;
use std::ops::RangeBounds;
use std::string::Drain;

impl TryString {
    /// The text. O(1), no request.
    #[must_use]
    #[inline]
    pub const fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// The text, mutable in place. O(1), no request.
    #[must_use]
    #[inline]
    pub const fn as_mut_str(&mut self) -> &mut str {
        self.text.as_mut_str()
    }

    /// Removes the last character and returns it. O(1), no request.
    pub fn pop(&mut self) -> Option<char> {
        self.text.pop()
    }

    /// Removes the character at the byte `index`, returns it, and moves the rest to the left.
    /// O(len - index), no request.
    ///
    /// # Panics
    ///
    /// If no character begins at `index`.
    #[track_caller]
    pub fn remove(&mut self, index: usize) -> char {
        self.text.remove(index)
    }

    /// Truncates the text to `len` bytes. Keeps the capacity. O(1), no request.
    ///
    /// # Panics
    ///
    /// If `len` is inside a character.
    #[track_caller]
    pub fn truncate(&mut self, len: usize) {
        self.text.truncate(len);
    }

    /// Removes the whole text. Keeps the capacity. O(1), no request.
    pub fn clear(&mut self) {
        self.text.clear();
    }

    /// Removes the text of a range of bytes and returns its characters, as `String::drain` does.
    /// O(len), no request.
    ///
    /// # Panics
    ///
    /// If the range is out of bounds, or begins or ends inside a character.
    #[track_caller]
    pub fn drain(&mut self, range: impl RangeBounds<usize>) -> Drain<'_> {
        self.text.drain(range)
    }

    /// Removes the characters for which `keep` returns false. The others keep their order. O(len),
    /// no request.
    pub fn retain(&mut self, keep: impl FnMut(char) -> bool) {
        self.text.retain(keep);
    }

    /// Converts to std's `String`. O(1), no request: it takes over the memory.
    #[must_use]
    #[inline]
    pub fn into_string(self) -> String {
        self.text
    }

    /// Converts to the bytes of the string. O(1), no request: it takes over the memory.
    #[must_use]
    #[inline]
    pub fn into_bytes(self) -> TryVec<u8> {
        self.text.into_bytes().into()
    }
}
