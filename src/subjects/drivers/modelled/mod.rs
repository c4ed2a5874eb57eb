//! What the targets of the collections and of the type registry have in common: a subject beside
//! its model, [`Pair`], under operations that bytes spell out. The layout of the bytes is in [the
//! documentation of targets](super). Lists of kinds and operations grow only at their ends, so that
//! a corpus keeps its meaning.
//!
//! A step does the operation on the collection, and, if it succeeded, on the model, which is
//! outside the sweep: its requests are neither counted nor faulted. So a step that failed left the
//! model alone, and the two must still agree.
//!
//! Does not judge what faults do: that is the engine's work.

#[cfg(test)]
mod panics;
mod script;
#[cfg(test)]
mod seeds;
#[cfg(test)]
mod tests;

use super::erased_steps::{AnySteps, ErasedSteps};
use super::sample::Sample;
use crate::collections::OutOfMemory;
#[cfg(test)]
pub(super) use panics::Bomb;
use script::Script;
pub(super) use script::{Disagreement, NARROW, WIDE};
#[cfg(test)]
pub(super) use seeds::Seed;
use std::borrow::Cow;
use std::sync::Arc;

/// The version of the layout, in the high bits of the first byte. Never 0, with which a module
/// starts. A target whose operands changed their meaning has a version of its own.
pub(super) const VERSION: u8 = 1;

/// The size in bytes of the greatest request that a sweep of these targets may serve. What asks
/// for more expects to be refused.
pub(super) const CEILING: usize = 64 << 20;

/// A collection and its model, which holds the numbers of [samples](super::sample::Sample).
pub(super) trait Pair: Sized + Send + 'static {
    /// No sequence is longer.
    const MOST: usize = 128;

    /// What can be done, by its code.
    const OPERATIONS: &'static [Operation<Self>];

    /// Both empty.
    fn new() -> Self;

    /// Whether these operands make the operation of this name fail even when nothing faults. An
    /// operation that always fails has a name that starts with `refuse`.
    fn is_refused(_name: &str, _: Operands) -> bool {
        false
    }

    /// How many of these operations are taken, by name and from the first on. A target whose
    /// operations can take long bounds their work here, so that a sweep ends.
    fn affordable(steps: impl Iterator<Item = (&'static str, Operands)>) -> usize {
        steps.count()
    }

    /// An operand as a description shows it, by its letter in the operation's text.
    fn operand(letter: char, Operands { a, b, c }: Operands) -> String {
        match letter {
            'a' => a.to_string(),
            'b' => b.to_string(),
            'c' => c.to_string(),
            other => other.to_string(),
        }
    }

    /// Whether the collection is sound, and reads as the model does by every way of reading it.
    ///
    /// # Errors
    /// With what is wrong.
    fn check(&self) -> ClaimResult;

    /// What the collection means to its user.
    fn view(&self) -> String;
}

/// Whether an answer was right, or what was wrong with it.
pub(super) type ClaimResult = Result<(), Cow<'static, str>>;

/// Whether it succeeded, and if so with the right answer.
pub(super) type Answer = Result<ClaimResult, OutOfMemory>;

/// Something to do with a [`Pair`].
pub(super) struct Operation<P> {
    /// In Rust-like notation, with the operands it takes: `insert(a, b)`.
    text: &'static str,
    /// Does it. An error leaves both as they were.
    perform: fn(&mut P, Operands) -> Answer,
}

/// What an operation is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Operands {
    pub(super) a: u8,
    pub(super) b: u8,
    pub(super) c: u8,
}

impl<P> Operation<P> {
    pub(super) const fn new(text: &'static str, perform: fn(&mut P, Operands) -> Answer) -> Self {
        Self { text, perform }
    }

    /// The text up to the operands.
    fn name(&self) -> &'static str {
        self.text.split('(').next().unwrap_or_default()
    }
}

impl Operands {
    /// The number of the key that operand a names.
    pub(super) fn key_id<K: Sample>(self) -> u8 {
        K::pick(self.a)
    }

    /// The number of the value that operand b names.
    pub(super) fn value_id<V: Sample>(self) -> u8 {
        V::pick(self.b)
    }

    /// The key that operand a names.
    pub(super) fn key<K: Sample>(self) -> Result<K, OutOfMemory> {
        K::make(self.key_id::<K>())
    }

    /// The value that operand b names.
    pub(super) fn value<V: Sample>(self) -> Result<V, OutOfMemory> {
        V::make(self.value_id::<V>())
    }
}

pub(super) fn ensure(condition: bool, otherwise: &'static str) -> ClaimResult {
    if condition { Ok(()) } else { Err(otherwise.into()) }
}

/// Of a request that is above every ceiling: that it was refused, and with a size no smaller than
/// what is certainly too much.
pub(super) fn refused<T>(result: Result<T, OutOfMemory>) -> Answer {
    match result {
        Err(oom) if oom.requested() > CEILING => Err(oom),
        Err(_) => Ok(Err("refused, with another size than was asked for".into())),
        Ok(_) => Ok(Err("it succeeded, where it should be refused: is there a ceiling?".into())),
    }
}

/// Of what was given back with an error: that it is what was given.
pub(super) fn given_back(oom: OutOfMemory, is_same: bool) -> Answer {
    match is_same {
        true => Err(oom),
        false => Ok(Err("another value was given back than could not be added".into())),
    }
}

/// What the low bits of the first byte say, and the other bytes.
///
/// # Errors
/// With one line, if there is none, or it is of another version.
pub(super) fn first_byte(bytes: &[u8], version: u8) -> Result<(usize, &[u8]), String> {
    let [first, rest @ ..] = bytes else { return Err("the input is empty".into()) };
    let found = first >> 4;
    if found == version {
        return Ok((usize::from(first & 15), rest));
    }
    Err(format!(
        "byte 0 is {first:#04x}, layout version {found}, where this build reads version {version}"
    ))
}

/// The kind that the first byte names, and the other bytes.
///
/// # Errors
/// As [`first_byte`], and if there is no such kind.
pub(super) fn kind<'a, K>(
    bytes: &'a [u8],
    version: u8,
    kinds: &'a [K],
) -> Result<(&'a K, &'a [u8]), String> {
    let (number, rest) = first_byte(bytes, version)?;
    let kind = kinds.get(number).ok_or_else(|| {
        let (first, kinds) = (bytes[0], kinds.len());
        format!("byte 0 is {first:#04x}, kind {number} of a target with {kinds}")
    })?;
    Ok((kind, rest))
}

/// A target of this kind.
pub(super) struct Modelled {
    pub(super) name: &'static str,
    /// In the high bits of the first byte.
    pub(super) version: u8,
    pub(super) kinds: &'static [Kind],
    /// The kind with values that panic, if there are values.
    #[cfg(test)]
    pub(super) bombs: Option<Kind>,
    /// Names, and operations in words; see [`seeds`].
    #[cfg(test)]
    pub(super) seeds: &'static [Seed],
}

/// A [`Pair`] of certain types.
pub(super) struct Kind {
    #[cfg_attr(not(test), expect(dead_code, reason = "for the names of seeds"))]
    name: &'static str,
    drive: fn(&[u8]) -> Arc<dyn ErasedSteps<String>>,
    #[cfg(test)]
    operations: fn() -> Vec<&'static str>,
}

impl Kind {
    pub(super) const fn of<P: Pair>(name: &'static str) -> Self {
        Self {
            name,
            drive: |records| Arc::new(Script::<P>::read(records)),
            #[cfg(test)]
            operations: || P::OPERATIONS.iter().map(|operation| operation.text).collect(),
        }
    }
}

impl Modelled {
    /// The operations that these bytes spell out.
    ///
    /// # Errors
    /// With one line, about the first byte.
    pub(super) fn decode(&self, bytes: &[u8]) -> Result<AnySteps<String>, String> {
        let (kind, records) = kind(bytes, self.version, self.kinds)?;
        Ok(AnySteps::new((kind.drive)(records)))
    }
}
