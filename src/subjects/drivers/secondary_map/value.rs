//! The keys and values of the maps under test.
//!
//! A value's copy may fail; it is the only thing that a step makes of it. Does not decide which
//! value is used where.

pub(super) use super::super::sample::Roomy;
use crate::collections::{EntityRef, SecondaryMap, TryClone};
use std::fmt::{self, Debug};
use std::hash::Hash;

/// Which of its values a script means: an index into the table of them. `0` is the default.
pub(super) type ValueId = usize;

/// A map under test.
pub(super) type Map<V> = SecondaryMap<Key, V>;

/// A key over all of `usize`, so that no index is beyond it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Key(pub(super) usize);

impl EntityRef for Key {
    fn new(index: usize) -> Self {
        Self(index)
    }

    fn index(self) -> usize {
        self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            // The edges by name: nobody counts the digits.
            key if key == usize::MAX => f.write_str("k(usize::MAX)"),
            key if key == isize::MAX.cast_unsigned() => f.write_str("k(isize::MAX)"),
            key if key == u32::MAX as usize => f.write_str("k(u32::MAX)"),
            key => write!(f, "k{key}"),
        }
    }
}

/// What a map under test can hold.
pub(super) trait Value:
    TryClone + Default + Eq + Hash + Debug + Send + Sync + 'static
{
    /// The value in Rust-like notation; values that differ are shown differently.
    fn show(&self) -> String {
        format!("{self:?}")
    }
}

/// A value that bytes can choose.
pub(super) trait Sample: Value {
    /// Sparse keys are below it: a gap costs a copy of the default for each key.
    const SPREAD: usize;

    /// Distinct values, the default first; at most eight.
    fn samples() -> Vec<Self>;
}

impl Value for u32 {}

impl Sample for u32 {
    const SPREAD: usize = 4096;

    fn samples() -> Vec<Self> {
        vec![0, 1, 2, 7, 255, 1 << 16, 1 << 31, Self::MAX]
    }
}

/// On the heap. The default's copy makes no request, that of any other value does.
impl Value for Vec<u8> {
    fn show(&self) -> String {
        match self.as_slice() {
            [first, rest @ ..] if rest.iter().all(|byte| byte == first) => {
                format!("[{first}; {}]", self.len())
            }
            other => format!("{other:?}"),
        }
    }
}

impl Sample for Vec<u8> {
    const SPREAD: usize = 512;

    fn samples() -> Vec<Self> {
        // The small ones share the allocator's size classes, the last is beyond them.
        let lengths = [0, 1, 2, 3, 8, 24, 64, 200];
        (0..).zip(lengths).map(|(byte, length)| vec![byte; length]).collect()
    }
}

impl Value for Roomy {
    fn show(&self) -> String {
        format!("Roomy({})", self.0.show())
    }
}

impl Sample for Roomy {
    /// Every key of a gap is a request here, and so two runs of a sweep.
    const SPREAD: usize = 64;

    fn samples() -> Vec<Self> {
        Vec::<u8>::samples().into_iter().map(Roomy).collect()
    }
}

impl Value for () {}

impl Sample for () {
    const SPREAD: usize = 1 << 14;

    fn samples() -> Vec<Self> {
        vec![()]
    }
}

/// The names of a module's functions.
impl Value for String {}
