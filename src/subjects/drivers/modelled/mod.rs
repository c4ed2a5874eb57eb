//! The common part of the targets of the collections and of the type registry: bytes encode
//! operations on a subject and its model, a [`Pair`]. The layout of the bytes is in [the
//! documentation of targets](super). New kinds and operations are added only at the end of their
//! lists, so that a corpus keeps its meaning.
//!
//! A step performs the operation on the collection and, after a success, on the model. The model
//! runs outside the sweep: its requests are not counted and cannot fail. A failed step leaves the
//! model unchanged, so the two must still agree.
//!
//! The engine judges the runs, not this file.

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

/// The version of the layout, in the high bits of the first byte. It is never 0, because a
/// WebAssembly module starts with a zero byte. A target whose operands changed their meaning has a
/// version of its own.
pub(super) const VERSION: u8 = 1;

/// The size in bytes of the largest request that can succeed in a sweep of these targets.
/// Operations with larger requests expect them to fail.
pub(super) const CEILING: usize = 64 << 20;

/// A collection and its model. The model holds the numbers of [samples](super::sample::Sample).
pub(super) trait Pair: Sized + Send + 'static {
    /// The greatest number of operations in a sequence.
    const MOST: usize = 128;

    /// The operations, by code.
    const OPERATIONS: &'static [Operation<Self>];

    /// Makes an empty collection and an empty model.
    fn new() -> Self;

    /// Whether an operation of this name and with these operands fails even without a fault. An
    /// operation that always fails has a name that starts with `refuse`.
    fn is_refused(_name: &str, _: Operands) -> bool {
        false
    }

    /// The number of these operations that are kept, from the first on. A target with expensive
    /// operations limits their work here, so that a sweep ends.
    fn affordable(steps: impl Iterator<Item = (&'static str, Operands)>) -> usize {
        steps.count()
    }

    /// Describes an operand, by its letter in the operation's text.
    fn operand(letter: char, Operands { a, b, c }: Operands) -> String {
        match letter {
            'a' => a.to_string(),
            'b' => b.to_string(),
            'c' => c.to_string(),
            other => other.to_string(),
        }
    }

    /// Checks that the collection is valid, and that every way of reading it agrees with the model.
    ///
    /// # Errors
    /// Returns a description of what is wrong.
    fn check(&self) -> ClaimResult;

    /// The view of the collection.
    fn view(&self) -> String;
}

/// `Ok` if an answer was right, otherwise what was wrong.
pub(super) type ClaimResult = Result<(), Cow<'static, str>>;

/// `Err` if a request failed, otherwise whether the answer was right.
pub(super) type Answer = Result<ClaimResult, OutOfMemory>;

/// An operation on a [`Pair`].
pub(super) struct Operation<P> {
    /// The operation with its operands in Rust-like notation: `insert(a, b)`.
    text: &'static str,
    /// Performs the operation. An error leaves both parts as they were.
    perform: fn(&mut P, Operands) -> Answer,
}

/// The operands of an operation.
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

/// Checks that a request above every ceiling failed, and that the error reports a size above the
/// ceiling.
pub(super) fn refused<T>(result: Result<T, OutOfMemory>) -> Answer {
    match result {
        Err(oom) if oom.requested() > CEILING => Err(oom),
        Err(_) => Ok(Err("refused, with another size than was asked for".into())),
        Ok(_) => Ok(Err("it succeeded, where it should be refused: is there a ceiling?".into())),
    }
}

/// Checks that the value returned with an error is the one that was passed in.
pub(super) fn given_back(oom: OutOfMemory, is_same: bool) -> Answer {
    match is_same {
        true => Err(oom),
        false => Ok(Err("another value was given back than could not be added".into())),
    }
}

/// Splits off the first byte. Returns its low bits and the other bytes.
///
/// # Errors
/// Returns one line if there is no byte, or if it has another version.
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

/// Returns the kind that the first byte names, and the other bytes.
///
/// # Errors
/// Those of [`first_byte`], and one line if there is no such kind.
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

/// A target that compares a subject with its model.
pub(super) struct Modelled {
    pub(super) name: &'static str,
    /// The version in the high bits of the first byte.
    pub(super) version: u8,
    pub(super) kinds: &'static [Kind],
    /// The kind with values that panic, if the subject has values.
    #[cfg(test)]
    pub(super) bombs: Option<Kind>,
    /// The names of the seeds, and their operations as text; see [`seeds`].
    #[cfg(test)]
    pub(super) seeds: &'static [Seed],
}

/// A [`Pair`] with concrete types.
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
    /// Decodes the operations in these bytes.
    ///
    /// # Errors
    /// Returns one line about the first byte.
    pub(super) fn decode(&self, bytes: &[u8]) -> Result<AnySteps<String>, String> {
        let (kind, records) = kind(bytes, self.version, self.kinds)?;
        Ok(AnySteps::new((kind.drive)(records)))
    }
}
