//! Reads a map from its sequence.
//!
//! The map grows as elements arrive and ignores the length that the input claims. Keys are made by
//! [`EntityRef::try_new`], because the input decides how many there are.

use super::super::SecondaryMap;
use super::Head;
use super::null::Null;
use super::seed::Seed;
use crate::collections::{EntityRef, OutOfMemory, TryClone, grow};
use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

impl<'de, K, S> DeserializeSeed<'de> for Seed<'_, K, S>
where
    K: EntityRef,
    S: DeserializeSeed<'de, Value: TryClone> + Clone,
{
    type Value = SecondaryMap<K, S::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(MapVisitor(self))
    }
}

struct MapVisitor<'a, K, S>(Seed<'a, K, S>);

impl<'de, K, S> Visitor<'de> for MapVisitor<'_, K, S>
where
    K: EntityRef,
    S: DeserializeSeed<'de, Value: TryClone> + Clone,
{
    type Value = SecondaryMap<K, S::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence of the default and then an optional value for each index")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let default = self.default(&mut seq)?;
        let value = || Optional { value: self.0.values.clone(), absent: Absent::None };
        let mut elems = Vec::new();
        while let Some(element) = seq.next_element_seed(value())? {
            let index = elems.len();
            if K::try_new(index).is_none() {
                return Err(A::Error::custom(format_args!("no key has the index {index}")));
            }
            let made = grow::reserve(&mut elems, index + 1)
                .and_then(|()| element.map_or_else(|| default.try_clone(), Ok));
            grow::push(&mut elems, made.map_err(|oom| self.record(oom))?);
        }
        Ok(SecondaryMap { elems, default, kind: PhantomData })
    }
}

impl<'de, K, S: DeserializeSeed<'de> + Clone> MapVisitor<'_, K, S> {
    fn default<A: SeqAccess<'de>>(&self, seq: &mut A) -> Result<S::Value, A::Error> {
        let value = self.0.values.clone();
        let default = match self.0.head {
            Head::Bare => seq.next_element_seed(value)?,
            Head::Optional => {
                seq.next_element_seed(Optional { value, absent: Absent::Null })?.flatten()
            }
        };
        default.ok_or_else(|| A::Error::invalid_length(0, &"the default at the head of a map"))
    }

    fn record<E: Error>(&self, oom: OutOfMemory) -> E {
        self.0.oom.set(Some(oom));
        E::custom(oom)
    }
}

/// Reads an optional value.
struct Optional<S> {
    value: S,
    absent: Absent,
}

/// What the visitor makes of "none" and "unit".
enum Absent {
    /// No value.
    None,
    /// The value, which is written as null.
    Null,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Optional<S> {
    type Value = Option<S::Value>;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for Optional<S> {
    type Value = Option<S::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an optional value")
    }

    #[inline]
    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        match self.absent {
            Absent::None => Ok(None),
            Absent::Null => self.value.deserialize(Null::new()).map(Some),
        }
    }

    #[inline]
    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        self.visit_none()
    }

    #[inline]
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.value.deserialize(deserializer).map(Some)
    }
}
