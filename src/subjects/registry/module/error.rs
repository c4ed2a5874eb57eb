//! [`ModuleError`]: why the types of a module could not be read.

use crate::OomError;
use crate::collections::OutOfMemory;
use std::error::Error;
use std::fmt;

/// Why the types of a module could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModuleError {
    /// The module is malformed, invalid, or uses an unsupported feature.
    Refused {
        /// The offset of the byte at which the error was found.
        offset: u64,
        /// What is wrong.
        message: String,
    },
    /// The group of a type does not follow the group before it, or the type refers to a later
    /// group.
    Unordered {
        /// The index of the type.
        ty: u32,
    },
    /// A request failed.
    OutOfMemory(OutOfMemory),
}

/// The error for a valid but unsupported feature.
pub(super) fn unsupported(what: &str, offset: u64) -> ModuleError {
    ModuleError::Refused { offset, message: format!("not supported: {what}") }
}

impl fmt::Display for ModuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { offset, message } => write!(f, "{message}, at offset {offset:#x}"),
            Self::Unordered { ty } => {
                write!(
                    f,
                    "type {ty} is out of order: groups follow one another, and refer to none later"
                )
            }
            Self::OutOfMemory(oom) => oom.fmt(f),
        }
    }
}

impl Error for ModuleError {}

impl From<wasmparser::BinaryReaderError> for ModuleError {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        // Joined into one line: some messages have several lines, and quoted names may contain line
        // breaks.
        let message: Vec<&str> = error.message().split_whitespace().collect();
        let message = message.join(" ").replace(char::is_control, "\u{fffd}");
        Self::Refused { offset: error.offset(), message }
    }
}

impl From<OutOfMemory> for ModuleError {
    fn from(oom: OutOfMemory) -> Self {
        Self::OutOfMemory(oom)
    }
}

impl OomError for ModuleError {
    fn is_oom(&self) -> bool {
        matches!(self, Self::OutOfMemory(_))
    }

    fn requested(&self) -> Option<usize> {
        match self {
            Self::OutOfMemory(oom) => Some(oom.requested()),
            Self::Refused { .. } | Self::Unordered { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oom_is_recognisable() {
        let error = ModuleError::from(OutOfMemory::new(7));
        assert_eq!((error.is_oom(), OomError::requested(&error)), (true, Some(7)));
        assert!(!unsupported("it", 0).is_oom());
    }
}
