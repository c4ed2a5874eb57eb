//! [`Null`]: a deserializer for a null that was already read.
//!
//! Needed for defaults: a human-readable format does not write their `Some`, so the null may be the
//! value itself. (serde's own `UnitDeserializer` does not look through newtypes.)

use serde::de::{Deserializer, Error, Visitor};
use serde::forward_to_deserialize_any;
use std::marker::PhantomData;

/// Deserializes to `None`, to a unit, or to a newtype of these. Other types report what they
/// expected.
pub(super) struct Null<E>(PhantomData<E>);

impl<E> Null<E> {
    pub(super) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<'de, E: Error> Deserializer<'de> for Null<E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_none()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, E> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
