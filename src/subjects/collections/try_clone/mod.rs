//! [`TryClone`]: copying a value when the copy may need memory.
//!
//! The implementations for std's types are in two files: `plain` for those that make no request,
//! `try_clone_owned` for those that do or that hold others. Types outside std implement it themselves.

mod copies;
mod plain;

pub use copies::Copies;

use super::OutOfMemory;

/// `Clone` for values whose copy may need memory.
///
/// An implementation leaks nothing when it fails, and allocates through interfaces that can
/// fail.
///
/// # Zero-sized values
///
/// Values of a zero-sized type cannot be told apart. A collection that needs many of them calls
/// `try_clone` once and takes its success for all, unless the type has drop glue: then it makes
/// every one. A type that counts its values therefore has a `Drop`, or does not implement
/// `TryClone`.
///
/// ```
/// use oom_sweep::collections::{OutOfMemory, TryClone};
///
/// struct Name { text: String, line: u32 }
///
/// impl TryClone for Name {
///     fn try_clone(&self) -> Result<Self, OutOfMemory> {
///         Ok(Self { text: self.text.try_clone()?, line: self.line })
///     }
/// }
/// ```
pub trait TryClone: Sized {
    /// How collections copy many of these values. A type that is `Copy`, and whose `try_clone` is
    /// such a copy, says [`Copies::at_once`].
    const COPIES: Copies<Self> = Copies::one_by_one();

    /// A copy of this value, or the failure of the request that it needed. On `Err` nothing
    /// remains of the attempt.
    fn try_clone(&self) -> Result<Self, OutOfMemory>;
}
