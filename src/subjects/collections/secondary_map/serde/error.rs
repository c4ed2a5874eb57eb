//! [`DeError`]: why a map could not be read. It keeps out-of-memory apart from other errors.

use crate::collections::OutOfMemory;
use crate::error::OomError;
use std::error::Error;
use std::fmt;

/// The error of
/// [`SecondaryMap::deserialize_fallible`](super::super::SecondaryMap::deserialize_fallible).
///
/// Formats turn foreign errors into text or drop them. So an error of `Deserialize` cannot say
/// whether a request failed or the input is bad; this error can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeError<E> {
    /// A request of the map failed. The input may be valid.
    Oom(OutOfMemory),
    /// The format's own error: the input is invalid or could not be read.
    Format(E),
}

impl<E: fmt::Display> fmt::Display for DeError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Oom(oom) => oom.fmt(f),
            Self::Format(error) => error.fmt(f),
        }
    }
}

impl<E: Error> Error for DeError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            // `Display` shows the inner error itself, so `source` continues with the inner error's
            // source.
            Self::Oom(oom) => oom.source(),
            Self::Format(error) => error.source(),
        }
    }
}

impl<E: fmt::Debug> OomError for DeError<E> {
    fn is_oom(&self) -> bool {
        matches!(self, Self::Oom(_))
    }

    fn requested(&self) -> Option<usize> {
        match self {
            Self::Oom(oom) => Some(oom.requested()),
            Self::Format(_) => None,
        }
    }
}
