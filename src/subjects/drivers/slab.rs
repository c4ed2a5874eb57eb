//! The target `slab`: compares a [`Slab`] with a map from keys to the numbers of its values and a
//! list of the free keys.
//!
//! Operand a is a key, b a value. A `Series` uses all three operands.

#[cfg(test)]
use super::modelled::Bomb;
use super::modelled::{CEILING, ClaimResult, Kind, Modelled, Operands, Operation, Pair, VERSION};
use super::modelled::{ensure, given_back, refused};
use super::sample::{Aligned, Roomy, Sample};
use super::series::Series;
use super::{AnySteps, Target};
use crate::collections::{Slab, TryExtend, TryFromIterator};
use crate::pause;
use std::collections::BTreeMap;

pub(super) const MODELLED: Modelled = Modelled {
    name: "slab",
    version: VERSION,
    kinds: &[
        Kind::of::<Slabs<u32>>("u32"),
        Kind::of::<Slabs<Roomy>>("bytes"),
        Kind::of::<Slabs<Aligned>>("aligned"),
        Kind::of::<Slabs<()>>("unit"),
    ],
    #[cfg(test)]
    bombs: Some(Kind::of::<Slabs<Bomb>>("bombs")),
    #[cfg(test)]
    seeds: &[
        (
            "shrink",
            "extend 0 5 12, shrink_to_fit, vacant_entry 0 7, remove 3, vacant_entry 0 8, shrink_to_fit, shrink_to_fit, insert 0 1, clear, shrink_to_fit, vacant_entry 0 9",
        ),
        ("grow", "insert 0..20 1, insert_or_return 0..15 30, get 0..4, get 77, set 3 9"),
        (
            "reuse",
            "insert 0..9 3, remove 2..6, remove 3, insert 0 1, insert 0 2, remove 8, insert 0..6 40, remove 0..12, insert 0 5",
        ),
        (
            "bulk",
            "extend 0 5 12, remove 3..6, extend 0 9 20, remove 1, extend 0 8 133, from_iter 0 30 9, clone, extend 0 2 140",
        ),
        (
            "walk",
            "iterate, insert 0..8 2, remove 0, remove 5, iterate, into_iter, reverse, iterate, retain 1, compare 2, debug, drain_half, clear, insert 0 1",
        ),
        (
            "room",
            "reserve 3, insert 0..3 0, reserve_exact 5, with_capacity 20, insert 0..4, remove 1, reserve 20, refuse_reserve, refuse_with_capacity, insert 0 9",
        ),
    ],
};

/// The target, for the table.
pub const TARGET: Target = Target::try_steps(MODELLED.name, decode)
    .about("Slab, by operations that bytes spell out, beside a map")
    .ceiling(CEILING);

fn decode(bytes: &[u8]) -> Result<AnySteps<String>, String> {
    MODELLED.decode(bytes)
}

struct Slabs<V> {
    slab: Slab<V>,
    model: Model,
}

/// The expected content of the slab and the keys that it hands out next.
#[derive(Default)]
struct Model {
    values: BTreeMap<usize, u8>,
    /// The last one is handed out next.
    free: Vec<usize>,
}

impl Model {
    fn next(&self) -> usize {
        self.free.last().copied().unwrap_or(self.values.len())
    }

    /// The number of places up to the last value.
    fn places(&self) -> usize {
        self.values.keys().next_back().map_or(0, |last| last + 1)
    }

    /// Removes the free places beyond the last value and puts the others in ascending order.
    fn put_in_order(&mut self) {
        let is_free = |key: &usize| !self.values.contains_key(key);
        self.free = (0..self.places()).rev().filter(is_free).collect();
    }

    fn insert(&mut self, value: u8) -> usize {
        let key = self.next();
        self.free.pop();
        self.values.insert(key, value);
        key
    }

    fn remove(&mut self, key: usize) -> Option<u8> {
        let value = self.values.remove(&key)?;
        self.free.push(key);
        Some(value)
    }
}

impl<V: Sample> Pair for Slabs<V> {
    const OPERATIONS: &'static [Operation<Self>] = &[
        Operation::new("insert(_, b)", |pair, o| {
            let key = pair.slab.insert(o.value()?)?;
            Ok(pair.has_inserted(o, key))
        }),
        Operation::new("insert_or_return(_, b)", |pair, o| {
            match pair.slab.insert_or_return(o.value()?) {
                Ok(key) => Ok(pair.has_inserted(o, key)),
                Err((oom, value)) => given_back(oom, value.id() == Some(o.value_id::<V>())),
            }
        }),
        Operation::new("remove(a)", |pair, o| {
            let removed = pair.slab.remove(o.a.into()).map(|value| value.id().unwrap_or(!0));
            let expected = pause(|| pair.model.remove(o.a.into()));
            Ok(ensure(removed == expected, "another value was removed"))
        }),
        Operation::new("get(a)", |pair, o| {
            let key = o.a.into();
            let found = pair.slab.get(key).map(|value| value.id().unwrap_or(!0));
            let is_same = found == pair.model.values.get(&key).copied()
                && found.is_some() == pair.slab.contains(key)
                && found.is_some() == pair.slab.get_mut(key).is_some();
            Ok(ensure(is_same, "another value"))
        }),
        Operation::new("set(a, b)", |pair, o| {
            let (key, value) = (o.a.into(), o.value()?);
            if let Some(expected) = pair.model.values.get_mut(&key) {
                pair.slab[key] = value;
                *expected = o.value_id::<V>();
            }
            Ok(Ok(()))
        }),
        Operation::new("extend(_, b, c)", |pair, o| {
            let series = Series::of(o);
            pair.slab.try_extend(series.values::<V>()?)?;
            pause(|| {
                for value in series.value_ids::<V>() {
                    pair.model.insert(value);
                }
            });
            Ok(Ok(()))
        }),
        Operation::new("from_iter(_, b, c)", |pair, o| {
            let series = Series::of(o);
            pair.slab = Slab::try_from_iter(series.values::<V>()?)?;
            let values = series.value_ids::<V>();
            pause(|| pair.model = Model { values: (0..).zip(values).collect(), free: Vec::new() });
            Ok(Ok(()))
        }),
        Operation::new("clone", |pair, _| {
            pair.slab = pair.slab.try_clone()?;
            Ok(Ok(()))
        }),
        Operation::new("iterate", |pair, _| Ok(pair.check())),
        Operation::new("into_iter", |pair, _| {
            let mut copies = pair.slab.try_clone()?.into_iter();
            let is_last = copies.next_back().map(|(key, _)| key) == pair.slab.keys().next_back();
            let are_same = copies.all(|(key, value)| pair.slab.get(key) == Some(&value));
            Ok(ensure(is_last && are_same, "other values by value"))
        }),
        Operation::new("reverse", |pair, _| {
            let mut values = pair.slab.values_mut();
            while let (Some(first), Some(last)) = (values.next(), values.next_back()) {
                std::mem::swap(first, last);
            }
            pause(|| {
                let ids: Vec<u8> = pair.model.values.values().rev().copied().collect();
                pair.model.values.values_mut().zip(ids).for_each(|(value, id)| *value = id);
            });
            Ok(Ok(()))
        }),
        Operation::new("retain(a)", |pair, o| {
            let keeps = |key: usize| key % 3 != usize::from(o.a) % 3;
            pair.slab.retain(|key, _| keeps(key));
            pause(|| {
                let keys: Vec<usize> = pair.model.values.keys().copied().collect();
                for key in keys.into_iter().filter(|key| !keeps(*key)) {
                    pair.model.remove(key);
                }
            });
            Ok(Ok(()))
        }),
        Operation::new("compare(a)", |pair, o| {
            let mut copy = pair.slab.try_clone()?;
            let is_same = copy == pair.slab;
            let has_lost = copy.remove(o.a.into()).is_some();
            Ok(ensure(is_same && has_lost == (copy != pair.slab), "equal, or not, to its copy"))
        }),
        Operation::new("debug", |pair, _| {
            let text = pause(|| format!("{:?}", pair.slab));
            Ok(ensure(text.matches(": ").count() >= pair.slab.len(), "another format"))
        }),
        Operation::new("drain_half", |pair, _| {
            let half = pair.slab.len() / 2;
            let values = &pair.model.values;
            let mut drained = pair.slab.drain().take(half);
            let is_sound = drained.all(|(key, value)| value.id() == values.get(&key).copied());
            drop(drained);
            pair.model = Model::default();
            Ok(ensure(is_sound, "other values were drained"))
        }),
        Operation::new("clear", |pair, _| {
            let capacity = pair.slab.capacity();
            pair.slab.clear();
            pair.model = Model::default();
            Ok(ensure(pair.slab.capacity() == capacity, "the capacity changed"))
        }),
        Operation::new("reserve(a)", |pair, o| {
            pair.slab.reserve(o.a.into())?;
            Ok(pair.has_room_for(o))
        }),
        Operation::new("reserve_exact(a)", |pair, o| {
            pair.slab.reserve_exact(o.a.into())?;
            Ok(pair.has_room_for(o))
        }),
        Operation::new("with_capacity(a)", |pair, o| {
            pair.slab = Slab::with_capacity(o.a.into())?;
            pair.model = Model::default();
            Ok(pair.has_room_for(o))
        }),
        Operation::new("refuse_reserve", |pair, _| refused(pair.slab.reserve(usize::MAX))),
        Operation::new("refuse_with_capacity", |_, _| {
            refused(Slab::<V>::with_capacity(usize::MAX))
        }),
        Operation::new("shrink_to_fit", |pair, _| {
            let places = pair.model.places();
            if places != pair.slab.capacity() {
                pair.slab.shrink_to_fit()?;
                pause(|| pair.model.put_in_order());
            }
            pair.slab.shrink_to_fit()?;
            Ok(ensure(pair.slab.capacity() == places, "room is left beyond the last value"))
        }),
        Operation::new("vacant_entry(_, b)", |pair, o| {
            let value = o.value()?;
            let entry = pair.slab.vacant_entry()?;
            let key = entry.key();
            entry.insert(value);
            Ok(pair.has_inserted(o, key))
        }),
    ];

    fn new() -> Self {
        Self { slab: Slab::new(), model: Model::default() }
    }

    fn check(&self) -> ClaimResult {
        let Self { slab, model } = self;
        slab.check()?;
        let len = model.values.len();
        ensure(slab.len() == len && slab.is_empty() == (len == 0), "another length")?;
        ensure(slab.vacant_key() == model.next(), "another key comes next")?;
        let lens = [slab.iter().len(), slab.keys().count(), slab.values().rev().count()];
        ensure(lens == [len; 3], "an iterator is not as long as the slab")?;
        for ((key, value), (expected, id)) in slab.iter().zip(&model.values) {
            ensure(key == *expected && value.id() == Some(*id), "another value under a key")?;
            ensure(slab[key] == *value, "another value by index")?;
        }
        let from_the_end = slab.iter().rev().map(|(key, _)| key);
        ensure(from_the_end.eq(model.values.keys().rev().copied()), "other keys from the end")
    }

    fn view(&self) -> String {
        let entries: Vec<_> = self.slab.iter().map(|(key, value)| (key, value.id())).collect();
        format!("{entries:?}, next {}", self.slab.vacant_key())
    }
}

impl<V: Sample> Slabs<V> {
    fn has_inserted(&mut self, o: Operands, key: usize) -> ClaimResult {
        let expected = pause(|| self.model.insert(o.value_id::<V>()));
        ensure(key == expected, "another key was handed out")
    }

    fn has_room_for(&self, o: Operands) -> ClaimResult {
        let room = self.slab.capacity() - self.slab.len();
        ensure(room >= o.a.into(), "less room than was asked for")
    }
}
