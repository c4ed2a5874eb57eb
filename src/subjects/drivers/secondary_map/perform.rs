//! One [`Operation`] on one map, its answer compared with the right one. Here those that change
//! the map; those that only look are in `inspect`.
//!
//! No request is made here but those of the map, of copies of prepared values, and of the room
//! that holds such copies on their way. An error leaves the map as it was: copies come first.

use super::super::sample::with_room;
use super::inspect;
use super::model::{Answer, ClaimResult, ensure};
use super::operation::{Items, Operation};
use super::value::{Key, Map, Value, ValueId};
use crate::collections::OutOfMemory;
use std::mem;

/// Does the operation. `values` are those that it names.
pub(super) fn perform<V: Value>(
    map: &mut Map<V>,
    operation: Operation,
    answer: &Answer,
    values: &[V],
) -> Result<ClaimResult, OutOfMemory> {
    let copy = |value: ValueId| values[value].try_clone();
    match operation {
        Operation::New => *map = Map::new(),
        Operation::Default => *map = Map::default(),
        Operation::WithDefault(value) => *map = Map::with_default(copy(value)?),
        Operation::WithCapacity(room) => {
            *map = Map::with_capacity(room)?;
            return Ok(ensure(map.capacity() >= room, "less room than was asked for"));
        }
        Operation::FromVec { count, value } => *map = Map::from(vec(count, value, values)?),
        Operation::Insert { key, value } => {
            let old = map.insert(Key(key), copy(value)?)?;
            return Ok(answer.value(values, old.as_ref()));
        }
        Operation::InsertOrReturn { key, value } => return insert(map, key, value, answer, values),
        Operation::GetMut { key, value } => {
            let value = copy(value)?;
            let old = map.get_mut(Key(key)).map(|slot| mem::replace(slot, value));
            return Ok(answer.value(values, old.as_ref()));
        }
        Operation::Remove(key) => {
            let old = map.remove(Key(key))?;
            return Ok(answer.value(values, old.as_ref()));
        }
        Operation::Resize(len) => {
            let capacity = map.capacity();
            map.resize(len)?;
            return Ok(ensure(map.capacity() >= capacity, "the capacity shrank"));
        }
        Operation::Clear => {
            let capacity = map.capacity();
            map.clear();
            return Ok(ensure(map.capacity() == capacity, "the capacity changed"));
        }
        Operation::Reverse => reverse(map),
        Operation::SwapEnds => {
            let mut ends = map.values_mut();
            if let (Some(first), Some(last)) = (ends.next(), ends.next_back()) {
                mem::swap(first, last);
            }
        }
        Operation::Clone => {
            let copy = map.try_clone()?;
            let verdict = ensure(copy == *map && copy.len() == map.len(), "the copy differs");
            *map = copy;
            return Ok(verdict);
        }
        Operation::Extend(items) => {
            let list = list(items, values)?;
            map.try_extend(items.hint.on(list))?;
        }
        Operation::FromIter(items) => {
            let list = list(items, values)?;
            *map = Map::try_from_iter(items.hint.on(list))?;
        }
        Operation::Get(key) => return Ok(answer.value(values, map.get(Key(key)))),
        Operation::Index(key) => return Ok(answer.value(values, Some(&map[Key(key)]))),
        Operation::GetEach { first, .. } => {
            return Ok(inspect::get_each(map, first, answer, values));
        }
        Operation::Iterate => return Ok(inspect::iterate(map)),
        Operation::IntoIter => return inspect::into_iter(map),
        Operation::Compare(len) => return inspect::compare(map, len, answer),
        Operation::Debug => return Ok(inspect::debug(map)),
    }
    Ok(Ok(()))
}

impl Answer {
    /// Whether this value was to come back.
    fn value<V: PartialEq>(&self, values: &[V], value: Option<&V>) -> ClaimResult {
        match self {
            Self::Value(expected) => {
                ensure(expected.map(|id| &values[id]) == value, "the answer is another value")
            }
            _ => Err("a value for an answer"),
        }
    }
}

fn insert<V: Value>(
    map: &mut Map<V>,
    key: usize,
    value: ValueId,
    answer: &Answer,
    values: &[V],
) -> Result<ClaimResult, OutOfMemory> {
    match map.insert_or_return(Key(key), values[value].try_clone()?) {
        Ok(old) => Ok(answer.value(values, old.as_ref())),
        Err((oom, returned)) if returned == values[value] => Err(oom),
        Err(_) => Ok(Err("another value was returned than could not be inserted")),
    }
}

/// From both ends at once, so that the iterator has to meet itself.
fn reverse<V: Value>(map: &mut Map<V>) {
    if size_of::<V>() == 0 {
        // There is no order to change, and may be 2^64 values to do it to.
        return;
    }
    let mut values = map.iter_mut();
    while let (Some((_, first)), Some((_, last))) = (values.next(), values.next_back()) {
        mem::swap(first, last);
    }
}

/// Copies of `count` values, in room that is requested before them.
fn vec<V: Value>(count: usize, value: ValueId, values: &[V]) -> Result<Vec<V>, OutOfMemory> {
    let mut list = with_room(count)?;
    for i in 0..count {
        list.push(values[(value + i) % values.len()].try_clone()?);
    }
    Ok(list)
}

fn list<V: Value>(items: Items, values: &[V]) -> Result<Vec<(Key, V)>, OutOfMemory> {
    let mut list = with_room(items.len())?;
    for (key, value) in items.each(values.len()) {
        list.push((Key(key), values[value].try_clone()?));
    }
    Ok(list)
}
