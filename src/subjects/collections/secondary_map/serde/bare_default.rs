//! A variant of the format: the sequence starts with the bare default instead of `Some(default)`.
//!
//! In a human-readable format the two variants are the same. Use the module with serde's `with` on
//! a field:
//!
//! ```
//! use oom_sweep::collections::SecondaryMap;
//!
//! # #[derive(Clone, Copy, PartialEq, Eq)]
//! # struct Block(u32);
//! # oom_sweep::entity_impl!(Block);
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct Function {
//!     #[serde(with = "oom_sweep::collections::secondary_map::bare_default")]
//!     ranks: SecondaryMap<Block, u8>,
//! }
//!
//! let ranks = SecondaryMap::with_default(7);
//! assert_eq!(postcard::to_slice(&Function { ranks }, &mut [0; 9])?, [1, 7]);
//! # Ok::<(), postcard::Error>(())
//! ```
//!
//! To tell a failed request from bad input, use [`Seed::bare_default`] or [`deserialize_fallible`].

use super::super::SecondaryMap;
use super::seed::recognise;
use super::write::write;
use super::{DeError, Head, Seed};
use crate::collections::{EntityRef, TryClone};
use serde::de::{Deserialize, DeserializeSeed, Deserializer};
use serde::ser::{Serialize, Serializer};
use std::cell::Cell;

/// Writes a map. O(len); the requests and the errors of `SecondaryMap`'s `Serialize`.
pub fn serialize<K, V, D, S>(map: &SecondaryMap<K, V, D>, serializer: S) -> Result<S::Ok, S::Error>
where
    V: Serialize + PartialEq,
    S: Serializer,
{
    write(map, serializer, Head::Bare)
}

/// Reads a map. O(len); the requests and the errors of `SecondaryMap`'s `Deserialize`.
pub fn deserialize<'de, K, V, D>(deserializer: D) -> Result<SecondaryMap<K, V>, D::Error>
where
    K: EntityRef,
    V: TryClone + Deserialize<'de>,
    D: Deserializer<'de>,
{
    Seed::new(&Cell::new(None)).bare_default().deserialize(deserializer)
}

/// Reads a map like [`SecondaryMap::deserialize_fallible`], at the same cost and with the same
/// requests. An `Err` leaves nothing behind.
pub fn deserialize_fallible<'de, K, V, D>(
    deserializer: D,
) -> Result<SecondaryMap<K, V>, DeError<D::Error>>
where
    K: EntityRef,
    V: TryClone + Deserialize<'de>,
    D: Deserializer<'de>,
{
    recognise(|oom| Seed::new(oom).bare_default().deserialize(deserializer))
}
