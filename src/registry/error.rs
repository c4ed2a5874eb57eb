//! [`RegisterError`]: why types were not registered.

use crate::OomError;
use crate::collections::OutOfMemory;
use std::error::Error;
use std::fmt;

/// Why types were not registered. The registry is as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterError {
    /// There was no memory for them.
    OutOfMemory(OutOfMemory),
    /// They are no types that can be registered; in words. No memory would help.
    Refused(&'static str),
}

impl fmt::Display for RegisterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfMemory(oom) => oom.fmt(f),
            Self::Refused(why) => f.write_str(why),
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
            Self::Refused(_) => None,
        }
    }
}
