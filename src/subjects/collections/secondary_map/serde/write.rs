//! Writing a map as a sequence.
//!
//! Relies on `PartialEq` to recognise defaults and on `probe` to recognise nulls. It makes no
//! request itself; the format and the values may.

use super::super::SecondaryMap;
use super::Head;
use super::probe::{Null, null_of};
use serde::ser::{Error, Serialize, SerializeSeq, Serializer};

/// Writes the map in the format of `cranelift_entity`. O(len); makes only the requests of the
/// format and of the values.
///
/// # Errors
///
/// Fails if the format or a value fails. In a human-readable format it also fails if a value would
/// be lost: a value that differs from the default and is written as `null` (`None`, a unit, a float
/// that is not finite), or a default that is written as `null` and cannot be read back
/// (`Some(None)`).
impl<K, V: Serialize + PartialEq, D> Serialize for SecondaryMap<K, V, D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(self, serializer, Head::Optional)
    }
}

pub(super) fn write<K, V, D, S>(
    map: &SecondaryMap<K, V, D>,
    serializer: S,
    head: Head,
) -> Result<S::Ok, S::Error>
where
    V: Serialize + PartialEq,
    S: Serializer,
{
    let elems = map.without_trailing_defaults();
    if serializer.is_human_readable() {
        nothing_is_lost(&map.default, elems)?;
    }
    let mut seq = serializer.serialize_seq(elems.len().checked_add(1))?;
    match head {
        Head::Optional => seq.serialize_element(&Some(&map.default))?,
        Head::Bare => seq.serialize_element(&map.default)?,
    }
    for value in elems {
        if *value == map.default {
            seq.serialize_element(&None::<&V>)?;
        } else {
            seq.serialize_element(&Some(value))?;
        }
    }
    seq.end()
}

/// Runs before anything is written. For most types the compiler removes the check.
fn nothing_is_lost<V: Serialize + PartialEq, E: Error>(default: &V, elems: &[V]) -> Result<(), E> {
    if null_of(default) == Null::Lossy {
        return Err(E::custom("the default is written as null and cannot be read from that"));
    }
    let is_lost = |value: &V| null_of(value) != Null::Not && value != default;
    match elems.iter().position(is_lost) {
        None => Ok(()),
        Some(index) => Err(E::custom(format_args!(
            "the value at index {index} is written as null, which reads back as the default"
        ))),
    }
}
