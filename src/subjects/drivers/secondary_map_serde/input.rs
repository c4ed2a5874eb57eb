//! [`Input`]: the deserializer of the format, over tokens. It makes no request.
//!
//! It passes on the token that is there, whatever type is requested. Optional values are an
//! exception: as in self-describing formats, everything except null is `Some`.

use super::token::{Announced, Token, Trouble};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use std::cell::Cell;

/// The rest of a document.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    tokens: &'a [Token],
    at: &'a Cell<usize>,
}

impl<'a> Input<'a> {
    pub(super) fn new(tokens: &'a [Token], at: &'a Cell<usize>) -> Self {
        Self { tokens, at }
    }

    fn peek(self) -> Result<Token, Trouble> {
        self.tokens.get(self.at.get()).copied().ok_or(Trouble::Document)
    }

    fn take(self) -> Result<Token, Trouble> {
        let token = self.peek()?;
        self.at.set(self.at.get() + 1);
        Ok(token)
    }
}

impl<'de> Deserializer<'de> for Input<'_> {
    type Error = Trouble;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Trouble> {
        loop {
            return match self.take()? {
                Token::Blunt => continue,
                Token::None => visitor.visit_none(),
                Token::Unit => visitor.visit_unit(),
                Token::Some => visitor.visit_some(self),
                Token::Newtype => visitor.visit_newtype_struct(self),
                Token::Bool(value) => visitor.visit_bool(value),
                Token::Unsigned(value) => visitor.visit_u64(value),
                Token::Signed(value) => visitor.visit_i64(value),
                Token::Float(bits) => visitor.visit_f64(f64::from_bits(bits)),
                Token::Text(blob) => visitor.visit_str(blob.text()),
                Token::Bytes(blob) => visitor.visit_bytes(blob.text().as_bytes()),
                Token::Sequence(announced) => {
                    visitor.visit_seq(Elements { input: self, announced })
                }
                Token::Map => visitor.visit_map(NoEntries),
                Token::End | Token::Broken => Err(Trouble::Document),
            };
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Trouble> {
        match self.peek()? {
            Token::None | Token::Unit | Token::Some | Token::Blunt => self.deserialize_any(visitor),
            _ => visitor.visit_some(self),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

/// The elements of a sequence.
struct Elements<'a> {
    input: Input<'a>,
    announced: Announced,
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = Trouble;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Trouble> {
        if let Token::End = self.input.peek()? {
            self.input.take()?;
            return Ok(None);
        }
        seed.deserialize(self.input).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        match self.announced {
            Announced::Nothing => None,
            Announced::Length(length) => Some(length),
        }
    }
}

struct NoEntries;

impl<'de> MapAccess<'de> for NoEntries {
    type Error = Trouble;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        _: K,
    ) -> Result<Option<K::Value>, Trouble> {
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, _: V) -> Result<V::Value, Trouble> {
        Err(Trouble::Document)
    }
}
