//! Tests `SecondaryMap::no_alloc`: no type that implements `NoAllocDefault` makes a request in
//! `default`, and `take` makes none either.
//!
//! Each test makes a first request that fails. From then on the sweep forbids all requests.

#![cfg(feature = "collections")]

use oom_sweep::collections::{NoAlloc, NoAllocDefault, OutOfMemory, SecondaryMap, TryClone};
use oom_sweep::{AfterFault, FaultAlloc, Finding, FindingKind, Sweep};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::hint::black_box;
use std::marker::{PhantomData, PhantomPinned};
use std::num::{Saturating, Wrapping};
use std::ops::{Range, RangeFull};
use std::time::Duration;
use std::{rc, sync};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

#[derive(Clone, Copy, PartialEq, Eq)]
struct K(u32);
oom_sweep::entity_impl!(K, "k");

/// Makes the request that fails. No other request may follow.
fn spark() -> Result<(), OutOfMemory> {
    let mut room = Vec::<u8>::new();
    room.try_reserve_exact(64).map_err(|_| OutOfMemory::new(64))?;
    drop(black_box(room));
    Ok(())
}

/// Sweeps a map with the default of `T`: making, reading and taking the default must make no
/// request.
fn sweep<T: NoAllocDefault + TryClone>(name: &str) {
    let report = Sweep::new(name).after(AfterFault::Forbid).run_state(
        || {
            let mut map = SecondaryMap::<K, T, NoAlloc>::no_alloc();
            map.insert(K(2), T::default()).unwrap();
            map
        },
        |map| {
            let outcome = spark();
            drop(black_box(T::default()));
            drop(black_box(SecondaryMap::<K, T, NoAlloc>::no_alloc()));
            assert!(map.take(K(2)).is_some() && map.take(K(2)).is_some());
            assert!(map.take(K(3)).is_none());
            outcome
        },
        |map| map.len(),
    );
    report.assert_clean();
    assert!(report.is_complete(), "{report}");
    assert_eq!(report.requests(), 1, "{name}: only the first request");
}

macro_rules! sweep_all {
    ($($type:ty),* $(,)?) => {{
        $(sweep::<$type>(stringify!($type));)*
        [$(stringify!($type)),*]
    }};
}

/// The name of a type without its parameters: `Vec` for `Vec<T>`, `&` for `&str` and `&[T]`.
fn head(name: &str) -> String {
    let name = name.trim().replace("'static ", "");
    name.split('<').next().unwrap().trim().to_owned()
}

#[test]
fn no_listed_default_makes_a_request() {
    let swept = sweep_all! {
        (), bool, char, f32, f64,
        i8, i16, i32, i64, i128, isize,
        u8, u16, u32, u64, u128, usize,
        Duration, PhantomPinned, RangeFull,
        String, &'static str,
        Vec<Box<u8>>, Option<Box<u8>>, &'static [Box<u8>], PhantomData<Box<u8>>,
        rc::Weak<Box<u8>>, sync::Weak<Box<u8>>,
        Range<u8>, Reverse<Vec<u8>>, Saturating<u8>, Wrapping<u8>,
    };
    let swept: BTreeSet<_> = swept.into_iter().map(head).collect();

    let source = include_str!("../src/subjects/collections/secondary_map/no_alloc.rs");
    let list = source.split("\nno_alloc_default! {").nth(1).unwrap().split("\n}").next().unwrap();
    let listed: BTreeSet<_> = list
        .split(",")
        .filter(|entry| !entry.trim().is_empty())
        .map(|entry| head(&entry.split_once(']').unwrap().1.replace("&[T]", "&[Box")))
        .collect();
    assert_eq!(listed, swept);
}

#[test]
fn nor_does_one_made_of_them() {
    sweep_all! {
        (String,),
        (String, Vec<u8>),
        (String, Vec<u8>, u8),
        (String, Vec<u8>, u8, ()),
        (String, Vec<u8>, u8, (), char),
        (String, Vec<u8>, u8, (), char, f32),
        (String, Vec<u8>, u8, (), char, f32, i8),
        (String, Vec<u8>, u8, (), char, f32, i8, &'static str),
        (String, Vec<u8>, u8, (), char, f32, i8, &'static str, u16),
        (String, Vec<u8>, u8, (), char, f32, i8, &'static str, u16, u32),
        (String, Vec<u8>, u8, (), char, f32, i8, &'static str, u16, u32, u64),
        (String, Vec<u8>, u8, (), char, f32, i8, &'static str, u16, u32, u64, String),
        [String; 0], [String; 1], [Vec<String>; 2], [String; 7], [(String, [u64; 3]); 32],
        Reverse<[Option<String>; 3]>,
    };
}

/// Tests that the sweep above detects a default that makes a request.
#[test]
fn a_default_that_allocates_is_found() {
    let report = Sweep::new("boxed").after(AfterFault::Forbid).run(|| {
        let outcome = spark();
        drop(black_box(Box::<u64>::default()));
        outcome
    });
    let kinds: Vec<_> = report.findings().iter().map(Finding::kind).collect();
    assert!(kinds.contains(&FindingKind::AllocatedAfterFault), "{report}");
}

#[test]
fn take_writes_the_default() {
    let mut map = SecondaryMap::<K, String, NoAlloc>::no_alloc();
    assert_eq!((map.take(K(0)), map.capacity()), (None, 0));
    map.insert(K(1), "one".into()).unwrap();
    assert_eq!(map.take(K(1)).as_deref(), Some("one"));
    assert_eq!(map.take(K(1)).as_deref(), Some(""));
    assert_eq!((map.len(), map.remove(K(1))), (2, Ok(Some(String::new()))));
}

#[test]
fn it_is_a_map_like_any_other() {
    let mut map: SecondaryMap<K, u8, NoAlloc> = SecondaryMap::no_alloc();
    map.try_extend([(K(2), 5), (K(0), 6)]).unwrap();
    map.resize(5).unwrap();
    let copy = map.try_clone().unwrap();
    assert_eq!((map.len(), map == copy, map[K(9)]), (5, true, 0));
    map.values_mut().for_each(|value| *value += 1);
    assert_eq!(map.iter().map(|(_, value)| *value).collect::<Vec<_>>(), [7, 1, 6, 1, 1]);
    assert_eq!(copy.into_iter().map(|(key, _)| key.as_u32()).max(), Some(4));
}

#[test]
fn a_map_becomes_one_if_its_default_is_that_of_the_type() {
    let map = SecondaryMap::<K, _>::from(vec![1.5, 2.5]);
    let mut map = map.into_no_alloc().unwrap();
    assert_eq!((map.take(K(1)), map.as_values_slice()), (Some(2.5), &[1.5, 0.0][..]));

    let map = SecondaryMap::<K, _>::with_default(-0.0_f64).into_no_alloc().unwrap();
    assert!(map[K(0)].is_sign_positive(), "what `take` would write");

    let refused = SecondaryMap::<K, _>::with_default(1).into_no_alloc().unwrap_err();
    assert_eq!(refused[K(0)], 1);
}
