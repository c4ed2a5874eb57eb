//! [`write()`]: the serializer of the format, to tokens. Its requests are not counted.
//!
//! It supports what the types in `value` need and fails for everything else.

use super::Map;
use super::operands::{Head, Reader};
use super::token::{Announced, Blob, Token, Trouble};
use crate::collections::TryClone;
use crate::collections::secondary_map::bare_default;
use crate::pause;
use serde::ser::{Impossible, Serialize, SerializeSeq, Serializer};

/// Appends what the map is written as.
pub(super) fn write<V: TryClone + PartialEq + Serialize>(
    map: &Map<V>,
    head: Head,
    reader: Reader,
    tokens: &mut Vec<Token>,
) -> Result<(), Trouble> {
    let output = Output { tokens, reader };
    match head {
        Head::Optional => map.serialize(output),
        Head::Bare => bare_default::serialize(map, output),
    }
}

struct Output<'a> {
    tokens: &'a mut Vec<Token>,
    reader: Reader,
}

impl Output<'_> {
    fn put(self, token: Token) -> Result<(), Trouble> {
        pause(|| self.tokens.push(token));
        Ok(())
    }
}

/// A sequence during writing, and how many more elements it may have.
struct Elements<'a> {
    output: Output<'a>,
    announced: usize,
}

impl SerializeSeq for Elements<'_> {
    type Ok = ();
    type Error = Trouble;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Trouble> {
        self.announced = self.announced.checked_sub(1).ok_or(Trouble::Document)?;
        let Output { tokens, reader } = &mut self.output;
        value.serialize(Output { tokens, reader: *reader })
    }

    fn end(self) -> Result<(), Trouble> {
        if self.announced > 0 { Err(Trouble::Document) } else { self.output.put(Token::End) }
    }
}

macro_rules! never {
    ($($method:ident($($type:ty),*) $(-> $compound:ty)?;)*) => {$(
        fn $method(self, $(_: $type),*) -> never!(@result $($compound)?) {
            Err(Trouble::Document)
        }
    )*};
    (@result) => { Result<(), Trouble> };
    (@result $compound:ty) => { Result<$compound, Trouble> };
}

type Never = Impossible<(), Trouble>;

impl<'a> Serializer for Output<'a> {
    type Ok = ();
    type Error = Trouble;
    type SerializeSeq = Elements<'a>;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    fn is_human_readable(&self) -> bool {
        self.reader == Reader::Person
    }

    fn serialize_none(self) -> Result<(), Trouble> {
        self.put(Token::None)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Trouble> {
        pause(|| self.tokens.extend(self.reader.some()));
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Trouble> {
        self.put(Token::Unit)
    }

    fn serialize_u8(self, value: u8) -> Result<(), Trouble> {
        self.put(Token::Unsigned(value.into()))
    }

    fn serialize_u32(self, value: u32) -> Result<(), Trouble> {
        self.put(Token::Unsigned(value.into()))
    }

    fn serialize_f64(self, value: f64) -> Result<(), Trouble> {
        self.put(Token::Float(value.to_bits()))
    }

    fn serialize_str(self, text: &str) -> Result<(), Trouble> {
        self.put(Token::Text(Blob::of(text.as_bytes()).ok_or(Trouble::Document)?))
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Elements<'a>, Trouble> {
        let announced = len.ok_or(Trouble::Document)?;
        pause(|| self.tokens.push(Token::Sequence(Announced::Length(announced))));
        Ok(Elements { output: self, announced })
    }

    fn serialize_newtype_struct<T>(self, _: &'static str, _: &T) -> Result<(), Trouble>
    where
        T: Serialize + ?Sized,
    {
        Err(Trouble::Document)
    }

    fn serialize_newtype_variant<T>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Trouble>
    where
        T: Serialize + ?Sized,
    {
        Err(Trouble::Document)
    }

    never! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_u16(u16);
        serialize_u64(u64);
        serialize_f32(f32);
        serialize_char(char);
        serialize_bytes(&[u8]);
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
        serialize_tuple(usize) -> Never;
        serialize_tuple_struct(&'static str, usize) -> Never;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Never;
        serialize_map(Option<usize>) -> Never;
        serialize_struct(&'static str, usize) -> Never;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Never;
    }
}
