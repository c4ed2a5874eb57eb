//! The target `try_btree_map`: compares a [`TryBTreeMap`] with std's `BTreeMap` of the numbers of
//! its keys and values.
//!
//! Operand a is a key, b a value. A `Series` uses all three operands.

#[cfg(test)]
use super::modelled::Bomb;
use super::modelled::{
    Answer, CEILING, ClaimResult, Kind, Modelled, Operands, Operation, Pair, VERSION,
};
use super::modelled::{ensure, given_back};
use super::sample::{Aligned, Roomy, Sample};
use super::series::Series;
use super::{AnySteps, Target};
use crate::collections::try_btree_map::Entry;
use crate::collections::{OutOfMemory, TryBTreeMap, TryExtend, TryFromIterator};
use crate::pause;
use std::collections::BTreeMap;
use std::ops::Bound::{self, Excluded, Included, Unbounded};

pub(super) const MODELLED: Modelled = Modelled {
    name: "try_btree_map",
    version: VERSION,
    kinds: &[
        Kind::of::<Maps<u32, u32>>("u32"),
        Kind::of::<Maps<Vec<u8>, Roomy>>("bytes"),
        Kind::of::<Maps<Aligned, Vec<u8>>>("aligned"),
        Kind::of::<Maps<(), ()>>("unit"),
    ],
    #[cfg(test)]
    bombs: Some(Kind::of::<Maps<Bomb, Bomb>>("bombs")),
    #[cfg(test)]
    seeds: &[
        (
            "ends",
            "set_last 0 1, extend 0 5 40, remove_first, set_last 0 7, pop_last, set_last 0 8, iterate",
        ),
        ("ascend", "insert 0..40 1, insert_or_return 40..60 7, get 0..4, get 99, insert 3 9"),
        (
            "descend",
            "extend 200 3 20, insert 90, insert 80, insert 70, insert 60, insert 50, insert 40, insert 30, insert 20, insert 10, insert 5, insert 4",
        ),
        (
            "split_twice",
            "extend 0 2 63, extend 126 2 63, extend 1 2 63, extend 127 2 63, insert 250 1, insert_or_return 252 2, clone, get 200",
        ),
        (
            "remove",
            "extend 0 5 60, remove 20..31, remove_entry 5..9, pop_first, pop_last, pop_first, remove 2, get 2, clear, insert 4",
        ),
        (
            "entry",
            "or_insert 0..17 1, or_insert 3 9, and_modify 3 5, and_modify 40 5, take 3, take 3",
        ),
        (
            "bulk",
            "extend 0 5 12, extend 4 9 40, extend 0 8 133, from_iter 7 3 50, clone, extend 7 2 200, extend_back 3 5 40",
        ),
        (
            "append",
            "extend 0 6 30, append 1 6 30, append 100 9 60, append 0 4 1, clear, append 5 1 20, append 5 1 20",
        ),
        (
            "walk",
            "iterate, extend 0 1 40, iterate, range 3 20, range 20 3, range 0 255, bump 4 9, retain 1, iterate, into_iter, compare 8, debug",
        ),
    ],
};

/// The target, for the table.
pub const TARGET: Target = Target::try_steps(MODELLED.name, decode)
    .about("TryBTreeMap, by operations that bytes spell out, beside std's")
    .ceiling(CEILING);

fn decode(bytes: &[u8]) -> Result<AnySteps<String>, String> {
    MODELLED.decode(bytes)
}

struct Maps<K, V> {
    map: TryBTreeMap<K, V>,
    model: BTreeMap<u8, u8>,
}

impl<K: Sample, V: Sample> Pair for Maps<K, V> {
    const OPERATIONS: &'static [Operation<Self>] = &[
        Operation::new("insert(a, b)", |pair, o| {
            let old = pair.map.insert(o.key()?, o.value()?)?;
            Ok(pair.has_set(o, old))
        }),
        Operation::new("insert_or_return(a, b)", |pair, o| {
            match pair.map.insert_or_return(o.key()?, o.value()?) {
                Ok(old) => Ok(pair.has_set(o, old)),
                Err((oom, key, value)) => given_back(
                    oom,
                    key.id() == Some(o.key_id::<K>()) && value.id() == Some(o.value_id::<V>()),
                ),
            }
        }),
        Operation::new("get(a)", Self::get),
        Operation::new("remove(a)", |pair, o| {
            let old = pair.map.remove(&o.key()?);
            Ok(pair.has_removed(o, old))
        }),
        Operation::new("remove_entry(a)", |pair, o| {
            let (key, value) = pair.map.remove_entry(&o.key()?).unzip();
            let is_key = key.is_none_or(|key| key.id() == Some(o.key_id::<K>()));
            Ok(pair.has_removed(o, value).and(ensure(is_key, "another key was removed")))
        }),
        Operation::new("pop_first", |pair, _| {
            let popped = pair.map.pop_first();
            Ok(ensure(ids(popped) == pair.model.pop_first(), "another entry was popped"))
        }),
        Operation::new("pop_last", |pair, _| {
            let popped = pair.map.pop_last();
            Ok(ensure(ids(popped) == pair.model.pop_last(), "another entry was popped"))
        }),
        Operation::new("or_insert(a, b)", |pair, o| {
            let found = pair.map.entry(o.key()?).or_insert(o.value()?)?.id();
            let (key, value) = (o.key_id::<K>(), o.value_id::<V>());
            let expected = pause(|| *pair.model.entry(key).or_insert(value));
            Ok(ensure(found == Some(expected), "the entry has another value"))
        }),
        Operation::new("and_modify(a, b)", |pair, o| {
            let value = o.value()?;
            let _entry = pair.map.entry(o.key()?).and_modify(|old| *old = value);
            if let Some(old) = pair.model.get_mut(&o.key_id::<K>()) {
                *old = o.value_id::<V>();
            }
            Ok(Ok(()))
        }),
        Operation::new("take(a), by entry", |pair, o| {
            let old = match pair.map.entry(o.key()?) {
                Entry::Occupied(entry) => Some(entry.remove()),
                Entry::Vacant(_) => None,
            };
            Ok(pair.has_removed(o, old))
        }),
        Operation::new("extend(a, b, c)", |pair, o| {
            let series = Series::of(o);
            pair.map.try_extend(series.pairs::<K, V>()?)?;
            pause(|| pair.model.extend(series.ids::<K, V>()));
            Ok(Ok(()))
        }),
        Operation::new("extend_back(a, b, c)", |pair, o| {
            let mut list: Vec<(K, V)> = super::sample::with_room(Series::of(o).len())?;
            Series::of(o).pairs::<K, V>()?.for_each(|item| list.push(item));
            pair.map.try_extend(list.into_iter().rev())?;
            pause(|| {
                let ids: Vec<_> = Series::of(o).ids::<K, V>().collect();
                pair.model.extend(ids.into_iter().rev());
            });
            Ok(Ok(()))
        }),
        Operation::new("from_iter(a, b, c)", |pair, o| {
            let series = Series::of(o);
            pair.map = TryBTreeMap::try_from_iter(series.pairs::<K, V>()?)?;
            pause(|| pair.model = series.ids::<K, V>().collect());
            Ok(Ok(()))
        }),
        Operation::new("append(a, b, c)", |pair, o| {
            let series = Series::of(o);
            let mut other = TryBTreeMap::try_from_iter(series.pairs::<K, V>()?)?;
            pair.map.append(&mut other)?;
            pause(|| pair.model.extend(series.ids::<K, V>()));
            Ok(ensure(other.is_empty(), "what was appended is still there"))
        }),
        Operation::new("clone", |pair, _| {
            pair.map = pair.map.try_clone()?;
            Ok(Ok(()))
        }),
        Operation::new("iterate", |pair, _| Ok(pair.reads_as_the_model())),
        Operation::new("range(a, b)", |pair, o| pair.range(o)),
        Operation::new("bump(a, b), by range_mut", |pair, o| {
            let from: K = o.key()?;
            if let Some((key, value)) = pair.map.range_mut(from..).next_back() {
                let Some(key) = key.id() else { return Ok(Err("a damaged key".into())) };
                *value = o.value()?;
                let last = pause(|| pair.model.insert(key, o.value_id::<V>()));
                return Ok(ensure(last.is_some(), "a key that should not be there"));
            }
            Ok(Ok(()))
        }),
        Operation::new("retain(a)", |pair, o| {
            let keeps = |id: u8| id % 7 != o.a % 7;
            pair.map.retain(|key, _| key.id().is_none_or(keeps));
            pair.model.retain(|id, _| keeps(*id));
            Ok(Ok(()))
        }),
        Operation::new("into_iter", |pair, _| {
            let mut entries = pair.map.try_clone()?.into_iter();
            let is_first = ids(entries.next()) == pair.model.iter().next().map(|(k, v)| (*k, *v));
            let expected = pair.model.iter().rev().map(|(k, v)| (*k, *v));
            let rest = pair.model.len().saturating_sub(1);
            let are_same = entries.by_ref().rev().map(ids_of).eq(expected.take(rest));
            let keys = pair.map.try_clone()?.into_keys().len();
            let values = pair.map.try_clone()?.into_values().len();
            let lens = [keys, values] == [pair.model.len(); 2];
            Ok(ensure(is_first && are_same && lens, "other entries by value"))
        }),
        Operation::new("compare(a)", |pair, o| {
            let mut copy = pair.map.try_clone()?;
            let is_same = copy == pair.map && copy.cmp(&pair.map).is_eq();
            let has_lost = copy.remove(&o.key()?).is_some();
            Ok(ensure(is_same && has_lost == (copy != pair.map), "equal, or not, to its copy"))
        }),
        Operation::new("debug", |pair, _| {
            let text = pause(|| format!("{:?}", pair.map));
            Ok(ensure(text.matches(": ").count() >= pair.map.len(), "another format"))
        }),
        Operation::new("clear", |pair, _| {
            pair.map.clear();
            pair.model.clear();
            Ok(ensure(pair.map.allocated_bytes() == 0, "an empty map that holds memory"))
        }),
        Operation::new("remove_first", |pair, _| {
            let removed = pair.map.first_entry().map(|entry| entry.remove_entry());
            Ok(ensure(ids(removed) == pair.model.pop_first(), "another entry came first"))
        }),
        Operation::new("set_last(_, b)", |pair, o| {
            let value = o.value()?;
            let old = pair.map.last_entry().map(|mut entry| entry.insert(value));
            let last = pair.model.last_entry().map(|mut entry| entry.insert(o.value_id::<V>()));
            Ok(ensure(old.map(|old| old.id().unwrap_or(!0)) == last, "another entry came last"))
        }),
    ];

    fn new() -> Self {
        Self { map: TryBTreeMap::new(), model: BTreeMap::new() }
    }

    fn check(&self) -> ClaimResult {
        self.map.check().map_err(|_| "the tree is broken: `TryBTreeMap::check` says how")?;
        self.reads_as_the_model()
    }

    fn view(&self) -> String {
        let entries: Vec<_> = self.map.iter().map(|(key, value)| (key.id(), value.id())).collect();
        format!("{entries:?}")
    }
}

/// The start and the end of a range.
type Bounds<T> = (Bound<T>, Bound<T>);

fn ids_of<K: Sample, V: Sample>((key, value): (K, V)) -> (u8, u8) {
    (key.id().unwrap_or(!0), value.id().unwrap_or(!0))
}

fn ids<K: Sample, V: Sample>(entry: Option<(K, V)>) -> Option<(u8, u8)> {
    entry.map(ids_of)
}

impl<K: Sample, V: Sample> Maps<K, V> {
    /// Called after the map has set the key: sets it in the model and compares the previous values.
    fn has_set(&mut self, o: Operands, old: Option<V>) -> ClaimResult {
        let expected = pause(|| self.model.insert(o.key_id::<K>(), o.value_id::<V>()));
        ensure(expected == old.map(|old| old.id().unwrap_or(!0)), "another value before")
    }

    fn has_removed(&mut self, o: Operands, old: Option<V>) -> ClaimResult {
        let expected = self.model.remove(&o.key_id::<K>());
        ensure(expected == old.map(|old| old.id().unwrap_or(!0)), "another value was removed")
    }

    fn get(&mut self, o: Operands) -> Answer {
        let key: K = o.key()?;
        let expected = self.model.get(&o.key_id::<K>()).copied();
        let found = self.map.get(&key).map(|value| value.id().unwrap_or(!0));
        let is_same = found == expected
            && self.map.contains_key(&key) == found.is_some()
            && self.map.get_key_value(&key).is_none_or(|(own, _)| *own == key)
            && self.map.get_mut(&key).is_some() == found.is_some();
        Ok(ensure(is_same, "another value"))
    }

    /// Compares the ranges between two keys, from both ends, with every kind of bound.
    fn range(&mut self, o: Operands) -> Result<ClaimResult, OutOfMemory> {
        let (low, high) = (K::pick(o.a).min(K::pick(o.b)), K::pick(o.a).max(K::pick(o.b)));
        let (low_key, high_key) = (K::make(low)?, K::make(high)?);
        let within: [(Bounds<&K>, Bounds<u8>); 3] = [
            ((Included(&low_key), Included(&high_key)), (Included(low), Included(high))),
            ((Excluded(&low_key), Unbounded), (Excluded(low), Unbounded)),
            ((Unbounded, Excluded(&high_key)), (Unbounded, Excluded(high))),
        ];
        for (ours, theirs) in within {
            let expected = self.model.range(theirs).map(|(key, _)| Some(*key));
            let keys = self.map.range::<K>(ours).map(|(key, _)| key.id());
            let is_same = keys.clone().eq(expected.clone()) && keys.rev().eq(expected.rev());
            if !is_same {
                return Ok(Err("other keys in a range".into()));
            }
        }
        Ok(Ok(()))
    }

    fn reads_as_the_model(&self) -> ClaimResult {
        let Self { map, model } = self;
        ensure(map.len() == model.len() && map.is_empty() == model.is_empty(), "another length")?;
        let lens = [map.iter().len(), map.keys().len(), map.values().len()];
        ensure(lens == [model.len(); 3], "an iterator is not as long as the map")?;
        for ((key, value), expected) in map.iter().zip(model) {
            ensure(
                (key.id(), value.id()) == (Some(*expected.0), Some(*expected.1)),
                "another entry",
            )?;
            ensure(map.get(key) == Some(value), "an entry that cannot be found")?;
        }
        let keys = map.keys().rev().map(Sample::id);
        ensure(keys.eq(model.keys().rev().copied().map(Some)), "other keys from the end")?;
        let first = map.first_key_value().map(|(key, _)| key.id());
        let last = map.last_key_value().map(|(key, _)| key.id());
        let ends = (model.keys().next(), model.keys().next_back());
        let are_ends = first == ends.0.copied().map(Some) && last == ends.1.copied().map(Some);
        ensure(are_ends, "other ends")
    }
}
