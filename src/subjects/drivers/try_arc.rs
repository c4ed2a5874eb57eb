//! The target `try_arc`: compares a few [`TryArc`]s, some of which share a value, with std's `Rc`s
//! of the numbers of their values.
//!
//! Operand a is a place, b a place or a value. A `Series` uses all three operands.

#[cfg(test)]
use super::modelled::Bomb;
use super::modelled::{CEILING, ClaimResult, Kind, Modelled, Operands, Operation, Pair, VERSION};
use super::modelled::{ensure, given_back};
use super::sample::{Aligned, Roomy, Sample};
use super::series::Series;
use super::{AnySteps, Target};
use crate::collections::{TryArc, TryBox, TryFromIterator, TryVec};
use crate::pause;
use std::sync::Arc;

pub(super) const MODELLED: Modelled = Modelled {
    name: "try_arc",
    version: VERSION,
    kinds: &[
        Kind::of::<Arcs<u32>>("u32"),
        Kind::of::<Arcs<Roomy>>("bytes"),
        Kind::of::<Arcs<Aligned>>("aligned"),
        Kind::of::<Arcs<()>>("unit"),
    ],
    #[cfg(test)]
    bombs: Some(Kind::of::<Arcs<Bomb>>("bombs")),
    #[cfg(test)]
    seeds: &[
        (
            "values",
            "new 0..6 1, new_or_return 4..8 9, get_mut 3 7, into_inner 3, into_inner 3, drop 0, debug 1, same 1 2",
        ),
        (
            "shared",
            "new 0 3, share 0 1, share 1 2, get_mut 1 9, same 0 2, make_mut 1 7, make_mut 1 8, same 0 1, try_unwrap 0, try_unwrap 1, into_inner 2, share 5 6, drop 0, into_inner 2",
        ),
        (
            "slices",
            "slice 0 1 9, copy_slice 1, from_vec 0 4 5, from_box 0 5 7, from_iter 0 3 12, share_slice, copy_slice, slice 0 0 0, from_vec, from_box, from_iter",
        ),
        ("texts", "text 0, text 0 20, text 0 63"),
    ],
};

/// The target, for the table.
pub const TARGET: Target = Target::try_steps(MODELLED.name, decode)
    .about("TryArc, of values and slices, by operations that bytes spell out")
    .ceiling(CEILING);

fn decode(bytes: &[u8]) -> Result<AnySteps<String>, String> {
    MODELLED.decode(bytes)
}

const PLACES: usize = 8;

struct Arcs<T> {
    arcs: [Option<TryArc<T>>; PLACES],
    models: [Option<Arc<u8>>; PLACES],
    slice: Option<TryArc<[T]>>,
    slice_ids: Vec<u8>,
}

impl<T: Sample> Pair for Arcs<T> {
    const OPERATIONS: &'static [Operation<Self>] = &[
        Operation::new("new(a, b)", |pair, o| {
            let made = TryArc::new(o.value()?)?;
            Ok(pair.put(o, made))
        }),
        Operation::new("new_or_return(a, b)", |pair, o| match TryArc::new_or_return(o.value()?) {
            Ok(made) => Ok(pair.put(o, made)),
            Err((oom, value)) => given_back(oom, T::id(&value) == Some(o.value_id::<T>())),
        }),
        Operation::new("share(a, b)", |pair, o| {
            pair.arcs[other(o)] = pair.arcs[place(o)].clone();
            pair.models[other(o)] = pair.models[place(o)].clone();
            Ok(Ok(()))
        }),
        Operation::new("drop(a)", |pair, o| {
            pair.arcs[place(o)] = None;
            pair.models[place(o)] = None;
            Ok(Ok(()))
        }),
        Operation::new("get_mut(a, b)", |pair, o| {
            let value = o.value()?;
            let ours = pair.arcs[place(o)].as_mut().and_then(TryArc::get_mut);
            let theirs = pair.models[place(o)].as_mut().and_then(Arc::get_mut);
            let are_alike = ours.is_some() == theirs.is_some();
            if let (Some(ours), Some(theirs)) = (ours, theirs) {
                (*ours, *theirs) = (value, o.value_id::<T>());
            }
            Ok(ensure(are_alike, "the only owner, or not"))
        }),
        Operation::new("make_mut(a, b)", |pair, o| {
            let value = o.value()?;
            let Some(arc) = &mut pair.arcs[place(o)] else { return Ok(Ok(())) };
            *TryArc::make_mut(arc)? = value;
            let model = pair.models[place(o)].as_mut().map(|model| pause(|| Arc::make_mut(model)));
            Ok(model.map(|model| *model = o.value_id::<T>()).ok_or("there should be none".into()))
        }),
        Operation::new("try_unwrap(a)", |pair, o| {
            let Some(arc) = pair.arcs[place(o)].take() else { return Ok(Ok(())) };
            let Some(model) = pair.models[place(o)].take() else {
                return Ok(Err("there is none".into()));
            };
            match (TryArc::try_unwrap(arc), Arc::try_unwrap(model)) {
                (Ok(ours), Ok(theirs)) => Ok(ensure(ours.id() == Some(theirs), "another value")),
                (Err(ours), Err(theirs)) => {
                    pair.arcs[place(o)] = Some(ours);
                    pair.models[place(o)] = Some(theirs);
                    Ok(Ok(()))
                }
                _ => Ok(Err("the only owner, or not".into())),
            }
        }),
        Operation::new("into_inner(a)", |pair, o| {
            let ours = pair.arcs[place(o)].take().and_then(TryArc::into_inner);
            let theirs = pair.models[place(o)].take().and_then(Arc::into_inner);
            Ok(ensure(ours.map(|value| value.id().unwrap_or(!0)) == theirs, "another value"))
        }),
        Operation::new("same(a, b)", |pair, o| {
            let (Some(a), Some(b)) = (&pair.arcs[place(o)], &pair.arcs[other(o)]) else {
                return Ok(Ok(()));
            };
            let (a_model, b_model) = (&pair.models[place(o)], &pair.models[other(o)]);
            let are_one =
                a_model.as_ref().zip(b_model.as_ref()).is_some_and(|(a, b)| Arc::ptr_eq(a, b));
            let agree = TryArc::ptr_eq(a, b) == are_one && (a == b) == (a_model == b_model);
            Ok(ensure(agree, "one, or not; or equal, or not"))
        }),
        Operation::new("debug(a)", |pair, o| {
            let arc = &pair.arcs[place(o)];
            let [ours, theirs] = pause(|| [format!("{arc:?}"), format!("{:?}", arc.as_deref())]);
            Ok(ensure(ours == theirs, "another format"))
        }),
        Operation::new("slice(_, b, c)", |pair, o| {
            let series = Series::of(o);
            let values = TryVec::try_from_iter(series.values::<T>()?)?;
            let slice = TryArc::try_from(&values[..])?;
            Ok(pair.put_slice(series, slice))
        }),
        Operation::new("from_vec(_, b, c)", |pair, o| {
            let series = Series::of(o);
            let values = TryVec::try_from_iter(series.values::<T>()?)?;
            match TryArc::try_from(values) {
                Ok(slice) => Ok(pair.put_slice(series, slice)),
                Err((oom, values)) => given_back(oom, is_of(series, &values)),
            }
        }),
        Operation::new("from_box(_, b, c)", |pair, o| {
            let series = Series::of(o);
            let values = TryBox::<[T]>::try_from_iter(series.values::<T>()?)?;
            match TryArc::try_from(values) {
                Ok(slice) => Ok(pair.put_slice(series, slice)),
                Err((oom, values)) => given_back(oom, is_of(series, &values)),
            }
        }),
        Operation::new("from_iter(_, b, c)", |pair, o| {
            let series = Series::of(o);
            let slice = TryArc::try_from_iter(series.values::<T>()?)?;
            Ok(pair.put_slice(series, slice))
        }),
        Operation::new("copy_slice", |pair, _| {
            if let Some(slice) = &pair.slice {
                pair.slice = Some(TryArc::try_from(&**slice)?);
            }
            Ok(Ok(()))
        }),
        Operation::new("share_slice", |pair, _| {
            let Some(slice) = &pair.slice else { return Ok(Ok(())) };
            let shared = TryArc::clone(slice);
            let are_one = TryArc::ptr_eq(&shared, slice) && TryArc::strong_count(slice) == 2;
            Ok(ensure(are_one, "a slice that is not shared"))
        }),
        Operation::new("text(_, b)", |_, o| {
            let text = &"a text of sixty-three bytes, more or less, of which some are here"
                [..usize::from(o.b) % 64];
            let arc: TryArc<str> = TryArc::try_from(text)?;
            Ok(ensure(&*arc == text && TryArc::strong_count(&arc) == 1, "another text"))
        }),
    ];

    fn new() -> Self {
        let (arcs, models) = (Default::default(), Default::default());
        Self { arcs, models, slice: None, slice_ids: Vec::new() }
    }

    fn check(&self) -> ClaimResult {
        for (ours, theirs) in self.arcs.iter().zip(&self.models) {
            let ours = ours.as_ref().map(|arc| (arc.id(), TryArc::strong_count(arc)));
            let theirs = theirs.as_ref().map(|arc| (Some(**arc), Arc::strong_count(arc)));
            ensure(ours == theirs, "another value, or another number of owners")?;
        }
        let ids = self.slice.iter().flat_map(|slice| slice.iter()).map(|value| value.id());
        ensure(ids.eq(self.slice_ids.iter().copied().map(Some)), "another element of the slice")
    }

    fn view(&self) -> String {
        let shown = |arc: &TryArc<T>| (arc.id(), TryArc::strong_count(arc));
        let arcs = self.arcs.each_ref().map(|arc| arc.as_ref().map(shown));
        let slice: Vec<_> = self.slice.iter().flat_map(|slice| slice.iter()).map(T::id).collect();
        format!("{arcs:?}, {slice:?}")
    }
}

fn place(o: Operands) -> usize {
    usize::from(o.a) % PLACES
}

fn other(o: Operands) -> usize {
    usize::from(o.b) % PLACES
}

fn is_of<T: Sample>(series: Series, values: &[T]) -> bool {
    series.value_ids::<T>().map(Some).eq(values.iter().map(T::id))
}

impl<T: Sample> Arcs<T> {
    fn put(&mut self, o: Operands, arc: TryArc<T>) -> ClaimResult {
        self.arcs[place(o)] = Some(arc);
        pause(|| self.models[place(o)] = Some(Arc::new(o.value_id::<T>())));
        Ok(())
    }

    fn put_slice(&mut self, series: Series, slice: TryArc<[T]>) -> ClaimResult {
        self.slice = Some(slice);
        pause(|| self.slice_ids = series.value_ids::<T>().collect());
        Ok(())
    }
}
