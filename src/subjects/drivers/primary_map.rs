//! The target `primary_map`: compares a [`PrimaryMap`] with a `Vec` of the numbers of its values.
//!
//! Operand a is a key, b a value. A `Series` uses all three operands.

#[cfg(test)]
use super::modelled::Bomb;
use super::modelled::{CEILING, ClaimResult, Kind, Modelled, Operands, Operation, Pair, VERSION};
use super::modelled::{ensure, given_back, refused};
use super::sample::{Aligned, Roomy, Sample};
use super::series::Series;
use super::{AnySteps, Target};
use crate::collections::{EntityRef, PrimaryMap, TryExtend, TryFromIterator};
use crate::pause;

pub(super) const MODELLED: Modelled = Modelled {
    name: "primary_map",
    version: VERSION,
    kinds: &[
        Kind::of::<Maps<u32>>("u32"),
        Kind::of::<Maps<Roomy>>("bytes"),
        Kind::of::<Maps<Aligned>>("aligned"),
        Kind::of::<Maps<()>>("unit"),
    ],
    #[cfg(test)]
    bombs: Some(Kind::of::<Maps<Bomb>>("bombs")),
    #[cfg(test)]
    seeds: &[
        (
            "grow",
            "push 0..20 1, push_or_return 0..15 30, get 0..4, get 77, set 3 9, set 70 9, iterate",
        ),
        (
            "bulk",
            "extend 0 5 12, extend 0 9 20, extend 0 8 133, from_iter 0 30 9, clone, extend 0 2 140, through_vec, push 0 1",
        ),
        (
            "walk",
            "iterate, push 0..8 2, into_iter, reverse, compare, debug, clear, push 0 1, compare",
        ),
        (
            "room",
            "reserve 3, push 0..3 0, reserve_exact 5, with_capacity 20, push 0..4, reserve 20, refuse_reserve, push 0 9",
        ),
    ],
};

/// The target, for the table.
pub const TARGET: Target = Target::try_steps(MODELLED.name, decode)
    .about("PrimaryMap, by operations that bytes spell out, beside a vector")
    .ceiling(CEILING);

fn decode(bytes: &[u8]) -> Result<AnySteps<String>, String> {
    MODELLED.decode(bytes)
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Key(u32);
crate::entity_impl!(Key, "k");

struct Maps<V> {
    map: PrimaryMap<Key, V>,
    model: Vec<u8>,
}

impl<V: Sample> Pair for Maps<V> {
    const OPERATIONS: &'static [Operation<Self>] = &[
        Operation::new("push(_, b)", |pair, o| {
            let key = pair.map.push(o.value()?)?;
            Ok(pair.has_pushed(o, key))
        }),
        Operation::new("push_or_return(_, b)", |pair, o| {
            match pair.map.push_or_return(o.value()?) {
                Ok(key) => Ok(pair.has_pushed(o, key)),
                Err((oom, value)) => given_back(oom, value.id() == Some(o.value_id::<V>())),
            }
        }),
        Operation::new("get(a)", |pair, o| {
            let key = Key(o.a.into());
            let found = pair.map.get(key).map(|value| value.id().unwrap_or(!0));
            let is_same = found == pair.model.get(key.index()).copied()
                && pair.map.is_valid(key) == found.is_some()
                && pair.map.get_mut(key).is_some() == found.is_some();
            Ok(ensure(is_same, "another value"))
        }),
        Operation::new("set(a, b)", |pair, o| {
            let (key, value) = (Key(o.a.into()), o.value()?);
            if let Some(expected) = pair.model.get_mut(key.index()) {
                pair.map[key] = value;
                *expected = o.value_id::<V>();
            }
            Ok(Ok(()))
        }),
        Operation::new("extend(_, b, c)", |pair, o| {
            let series = Series::of(o);
            pair.map.try_extend(series.values::<V>()?)?;
            pause(|| pair.model.extend(series.value_ids::<V>()));
            Ok(Ok(()))
        }),
        Operation::new("from_iter(_, b, c)", |pair, o| {
            let series = Series::of(o);
            pair.map = PrimaryMap::try_from_iter(series.values::<V>()?)?;
            pause(|| pair.model = series.value_ids::<V>().collect());
            Ok(Ok(()))
        }),
        Operation::new("clone", |pair, _| {
            pair.map = pair.map.try_clone()?;
            Ok(Ok(()))
        }),
        Operation::new("through_vec", |pair, _| {
            let values = Vec::from(std::mem::take(&mut pair.map));
            pair.map = PrimaryMap::from(values);
            Ok(Ok(()))
        }),
        Operation::new("iterate", |pair, _| Ok(pair.check())),
        Operation::new("into_iter", |pair, _| {
            let mut copies = pair.map.try_clone()?.into_iter().rev();
            let are_same = copies.all(|(key, value)| pair.map.get(key) == Some(&value));
            Ok(ensure(are_same, "other values by value"))
        }),
        Operation::new("reverse", |pair, _| {
            let mut values = pair.map.iter_mut();
            while let (Some((_, first)), Some((_, last))) = (values.next(), values.next_back()) {
                std::mem::swap(first, last);
            }
            pair.model.reverse();
            Ok(ensure(pair.map.values_mut().len() == pair.model.len(), "another length"))
        }),
        Operation::new("compare", |pair, _| {
            let mut copy = pair.map.try_clone()?;
            let is_same = copy == pair.map;
            copy.clear();
            let differs = copy != pair.map || pair.model.is_empty();
            Ok(ensure(is_same && differs, "equal, or not, to its copy"))
        }),
        Operation::new("debug", |pair, _| {
            let text = pause(|| format!("{:?}", pair.map));
            Ok(ensure(text.matches(": ").count() >= pair.map.len(), "another format"))
        }),
        Operation::new("clear", |pair, _| {
            let capacity = pair.map.capacity();
            pair.map.clear();
            pair.model.clear();
            Ok(ensure(pair.map.capacity() == capacity, "the capacity changed"))
        }),
        Operation::new("reserve(a)", |pair, o| {
            pair.map.reserve(o.a.into())?;
            Ok(pair.has_room_for(o))
        }),
        Operation::new("reserve_exact(a)", |pair, o| {
            pair.map.reserve_exact(o.a.into())?;
            Ok(pair.has_room_for(o))
        }),
        Operation::new("with_capacity(a)", |pair, o| {
            pair.map = PrimaryMap::with_capacity(o.a.into())?;
            pair.model.clear();
            Ok(pair.has_room_for(o))
        }),
        Operation::new("refuse_reserve", |pair, _| {
            if size_of::<V>() == 0 && pair.map.is_empty() {
                // For zero-sized values any number that does not overflow succeeds.
                return Ok(ensure(pair.map.reserve(usize::MAX).is_ok(), "refused"));
            }
            refused(pair.map.reserve(usize::MAX))
        }),
    ];

    fn new() -> Self {
        Self { map: PrimaryMap::new(), model: Vec::new() }
    }

    fn check(&self) -> ClaimResult {
        let Self { map, model } = self;
        let is_as_long = map.len() == model.len() && map.is_empty() == model.is_empty();
        ensure(is_as_long && map.capacity() >= map.len(), "another length")?;
        ensure(map.next_key().index() == model.len(), "another key comes next")?;
        let lens = [map.iter().len(), map.keys().len(), map.values().len()];
        ensure(lens == [model.len(); 3], "an iterator is not as long as the map")?;
        for (((key, value), id), index) in map.iter().zip(model).zip(0..) {
            ensure(key.index() == index && value.id() == Some(*id), "another value under a key")?;
            ensure(map[key] == *value, "another value by index")?;
        }
        ensure(map.last().map(|(key, _)| key) == map.keys().next_back(), "another last key")
    }

    fn view(&self) -> String {
        let ids: Vec<_> = self.map.values().map(Sample::id).collect();
        format!("{ids:?}")
    }
}

impl<V: Sample> Maps<V> {
    fn has_pushed(&mut self, o: Operands, key: Key) -> ClaimResult {
        pause(|| self.model.push(o.value_id::<V>()));
        ensure(key.index() + 1 == self.model.len(), "another key was handed out")
    }

    fn has_room_for(&self, o: Operands) -> ClaimResult {
        let room = self.map.capacity() - self.map.len();
        ensure(room >= o.a.into(), "less room than was asked for")
    }
}
