//! What operands choose: how the default stands ([`Head`]), who reads a map ([`Way`]) and whom a
//! map is written for ([`Reader`]).

use super::token::Token;

/// How the default stands at the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    Optional,
    Bare,
}

impl Head {
    pub(super) fn of(operand: u8) -> Self {
        if operand & 1 == 0 { Self::Optional } else { Self::Bare }
    }
}

/// By which of its ways a map is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Fallible,
    Seed,
    Deserialize,
}

impl Way {
    pub(super) fn of(operand: u8) -> Self {
        match operand >> 1 & 3 {
            1 => Self::Seed,
            2 => Self::Deserialize,
            _ => Self::Fallible,
        }
    }
}

/// For whom the format is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    Program,
    /// `Some` is not written, and what is not finite is null.
    Person,
}

impl Reader {
    pub(super) fn of(operand: u8) -> Self {
        if operand & 2 == 0 { Self::Program } else { Self::Person }
    }

    /// What stands before a value that is optional and there.
    pub(super) fn some(self) -> Option<Token> {
        (self == Self::Program).then_some(Token::Some)
    }
}
