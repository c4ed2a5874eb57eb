//! Values and maps as the rules of the format know them, whatever the type of value: [`Plain`] and
//! [`Meaning`]. And the tokens that they are read from: [`Walk`].

use super::token::{Blob, Token};

/// A value of any of the types.
#[derive(Clone, Debug)]
pub(super) enum Plain {
    Number(u32),
    Bytes(Blob),
    Unit,
    Optional(Option<u8>),
    Float(f64),
    Row(Box<Meaning>),
}

/// A default and the values of the first keys.
#[derive(Clone, Debug)]
pub(super) struct Meaning {
    pub(super) default: Plain,
    pub(super) elements: Vec<Plain>,
}

impl PartialEq for Plain {
    /// As values are equal: a float that is no number is not.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => one == other,
            (Self::Bytes(one), Self::Bytes(other)) => one.text() == other.text(),
            (Self::Unit, Self::Unit) => true,
            (Self::Optional(one), Self::Optional(other)) => one == other,
            (Self::Float(one), Self::Float(other)) => one == other,
            (Self::Row(one), Self::Row(other)) => one.equals(other),
            _ => false,
        }
    }
}

impl Meaning {
    /// Equal defaults, and equal values at every key.
    fn equals(&self, other: &Self) -> bool {
        let longest = self.elements.len().max(other.elements.len());
        let at = |map: &Self, index: usize| map.elements.get(index).unwrap_or(&map.default).clone();
        self.default == other.default
            && (0..longest).all(|index| at(self, index) == at(other, index))
    }
}

/// A document on the way through it.
pub(super) struct Walk<'a> {
    pub(super) tokens: &'a [Token],
    pub(super) at: usize,
}

impl Walk<'_> {
    pub(super) fn peek(&self) -> Option<Token> {
        self.tokens.get(self.at).copied()
    }

    /// The next token that means something.
    pub(super) fn take(&mut self) -> Option<Token> {
        loop {
            let token = self.peek()?;
            self.at += 1;
            if !matches!(token, Token::Blunt) {
                return Some(token);
            }
        }
    }

    /// Whether a value is there, and follows. What is shown bluntly has to say so.
    pub(super) fn some(&mut self) -> Option<Option<()>> {
        match self.peek()? {
            Token::None | Token::Unit | Token::Some | Token::Blunt => match self.take()? {
                Token::None | Token::Unit => Some(None),
                Token::Some => Some(Some(())),
                _ => None,
            },
            _ => Some(Some(())),
        }
    }
}
