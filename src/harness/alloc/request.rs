//! What one call to the allocator asks for: [`Request`], and where a block came from: [`Birth`].

use std::fmt;

/// Which of the allocator's entry points was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[repr(u8)]
pub enum Operation {
    /// `GlobalAlloc::alloc`.
    Alloc,
    /// `GlobalAlloc::alloc_zeroed`.
    AllocZeroed,
    /// `GlobalAlloc::realloc`, growing or shrinking.
    Realloc,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alloc => "alloc",
            Self::AllocZeroed => "alloc_zeroed",
            Self::Realloc => "realloc",
        })
    }
}

/// One `alloc`, `alloc_zeroed` or `realloc` made while armed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[repr(C)]
pub struct Request {
    /// Its number in the run, counted from 0.
    pub number: u64,
    /// The size in bytes that was asked for; of a `realloc`, the new one.
    pub size: usize,
    /// The size in bytes before; 0 unless it is a `realloc`.
    pub old_size: usize,
    /// The alignment in bytes.
    pub align: usize,
    /// The entry point.
    pub operation: Operation,
}

impl Request {
    #[cfg(any(test, feature = "subjects"))]
    pub(crate) const NONE: Self =
        Self { number: 0, size: 0, old_size: 0, align: 1, operation: Operation::Alloc };

    /// Returns whether `other` is the same request, except for its number.
    #[must_use]
    pub fn asks_same(&self, other: &Self) -> bool {
        Self { number: 0, ..*self } == Self { number: 0, ..*other }
    }

    /// Adds this request to the running hash of a sequence.
    #[inline]
    pub(crate) fn fold(&self, hash: u64) -> u64 {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        let shape = (self.align as u64) << 8 | self.operation as u64;
        let sizes = self.size as u64 ^ (self.old_size as u64).rotate_left(32);
        (hash.rotate_left(23) ^ sizes ^ shape.rotate_left(48)).wrapping_mul(ODD)
    }
}

/// A [`Request`] as integers, in memory that code under test may have written to.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct RawRequest {
    number: u64,
    size: usize,
    old_size: usize,
    align: usize,
    operation: u8,
}

impl RawRequest {
    pub(crate) const NONE: Self = Self { number: 0, size: 0, old_size: 0, align: 1, operation: 0 };

    /// The request, if it can be one.
    pub(crate) fn read(&self) -> Option<Request> {
        let Self { number, size, old_size, align, operation } = *self;
        let operation = match operation {
            0 => Operation::Alloc,
            1 => Operation::AllocZeroed,
            2 => Operation::Realloc,
            _ => return None,
        };
        Some(Request { number, size, old_size, align, operation })
    }
}

impl From<Request> for RawRequest {
    fn from(request: Request) -> Self {
        let Request { number, size, old_size, align, operation } = request;
        let operation = match operation {
            Operation::Alloc => 0,
            Operation::AllocZeroed => 1,
            Operation::Realloc => 2,
        };
        Self { number, size, old_size, align, operation }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, size, old_size, align, .. } = self;
        match operation {
            Operation::Realloc => write!(f, "realloc {old_size} → {size} bytes, align {align}"),
            _ => write!(f, "{operation} {size} bytes, align {align}"),
        }
    }
}

/// Which request allocated a tracked block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Birth {
    /// The armed request with this number.
    Armed(u32),
    /// The k-th tracked request that was not armed: in set-up, recovery, retry or drop.
    Unarmed(u32),
}

/// A [`Birth`] as integers.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct RawBirth {
    armed: u32,
    number: u32,
}

impl RawBirth {
    pub(crate) const NONE: Self = Self { armed: 0, number: 0 };

    pub(crate) fn read(self) -> Option<Birth> {
        match self.armed {
            0 => Some(Birth::Unarmed(self.number)),
            1 => Some(Birth::Armed(self.number)),
            _ => None,
        }
    }
}

impl From<Birth> for RawBirth {
    fn from(birth: Birth) -> Self {
        match birth {
            Birth::Unarmed(number) => Self { armed: 0, number },
            Birth::Armed(number) => Self { armed: 1, number },
        }
    }
}

impl fmt::Display for Birth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Armed(number) => write!(f, "request {number}"),
            Self::Unarmed(number) => {
                write!(f, "unfaulted request {number} (set-up, recovery or retry)")
            }
        }
    }
}
