//! The target `try_hash_map`: compares a [`TryHashMap`] with std's `BTreeMap` of the numbers of its
//! keys and values.
//!
//! Operand a is a key, b a value. A `Series` uses all three operands. The hasher has no random
//! seed, so that all runs make the same requests.

#[cfg(test)]
use super::modelled::Bomb;
use super::modelled::{
    Answer, CEILING, ClaimResult, Kind, Modelled, Operands, Operation, Pair, VERSION,
};
use super::modelled::{ensure, given_back, refused};
use super::sample::{Aligned, Roomy, Sample};
use super::series::Series;
use super::{AnySteps, Target};
use crate::collections::try_hash_map::Entry;
use crate::collections::{TryExtend, TryFromIterator, TryHashMap};
use crate::pause;
use std::collections::BTreeMap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::mem;

pub(super) const MODELLED: Modelled = Modelled {
    name: "try_hash_map",
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
            "shrink",
            "extend 0 5 40, retain 1, shrink_to 0, or_insert_with 3 9, remove 3, or_insert_with 3 9, shrink_to 12, clear, shrink_to 0, insert 1 1",
        ),
        ("grow", "insert 0..30 1, insert_or_return 30..60 7, get 0..4, get 99, insert 3 9"),
        (
            "remove",
            "insert 0..9 3, remove 2..5, remove_entry 5..8, remove 2, get 2, clear, insert 4",
        ),
        (
            "entry",
            "or_insert 0..16 1, or_insert 3 9, and_modify 3 5, and_modify 40 5, take 3, take 3",
        ),
        (
            "bulk",
            "extend 0 5 12, extend 4 9 20, extend 0 8 133, from_iter 7 3 30, clone, extend 7 2 200",
        ),
        (
            "walk",
            "iterate, insert 0..7 2, iterate, swap_two, retain 1, iterate, drain_half, insert 1 1, debug",
        ),
        ("compare", "compare 3, insert 1..5 1, compare 3, compare 9, into_iter, into_iter"),
        (
            "room",
            "reserve 3, insert 0..3, with_capacity 20, reserve 30, insert 1 2, refuse_reserve, refuse_with_capacity, insert 9",
        ),
    ],
};

/// The target, for the table.
pub const TARGET: Target = Target::try_steps(MODELLED.name, decode)
    .about("TryHashMap, by operations that bytes spell out, beside std's map")
    .ceiling(CEILING);

fn decode(bytes: &[u8]) -> Result<AnySteps<String>, String> {
    MODELLED.decode(bytes)
}

type Hasher = BuildHasherDefault<DefaultHasher>;
type Map<K, V> = TryHashMap<K, V, Hasher>;

struct Maps<K, V> {
    map: Map<K, V>,
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
        Operation::new("from_iter(a, b, c)", |pair, o| {
            let series = Series::of(o);
            pair.map = Map::try_from_iter(series.pairs::<K, V>()?)?;
            pause(|| pair.model = series.ids::<K, V>().collect());
            Ok(Ok(()))
        }),
        Operation::new("clone", |pair, _| {
            pair.map = pair.map.try_clone()?;
            Ok(Ok(()))
        }),
        Operation::new("iterate", |pair, _| Ok(pair.check())),
        Operation::new("swap_two", |pair, _| Ok(pair.swap_two())),
        Operation::new("retain(a)", |pair, o| {
            let keeps = |id: u8| id % 7 != o.a % 7;
            pair.map.retain(|key, _| key.id().is_none_or(keeps));
            pair.model.retain(|id, _| keeps(*id));
            Ok(Ok(()))
        }),
        Operation::new("drain_half", |pair, _| {
            let half = pair.map.len() / 2;
            let is_sound =
                pair.map.drain().take(half).all(|(key, value)| {
                    pair.model.get(&key.id().unwrap_or(0)).copied() == value.id()
                });
            pair.model.clear();
            Ok(ensure(is_sound, "other entries were drained"))
        }),
        Operation::new("into_iter", |pair, _| {
            let sum = |map: Map<K, V>| {
                map.into_iter()
                    .map(|(_, value)| usize::from(value.id().unwrap_or(0)))
                    .sum::<usize>()
            };
            let values = sum(pair.map.try_clone()?);
            let keys = pair.map.try_clone()?.into_keys().count();
            let expected: usize = pair.model.values().map(|value| usize::from(*value)).sum();
            Ok(ensure(values == expected && keys == pair.model.len(), "other entries by value"))
        }),
        Operation::new("clear", |pair, _| {
            let capacity = pair.map.capacity();
            pair.map.clear();
            pair.model.clear();
            Ok(ensure(pair.map.capacity() >= capacity, "the capacity shrank"))
        }),
        Operation::new("compare(a)", |pair, o| {
            let mut copy = pair.map.try_clone()?;
            let is_same = copy == pair.map;
            let has_lost = copy.remove(&o.key()?).is_some();
            Ok(ensure(is_same && has_lost == (copy != pair.map), "equal, or not, to its copy"))
        }),
        Operation::new("debug", |pair, _| {
            let text = pause(|| format!("{:?}", pair.map));
            Ok(ensure(text.matches(": ").count() >= pair.map.len(), "another format"))
        }),
        Operation::new("reserve(a)", |pair, o| {
            pair.map.reserve(o.a.into())?;
            let room = pair.map.capacity() - pair.map.len();
            Ok(ensure(room >= o.a.into(), "less room than was asked for"))
        }),
        Operation::new("with_capacity(a)", |pair, o| {
            pair.map = Map::with_capacity_and_hasher(o.a.into(), Hasher::new())?;
            pair.model.clear();
            Ok(ensure(pair.map.capacity() >= o.a.into(), "less room than was asked for"))
        }),
        Operation::new("refuse_reserve", |pair, _| refused(pair.map.reserve(usize::MAX))),
        Operation::new("refuse_with_capacity", |_, _| {
            refused(Map::<K, V>::with_capacity_and_hasher(usize::MAX / 2, Hasher::new()))
        }),
        Operation::new("shrink_to(a)", |pair, o| {
            pair.map.shrink_to(o.a.into())?;
            Ok(Ok(()))
        }),
        Operation::new("or_insert_with(a, b)", |pair, o| {
            let value: V = o.value()?;
            let found = pair.map.entry(o.key()?).or_insert_with(|| value)?.id();
            let (key, value) = (o.key_id::<K>(), o.value_id::<V>());
            let expected = pause(|| *pair.model.entry(key).or_insert(value));
            Ok(ensure(found == Some(expected), "the entry has another value"))
        }),
    ];

    fn new() -> Self {
        Self { map: Map::default(), model: BTreeMap::new() }
    }

    fn check(&self) -> ClaimResult {
        let Self { map, model } = self;
        let len = model.len();
        let is_as_long = map.len() == len && map.is_empty() == model.is_empty();
        ensure(is_as_long && map.capacity() >= len, "another length")?;
        let lens = [map.iter().count(), map.keys().len(), map.values().len()];
        ensure(lens == [len; 3], "an iterator is not as long as the map")?;
        for (key, value) in map {
            let expected = key.id().and_then(|key| model.get(&key));
            ensure(expected.is_some() && expected.copied() == value.id(), "another entry")?;
            ensure(map.get(key) == Some(value), "an entry that cannot be found")?;
        }
        Ok(())
    }

    fn view(&self) -> String {
        let entries = self.map.iter().map(|(key, value)| (key.id(), value.id()));
        format!("{:?}", entries.collect::<BTreeMap<_, _>>())
    }
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
        let expected = self.model.get(&key.id().unwrap_or(0)).copied();
        let found = self.map.get(&key).map(|value| value.id().unwrap_or(!0));
        let is_same = found == expected
            && self.map.contains_key(&key) == found.is_some()
            && self.map.get_key_value(&key).is_none_or(|(own, _)| *own == key)
            && self.map.get_mut(&key).is_some() == found.is_some();
        Ok(ensure(is_same, "another value"))
    }

    /// Swaps two values, through `iter_mut`.
    fn swap_two(&mut self) -> ClaimResult {
        let mut entries = self.map.iter_mut();
        let (Some((a, first)), Some((b, second))) = (entries.next(), entries.next()) else {
            return ensure(self.model.len() < 2, "there are two entries");
        };
        mem::swap(first, second);
        let (Some(a), Some(b)) = (a.id(), b.id()) else { return Err("a damaged key".into()) };
        let (Some(&first), Some(&second)) = (self.model.get(&a), self.model.get(&b)) else {
            return Err("a key that should not be there".into());
        };
        self.model.extend([(a, second), (b, first)]);
        ensure(self.map.values_mut().len() == self.model.len(), "another number of values")
    }
}
