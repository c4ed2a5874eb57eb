//! Sweeps `TryVec`, `TryString`, `TryBox` and `TryArc`: each method that can make a request, with
//! plain elements and with elements whose copies make requests.
//!
//! The sweep checks that after each failure the subject reads as before, and that the retry has the
//! same result as the run without faults. The tests also check that methods such as
//! `push_or_return` return the same value.

#![cfg(feature = "collections")]

use oom_sweep::collections::{
    OutOfMemory, TryArc, TryBox, TryClone, TryCollect, TryExtend, TryString, TryToOwned, TryVec,
};
use oom_sweep::{FaultAlloc, OomError, Sweep, try_format};
use std::fmt::Debug;
use std::io::Write;
use std::mem::take;

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

type Outcome = Result<(), OutOfMemory>;

/// Sweeps a step that must be all or nothing and must make a request.
fn sweep<S: Debug, T, E: OomError>(
    name: &str,
    setup: impl FnMut() -> S,
    step: impl FnMut(&mut S) -> Result<T, E>,
) {
    let report = Sweep::new(name).run_state(setup, step, |subject| format!("{subject:?}"));
    report.assert_clean();
    assert!(report.runs() > 0, "{name} makes no request");
}

/// An element of the collections.
trait Element: TryClone + Debug + PartialEq {
    fn make(number: u8) -> Result<Self, OutOfMemory>;
    fn number(&self) -> u8;
}

impl Element for u32 {
    fn make(number: u8) -> Result<Self, OutOfMemory> {
        Ok(number.into())
    }

    fn number(&self) -> u8 {
        *self as u8
    }
}

impl Element for TryString {
    fn make(number: u8) -> Result<Self, OutOfMemory> {
        try_format!("{number}")
    }

    fn number(&self) -> u8 {
        self.parse().unwrap()
    }
}

/// The numbers 1, 2, 3, with this spare capacity.
fn three<E: Element>(spare: usize) -> TryVec<E> {
    let mut vec = TryVec::with_capacity(3 + spare).unwrap();
    for number in 1..4 {
        vec.push(E::make(number).unwrap()).unwrap();
    }
    vec
}

/// Checks that the returned value is the number 9.
fn nine<E: Element>((oom, value): (OutOfMemory, E)) -> OutOfMemory {
    assert_eq!(value.number(), 9);
    oom
}

fn sweep_growing<E: Element + 'static>() {
    type Step<E> = fn(&mut TryVec<E>) -> Outcome;
    let steps: [(&str, Step<E>); 12] = [
        ("vec reserve", |vec| vec.reserve(1)),
        ("vec reserve_exact", |vec| vec.reserve_exact(9)),
        ("vec push", |vec| vec.push(E::make(9)?)),
        ("vec push_or_return", |vec| vec.push_or_return(E::make(9)?).map_err(nine)),
        ("vec insert", |vec| vec.insert(1, E::make(9)?)),
        ("vec insert_or_return", |vec| vec.insert_or_return(1, E::make(9)?).map_err(nine)),
        ("vec extend_from_slice", |vec| {
            let more = vec.try_clone()?;
            vec.extend_from_slice(&more)
        }),
        ("vec append", |vec| {
            let mut other = vec[..].try_to_owned()?;
            vec.append(&mut other)
        }),
        ("vec resize", |vec| vec.resize(9, E::make(9)?)),
        ("vec resize_with", |vec| {
            let mut spare = vec.try_clone()?.into_iter();
            vec.resize_with(6, || spare.next().unwrap())
        }),
        ("vec try_extend", |vec| {
            let more: TryVec<E> = (10..50).map(E::make).collect_fallible::<Result<_, _>>()??;
            vec.try_extend(more)
        }),
        ("vec split_off", |vec| vec.split_off(1).map(|tail| assert_eq!(tail.len(), 2))),
    ];
    for (name, step) in steps {
        sweep(name, || three::<E>(0), step);
    }
}

fn sweep_making<E: Element + 'static>() {
    type Step<E> = fn(&mut TryVec<E>) -> Outcome;
    let steps: [(&str, Step<E>); 8] = [
        ("vec shrink_to_fit", TryVec::shrink_to_fit),
        ("vec shrink_to", |vec| vec.shrink_to(20)),
        ("vec try_clone", |vec| vec.try_clone().map(|copy| assert_eq!(copy, *vec))),
        ("vec into_boxed_slice", |vec| {
            let room = vec.capacity();
            let boxed = take(vec).into_boxed_slice().map_err(|(oom, back)| {
                assert_eq!(back.capacity(), room);
                *vec = back;
                oom
            })?;
            *vec = boxed.into();
            Ok(())
        }),
        ("box of a slice", |vec| {
            let boxed = TryBox::try_from(&vec[..])?;
            assert_eq!((&boxed.try_clone()?[..], &boxed[..]), (&vec[..], &vec[..]));
            Ok(())
        }),
        ("arc of a slice", |vec| TryArc::try_from(&vec[..]).map(|arc| assert_eq!(*vec, arc[..]))),
        ("arc from a vec", |vec| {
            let arc = TryArc::try_from(take(vec)).map_err(|(oom, back)| {
                *vec = back;
                oom
            })?;
            assert_eq!(arc.len(), 3);
            Ok(())
        }),
        ("arc from a box", |vec| {
            let boxed = TryBox::try_from(&vec[..])?;
            TryArc::try_from(boxed).map(drop).map_err(|(oom, back)| {
                assert_eq!(*vec, back[..]);
                oom
            })
        }),
    ];
    for (name, step) in steps {
        sweep(name, || three::<E>(100), step);
    }
}

fn sweep_pointers<E: Element + 'static>() {
    type Step<E> = fn(&mut Option<E>) -> Outcome;
    let steps: [(&str, Step<E>); 7] = [
        ("box new", |_| TryBox::new([7; 3]).map(|boxed| assert_eq!(*boxed, [7; 3]))),
        ("box new_or_return", |_| TryBox::new_or_return(E::make(9)?).map(drop).map_err(nine)),
        ("box pin", |_| TryBox::pin(E::make(1)?).map(|pinned| assert_eq!(pinned.number(), 1))),
        ("box try_clone", |_| {
            let boxed = TryBox::new(E::make(1)?)?;
            boxed.try_clone().map(|copy| assert_eq!(copy, boxed))
        }),
        ("arc new", |_| TryArc::new(E::make(1)?).map(|arc| assert_eq!(arc.number(), 1))),
        ("arc new_or_return", |_| TryArc::new_or_return(E::make(9)?).map(drop).map_err(nine)),
        ("arc make_mut", |_| {
            let mut arc = TryArc::new(E::make(1)?)?;
            let other = arc.clone();
            let two = E::make(2)?;
            *TryArc::make_mut(&mut arc)? = two;
            assert_eq!((arc.number(), other.number()), (2, 1));
            Ok(())
        }),
    ];
    for (name, step) in steps {
        sweep(name, || None, step);
    }
}

fn sweep_collecting<E: Element + 'static>() {
    fn items<E: Element>() -> impl Iterator<Item = Result<E, OutOfMemory>> {
        (1..30).map(E::make)
    }
    type Step = fn(&mut ()) -> Outcome;
    let steps: [(&str, Step); 5] = [
        ("collect a vec", |()| {
            let vec: TryVec<E> = items().collect_fallible::<Result<_, _>>()??;
            vec.into_iter().collect_fallible::<Vec<E>>().map(drop)
        }),
        ("collect a box", |()| {
            items::<E>().collect_fallible::<Result<TryBox<[_]>, _>>()?.map(drop)
        }),
        ("collect an arc", |()| {
            items::<E>().collect_fallible::<Result<TryArc<[_]>, _>>()?.map(drop)
        }),
        ("collect options", |()| {
            let all = items::<E>().map(Result::ok).collect_fallible::<Option<Box<[_]>>>()?;
            all.map(drop).ok_or(OutOfMemory::new(1))
        }),
        ("unzip", |()| {
            let pairs: TryVec<(E, u8)> = items()
                .map(|item| item.map(|item| (item, 1)))
                .collect_fallible::<Result<_, _>>()??;
            let (all, ones): (TryVec<E>, Vec<u8>) = pairs.into_iter().collect_fallible()?;
            assert_eq!((all.len(), ones.len()), (29, 29));
            Ok(())
        }),
    ];
    for (name, step) in steps {
        sweep(name, || (), step);
    }
}

#[test]
fn growing() {
    sweep_growing::<u32>();
    sweep_growing::<TryString>();
}

#[test]
fn making() {
    sweep_making::<u32>();
    sweep_making::<TryString>();
}

#[test]
fn pointers() {
    sweep_pointers::<u32>();
    sweep_pointers::<TryString>();
}

#[test]
fn collecting() {
    sweep_collecting::<u32>();
    sweep_collecting::<TryString>();
}

#[test]
fn with_capacity() {
    sweep("vec with_capacity", || (), |()| TryVec::<u32>::with_capacity(5).map(drop));
    sweep("string with_capacity", || (), |()| TryString::with_capacity(5).map(drop));
}

#[test]
fn bytes() {
    sweep("write bytes", || TryVec::from(vec![1]), |vec| vec.write_all(&[2; 40]));
    sweep("extend by reference", || TryVec::from(vec![1_u8]), |vec| vec.try_extend(&[2; 9000]));
}

#[test]
fn strings() {
    type Step = fn(&mut TryString) -> Outcome;
    let steps: [(&str, Step); 15] = [
        ("string reserve", |text| text.reserve(99)),
        ("string reserve_exact", |text| text.reserve_exact(99)),
        ("string push", |text| text.push('é')),
        ("string push_str", |text| text.push_str("more")),
        ("string insert", |text| text.insert(1, 'é')),
        ("string insert_str", |text| text.insert_str(1, "more")),
        ("string split_off", |text| text.split_off(1).map(|tail| assert_eq!(tail, "bc"))),
        ("string try_clone", |text| text.try_clone().map(|copy| assert_eq!(copy, *text))),
        ("string push_fmt", |text| text.push_fmt(format_args!("{:>40}-{:?}", 1, "b"))),
        ("string from_fmt", |_| try_format!("{:>40}", 1).map(drop)),
        ("string try_extend chars", |text| text.try_extend("many characters".chars())),
        ("string try_extend texts", |text| text.try_extend(["one", "two", "and three"])),
        ("string collect", |_| "abc".chars().rev().collect_fallible::<String>().map(drop)),
        ("box of a text", |text| TryBox::<str>::try_from(&**text)?.try_clone().map(drop)),
        ("arc of a text", |text| TryArc::<str>::try_from(&**text).map(drop)),
    ];
    for (name, step) in steps {
        sweep(name, || TryString::from(String::from("abc")), step);
    }
}

#[test]
fn strings_with_spare_room() {
    let roomy = || {
        let mut text = TryString::with_capacity(100).unwrap();
        text.push_str("abc").unwrap();
        text
    };
    sweep("string shrink_to_fit", roomy, TryString::shrink_to_fit);
    sweep("string shrink_to", roomy, |text| text.shrink_to(20));
    sweep("string into_boxed_str", roomy, |text| {
        let boxed = take(text).into_boxed_str().map_err(|(oom, back)| {
            assert_eq!(back.capacity(), 100);
            *text = back;
            oom
        })?;
        *text = boxed.into();
        Ok::<_, OutOfMemory>(())
    });
}

/// Methods that need no memory make no request, so nothing can fail.
#[test]
fn no_request() {
    let report = Sweep::new("no request").allow_empty().run_state(
        || (three::<TryString>(2), TryArc::new(1).unwrap(), TryString::from(String::from("ab"))),
        |(vec, arc, text)| -> Outcome {
            vec.reserve(2)?;
            let last = vec.pop().unwrap();
            vec.insert(0, last)?;
            vec.dedup();
            vec.retain(|word| word.number() != 2);
            drop(vec.swap_remove(0));
            vec.append(&mut TryVec::new())?;
            vec.extend_from_slice(&[])?;
            let mut other = TryVec::from(take(vec).into_vec());
            other.shrink_to(100)?;
            other.clear();
            drop(other.split_off(0)?);
            other.shrink_to_fit()?;
            let second = arc.clone();
            drop(TryArc::try_unwrap(second).unwrap_err());
            *TryArc::make_mut(arc)? += 1;
            TryBox::new(()).map(drop)?;
            let boxed = TryBox::<str>::try_from("")?;
            text.pop();
            text.push('c')?;
            text.push_fmt(format_args!(""))?;
            drop((boxed.try_clone()?, "".try_to_owned()?, TryVec::<u8>::with_capacity(0)?));
            Ok(())
        },
        |subject| format!("{subject:?}"),
    );
    report.assert_clean();
    assert_eq!(report.requests(), 0, "{report}");
}
