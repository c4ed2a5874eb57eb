//! [`Token`]: a part of a document. [`Trouble`]: the error of the format.
//!
//! Nothing here owns memory.

use crate::collections::EntityRef;
use std::fmt::{self, Display, Write};

/// A key type with 256 keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key(u8);

impl EntityRef for Key {
    fn new(index: usize) -> Self {
        Self::try_new(index).expect("an index below 256")
    }

    fn index(self) -> usize {
        self.0.into()
    }

    fn try_new(index: usize) -> Option<Self> {
        u8::try_from(index).ok().map(Self)
    }
}

/// A part of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    None,
    Unit,
    /// The following value is optional and present.
    Some,
    /// The following value is in a newtype.
    Newtype,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    /// A float, by its bits.
    Float(u64),
    Text(Blob),
    Bytes(Blob),
    /// The start of a sequence; its elements follow, up to the end token.
    Sequence(Announced),
    /// An empty map.
    Map,
    End,
    /// The format passes on the next token as it is, whatever type is requested.
    Blunt,
    /// The format fails.
    Broken,
}

impl Token {
    /// A float for each number, the special ones first.
    pub(super) fn float(number: u8) -> Self {
        const ODD: [f64; 7] =
            [0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE, 1.5];
        let odd = ODD.get(usize::from(number)).copied();
        Self::Float(odd.unwrap_or(f64::from(number)).to_bits())
    }
}

/// The length that a sequence claims to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Announced {
    Nothing,
    Length(usize),
}

const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";

/// A text of up to 15 letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Blob {
    first: u8,
    len: u8,
}

impl Blob {
    pub(super) fn new(first: u8, len: u8) -> Self {
        Self { first: first % 11, len: len % 16 }
    }

    pub(super) fn text(self) -> &'static str {
        &LETTERS[usize::from(self.first)..][..usize::from(self.len)]
    }

    /// The blob of this text.
    pub(super) fn of(text: &[u8]) -> Option<Self> {
        let first = text.first().map_or(Some(0), |first| first.checked_sub(b'a'))?;
        let blob = Self::new(first, u8::try_from(text.len()).ok()?);
        (blob.text().as_bytes() == text).then_some(blob)
    }
}

/// Why a document cannot be read or written. Making this error makes no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The document ends too early, or contains a broken token.
    Document,
    /// An error of the reader or the writer.
    Said(Said),
}

/// Whether the error text is that of a failed request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    OutOfMemory,
    Otherwise,
}

impl Trouble {
    fn said(message: impl Display) -> Self {
        const OOM: &str = "out of memory (";
        let mut rest = Expected(OOM);
        let is_oom = write!(rest, "{message}").is_ok() && rest.0.is_empty();
        Self::Said(if is_oom { Said::OutOfMemory } else { Said::Otherwise })
    }
}

/// A writer that accepts only texts with this beginning.
struct Expected(&'static str);

impl Write for Expected {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let len = self.0.len().min(text.len());
        let (expected, rest) = self.0.split_at(len);
        self.0 = rest;
        if text.as_bytes()[..len] == *expected.as_bytes() { Ok(()) } else { Err(fmt::Error) }
    }
}

impl Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Document => "the document is broken",
            Self::Said(Said::OutOfMemory) => "out of memory",
            Self::Said(Said::Otherwise) => "no such value",
        })
    }
}

impl std::error::Error for Trouble {}

impl serde::de::Error for Trouble {
    fn custom<T: Display>(message: T) -> Self {
        Self::said(message)
    }
}

impl serde::ser::Error for Trouble {
    fn custom<T: Display>(message: T) -> Self {
        Self::said(message)
    }
}
