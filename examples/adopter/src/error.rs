//! The error of all operations. It allocates nothing.

use std::collections::TryReserveError;
use std::fmt;

/// Why an operation failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Memory ran out.
    OutOfMemory(TryReserveError),
    /// The text is larger than the limit.
    TooLarge,
    /// A name contains `=`, or a name or a text contains a newline.
    Unprintable,
    /// A line is not `name=text`.
    Malformed {
        /// The number of the line, counted from 1.
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
