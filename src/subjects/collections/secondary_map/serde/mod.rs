//! The serde format of [`SecondaryMap`](super::SecondaryMap) (feature `serde`).
//!
//! A map is a sequence: first the default as `Some(default)`, then one optional value for each
//! index. A value that equals the default is `None`; defaults at the end are left out. The
//! announced length is the number of elements written. `cranelift_entity::SecondaryMap` writes the
//! same. [`bare_default`] is the variant without `Some` around the default.
//!
//! Relies on a binary format to keep `None` and `Some` apart. In a human-readable format a value
//! that is written as `null` cannot be told from `None`: see `write` and `probe`. Some binary
//! formats have only one null too (MessagePack, CBOR). This code does not detect them: a value such
//! as `Some(None)` changes in them, as it does without the map.

pub mod bare_default;
mod error;
mod null;
mod probe;
mod read;
mod seed;
mod write;

pub use error::DeError;
pub use seed::Seed;

/// How the default is written at the head of the sequence.
#[derive(Clone, Copy, Debug)]
enum Head {
    /// As `Some(default)`.
    Optional,
    /// Without `Some`.
    Bare,
}
