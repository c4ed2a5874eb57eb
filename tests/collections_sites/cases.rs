//! Requests that no target makes: those of convenience methods, of traits for types that are not
//! collections, and of operations on several collections.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::collections::hash_map::RandomState;
use std::ffi::OsString;
use std::ops::{Bound, ControlFlow};
use std::path::PathBuf;
use std::task::Poll;

use oom_sweep::collections::secondary_map::{DeError, bare_default};
use oom_sweep::collections::*;
use oom_sweep::entity_impl;

type Case = fn() -> Result<(), OutOfMemory>;

/// All cases, with their names for the report.
pub(crate) const ALL: &[(&str, Case)] = &[
    ("clones by the trait", clones_by_the_trait),
    ("clones of std's types", clones_of_stds_types),
    ("deserialization", deserialization),
    ("entries", entries),
    ("items by reference", items_by_reference),
    ("items by the trait", items_by_the_trait),
    ("items that may be errors", items_that_may_be_errors),
    ("owned copies", owned_copies),
    ("room given back", room_given_back),
    ("room of a secondary map", rooms),
    ("seeded hashers", seeded_hashers),
    ("unzip", unzip),
];

#[derive(Clone, Copy, PartialEq, Eq)]
struct Key(u32);
entity_impl!(Key, "k");

fn bytes(len: usize) -> Result<Vec<u8>, OutOfMemory> {
    std::iter::repeat_n(7, len).collect_fallible()
}

fn pairs() -> impl Iterator<Item = (u32, u32)> {
    (0..5).map(|n| (n, n))
}

/// The `TryClone` of collections that also have an inherent `try_clone`.
fn clones_by_the_trait() -> Result<(), OutOfMemory> {
    fn clone<C: TryClone>(collection: C) -> Result<(), OutOfMemory> {
        collection.try_clone().map(drop)
    }
    clone(TryVec::from(bytes(9)?))?;
    clone(TryString::from_fmt(format_args!("{}", 10))?)?;
    clone(Slab::try_from_iter(0..5)?)?;
    clone(PrimaryMap::<Key, u32>::try_from_iter(0..5)?)?;
    clone(SecondaryMap::<Key, u32>::try_from_iter([(Key(3), 1)])?)?;
    clone(TryBTreeMap::try_from_iter(pairs())?)?;
    clone(pairs().collect_fallible::<TryHashMap<u32, u32>>()?)?;
    clone(pairs().collect_fallible::<TryHashSet<(u32, u32)>>()?)
}

fn clones_of_stds_types() -> Result<(), OutOfMemory> {
    let boxed = TryBox::new(bytes(3)?)?.into_box();
    drop(boxed.try_clone()?);
    drop([bytes(1)?, bytes(2)?].try_clone()?);
    drop(Some(bytes(3)?).try_clone()?);
    drop(Ok::<_, Vec<u8>>(bytes(4)?).try_clone()?);
    drop(Err::<Vec<u8>, _>(bytes(5)?).try_clone()?);
    drop(Bound::Included(bytes(6)?).try_clone()?);
    drop(Bound::Excluded(bytes(6)?).try_clone()?);
    drop((bytes(7)?, 1, bytes(8)?).try_clone()?);
    drop((bytes(1)?..bytes(2)?).try_clone()?);
    drop(VecDeque::from(bytes(3)?).try_clone()?);
    drop(Cow::<[u8]>::Owned(bytes(4)?).try_clone()?);
    drop(Poll::Ready(bytes(5)?).try_clone()?);
    drop(ControlFlow::<_, u8>::Break(bytes(6)?).try_clone()?);
    drop(ControlFlow::<u8, _>::Continue(bytes(7)?).try_clone()?);
    let os = OsString::from(String::from(TryString::try_from("os")?)).try_clone()?;
    drop(PathBuf::from(os).try_clone()?);
    drop(bytes(9)?.into_boxed_slice_fallibly()?.try_clone()?);
    let text = TryString::from_fmt(format_args!("{}", 12))?;
    drop(text.into_boxed_str().map_err(|(oom, _)| oom)?.into_box().try_clone()?);
    Ok(())
}

trait IntoBoxedSlice {
    fn into_boxed_slice_fallibly(self) -> Result<Box<[u8]>, OutOfMemory>;
}

impl IntoBoxedSlice for Vec<u8> {
    fn into_boxed_slice_fallibly(self) -> Result<Box<[u8]>, OutOfMemory> {
        let boxed = TryVec::from(self).into_boxed_slice();
        boxed.map(TryBox::into_box).map_err(|(oom, _)| oom)
    }
}

fn deserialization() -> Result<(), OutOfMemory> {
    /// Fails on errors of the format, because the input is valid.
    fn only_oom<E: std::fmt::Debug>(error: DeError<E>) -> OutOfMemory {
        match error {
            DeError::Oom(oom) => oom,
            DeError::Format(error) => panic!("{error:?}"),
        }
    }
    // Three elements: the default, a set value, and a gap.
    let mut input = postcard::Deserializer::from_bytes(&[3, 1, 0, 1, 5, 0]);
    let map = SecondaryMap::<Key, u32>::deserialize_fallible(&mut input).map_err(only_oom)?;
    assert_eq!(map.as_values_slice(), [5, 0]);
    let mut input = postcard::Deserializer::from_bytes(&[3, 0, 1, 5, 0]);
    let map: SecondaryMap<Key, u32> =
        bare_default::deserialize_fallible(&mut input).map_err(only_oom)?;
    assert_eq!(map.as_values_slice(), [5, 0]);
    Ok(())
}

fn entries() -> Result<(), OutOfMemory> {
    let mut hashed = TryHashMap::<u32, u32>::new();
    *hashed.entry(1).or_default()? += 1;
    for key in 2..20 {
        if let try_hash_map::Entry::Vacant(entry) = hashed.entry(key) {
            entry.insert(1)?;
        }
    }
    for key in 20..40 {
        if let try_hash_map::Entry::Vacant(entry) = hashed.entry(key) {
            entry.insert_or_return(1).map_err(|(oom, ..)| oom)?;
        }
        hashed.entry(key + 100).or_insert_with_key(|key| key + 1)?;
    }
    let mut ordered = TryBTreeMap::<u32, u32>::new();
    for key in 1..40 {
        *ordered.entry(key).or_default()? += 1;
    }
    for key in 40..80 {
        if let try_btree_map::Entry::Vacant(entry) = ordered.entry(key) {
            entry.insert(1)?;
        }
    }
    let mut slab = Slab::new();
    slab.vacant_entry()?.insert(7);
    Ok(())
}

fn items_by_reference() -> Result<(), OutOfMemory> {
    let mut vec = Vec::<u8>::new();
    vec.try_extend(&[1_u8, 2])?;
    let mut ours = TryVec::<u8>::new();
    ours.try_extend(&[1_u8, 2])?;
    TryHashMap::<u8, u8>::new().try_extend([(&1, &2), (&3, &4)])?;
    TryHashSet::<u8>::new().try_extend(&[1, 2])?;
    TryBTreeMap::<u8, u8>::new().try_extend([(&1, &2), (&3, &4)])
}

/// The traits of the collection that also has inherent methods of these names.
fn items_by_the_trait() -> Result<(), OutOfMemory> {
    let mut map: SecondaryMap<Key, u32> = [(Key(1), 1)].into_iter().collect_fallible()?;
    TryExtend::try_extend(&mut map, [(Key(5), 2)])
}

fn items_that_may_be_errors() -> Result<(), OutOfMemory> {
    let none: Option<TryVec<u8>> = [Some(1), None, Some(2)].into_iter().collect_fallible()?;
    let error: Result<TryVec<u8>, u8> = [Ok(1), Err(3)].into_iter().collect_fallible()?;
    let good: Option<TryVec<u8>> = [Some(1), Some(2)].into_iter().collect_fallible()?;
    assert!(none.is_none() && error == Err(3) && good.is_some_and(|good| good == [1, 2]));
    Ok(())
}

fn owned_copies() -> Result<(), OutOfMemory> {
    drop("text".try_to_owned()?);
    drop([1_u8, 2][..].try_to_owned()?);
    drop(bytes(3)?.try_to_owned()?);
    drop(TryVec::try_from(&[1_u8, 2][..])?);
    drop(TryString::try_from("text")?);
    drop("text".parse::<TryString>()?);
    drop(TryArc::<str>::try_from(TryString::try_from("text")?).map_err(|(oom, _)| oom)?);
    let shared = TryArc::new(bytes(3)?)?;
    drop(TryArc::unwrap_or_clone(shared.clone()).map_err(|(oom, _)| oom)?);
    Ok(())
}

fn room_given_back() -> Result<(), OutOfMemory> {
    let mut values: PrimaryMap<Key, u32> = (0..5).collect_fallible()?;
    values.reserve(9)?;
    values.shrink_to_fit()?;
    let mut slab: Slab<u32> = (0..5).collect_fallible()?;
    slab.shrink_to_fit()?;
    let mut map: TryHashMap<u32, u32> = pairs().collect_fallible()?;
    map.reserve(100)?;
    map.shrink_to(50)?;
    map.shrink_to_fit()?;
    let mut set = TryHashSet::<u32>::new();
    set.replace(9)?;
    set.reserve(100)?;
    set.shrink_to(50)?;
    set.shrink_to_fit()
}

fn seeded_hashers() -> Result<(), OutOfMemory> {
    drop(TryHashMap::<u32, u32, RandomState>::with_capacity(4)?);
    drop(TryHashSet::<u32, RandomState>::with_capacity(4)?);
    Ok(())
}

fn rooms() -> Result<(), OutOfMemory> {
    let mut map = SecondaryMap::<Key, u32>::new();
    map.reserve(3)?;
    map.reserve_exact(9)
}

fn unzip() -> Result<(), OutOfMemory> {
    let (left, right): (TryVec<u32>, Vec<u32>) = pairs().collect_fallible()?;
    assert_eq!(left, right);
    Ok(())
}
