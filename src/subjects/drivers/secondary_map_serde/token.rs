//! The alphabet of the documents, [`Token`], and what goes wrong with them, [`Trouble`].
//!
//! Nothing here owns memory.

use crate::collections::EntityRef;
use std::fmt::{self, Display, Write};

/// A key of which there are no more than 256.
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
    /// What follows is optional, and there.
    Some,
    /// What follows is in a newtype.
    Newtype,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    /// By its bits.
    Float(u64),
    Text(Blob),
    Bytes(Blob),
    /// What follows, up to its end, are elements.
    Sequence(Announced),
    /// An empty one.
    Map,
    End,
    /// The format shows what follows as it is, whatever it is asked for.
    Blunt,
    /// The format fails.
    Broken,
}

impl Token {
    /// A float for each number, the odd ones first.
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

/// Up to 15 letters in a row.
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

/// What keeps a document from being read or written. Making one needs no memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The document is over too early, or says so.
    Document,
    /// The reader or the writer says something.
    Said(Said),
}

/// Whether what is said is that memory is short.
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

/// A writer for texts that begin so; it fails at any other.
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
