//! [`DeError`]: what kept a map from being read, with "out of memory" still to be recognised.

use crate::collections::OutOfMemory;
use crate::error::OomError;
use std::error::Error;
use std::fmt;

/// The error of
/// [`SecondaryMap::deserialize_fallible`](super::super::SecondaryMap::deserialize_fallible).
///
/// Formats reduce the errors of others to a text or to nothing, so a map that only implemented
/// `Deserialize` could not tell a failed request from bad input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeError<E> {
    /// A request of the map failed. Its input may be good.
    Oom(OutOfMemory),
    /// The format's own error: the input is bad, or cannot be read.
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
            // Shown as they are, so it is their causes that come next.
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
