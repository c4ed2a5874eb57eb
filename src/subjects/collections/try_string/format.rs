//! Formatting into a [`TryString`], all or nothing: [`TryString::push_fmt`] and
//! [`TryString::from_fmt`].
//!
//! Relies on `core::fmt` to make no request of its own. A formatted value may make requests in its
//! `Display`.

use super::TryString;
use crate::collections::{OutOfMemory, Undo};
use std::fmt::{self, Write};

impl TryString {
    /// Formats the arguments into a new string, like `format!`. The macro
    /// [`try_format!`](crate::try_format) is shorter to write.
    ///
    /// O(text), amortised. Makes a request each time the capacity is used up; an `Err` leaves
    /// nothing behind.
    ///
    /// # Panics
    ///
    /// Like [`push_fmt`](Self::push_fmt).
    pub fn from_fmt(arguments: fmt::Arguments<'_>) -> Result<Self, OutOfMemory> {
        let mut text = Self::new();
        text.push_fmt(arguments)?;
        Ok(text)
    }

    /// Appends formatted text, all or nothing. An `Err` reports the request that failed. (`write!`
    /// may append a part of the text, and its error has no details.)
    ///
    /// O(text), amortised over growing steps. Makes a request each time the capacity is used up; an
    /// `Err`, or a panic of a formatted value, changes only the capacity.
    ///
    /// # Panics
    ///
    /// If a formatted value returns an error of its own, as `format!` does.
    pub fn push_fmt(&mut self, arguments: fmt::Arguments<'_>) -> Result<(), OutOfMemory> {
        let len = self.len();
        let text = Undo::new(self, |text| text.truncate(len));
        let mut sink = Sink { text, failure: None };
        let outcome = sink.write_fmt(arguments);
        match sink.failure {
            Some(oom) => Err(oom),
            None => {
                outcome.expect("a formatted value fails only if what it writes to does");
                sink.text.commit();
                Ok(())
            }
        }
    }
}

/// Each call appends all of its text or nothing. `fmt::Error` means that a request failed.
impl Write for TryString {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push_str(text).map_err(|_| fmt::Error)
    }

    fn write_char(&mut self, character: char) -> fmt::Result {
        self.push(character).map_err(|_| fmt::Error)
    }
}

/// A writer that records the first failure and fails every later write. Otherwise a value that
/// ignores the error and writes on would leave a gap in the text.
struct Sink<T> {
    text: T,
    failure: Option<OutOfMemory>,
}

impl<'a, F: FnOnce(&'a mut TryString)> Write for Sink<Undo<&'a mut TryString, F>> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.failure.is_none() {
            self.failure = self.text.push_str(text).err();
        }
        if self.failure.is_some() { Err(fmt::Error) } else { Ok(()) }
    }
}

/// Like `format!`, but returns `Result<TryString, OutOfMemory>`. See [`TryString::from_fmt`].
///
/// [`TryString::from_fmt`]: crate::collections::TryString::from_fmt
#[macro_export]
macro_rules! try_format {
    ($($arguments:tt)*) => {
        $crate::collections::TryString::from_fmt(::core::format_args!($($arguments)*))
    };
}
