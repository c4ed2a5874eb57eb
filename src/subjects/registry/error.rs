//! [`RegisterError`]: why types were not registered.

use crate::OomError;
use crate::collections::OutOfMemory;
use std::error::Error;
use std::fmt;

/// Why types were not registered. The registry is as it was before the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterError {
    /// A request failed.
    OutOfMemory(OutOfMemory),
    /// The types are invalid. More memory would not help.
    Refused {
        /// The position in the group of the first invalid type.
        place: u32,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl fmt::Display for RegisterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfMemory(oom) => oom.fmt(f),
            Self::Refused { place, why } => write!(f, "type {place} of its group: {why}"),
        }
    }
}

impl Error for RegisterError {}

impl From<OutOfMemory> for RegisterError {
    fn from(oom: OutOfMemory) -> Self {
        Self::OutOfMemory(oom)
    }
}

impl OomError for RegisterError {
    fn is_oom(&self) -> bool {
        matches!(self, Self::OutOfMemory(_))
    }

    fn requested(&self) -> Option<usize> {
        match self {
            Self::OutOfMemory(oom) => Some(oom.requested()),
            Self::Refused { .. } => None,
        }
    }
}
