//! The target `try_hash_set`: compares two [`TryHashSet`]s with std's `BTreeSet`s of the numbers of
//! their values.
//!
//! Operand a is a value. A `Series` uses all three operands. Operations apply to the first set;
//! `swap` swaps the two sets.

#[cfg(test)]
use super::modelled::Bomb;
use super::modelled::{CEILING, ClaimResult, Kind, Modelled, Operation, Pair, VERSION};
use super::modelled::{ensure, given_back, refused};
use super::sample::{Aligned, Roomy, Sample};
use super::series::Series;
use super::{AnySteps, Target};
use crate::collections::{TryExtend, TryFromIterator, TryHashSet};
use crate::pause;
use std::collections::BTreeSet;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::mem;

pub(super) const MODELLED: Modelled = Modelled {
    name: "try_hash_set",
    version: VERSION,
    kinds: &[
        Kind::of::<Sets<u32>>("u32"),
        Kind::of::<Sets<Roomy>>("bytes"),
        Kind::of::<Sets<Aligned>>("aligned"),
        Kind::of::<Sets<()>>("unit"),
    ],
    #[cfg(test)]
    bombs: Some(Kind::of::<Sets<Bomb>>("bombs")),
    #[cfg(test)]
    seeds: &[
        (
            "shrink",
            "extend 0 5 40, retain 1, shrink_to 0, replace 3, replace 3, remove 3, replace 0..60, shrink_to 12, clear, shrink_to 0, insert 1",
        ),
        (
            "grow",
            "insert 0..30, insert_or_return 30..40, insert_or_return 3, get 0..4, get 99, get_or_insert 3, get_or_insert 60, get_or_insert 61",
        ),
        (
            "grow_otherwise",
            "insert_or_return 0..9, clear, get_or_insert 0..30, insert_or_return 40..70",
        ),
        ("remove", "insert 0..9, remove 2..5, take 5..8, remove 2, take 2, clear, insert 4"),
        (
            "bulk",
            "extend 0 5 12, extend 4 9 20, extend 0 8 133, from_iter 7 3 30, clone, extend 7 2 200",
        ),
        (
            "against",
            "insert 0..9, against, swap, against, insert 5..12, against, swap, retain 1, against, iterate, drain_half, debug",
        ),
        (
            "room",
            "reserve 3, insert 0..3, with_capacity 20, reserve 30, insert 1, refuse_reserve, refuse_with_capacity, insert 9",
        ),
    ],
};

/// The target, for the table.
pub const TARGET: Target = Target::try_steps(MODELLED.name, decode)
    .about("TryHashSet, by operations that bytes spell out, beside std's set")
    .ceiling(CEILING);

fn decode(bytes: &[u8]) -> Result<AnySteps<String>, String> {
    MODELLED.decode(bytes)
}

type Hasher = BuildHasherDefault<DefaultHasher>;
type Set<T> = TryHashSet<T, Hasher>;

struct Sets<T> {
    set: Set<T>,
    model: BTreeSet<u8>,
    other: Set<T>,
    other_model: BTreeSet<u8>,
}

impl<T: Sample> Pair for Sets<T> {
    const OPERATIONS: &'static [Operation<Self>] = &[
        Operation::new("insert(a)", |pair, o| {
            let is_new = pair.set.insert(o.key()?)?;
            let expected = pause(|| pair.model.insert(o.key_id::<T>()));
            Ok(ensure(is_new == expected, "new, or not"))
        }),
        Operation::new("insert_or_return(a)", |pair, o| {
            match pair.set.insert_or_return(o.key()?) {
                Ok(is_new) => {
                    let expected = pause(|| pair.model.insert(o.key_id::<T>()));
                    Ok(ensure(is_new == expected, "new, or not"))
                }
                Err((oom, value)) => given_back(oom, value.id() == Some(o.key_id::<T>())),
            }
        }),
        Operation::new("get_or_insert(a)", |pair, o| {
            let id = pair.set.get_or_insert(o.key()?)?.id();
            pause(|| pair.model.insert(o.key_id::<T>()));
            Ok(ensure(id == Some(o.key_id::<T>()), "another value"))
        }),
        Operation::new("get(a)", |pair, o| {
            let value: T = o.key()?;
            let is_there = pair.model.contains(&o.key_id::<T>());
            let is_same = pair.set.get(&value).is_none_or(|own| *own == value);
            let is_found = pair.set.get(&value).is_some() == is_there;
            Ok(ensure(
                is_same && is_found && pair.set.contains(&value) == is_there,
                "there, or not",
            ))
        }),
        Operation::new("remove(a)", |pair, o| {
            let was_there = pair.set.remove(&o.key()?);
            Ok(ensure(was_there == pair.model.remove(&o.key_id::<T>()), "there, or not"))
        }),
        Operation::new("take(a)", |pair, o| {
            let taken = pair.set.take(&o.key()?).map(|value| value.id().unwrap_or(!0));
            Ok(ensure(taken == pair.model.take(&o.key_id::<T>()), "another value was taken"))
        }),
        Operation::new("extend(a, b, c)", |pair, o| {
            let series = Series::of(o);
            pair.set.try_extend(series.pairs::<T, ()>()?.map(|(value, ())| value))?;
            pause(|| pair.model.extend(series.ids::<T, ()>().map(|(value, _)| value)));
            Ok(Ok(()))
        }),
        Operation::new("from_iter(a, b, c)", |pair, o| {
            let series = Series::of(o);
            pair.set = Set::try_from_iter(series.pairs::<T, ()>()?.map(|(value, ())| value))?;
            pause(|| pair.model = series.ids::<T, ()>().map(|(value, _)| value).collect());
            Ok(Ok(()))
        }),
        Operation::new("clone", |pair, _| {
            let copy = pair.set.try_clone()?;
            let is_same = copy == pair.set;
            pair.set = copy;
            Ok(ensure(is_same, "it does not equal its copy"))
        }),
        Operation::new("swap", |pair, _| {
            mem::swap(&mut pair.set, &mut pair.other);
            mem::swap(&mut pair.model, &mut pair.other_model);
            Ok(Ok(()))
        }),
        Operation::new("against", |pair, _| Ok(pair.against())),
        Operation::new("retain(a)", |pair, o| {
            let keeps = |id: u8| id % 7 != o.a % 7;
            pair.set.retain(|value| value.id().is_none_or(keeps));
            pair.model.retain(|id| keeps(*id));
            Ok(Ok(()))
        }),
        Operation::new("iterate", |pair, _| Ok(pair.check())),
        Operation::new("drain_half", |pair, _| {
            let half = pair.set.len() / 2;
            let is_known = |value: T| value.id().is_some_and(|id| pair.model.contains(&id));
            let are_same = pair.set.drain().take(half).all(is_known);
            pair.model.clear();
            Ok(ensure(are_same, "other values were drained"))
        }),
        Operation::new("clear", |pair, _| {
            pair.set.clear();
            pair.model.clear();
            Ok(Ok(()))
        }),
        Operation::new("debug", |pair, _| {
            let text = pause(|| format!("{:?}", pair.set));
            Ok(ensure(text.starts_with('{') && text.ends_with('}'), "another format"))
        }),
        Operation::new("reserve(a)", |pair, o| {
            pair.set.reserve(o.a.into())?;
            let room = pair.set.capacity() - pair.set.len();
            Ok(ensure(room >= o.a.into(), "less room than was asked for"))
        }),
        Operation::new("with_capacity(a)", |pair, o| {
            pair.set = Set::with_capacity_and_hasher(o.a.into(), Hasher::new())?;
            pair.model.clear();
            Ok(ensure(pair.set.capacity() >= o.a.into(), "less room than was asked for"))
        }),
        Operation::new("refuse_reserve", |pair, _| refused(pair.set.reserve(usize::MAX))),
        Operation::new("refuse_with_capacity", |_, _| {
            refused(Set::<T>::with_capacity_and_hasher(usize::MAX / 2, Hasher::new()))
        }),
        Operation::new("shrink_to(a)", |pair, o| {
            pair.set.shrink_to(o.a.into())?;
            Ok(Ok(()))
        }),
        Operation::new("replace(a)", |pair, o| {
            let old = pair.set.replace(o.key()?)?.map(|value| value.id().unwrap_or(!0));
            let expected = pause(|| pair.model.replace(o.key_id::<T>()));
            Ok(ensure(old == expected, "another value was replaced"))
        }),
    ];

    fn new() -> Self {
        let (model, other_model) = (BTreeSet::new(), BTreeSet::new());
        Self { set: Set::default(), model, other: Set::default(), other_model }
    }

    fn check(&self) -> ClaimResult {
        let (set, model) = (&self.set, &self.model);
        let is_as_long = set.len() == model.len() && set.is_empty() == model.is_empty();
        ensure(is_as_long && set.capacity() >= set.len(), "another length")?;
        ensure(set.iter().count() == model.len(), "the iterator is not as long as the set")?;
        let is_known =
            |value: &T| set.contains(value) && value.id().is_some_and(|id| model.contains(&id));
        ensure(set.into_iter().all(is_known), "a value that should not be there")
    }

    fn view(&self) -> String {
        let ids = |set: &Set<T>| set.iter().map(Sample::id).collect::<BTreeSet<_>>();
        format!("{:?}, {:?}", ids(&self.set), ids(&self.other))
    }
}

impl<T: Sample> Sets<T> {
    /// Compares the set operations on both sets.
    fn against(&self) -> ClaimResult {
        let Self { set, model, other, other_model } = self;
        let alike = |ours: &mut dyn Iterator<Item = &T>, theirs: &mut dyn Iterator<Item = &u8>| {
            // Compares the count and the sum, which do not depend on the order and need no request.
            let sum = |(count, sum): (u64, u64), id: u8| (count + 1, sum + u64::from(id));
            let ours = ours.map(|value| value.id().unwrap_or(!0)).fold((0_u64, 0_u64), sum);
            ours == theirs.copied().fold((0_u64, 0_u64), sum)
        };
        let agree = alike(&mut set.intersection(other), &mut model.intersection(other_model))
            && alike(&mut set.union(other), &mut model.union(other_model))
            && alike(&mut set.difference(other), &mut model.difference(other_model))
            && alike(
                &mut set.symmetric_difference(other),
                &mut model.symmetric_difference(other_model),
            );
        ensure(agree, "other values in both, either, or one")?;
        let agree = set.is_subset(other) == model.is_subset(other_model)
            && set.is_superset(other) == model.is_superset(other_model)
            && set.is_disjoint(other) == model.is_disjoint(other_model)
            && (set == other) == (model == other_model);
        ensure(agree, "included, apart or equal, against the model")
    }
}
