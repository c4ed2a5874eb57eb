//! [`null_of`]: serializes a value to find out whether it would be written as `null`.
//!
//! Relies on what `serde_json` and similar formats write as null: `None`, units, floats that are
//! not finite, and newtypes of these. It makes no request and stops at the first part that is none
//! of these.

use serde::ser::{self, Impossible, Serialize, Serializer};
use std::fmt;

/// Whether a human-readable format writes a value as null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Null {
    /// Not written as null.
    Not,
    /// A null from which the value can be read.
    Faithful,
    /// A null from which the value cannot be read: `Some(None)`, an infinity.
    Lossy,
}

pub(super) fn null_of(value: &(impl Serialize + ?Sized)) -> Null {
    value.serialize(Probe).unwrap_or(Null::Not)
}

struct Probe;

/// The value is not written as null, or cannot be written at all; the format reports the latter
/// itself.
#[derive(Debug)]
struct NotNull;

impl fmt::Display for NotNull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not null")
    }
}

impl std::error::Error for NotNull {}

impl ser::Error for NotNull {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

type Answer = Result<Null, NotNull>;
type Compound = Impossible<Null, NotNull>;

macro_rules! never_null {
    ($($method:ident($($type:ty),*) $(-> $compound:ty)?;)*) => {$(
        #[inline]
        fn $method(self, $(_: $type),*) -> never_null!(@result $($compound)?) {
            Err(NotNull)
        }
    )*};
    (@result) => { Answer };
    (@result $compound:ty) => { Result<$compound, NotNull> };
}

impl Serializer for Probe {
    type Ok = Null;
    type Error = NotNull;
    type SerializeSeq = Compound;
    type SerializeTuple = Compound;
    type SerializeTupleStruct = Compound;
    type SerializeTupleVariant = Compound;
    type SerializeMap = Compound;
    type SerializeStruct = Compound;
    type SerializeStructVariant = Compound;

    #[inline]
    fn serialize_none(self) -> Answer {
        Ok(Null::Faithful)
    }

    #[inline]
    fn serialize_unit(self) -> Answer {
        Ok(Null::Faithful)
    }

    #[inline]
    fn serialize_unit_struct(self, _: &'static str) -> Answer {
        Ok(Null::Faithful)
    }

    #[inline]
    fn serialize_newtype_struct<T>(self, _: &'static str, value: &T) -> Answer
    where
        T: Serialize + ?Sized,
    {
        value.serialize(self)
    }

    /// `null` inside of `Some` is read as `None`.
    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Answer {
        value.serialize(self).map(|_| Null::Lossy)
    }

    #[inline]
    fn serialize_f32(self, value: f32) -> Answer {
        self.serialize_f64(f64::from(value))
    }

    #[inline]
    fn serialize_f64(self, value: f64) -> Answer {
        if value.is_finite() { Err(NotNull) } else { Ok(Null::Lossy) }
    }

    fn serialize_newtype_variant<T>(self, _: &'static str, _: u32, _: &'static str, _: &T) -> Answer
    where
        T: Serialize + ?Sized,
    {
        Err(NotNull)
    }

    fn collect_seq<I: IntoIterator<Item: Serialize>>(self, _: I) -> Answer {
        Err(NotNull)
    }

    fn collect_map<K: Serialize, V: Serialize, I>(self, _: I) -> Answer
    where
        I: IntoIterator<Item = (K, V)>,
    {
        Err(NotNull)
    }

    /// Overridden because the provided method formats the value first, which needs memory.
    fn collect_str<T: fmt::Display + ?Sized>(self, _: &T) -> Answer {
        Err(NotNull)
    }

    never_null! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_i128(i128);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_u128(u128);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_unit_variant(&'static str, u32, &'static str);
        serialize_seq(Option<usize>) -> Compound;
        serialize_tuple(usize) -> Compound;
        serialize_tuple_struct(&'static str, usize) -> Compound;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Compound;
        serialize_map(Option<usize>) -> Compound;
        serialize_struct(&'static str, usize) -> Compound;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Compound;
    }
}
