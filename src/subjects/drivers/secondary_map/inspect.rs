//! The operations that leave a map as it is: lookups, iteration, comparison, formatting.
//!
//! They compare what different methods say of the same map; that it holds what it should is for
//! the script's check. Of maps of values without bytes, which may have 2^64 of them, only the
//! ends are walked.

use super::model::{Answer, ClaimResult, ensure};
use super::value::{Key, Map, Value};
use crate::collections::{EntityRef, OutOfMemory};
use std::fmt::{self, Write};
use std::hash::{DefaultHasher, Hash, Hasher};

/// How much of a map is walked, from either end: all of it, unless its values have no bytes.
const NEAR: usize = 4096;

/// `get`, and by index, for each of the keys whose values the answer has.
pub(super) fn get_each<V: Value>(
    map: &Map<V>,
    first: usize,
    answer: &Answer,
    values: &[V],
) -> ClaimResult {
    let Answer::Values(expected) = answer else { return Err("values for an answer") };
    for (i, expected) in expected.iter().enumerate() {
        let key = Key(first.saturating_add(i));
        let expected = expected.map(|id| &values[id]);
        ensure(map.get(key) == expected, "`get` gives another value")?;
        let by_index = expected.unwrap_or(map.default_value());
        ensure(map[key] == *by_index, "the index gives another value")?;
    }
    Ok(())
}

/// Every shared iterator from the front, and from the back.
pub(super) fn iterate<V: Value>(map: &Map<V>) -> ClaimResult {
    let len = map.len();
    let as_long = map.iter().len() == len
        && map.keys().len() == len
        && map.values().len() == len
        && map.into_iter().count() == len;
    ensure(as_long, "an iterator is not as long as the map")?;
    let ends = map.keys().next() == len.checked_sub(1).map(|_| Key(0))
        && map.iter().last().map(|(key, _)| key) == len.checked_sub(1).map(Key);
    ensure(ends, "an iterator has other ends than the map")?;

    let front = map.iter().zip(map.keys()).zip(map.values()).take(NEAR);
    for (i, (((key, value), same_key), same_value)) in front.enumerate() {
        let same = key.index() == i && same_key == key && value == same_value;
        ensure(same && map.get(key) == Some(value), "iterators differ from the front")?;
    }
    let back = map.iter().rev().zip(map.keys().rev()).zip(map.values().rev()).take(NEAR);
    for (i, (((key, value), same_key), same_value)) in back.enumerate() {
        let same = key.index() == len - 1 - i && same_key == key && value == same_value;
        ensure(same && map[key] == *value, "iterators differ from the back")?;
    }
    Ok(())
}

/// A copy by value: some of it from the front, some from the back, the rest dropped.
pub(super) fn into_iter<V: Value>(map: &Map<V>) -> Result<ClaimResult, OutOfMemory> {
    let mut copies = map.try_clone()?.into_iter();
    let each = copies.len().min(NEAR) / 3;
    for _ in 0..each {
        let (Some((first, at_first)), Some((last, at_last))) = (copies.next(), copies.next_back())
        else {
            return Ok(Err("the iterator ends early"));
        };
        let same = map.get(first) == Some(&at_first) && map.get(last) == Some(&at_last);
        if !same {
            return Ok(Err("the iterator by value has other values"));
        }
    }
    Ok(ensure(copies.len() == map.len() - 2 * each, "the iterator has lost count"))
}

/// The map and a copy of another length: `==` both ways, and the hashes if they are equal.
pub(super) fn compare<V: Value>(
    map: &Map<V>,
    len: usize,
    answer: &Answer,
) -> Result<ClaimResult, OutOfMemory> {
    let mut copy = map.try_clone()?;
    copy.resize(len)?;
    let Answer::Equal(expected) = *answer else { return Ok(Err("a comparison for an answer")) };
    let (there, back) = (*map == copy, copy == *map);
    Ok(if there != expected || back != expected {
        Err("equal, or not, against the model")
    } else {
        ensure(!expected || hash(map) == hash(&copy), "equal maps have different hashes")
    })
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The format, compared without writing it anywhere.
pub(super) fn debug<V: Value>(map: &Map<V>) -> ClaimResult {
    if map.len() > NEAR {
        return Ok(());
    }
    let (elems, default) = (map.as_values_slice(), map.default_value());
    let expected = print(format_args!("SecondaryMap {{ elems: {elems:?}, default: {default:?} }}"));
    ensure(print(format_args!("{map:?}")) == expected, "the format is another")
}

/// A hash of the text, and its length.
fn print(text: fmt::Arguments<'_>) -> (u64, usize) {
    struct Sink(DefaultHasher, usize);

    impl Write for Sink {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.write(text.as_bytes());
            self.1 += text.len();
            Ok(())
        }
    }

    let mut sink = Sink(DefaultHasher::new(), 0);
    match sink.write_fmt(text) {
        Ok(()) => (sink.0.finish(), sink.1),
        Err(_) => (0, usize::MAX),
    }
}
