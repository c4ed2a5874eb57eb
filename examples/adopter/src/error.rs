//! What an operation can fail with. Making one needs no memory.

use std::collections::TryReserveError;
use std::fmt;

/// Why an operation did not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// There is no memory for it.
    OutOfMemory(TryReserveError),
    /// It is more than the larder's limit.
    TooLarge,
    /// A name has `=` in it, or a name or a text has a line's end.
    Unprintable,
    /// A line is no `name=text`.
    Malformed {
        /// Its number, from 1.
        line: usize,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfMemory(error) => error.fmt(f),
            Self::TooLarge => f.write_str("more than the larder holds"),
            Self::Unprintable => f.write_str("a name or a text that cannot be exported"),
            Self::Malformed { line } => write!(f, "line {line} is no `name=text`"),
        }
    }
}

impl std::error::Error for Error {}

impl From<TryReserveError> for Error {
    fn from(error: TryReserveError) -> Self {
        Self::OutOfMemory(error)
    }
}
