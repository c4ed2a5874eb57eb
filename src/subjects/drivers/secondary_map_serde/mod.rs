//! The target `secondary_map_serde`: reads a [`SecondaryMap`] from arbitrary documents and writes
//! it again.
//!
//! The bytes have the [layout of the collections' targets](crate::targets). The kinds: 0 `u32`, 1 bytes on
//! the heap, 2 units, 3 optional numbers, 4 floats, 5 maps of `u32`. Most operations append a token
//! to a document, in any order. Others read a map from the document, which replaces the last map,
//! or write the map as the next document. Operand b of `number` and `negative` is a shift. Operand
//! a of `sequence` is the announced length: none, 0 or the greatest.
//!
//! | bit of operand a | of `read` | of `write` |
//! | --- | --- | --- |
//! | 0 | whether the default is written without `Some` | the same |
//! | 1 | | whether the format is human-readable, so that `Some` is not written |
//! | 1–2 | the method: 0, 3 `deserialize_fallible`, 1 `Seed`, 2 `Deserialize` | |
//!
//! The format makes no request of its own, so only the requests of the map and its values are
//! swept. `token` has the tokens, `input` the deserializer, `output` the serializer, `value` the
//! types of values. `meaning` computes what a document means by the rules of the format, without
//! serde. JSON is written and read too, paused, because `serde_json` needs memory.
//!
//! A document has at most 320 tokens, and a key is at most 255. So there can be more elements than
//! keys, and gaps with a default that owns memory stay small.

mod input;
mod meaning;
mod operands;
mod output;
mod plain;
#[cfg(test)]
mod tests;
mod token;
mod value;

use super::modelled::{
    Answer, CEILING, ClaimResult, Kind, Modelled, Operands, Operation, Pair, VERSION, ensure,
};
use super::{AnySteps, Target};
use crate::collections::secondary_map::DeError;
use crate::collections::{OutOfMemory, SecondaryMap};
use crate::pause;
use input::Input;
use operands::{Head, Reader, Way};
use plain::Meaning;
use std::cell::Cell;
use std::marker::PhantomData;
use token::{Announced, Blob, Key, Token, Trouble};
use value::{Owned, Value};

pub(super) const MODELLED: Modelled = Modelled {
    name: "secondary_map_serde",
    version: VERSION,
    kinds: &[
        Kind::of::<Documents<u32>>("u32"),
        Kind::of::<Documents<Owned>>("bytes"),
        Kind::of::<Documents<()>>("unit"),
        Kind::of::<Documents<Option<u8>>>("optional"),
        Kind::of::<Documents<f64>>("float"),
        Kind::of::<Documents<SecondaryMap<Key, u32>>>("rows"),
    ],
    #[cfg(test)]
    bombs: None,
    #[cfg(test)]
    seeds: tests::SEEDS,
};

/// The target, for the table.
pub const TARGET: Target = Target::try_steps(MODELLED.name, decode)
    .about("SecondaryMap, read from documents that bytes spell out, and written again")
    .ceiling(CEILING);

fn decode(bytes: &[u8]) -> Result<AnySteps<String>, String> {
    MODELLED.decode(bytes)
}

/// The greatest length of a document that operations make.
const MOST_TOKENS: usize = 320;

type Map<V> = SecondaryMap<Key, V>;

/// A map, its model, and the document under construction.
struct Documents<V> {
    map: Map<V>,
    model: Meaning,
    document: Vec<Token>,
}

impl<V: Value> Documents<V> {
    fn append(&mut self, token: Token) -> Answer {
        pause(|| {
            if self.document.len() < MOST_TOKENS {
                self.document.push(token);
            }
        });
        Ok(Ok(()))
    }

    fn again(&mut self, times: u8) -> Answer {
        let last = self.document.last().copied();
        let times = usize::from(times).min(MOST_TOKENS.saturating_sub(self.document.len()));
        pause(|| self.document.extend(last.into_iter().flat_map(|last| vec![last; times])));
        Ok(Ok(()))
    }

    fn read(&mut self, head: Head, way: Way) -> Answer {
        let meaning = pause(|| Meaning::of::<V>(&self.document, head));
        let at = Cell::new(0);
        match (V::read(Input::new(&self.document, &at), head, way), meaning) {
            (Ok(map), Some(meaning)) => {
                self.map = map;
                pause(|| self.model = meaning);
                Ok(Ok(()))
            }
            (Err(DeError::Oom(oom)), _) => Err(oom),
            (Err(DeError::Format(_)), None) => Ok(Ok(())),
            (Ok(_), None) => Ok(Err("it is read, although it means nothing".into())),
            (Err(DeError::Format(error)), Some(_)) => {
                Ok(Err(pause(|| format!("it is refused: {error}").into())))
            }
        }
    }

    fn write(&mut self, head: Head, reader: Reader) -> Answer {
        let mut written = Vec::new();
        let result = output::write(&self.map, head, reader, &mut written);
        pause(|| {
            let expected = self.model.document::<V>(head, reader);
            let verdict = match (&result, &expected) {
                (Ok(()), Some(expected)) => ensure(written == *expected, "it is written otherwise"),
                (Err(Trouble::Said(_)), None) => Ok(()),
                (Ok(()), None) => Err("a value is written that cannot be read".into()),
                (Err(error), _) => Err(format!("it is not written: {error}").into()),
            };
            self.document.clear();
            // The written tokens become part of the next document, which may be invalid.
            self.document.extend(written.iter().copied().take(MOST_TOKENS * 4));
            drop(written);
            Ok(verdict)
        })
    }

    /// Writing as JSON either fails, or reading the result returns the same map.
    fn json(&self) -> Answer {
        Ok(pause(|| {
            let can_be = self.model.document::<V>(Head::Optional, Reader::Person).is_some();
            match (serde_json::to_string(&self.map), can_be) {
                (Err(_), false) => Ok(()),
                (Err(error), true) => Err(format!("it is not written: {error}").into()),
                (Ok(text), false) => Err(format!("{text} has lost a value").into()),
                (Ok(text), true) => match V::read_json(&text) {
                    Err(error) => Err(format!("{text} is not read: {error}").into()),
                    Ok(map) => self.model.trimmed::<V>().is::<V>(&map),
                },
            }
        }))
    }
}

impl<V: Value> Pair for Documents<V> {
    const OPERATIONS: &'static [Operation<Self>] = &[
        Operation::new("none", |pair, _| pair.append(Token::None)),
        Operation::new("unit", |pair, _| pair.append(Token::Unit)),
        Operation::new("some", |pair, _| pair.append(Token::Some)),
        Operation::new("newtype", |pair, _| pair.append(Token::Newtype)),
        Operation::new("boolean(a)", |pair, o| pair.append(Token::Bool(o.a & 1 == 1))),
        Operation::new("number(a, b)", |pair, o| {
            pair.append(Token::Unsigned(u64::from(o.a) << (o.b % 64)))
        }),
        Operation::new("negative(a, b)", |pair, o| {
            pair.append(Token::Signed(-(i64::from(o.a) << (o.b % 55))))
        }),
        Operation::new("float(a)", |pair, o| pair.append(Token::float(o.a))),
        Operation::new("text(a, b)", |pair, o| pair.append(Token::Text(blob(o)))),
        Operation::new("bytes(a, b)", |pair, o| pair.append(Token::Bytes(blob(o)))),
        Operation::new("sequence(a)", |pair, o| {
            pair.append(Token::Sequence(match o.a % 3 {
                0 => Announced::Nothing,
                1 => Announced::Length(0),
                _ => Announced::Length(usize::MAX),
            }))
        }),
        Operation::new("map", |pair, _| pair.append(Token::Map)),
        Operation::new("end", |pair, _| pair.append(Token::End)),
        Operation::new("blunt", |pair, _| pair.append(Token::Blunt)),
        Operation::new("broken", |pair, _| pair.append(Token::Broken)),
        Operation::new("again(a)", |pair, o| pair.again(o.a)),
        Operation::new("new_document", |pair, _| {
            pause(|| pair.document.clear());
            Ok(Ok(()))
        }),
        Operation::new("read(a)", |pair, o| pair.read(Head::of(o.a), Way::of(o.a))),
        Operation::new("write(a)", |pair, o| pair.write(Head::of(o.a), Reader::of(o.a))),
        Operation::new("json", |pair, _| pair.json()),
    ];

    fn new() -> Self {
        Self {
            map: SecondaryMap::with_default(V::initial()),
            model: Meaning { default: V::meaning_of_initial(), elements: Vec::new() },
            document: Vec::new(),
        }
    }

    fn check(&self) -> ClaimResult {
        self.model.is::<V>(&self.map)
    }

    fn view(&self) -> String {
        format!("{:?}", self.map)
    }
}

fn blob(o: Operands) -> Blob {
    Blob::new(o.a, o.b)
}

/// Reads with a seed and its own cell.
fn fallible<T>(
    read: impl FnOnce(&Cell<Option<OutOfMemory>>) -> Result<T, Trouble>,
) -> Result<T, DeError<Trouble>> {
    let oom = Cell::new(None);
    read(&oom).map_err(|error| oom.get().map_or(DeError::Format(error), DeError::Oom))
}

/// A value that implements `Deserialize`.
type Plain<V> = PhantomData<V>;
