//! The target `try_vec`: compares a [`TryVec`] with std's `Vec` of the numbers of its elements.
//!
//! Operand a is an index or a length, b a value. A `Series` uses all three operands. Indices are
//! reduced into bounds; unit tests cover the panics for others.

#[cfg(test)]
use super::modelled::Bomb;
use super::modelled::{CEILING, ClaimResult, Kind, Modelled, Operands, Operation, Pair, VERSION};
use super::modelled::{ensure, given_back, refused};
use super::sample::{Aligned, Roomy, Sample};
use super::series::Series;
use super::{AnySteps, Target};
use crate::collections::{TryExtend, TryFromIterator, TryVec};
use crate::pause;

pub(super) const MODELLED: Modelled = Modelled {
    name: "try_vec",
    version: VERSION,
    kinds: &[
        Kind::of::<Vecs<u32>>("u32"),
        Kind::of::<Vecs<Roomy>>("bytes"),
        Kind::of::<Vecs<Aligned>>("aligned"),
        Kind::of::<Vecs<()>>("unit"),
    ],
    #[cfg(test)]
    bombs: Some(Kind::of::<Vecs<Bomb>>("bombs")),
    #[cfg(test)]
    seeds: &[
        (
            "grow",
            "push 0..12 1, push_or_return 0..12 30, insert 0 7, insert_or_return 5 8, insert_or_return 30 9, set 3 1",
        ),
        (
            "full",
            "extend 0 1 3, shrink_to_fit, insert 1 7, shrink_to_fit, insert_or_return 0 8, shrink_to_fit, insert_or_return 9 9, shrink_to_fit, push_or_return 0 3",
        ),
        (
            "shrink",
            "extend 0 1 20, pop, remove 3, swap_remove 2, truncate 12, shrink_to 14, shrink_to_fit, shrink_to_fit, clear, shrink_to_fit, push 0 1",
        ),
        (
            "resize",
            "resize 7 3, resize 2 9, resize_with 9 4, resize_with 3, split_off 1, split_off 0, resize 20 6, split_off 5, append_half, append_half",
        ),
        (
            "bulk",
            "extend 0 2 12, extend 0 3 140, extend_from_within 5, from_iter 0 30 9, clone, extend_from_within 9, extend 0 1 200, retain 1, dedup, drain 4",
        ),
        (
            "boxed",
            "extend 0 5 9, into_boxed, push 0 1, into_boxed, clear, into_boxed, into_iter, extend 0 1 3, into_iter, compare, debug",
        ),
        (
            "room",
            "reserve 3, push 0 1, reserve 9, reserve_exact 30, with_capacity 20, push 0 1, refuse_reserve, refuse_with_capacity, push 0 9",
        ),
    ],
};

/// The target, for the table.
pub const TARGET: Target = Target::try_steps(MODELLED.name, decode)
    .about("TryVec, by operations that bytes spell out, beside std's")
    .ceiling(CEILING);

fn decode(bytes: &[u8]) -> Result<AnySteps<String>, String> {
    MODELLED.decode(bytes)
}

struct Vecs<T> {
    vec: TryVec<T>,
    model: Vec<u8>,
}

impl<T: Sample> Pair for Vecs<T> {
    const OPERATIONS: &'static [Operation<Self>] = &[
        Operation::new("push(_, b)", |pair, o| {
            pair.vec.push(o.value()?)?;
            pause(|| pair.model.push(o.value_id::<T>()));
            Ok(Ok(()))
        }),
        Operation::new("push_or_return(_, b)", |pair, o| {
            match pair.vec.push_or_return(o.value()?) {
                Ok(()) => pause(|| pair.model.push(o.value_id::<T>())),
                Err((oom, value)) => return given_back(oom, value.id() == Some(o.value_id::<T>())),
            }
            Ok(Ok(()))
        }),
        Operation::new("insert(a, b)", |pair, o| {
            let index = pair.bounded(o);
            pair.vec.insert(index, o.value()?)?;
            pause(|| pair.model.insert(index, o.value_id::<T>()));
            Ok(Ok(()))
        }),
        Operation::new("insert_or_return(a, b)", |pair, o| {
            let index = pair.bounded(o);
            match pair.vec.insert_or_return(index, o.value()?) {
                Ok(()) => pause(|| pair.model.insert(index, o.value_id::<T>())),
                Err((oom, value)) => return given_back(oom, value.id() == Some(o.value_id::<T>())),
            }
            Ok(Ok(()))
        }),
        Operation::new("set(a, b)", |pair, o| {
            let value = o.value()?;
            if let Some(slot) = pair.vec.get_mut(usize::from(o.a)) {
                *slot = value;
                pair.model[usize::from(o.a)] = o.value_id::<T>();
            }
            Ok(Ok(()))
        }),
        Operation::new("pop", |pair, _| {
            let popped = pair.vec.pop().map(|value| value.id().unwrap_or(!0));
            Ok(ensure(popped == pair.model.pop(), "another element was popped"))
        }),
        Operation::new("remove(a)", |pair, o| {
            let Some(index) = pair.within(o) else { return Ok(Ok(())) };
            let removed = pair.vec.remove(index).id();
            Ok(ensure(removed == Some(pair.model.remove(index)), "another element was removed"))
        }),
        Operation::new("swap_remove(a)", |pair, o| {
            let Some(index) = pair.within(o) else { return Ok(Ok(())) };
            let removed = pair.vec.swap_remove(index).id();
            Ok(ensure(removed == Some(pair.model.swap_remove(index)), "another was removed"))
        }),
        Operation::new("truncate(a)", |pair, o| {
            pair.vec.truncate(o.a.into());
            pair.model.truncate(o.a.into());
            Ok(Ok(()))
        }),
        Operation::new("clear", |pair, _| {
            let capacity = pair.vec.capacity();
            pair.vec.clear();
            pair.model.clear();
            Ok(ensure(pair.vec.capacity() == capacity, "the capacity changed"))
        }),
        Operation::new("resize(a, b)", |pair, o| {
            pair.vec.resize(o.a.into(), o.value()?)?;
            pause(|| pair.model.resize(o.a.into(), o.value_id::<T>()));
            Ok(Ok(()))
        }),
        Operation::new("resize_with(a)", |pair, o| {
            // The closure cannot report a failure, so it makes values that need no memory.
            pair.vec.resize_with(o.a.into(), T::default)?;
            pause(|| pair.model.resize(o.a.into(), 0));
            Ok(Ok(()))
        }),
        Operation::new("split_off(a)", |pair, o| {
            let index = pair.bounded(o);
            pair.vec = pair.vec.split_off(index)?;
            pause(|| pair.model = pair.model.split_off(index));
            Ok(Ok(()))
        }),
        Operation::new("append_half", |pair, _| {
            let half = pair.model.len() / 2;
            let mut tail = TryVec::try_from_iter(pair.vec[half..].iter().map(|_| T::default()))?;
            pair.vec.append(&mut tail)?;
            pause(|| pair.model.resize(2 * pair.model.len() - half, 0));
            Ok(ensure(tail.is_empty(), "what was appended is still there"))
        }),
        Operation::new("extend(_, b, c)", |pair, o| {
            let series = Series::of(o);
            pair.vec.try_extend(series.values::<T>()?)?;
            pause(|| pair.model.extend(series.value_ids::<T>()));
            Ok(Ok(()))
        }),
        Operation::new("extend_from_within(a)", |pair, o| {
            let copies = pair.vec[..pair.bounded(o)].len();
            let copy = pair.vec.try_clone()?;
            pair.vec.extend_from_slice(&copy[..copies])?;
            pause(|| pair.model.extend_from_within(..copies));
            Ok(Ok(()))
        }),
        Operation::new("from_iter(_, b, c)", |pair, o| {
            let series = Series::of(o);
            pair.vec = TryVec::try_from_iter(series.values::<T>()?)?;
            pause(|| pair.model = series.value_ids::<T>().collect());
            Ok(Ok(()))
        }),
        Operation::new("clone", |pair, _| {
            pair.vec = pair.vec.try_clone()?;
            let has_spare_room = size_of::<T>() > 0 && pair.vec.capacity() > pair.vec.len();
            Ok(ensure(!has_spare_room, "a copy with spare room"))
        }),
        Operation::new("retain(a)", |pair, o| {
            let keeps = |id: u8| id % 3 != o.a % 3;
            pair.vec.retain(|value| value.id().is_none_or(keeps));
            pair.model.retain(|id| keeps(*id));
            Ok(Ok(()))
        }),
        Operation::new("dedup", |pair, _| {
            pair.vec.dedup();
            pair.model.dedup();
            Ok(Ok(()))
        }),
        Operation::new("drain(a)", |pair, o| {
            let end = pair.bounded(o);
            let are_same =
                pair.vec.drain(..end).map(|value| value.id()).eq(pair.model.drain(..end).map(Some));
            Ok(ensure(are_same, "other elements were drained"))
        }),
        Operation::new("shrink_to(a)", |pair, o| {
            pair.vec.shrink_to(o.a.into())?;
            let most = usize::from(o.a).max(pair.vec.len());
            let is_small = size_of::<T>() == 0 || pair.vec.capacity() <= most;
            Ok(ensure(is_small || pair.vec.capacity() < usize::from(o.a), "not shrunk"))
        }),
        Operation::new("shrink_to_fit", |pair, _| {
            pair.vec.shrink_to_fit()?;
            let has_spare_room = size_of::<T>() > 0 && pair.vec.capacity() > pair.vec.len();
            Ok(ensure(!has_spare_room, "spare room is left"))
        }),
        Operation::new("into_boxed", |pair, _| {
            // The vector moves into the box, or comes back with the error.
            match std::mem::take(&mut pair.vec).into_boxed_slice() {
                Ok(boxed) => pair.vec = boxed.into(),
                Err((oom, vec)) => {
                    pair.vec = vec;
                    return Err(oom);
                }
            }
            Ok(Ok(()))
        }),
        Operation::new("into_iter", |pair, _| {
            let ids = pair.vec.try_clone()?.into_iter().rev().map(|value| value.id());
            Ok(ensure(ids.eq(pair.model.iter().rev().copied().map(Some)), "others by value"))
        }),
        Operation::new("compare", |pair, _| {
            let mut copy = pair.vec.try_clone()?;
            let is_same = copy == pair.vec && copy >= pair.vec;
            let is_shorter = copy.pop().is_none() || (copy != pair.vec && copy < pair.vec);
            Ok(ensure(is_same && is_shorter, "equal, or not, to its copy"))
        }),
        Operation::new("debug", |pair, _| {
            let [ours, theirs] =
                pause(|| [format!("{:?}", pair.vec), format!("{:?}", &pair.vec[..])]);
            Ok(ensure(ours == theirs, "another format"))
        }),
        Operation::new("reserve(a)", |pair, o| {
            pair.vec.reserve(o.a.into())?;
            Ok(pair.has_room_for(o))
        }),
        Operation::new("reserve_exact(a)", |pair, o| {
            pair.vec.reserve_exact(o.a.into())?;
            Ok(pair.has_room_for(o))
        }),
        Operation::new("with_capacity(a)", |pair, o| {
            pair.vec = TryVec::with_capacity(o.a.into())?;
            pair.model.clear();
            Ok(pair.has_room_for(o))
        }),
        Operation::new("refuse_reserve", |pair, _| {
            if size_of::<T>() == 0 && pair.vec.is_empty() {
                // For zero-sized values any number that does not overflow succeeds.
                return Ok(ensure(pair.vec.reserve(usize::MAX).is_ok(), "refused"));
            }
            refused(pair.vec.reserve(usize::MAX))
        }),
        Operation::new("refuse_with_capacity", |_, _| {
            if size_of::<T>() == 0 {
                return Ok(ensure(TryVec::<T>::with_capacity(usize::MAX).is_ok(), "refused"));
            }
            refused(TryVec::<T>::with_capacity(usize::MAX / 3))
        }),
    ];

    fn new() -> Self {
        Self { vec: TryVec::new(), model: Vec::new() }
    }

    fn check(&self) -> ClaimResult {
        let Self { vec, model } = self;
        let is_as_long = vec.len() == model.len() && vec.is_empty() == model.is_empty();
        ensure(is_as_long && vec.capacity() >= vec.len(), "another length")?;
        let ids = vec.iter().map(|value| value.id());
        ensure(ids.eq(model.iter().copied().map(Some)), "another element")
    }

    fn view(&self) -> String {
        let ids: Vec<_> = self.vec.iter().map(|value| value.id()).collect();
        format!("{ids:?}")
    }
}

impl<T> Vecs<T> {
    /// An index up to the end.
    fn bounded(&self, o: Operands) -> usize {
        usize::from(o.a).min(self.model.len())
    }

    /// The index of an element, if there is any.
    fn within(&self, o: Operands) -> Option<usize> {
        self.model.len().checked_sub(1).map(|last| usize::from(o.a).min(last))
    }

    fn has_room_for(&self, o: Operands) -> ClaimResult {
        let room = self.vec.capacity() - self.vec.len();
        ensure(room >= o.a.into(), "less room than was asked for")
    }
}
