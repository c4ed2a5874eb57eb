//! [`Meaning`]: the model of a map, computed from a document by the rules of the format.
//!
//! It reads tokens one by one, without serde and without the map, and runs outside the sweep.

use super::Map;
use super::operands::{Head, Reader};
use super::plain::{Meaning, Plain, Walk};
use super::token::{Announced, Key, Token};
use super::value::{Null, Value};
use crate::collections::EntityRef;
use crate::subjects::drivers::modelled::{ClaimResult, ensure};

impl Meaning {
    /// Reads the first value of the document as a map.
    pub(super) fn of<V: Value>(tokens: &[Token], head: Head) -> Option<Self> {
        Walk { tokens, at: 0 }.map::<V>(head)
    }

    /// Without the defaults at the end, which are not written.
    pub(super) fn trimmed<V: Value>(&self) -> Self {
        let mut trimmed = self.clone();
        let is_default = |element: &Plain| *element == self.default;
        let len = self.elements.iter().rposition(|element| !is_default(element));
        trimmed.elements.truncate(len.map_or(0, |last| last + 1));
        // A value that equals the default is written as the default, even if it is not identical,
        // such as -0.0.
        for element in trimmed.elements.iter_mut().filter(|element| is_default(element)) {
            *element = self.default.clone();
        }
        let rows = trimmed.elements.iter_mut().chain([&mut trimmed.default]);
        rows.for_each(V::trim);
        trimmed
    }

    /// The document that the map is written as, or `None` if that would lose a value.
    pub(super) fn document<V: Value>(&self, head: Head, reader: Reader) -> Option<Vec<Token>> {
        let Self { default, elements } = self.trimmed::<V>();
        let is_lost = |element: &Plain| V::null(element) != Null::Not && *element != default;
        if reader == Reader::Person
            && (V::null(&default) == Null::Lossy || elements.iter().any(is_lost))
        {
            return None;
        }
        let mut tokens = vec![Token::Sequence(Announced::Length(elements.len() + 1))];
        if head == Head::Optional {
            tokens.extend(reader.some());
        }
        V::write(&default, reader, &mut tokens)?;
        for element in &elements {
            if *element == default {
                tokens.push(Token::None);
            } else {
                tokens.extend(reader.some());
                V::write(element, reader, &mut tokens)?;
            }
        }
        tokens.push(Token::End);
        Some(tokens)
    }

    /// Whether the map equals this model.
    pub(super) fn is<V: Value>(&self, map: &Map<V>) -> ClaimResult {
        ensure(map.default_value().is(&self.default), "the default is another")?;
        ensure(map.len() == self.elements.len(), "the length is another")?;
        ensure(map.capacity() >= map.len(), "the room is less than the length")?;
        for (index, element) in self.elements.iter().enumerate() {
            let key = Key::new(index);
            let value = map.get(key).filter(|value| value.is(element));
            ensure(value.is_some() && map[key].is(element), "a value is another")?;
        }
        Ok(())
    }
}

/// What stands where a value may be.
enum Optional {
    Null,
    Value(Plain),
}

impl Walk<'_> {
    pub(super) fn map<V: Value>(&mut self, head: Head) -> Option<Meaning> {
        let Token::Sequence(_) = self.take()? else { return None };
        // The end of a sequence is not a valid default, blunt or not.
        let default = match (head, self.peek()?) {
            (_, Token::End) => return None,
            (Head::Bare, _) => V::read_plain(self)?,
            (Head::Optional, _) => match self.optional::<V>()? {
                Optional::Value(value) => value,
                Optional::Null => V::of_null()?,
            },
        };
        let mut elements = Vec::new();
        while !matches!(self.peek()?, Token::End) {
            let element = match self.optional::<V>()? {
                Optional::Value(value) => value,
                Optional::Null => default.clone(),
            };
            Key::try_new(elements.len())?;
            elements.push(element);
        }
        self.at += 1;
        Some(Meaning { default, elements })
    }

    fn optional<V: Value>(&mut self) -> Option<Optional> {
        Some(match self.some()? {
            Some(()) => Optional::Value(V::read_plain(self)?),
            None => Optional::Null,
        })
    }
}
