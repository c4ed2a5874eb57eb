//! [`SecondaryMap`](super::SecondaryMap) under serde (feature `serde`): what it is written as.
//!
//! A map is a sequence: the default first, then one optional value for each index, `None` where
//! the value equals the default; defaults at the end are left out. The announced length is the
//! number of elements written. It is what `cranelift_entity::SecondaryMap` writes, which has the
//! default as `Some(default)`; [`bare_default`] is the variant without that `Some`.
//!
//! Relies on a format to keep `None` and `Some` apart, unless the format is human-readable. There
//! a value that is written as `null` cannot be told from `None`: see `write` and `probe`. Formats
//! that are not human-readable and still have one null for all (MessagePack, CBOR) are not known
//! here; values like `Option<_>` change in them, as they do in those formats by themselves.

pub mod bare_default;
mod error;
mod null;
mod probe;
mod read;
mod seed;
mod write;

pub use error::DeError;
pub use seed::Seed;

/// How the default stands at the head of the sequence.
#[derive(Clone, Copy, Debug)]
enum Head {
    /// As `Some(default)`.
    Optional,
    /// As it is.
    Bare,
}
