//! The target `try_box`: compares a few [`TryBox`]es of values and slices with the numbers of their
//! values.
//!
//! Operand a is a place, b a value. A `Series` uses all three operands.

#[cfg(test)]
use super::modelled::Bomb;
use super::modelled::{CEILING, ClaimResult, Kind, Modelled, Operands, Operation, Pair, VERSION};
use super::modelled::{ensure, given_back};
use super::sample::{Aligned, Roomy, Sample};
use super::series::Series;
use super::{AnySteps, Target};
use crate::collections::{OutOfMemory, TryBox, TryClone, TryFromIterator, TryVec};
use crate::pause;
use std::mem;

pub(super) const MODELLED: Modelled = Modelled {
    name: "try_box",
    version: VERSION,
    kinds: &[
        Kind::of::<Boxes<u32>>("u32"),
        Kind::of::<Boxes<Roomy>>("bytes"),
        Kind::of::<Boxes<Aligned>>("aligned"),
        Kind::of::<Boxes<()>>("unit"),
    ],
    #[cfg(test)]
    bombs: Some(Kind::of::<Boxes<Bomb>>("bombs")),
    #[cfg(test)]
    seeds: &[
        (
            "values",
            "new 0..6 1, new_or_return 4..8 9, set 3 7, clone 3, into_inner 3, into_inner 3, clone 3, drop 0, pin 1 5, dynamic 2 4, debug",
        ),
        ("parts", "in_parts 0 3, in_parts 1 4, swap 0 3, clone 0, in_parts 1 9"),
        (
            "slices",
            "slice 0 1 9, clone_slice, copy_slice, from_iter 0 5 7, into_vec 0 3, into_vec 0 4, iterate, slice 0 0 0, clone_slice, into_vec",
        ),
        ("texts", "text 0, text 0 20, text 0 63"),
    ],
};

/// The target, for the table.
pub const TARGET: Target = Target::try_steps(MODELLED.name, decode)
    .about("TryBox, of values and slices, by operations that bytes spell out")
    .ceiling(CEILING);

fn decode(bytes: &[u8]) -> Result<AnySteps<String>, String> {
    MODELLED.decode(bytes)
}

const PLACES: usize = 8;

struct Boxes<T> {
    values: [Option<TryBox<T>>; PLACES],
    value_ids: [Option<u8>; PLACES],
    slice: TryBox<[T]>,
    slice_ids: Vec<u8>,
}

impl<T: Sample> Pair for Boxes<T> {
    const OPERATIONS: &'static [Operation<Self>] = &[
        Operation::new("new(a, b)", |pair, o| {
            let made = TryBox::new(o.value()?)?;
            Ok(pair.put(o, made))
        }),
        Operation::new("new_or_return(a, b)", |pair, o| match TryBox::new_or_return(o.value()?) {
            Ok(made) => Ok(pair.put(o, made)),
            Err((oom, value)) => given_back(oom, T::id(&value) == Some(o.value_id::<T>())),
        }),
        Operation::new("in_parts(a, b)", |pair, o| {
            // Reserve first: if the value cannot be made, an empty box must be freed.
            let room = TryBox::<T>::new_uninit()?;
            Ok(pair.put(o, TryBox::write(room, o.value()?)))
        }),
        Operation::new("pin(a, b)", |pair, o| {
            let pinned = TryBox::pin(o.value::<T>()?)?;
            // SAFETY: no later code relies on the value being pinned.
            let boxed = unsafe { std::pin::Pin::into_inner_unchecked(pinned) };
            Ok(pair.put(o, TryBox::from(boxed)))
        }),
        Operation::new("dynamic(a, b)", |_, o| {
            let boxed: Box<dyn Numbered> = TryBox::new(o.value::<T>()?)?.into_box();
            let dynamic = TryBox::from(boxed);
            Ok(ensure(dynamic.number() == Some(o.value_id::<T>()), "another value"))
        }),
        Operation::new("set(a, b)", |pair, o| {
            let value = o.value()?;
            if let Some(boxed) = &mut pair.values[place(o)] {
                **boxed = value;
                pair.value_ids[place(o)] = Some(o.value_id::<T>());
            }
            Ok(Ok(()))
        }),
        Operation::new("clone(a)", |pair, o| {
            let copy = pair.values[place(o)].try_clone()?;
            let is_same = copy == pair.values[place(o)];
            pair.values[place(o)] = copy;
            Ok(ensure(is_same, "it does not equal its copy"))
        }),
        Operation::new("into_inner(a)", |pair, o| {
            let value = pair.values[place(o)].take().map(TryBox::into_inner);
            let id = value.map(|value| value.id().unwrap_or(!0));
            Ok(ensure(id == pair.value_ids[place(o)].take(), "another value was inside"))
        }),
        Operation::new("drop(a)", |pair, o| {
            pair.values[place(o)] = None;
            pair.value_ids[place(o)] = None;
            Ok(Ok(()))
        }),
        Operation::new("swap(a, b)", |pair, o| {
            pair.values.swap(place(o), usize::from(o.b) % PLACES);
            pair.value_ids.swap(place(o), usize::from(o.b) % PLACES);
            Ok(Ok(()))
        }),
        Operation::new("debug(a)", |pair, o| {
            let boxed = &pair.values[place(o)];
            let [ours, theirs] =
                pause(|| [format!("{boxed:?}"), format!("{:?}", boxed.as_deref())]);
            Ok(ensure(ours == theirs, "another format"))
        }),
        Operation::new("slice(_, b, c)", |pair, o| {
            let series = Series::of(o);
            let vec = TryVec::try_from_iter(series.values::<T>()?)?;
            pair.slice = vec.into_boxed_slice().map_err(|(oom, _)| oom)?;
            pause(|| pair.slice_ids = series.value_ids::<T>().collect());
            Ok(Ok(()))
        }),
        Operation::new("from_iter(_, b, c)", |pair, o| {
            let series = Series::of(o);
            pair.slice = TryBox::try_from_iter(series.values::<T>()?)?;
            pause(|| pair.slice_ids = series.value_ids::<T>().collect());
            Ok(Ok(()))
        }),
        Operation::new("clone_slice", |pair, _| {
            let copy = pair.slice.try_clone()?;
            let is_same = copy == pair.slice;
            pair.slice = copy;
            Ok(ensure(is_same, "it does not equal its copy"))
        }),
        Operation::new("copy_slice", |pair, _| {
            pair.slice = TryBox::try_from(&*pair.slice)?;
            Ok(Ok(()))
        }),
        Operation::new("into_vec(_, b)", |pair, o| pair.push(o)),
        Operation::new("iterate", |pair, _| {
            let ids = pair.slice.try_clone()?.into_iter().map(|value| value.id());
            Ok(ensure(ids.eq(pair.slice_ids.iter().copied().map(Some)), "others by value"))
        }),
        Operation::new("text(_, b)", |_, o| {
            let text = &"a text of sixty-three bytes, more or less, of which some are here"
                [..usize::from(o.b) % 64];
            let boxed: TryBox<str> = TryBox::try_from(text)?;
            let copy = boxed.try_clone()?;
            Ok(ensure(&*boxed == text && copy == boxed, "another text"))
        }),
    ];

    fn new() -> Self {
        let slice = TryBox::default();
        Self { values: Default::default(), value_ids: [None; PLACES], slice, slice_ids: Vec::new() }
    }

    fn check(&self) -> ClaimResult {
        let id = |boxed: &Option<TryBox<T>>| boxed.as_deref().map(|value| value.id().unwrap_or(!0));
        ensure(self.values.iter().map(id).eq(self.value_ids), "another value")?;
        let ids = self.slice.iter().map(|value| value.id());
        ensure(ids.eq(self.slice_ids.iter().copied().map(Some)), "another element of the slice")
    }

    fn view(&self) -> String {
        let ids = self.values.each_ref().map(|boxed| boxed.as_deref().and_then(Sample::id));
        let slice: Vec<_> = self.slice.iter().map(Sample::id).collect();
        format!("{ids:?}, {slice:?}")
    }
}

fn place(o: Operands) -> usize {
    usize::from(o.a) % PLACES
}

/// The trait of trait objects of samples.
trait Numbered {
    fn number(&self) -> Option<u8>;
}

impl<T: Sample> Numbered for T {
    fn number(&self) -> Option<u8> {
        self.id()
    }
}

impl<T: Sample> Boxes<T> {
    fn put(&mut self, o: Operands, boxed: TryBox<T>) -> ClaimResult {
        self.values[place(o)] = Some(boxed);
        self.value_ids[place(o)] = Some(o.value_id::<T>());
        Ok(())
    }

    /// Converts a slice to a vector, appends an element, and converts it back.
    fn push(&mut self, o: Operands) -> Result<ClaimResult, OutOfMemory> {
        let value = o.value()?;
        let mut vec = TryVec::from(mem::take(&mut self.slice));
        let pushed = vec.push(value);
        match vec.into_boxed_slice() {
            Ok(slice) => self.slice = slice,
            Err((oom, mut vec)) => {
                // Removing the element again makes no request.
                if pushed.is_ok() {
                    vec.pop();
                }
                self.slice = pause(|| vec.into_vec().into_boxed_slice().into());
                return Err(oom);
            }
        }
        pushed?;
        pause(|| self.slice_ids.push(o.value_id::<T>()));
        Ok(Ok(()))
    }
}
