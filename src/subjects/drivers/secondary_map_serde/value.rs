//! [`Value`]: the types of values, with how the map and the model read them.

use super::input::Input;
use super::operands::{Head, Reader, Way};
use super::plain::{Meaning, Plain, Walk};
use super::token::{Blob, Key, Said, Token, Trouble};
use super::{Map, Plain as ByDeserialize, fallible};
use crate::collections::secondary_map::{DeError, Seed, bare_default};
use crate::collections::{OutOfMemory, SecondaryMap, TryClone};
use crate::subjects::drivers::sample::with_room;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

/// Whether a human-readable format writes a value as null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Null {
    Not,
    /// Written as null, and can be read back.
    Faithful,
    Lossy,
}

/// A value type of a map under test.
pub(super) trait Value:
    TryClone + PartialEq + fmt::Debug + Serialize + Send + Sync + 'static
{
    /// Reads a value and records its own failed requests.
    type Seed<'a>: for<'de> DeserializeSeed<'de, Value = Self> + Clone;

    fn seed(oom: &Cell<Option<OutOfMemory>>) -> Self::Seed<'_>;

    /// The default of a map before the first is read.
    fn initial() -> Self;

    fn meaning_of_initial() -> Plain;

    /// Reads a map. Values that do not implement `Deserialize` support one method only.
    fn read(input: Input<'_>, head: Head, _: Way) -> Result<Map<Self>, DeError<Trouble>> {
        by_seed(input, head)
    }

    fn read_json(text: &str) -> serde_json::Result<Map<Self>> {
        let oom = Cell::new(None);
        let seed = Seed::with_values(&oom, Self::seed(&oom));
        seed.deserialize(&mut serde_json::Deserializer::from_str(text))
    }

    /// Reads the next tokens as a value of this type, for the model.
    fn read_plain(walk: &mut Walk<'_>) -> Option<Plain>;

    /// Appends the tokens of a value, or returns `None` if it cannot be written.
    fn write(plain: &Plain, reader: Reader, tokens: &mut Vec<Token>) -> Option<()>;

    /// The value of a null at the head.
    fn of_null() -> Option<Plain> {
        None
    }

    fn null(_: &Plain) -> Null {
        Null::Not
    }

    /// Normalises the content to the form that is written.
    fn trim(_: &mut Plain) {}

    fn is(&self, plain: &Plain) -> bool;
}

/// Reads by the seed, for values that record their own failed requests.
fn by_seed<V: Value>(input: Input<'_>, head: Head) -> Result<Map<V>, DeError<Trouble>> {
    fallible(|oom| {
        let seed = Seed::with_values(oom, V::seed(oom));
        match head {
            Head::Optional => seed.deserialize(input),
            Head::Bare => seed.bare_default().deserialize(input),
        }
    })
}

/// Reads by each way that there is for values that implement `Deserialize`.
fn by<V>(input: Input<'_>, head: Head, way: Way) -> Result<Map<V>, DeError<Trouble>>
where
    V: for<'a> Value<Seed<'a> = ByDeserialize<V>> + for<'de> Deserialize<'de>,
{
    match (way, head) {
        (Way::Seed, _) => by_seed(input, head),
        (Way::Fallible, Head::Optional) => SecondaryMap::deserialize_fallible(input),
        (Way::Fallible, Head::Bare) => bare_default::deserialize_fallible(input),
        (Way::Deserialize, Head::Optional) => Map::deserialize(input).map_err(told),
        (Way::Deserialize, Head::Bare) => bare_default::deserialize(input).map_err(told),
    }
}

/// What the format was told is all that there is.
fn told(error: Trouble) -> DeError<Trouble> {
    match error {
        Trouble::Said(Said::OutOfMemory) => DeError::Oom(OutOfMemory::new(1)),
        other => DeError::Format(other),
    }
}

/// What is the same for each type that implements `Deserialize`.
macro_rules! by_deserialize {
    () => {
        type Seed<'a> = ByDeserialize<Self>;

        fn seed(_: &Cell<Option<OutOfMemory>>) -> Self::Seed<'_> {
            PhantomData
        }

        fn initial() -> Self {
            Self::default()
        }

        fn read(input: Input<'_>, head: Head, way: Way) -> Result<Map<Self>, DeError<Trouble>> {
            by(input, head, way)
        }
    };
}

impl Value for u32 {
    by_deserialize!();

    fn meaning_of_initial() -> Plain {
        Plain::Number(0)
    }

    fn read_plain(walk: &mut Walk<'_>) -> Option<Plain> {
        number(walk).map(Plain::Number)
    }

    fn write(plain: &Plain, _: Reader, tokens: &mut Vec<Token>) -> Option<()> {
        if let Plain::Number(number) = plain {
            tokens.push(Token::Unsigned((*number).into()));
        }
        Some(())
    }

    fn is(&self, plain: &Plain) -> bool {
        matches!(plain, Plain::Number(number) if number == self)
    }
}

/// Reads a number token of any kind if the type can hold the number.
fn number<N: TryFrom<u64> + TryFrom<i64>>(walk: &mut Walk<'_>) -> Option<N> {
    match walk.take()? {
        Token::Unsigned(number) => number.try_into().ok(),
        Token::Signed(number) => number.try_into().ok(),
        _ => None,
    }
}

impl Value for () {
    by_deserialize!();

    fn meaning_of_initial() -> Plain {
        Plain::Unit
    }

    fn read_plain(walk: &mut Walk<'_>) -> Option<Plain> {
        matches!(walk.take()?, Token::Unit).then_some(Plain::Unit)
    }

    fn write(_: &Plain, _: Reader, tokens: &mut Vec<Token>) -> Option<()> {
        tokens.push(Token::Unit);
        Some(())
    }

    fn of_null() -> Option<Plain> {
        Some(Plain::Unit)
    }

    fn null(_: &Plain) -> Null {
        Null::Faithful
    }

    fn is(&self, plain: &Plain) -> bool {
        matches!(plain, Plain::Unit)
    }
}

impl Value for Option<u8> {
    by_deserialize!();

    fn meaning_of_initial() -> Plain {
        Plain::Optional(None)
    }

    fn read_plain(walk: &mut Walk<'_>) -> Option<Plain> {
        Some(Plain::Optional(match walk.some()? {
            Some(()) => Some(number(walk)?),
            None => None,
        }))
    }

    fn write(plain: &Plain, reader: Reader, tokens: &mut Vec<Token>) -> Option<()> {
        match plain {
            Plain::Optional(Some(number)) => {
                tokens.extend(reader.some());
                tokens.push(Token::Unsigned((*number).into()));
            }
            _ => tokens.push(Token::None),
        }
        Some(())
    }

    fn of_null() -> Option<Plain> {
        Some(Plain::Optional(None))
    }

    fn null(plain: &Plain) -> Null {
        if matches!(plain, Plain::Optional(None)) { Null::Faithful } else { Null::Not }
    }

    fn is(&self, plain: &Plain) -> bool {
        matches!(plain, Plain::Optional(number) if number == self)
    }
}

impl Value for f64 {
    by_deserialize!();

    fn meaning_of_initial() -> Plain {
        Plain::Float(0.0)
    }

    fn read_plain(walk: &mut Walk<'_>) -> Option<Plain> {
        match walk.take()? {
            Token::Float(bits) => Some(Plain::Float(f64::from_bits(bits))),
            Token::Unsigned(number) => Some(Plain::Float(number as f64)),
            Token::Signed(number) => Some(Plain::Float(number as f64)),
            _ => None,
        }
    }

    fn write(plain: &Plain, _: Reader, tokens: &mut Vec<Token>) -> Option<()> {
        if let Plain::Float(number) = plain {
            tokens.push(Token::Float(number.to_bits()));
        }
        Some(())
    }

    fn null(plain: &Plain) -> Null {
        let is_finite = !matches!(plain, Plain::Float(number) if !number.is_finite());
        if is_finite { Null::Not } else { Null::Lossy }
    }

    fn is(&self, plain: &Plain) -> bool {
        matches!(plain, Plain::Float(number) if number.to_bits() == self.to_bits())
    }
}

/// Bytes on the heap. Copies make requests, and reading records failed requests.
#[derive(Debug, PartialEq)]
pub(super) struct Owned(Vec<u8>);

impl TryClone for Owned {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        self.0.try_clone().map(Self)
    }
}

impl Serialize for Owned {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // As a text, which JSON supports: all bytes are letters.
        serializer.serialize_str(std::str::from_utf8(&self.0).map_err(serde::ser::Error::custom)?)
    }
}

#[derive(Clone, Copy)]
pub(super) struct OwnedSeed<'a>(&'a Cell<Option<OutOfMemory>>);

impl<'de> DeserializeSeed<'de> for OwnedSeed<'_> {
    type Value = Owned;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Owned, D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl Visitor<'_> for OwnedSeed<'_> {
    type Value = Owned;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Owned, E> {
        let copy = with_room(bytes.len()).map_err(|oom| {
            self.0.set(Some(oom));
            E::custom(oom)
        });
        copy.map(|mut copy| {
            copy.extend_from_slice(bytes);
            Owned(copy)
        })
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Owned, E> {
        self.visit_bytes(text.as_bytes())
    }
}

impl Value for Owned {
    type Seed<'a> = OwnedSeed<'a>;

    fn seed(oom: &Cell<Option<OutOfMemory>>) -> OwnedSeed<'_> {
        OwnedSeed(oom)
    }

    fn initial() -> Self {
        Self(Vec::new())
    }

    fn meaning_of_initial() -> Plain {
        Plain::Bytes(Blob::new(0, 0))
    }

    fn read_plain(walk: &mut Walk<'_>) -> Option<Plain> {
        match walk.take()? {
            Token::Text(blob) | Token::Bytes(blob) => Some(Plain::Bytes(blob)),
            _ => None,
        }
    }

    fn write(plain: &Plain, _: Reader, tokens: &mut Vec<Token>) -> Option<()> {
        if let Plain::Bytes(blob) = plain {
            tokens.push(Token::Text(Blob::of(blob.text().as_bytes())?));
        }
        Some(())
    }

    fn is(&self, plain: &Plain) -> bool {
        matches!(plain, Plain::Bytes(blob) if blob.text().as_bytes() == self.0)
    }
}

impl Value for SecondaryMap<Key, u32> {
    type Seed<'a> = Seed<'a, Key, PhantomData<u32>>;

    fn seed(oom: &Cell<Option<OutOfMemory>>) -> Self::Seed<'_> {
        Seed::new(oom)
    }

    fn initial() -> Self {
        Self::new()
    }

    fn meaning_of_initial() -> Plain {
        Plain::Row(Box::new(Meaning { default: Plain::Number(0), elements: Vec::new() }))
    }

    fn read_plain(walk: &mut Walk<'_>) -> Option<Plain> {
        walk.map::<u32>(Head::Optional).map(|row| Plain::Row(Box::new(row)))
    }

    fn write(plain: &Plain, reader: Reader, tokens: &mut Vec<Token>) -> Option<()> {
        if let Plain::Row(row) = plain {
            tokens.extend(row.document::<u32>(Head::Optional, reader)?);
        }
        Some(())
    }

    fn trim(plain: &mut Plain) {
        if let Plain::Row(row) = plain {
            **row = row.trimmed::<u32>();
        }
    }

    fn is(&self, plain: &Plain) -> bool {
        matches!(plain, Plain::Row(row) if row.is::<u32>(self).is_ok())
    }
}
