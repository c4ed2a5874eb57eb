//! [`TryClone`]: a `Clone` that can fail.
//!
//! The implementations for std's types are in two files: `plain` for types whose copy makes no
//! request, `try_clone_owned` for the others. Types outside std implement it themselves.

mod copies;
mod plain;

pub use copies::Copies;

use super::OutOfMemory;

/// `Clone` for values whose copy may need memory.
///
/// An implementation allocates only through fallible interfaces and leaks nothing when it fails.
///
/// # Zero-sized values
///
/// A collection that needs many copies of a zero-sized value calls `try_clone` only once, because
/// the copies cannot be told apart. If the type has drop glue, the collection makes each copy. So a
/// zero-sized type that counts its values must implement `Drop`, or must not implement `TryClone`.
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
    /// How collections copy many of these values. A `Copy` type whose `try_clone` returns `*self`
    /// can set [`Copies::at_once`].
    const COPIES: Copies<Self> = Copies::one_by_one();

    /// Copies this value.
    ///
    /// # Errors
    ///
    /// Fails if a request fails. An `Err` leaves nothing behind.
    fn try_clone(&self) -> Result<Self, OutOfMemory>;
}
