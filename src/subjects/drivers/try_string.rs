//! The target `try_string`: compares a [`TryString`] with std's `String`.
//!
//! Operand a is a byte index, moved back to the boundary of a character. b chooses a character or a
//! text with one to four bytes per character.

use super::modelled::{CEILING, ClaimResult, Kind, Modelled, Operands, Operation, Pair, VERSION};
use super::modelled::{ensure, refused};
use super::{AnySteps, Target};
use crate::collections::{TryExtend, TryFromIterator, TryString, TryToOwned, TryVec};
use crate::pause;
use std::fmt::Write;

pub(super) const MODELLED: Modelled = Modelled {
    name: "try_string",
    version: VERSION,
    kinds: &[Kind::of::<Strings>("text")],
    #[cfg(test)]
    bombs: Some(Kind::of::<Strings>("text")),
    #[cfg(test)]
    seeds: &[
        (
            "grow",
            "push 0..9, push_str 0..9 3, insert 2 3, insert_str 5 4, insert_str 31 6, write 0 5, push_fmt 7 2",
        ),
        (
            "full",
            "push_str 0 5, shrink_to_fit, insert 2 3, shrink_to_fit, insert_str 1 4, shrink_to_fit, insert_str 31 6, shrink_to_fit, push_fmt 1 2, shrink_to_fit, write 0 5",
        ),
        (
            "shrink",
            "push_str 0..6, pop, remove 3, truncate 12, shrink_to 14, shrink_to_fit, shrink_to_fit, clear, shrink_to_fit, push 0 1",
        ),
        (
            "cut",
            "push_str 0..7, split_off 4, push_str 0 5, drain 3, retain 1, split_off 0, split_off 31",
        ),
        (
            "whole",
            "push_str 0..4 2, clone, into_boxed, push 0 2, into_boxed, to_owned, through_bytes, from_fmt 3 4, debug, compare, clear, into_boxed",
        ),
        (
            "items",
            "extend 0 1 9, extend_texts 0 2 5, from_iter 0 3 8, extend 0 7 140, from_texts 0 1 4",
        ),
        (
            "room",
            "reserve 3, push 0 1, reserve 9, reserve_exact 30, with_capacity 20, push 0 1, refuse_reserve, refuse_with_capacity, push 0 9",
        ),
    ],
};

/// The target, for the table.
pub const TARGET: Target = Target::try_steps(MODELLED.name, decode)
    .about("TryString, by operations that bytes spell out, beside std's")
    .ceiling(CEILING);

fn decode(bytes: &[u8]) -> Result<AnySteps<String>, String> {
    MODELLED.decode(bytes)
}

/// Texts with characters of every length in bytes.
const TEXTS: [&str; 8] = [
    "",
    "a",
    "é",
    "€",
    "𝄞",
    "plain text",
    "ünïcödé",
    "a text that is longer than any before: €€€ 𝄞",
];

fn text(operand: u8) -> &'static str {
    TEXTS[usize::from(operand) % TEXTS.len()]
}

fn character(operand: u8) -> char {
    text(operand).chars().next_back().unwrap_or('z')
}

/// A series of texts, as a `Series` chooses values.
fn texts(o: Operands) -> impl Iterator<Item = &'static str> {
    (0..o.c & 15).map(move |i| text(o.b.wrapping_add(i)))
}

struct Strings {
    text: TryString,
    model: String,
}

impl Pair for Strings {
    const OPERATIONS: &'static [Operation<Self>] = &[
        Operation::new("push(_, b)", |pair, o| {
            pair.text.push(character(o.b))?;
            pause(|| pair.model.push(character(o.b)));
            Ok(Ok(()))
        }),
        Operation::new("push_str(_, b)", |pair, o| {
            pair.text.push_str(text(o.b))?;
            pause(|| pair.model.push_str(text(o.b)));
            Ok(Ok(()))
        }),
        Operation::new("insert(a, b)", |pair, o| {
            let index = pair.boundary(o);
            pair.text.insert(index, character(o.b))?;
            pause(|| pair.model.insert(index, character(o.b)));
            Ok(Ok(()))
        }),
        Operation::new("insert_str(a, b)", |pair, o| {
            let index = pair.boundary(o);
            pair.text.insert_str(index, text(o.b))?;
            pause(|| pair.model.insert_str(index, text(o.b)));
            Ok(Ok(()))
        }),
        Operation::new("push_fmt(a, b)", |pair, o| {
            pair.text.push_fmt(format_args!("{}{:>5}{}", text(o.b), o.a, text(o.a)))?;
            pause(|| write!(pair.model, "{}{:>5}{}", text(o.b), o.a, text(o.a))).ok();
            Ok(Ok(()))
        }),
        Operation::new("write(_, b)", |pair, o| {
            // `fmt::Error` has no details. Here it means that a request failed.
            let bytes = text(o.b).len();
            let failed = |_| crate::collections::OutOfMemory::new(bytes);
            pair.text.write_str(text(o.b)).map_err(failed)?;
            pause(|| pair.model.push_str(text(o.b)));
            Ok(Ok(()))
        }),
        Operation::new("pop", |pair, _| {
            Ok(ensure(pair.text.pop() == pair.model.pop(), "another character was popped"))
        }),
        Operation::new("remove(a)", |pair, o| {
            let index = pair.boundary(o);
            if index == pair.model.len() {
                return Ok(Ok(()));
            }
            let removed = pair.text.remove(index);
            Ok(ensure(removed == pair.model.remove(index), "another character was removed"))
        }),
        Operation::new("truncate(a)", |pair, o| {
            let index = pair.boundary(o);
            pair.text.truncate(index);
            pair.model.truncate(index);
            Ok(Ok(()))
        }),
        Operation::new("clear", |pair, _| {
            pair.text.clear();
            pair.model.clear();
            Ok(Ok(()))
        }),
        Operation::new("split_off(a)", |pair, o| {
            let index = pair.boundary(o);
            pair.text = pair.text.split_off(index)?;
            pause(|| pair.model = pair.model.split_off(index));
            Ok(Ok(()))
        }),
        Operation::new("drain(a)", |pair, o| {
            let end = pair.boundary(o);
            let are_same = pair.text.drain(..end).eq(pair.model.drain(..end));
            Ok(ensure(are_same, "other characters were drained"))
        }),
        Operation::new("retain(b)", |pair, o| {
            pair.text.retain(|c| c != character(o.b));
            pair.model.retain(|c| c != character(o.b));
            Ok(Ok(()))
        }),
        Operation::new("clone", |pair, _| {
            pair.text = pair.text.try_clone()?;
            Ok(ensure(pair.text.capacity() == pair.text.len(), "a copy with spare room"))
        }),
        Operation::new("to_owned", |pair, _| {
            pair.text = pair.text.as_str().try_to_owned()?;
            Ok(Ok(()))
        }),
        Operation::new("from_fmt(a, b)", |pair, o| {
            pair.text = TryString::from_fmt(format_args!("{:?}{}", text(o.b), o.a))?;
            pause(|| pair.model = format!("{:?}{}", text(o.b), o.a));
            Ok(Ok(()))
        }),
        Operation::new("into_boxed", |pair, _| {
            match std::mem::take(&mut pair.text).into_boxed_str() {
                Ok(boxed) => pair.text = boxed.into(),
                Err((oom, text)) => {
                    pair.text = text;
                    return Err(oom);
                }
            }
            Ok(Ok(()))
        }),
        Operation::new("through_bytes", |pair, _| {
            let bytes: TryVec<u8> = std::mem::take(&mut pair.text).into_bytes();
            match TryString::from_utf8(bytes) {
                Ok(text) => pair.text = text,
                Err(_) => return Ok(Err("the bytes of a string are no string".into())),
            }
            Ok(Ok(()))
        }),
        Operation::new("extend(_, b, c)", |pair, o| {
            pair.text.try_extend(texts(o).map(|text| text.chars().next().unwrap_or('z')))?;
            pause(|| pair.model.extend(texts(o).map(|text| text.chars().next().unwrap_or('z'))));
            Ok(Ok(()))
        }),
        Operation::new("extend_texts(_, b, c)", |pair, o| {
            pair.text.try_extend(texts(o))?;
            pause(|| pair.model.extend(texts(o)));
            Ok(Ok(()))
        }),
        Operation::new("from_iter(_, b, c)", |pair, o| {
            pair.text = TryString::try_from_iter(texts(o).flat_map(str::chars))?;
            pause(|| pair.model = texts(o).collect());
            Ok(Ok(()))
        }),
        Operation::new("from_texts(_, b, c)", |pair, o| {
            pair.text = TryString::try_from_iter(texts(o))?;
            pause(|| pair.model = texts(o).collect());
            Ok(Ok(()))
        }),
        Operation::new("shrink_to(a)", |pair, o| {
            pair.text.shrink_to(o.a.into())?;
            Ok(Ok(()))
        }),
        Operation::new("shrink_to_fit", |pair, _| {
            pair.text.shrink_to_fit()?;
            Ok(ensure(pair.text.capacity() == pair.text.len(), "spare room is left"))
        }),
        Operation::new("compare", |pair, _| {
            let copy = pair.text.try_clone()?;
            Ok(ensure(copy == pair.text && copy <= pair.text, "it does not equal its copy"))
        }),
        Operation::new("debug", |pair, _| {
            let Self { text, model } = pair;
            let [ours, theirs] =
                pause(|| [format!("{text:?}{text:>9}"), format!("{model:?}{model:>9}")]);
            Ok(ensure(ours == theirs, "another format"))
        }),
        Operation::new("reserve(a)", |pair, o| {
            pair.text.reserve(o.a.into())?;
            Ok(pair.has_room_for(o))
        }),
        Operation::new("reserve_exact(a)", |pair, o| {
            pair.text.reserve_exact(o.a.into())?;
            Ok(pair.has_room_for(o))
        }),
        Operation::new("with_capacity(a)", |pair, o| {
            pair.text = TryString::with_capacity(o.a.into())?;
            pair.model.clear();
            Ok(pair.has_room_for(o))
        }),
        Operation::new("refuse_reserve", |pair, _| refused(pair.text.reserve(usize::MAX))),
        Operation::new("refuse_with_capacity", |_, _| {
            refused(TryString::with_capacity(usize::MAX))
        }),
    ];

    fn new() -> Self {
        Self { text: TryString::new(), model: String::new() }
    }

    fn check(&self) -> ClaimResult {
        let Self { text, model } = self;
        let is_as_long = text.len() == model.len() && text.is_empty() == model.is_empty();
        ensure(is_as_long && text.capacity() >= text.len(), "another length")?;
        ensure(*text == **model && std::str::from_utf8(text.as_bytes()).is_ok(), "another text")
    }

    fn view(&self) -> String {
        self.text.as_str().to_owned()
    }
}

impl Strings {
    /// The boundary of a character at the index or before it.
    fn boundary(&self, o: Operands) -> usize {
        let is_boundary = |index: &usize| self.model.is_char_boundary(*index);
        (0..=usize::from(o.a)).rev().find(is_boundary).unwrap_or(0)
    }

    fn has_room_for(&self, o: Operands) -> ClaimResult {
        let room = self.text.capacity() - self.text.len();
        ensure(room >= o.a.into(), "less room than was asked for")
    }
}
