//! Tests that our map and the reference write the same bytes and the same JSON, and that each reads
//! what the other writes.

use crate::values::*;
use crate::{K, Value, map};
use cranelift_entity as reference;
use oom_sweep::collections::{OutOfMemory, SecondaryMap, TryClone, secondary_map::bare_default};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde::de::{DeserializeOwned, Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt::{self, Debug};

#[derive(Clone, Copy, PartialEq, Eq)]
struct Theirs(u32);
reference::entity_impl!(Theirs, "k");

type Ours<V> = SecondaryMap<K, V>;
type Reference<V> = reference::SecondaryMap<Theirs, V>;

/// Compares the `Debug` texts, so that `NaN` equals itself.
#[track_caller]
fn same(ours: impl Debug, theirs: impl Debug) {
    assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
}

fn agree<V: Value>(default: V, values: Vec<V>) {
    let ours = map(&default, &values);
    let mut theirs = Reference::with_default(default.clone());
    values.iter().enumerate().for_each(|(i, v)| theirs[Theirs(i as u32)] = v.clone());

    let bytes = postcard::to_stdvec(&ours).unwrap();
    assert_eq!(bytes, postcard::to_stdvec(&theirs).unwrap());
    let read = postcard::from_bytes::<Ours<V>>(&bytes).unwrap();
    same(&read, postcard::from_bytes::<Reference<V>>(&bytes).unwrap());
    assert_eq!(postcard::to_stdvec(&read).unwrap(), bytes);

    let json = serde_json::to_string(&theirs).unwrap();
    if let Ok(ours) = serde_json::to_string(&ours) {
        assert_eq!(ours, json);
    }
    if let Ok(theirs) = serde_json::from_str::<Reference<V>>(&json) {
        same(serde_json::from_str::<Ours<V>>(&json).unwrap(), theirs);
    }
    bare(&ours, bytes, &read);
}

/// A field with the adapter.
#[derive(Serialize, Deserialize)]
#[serde(bound = "V: Value")]
struct Bare<V: Value> {
    #[serde(with = "bare_default")]
    map: Ours<V>,
}

/// The adapter writes the same without the byte of `Some`, and reads it back.
fn bare<V: Value>(map: &Ours<V>, mut bytes: Vec<u8>, expected: &Ours<V>) {
    let json = serde_json::to_string(&map).ok();
    let field = Bare { map: map.try_clone().unwrap() };
    assert_eq!(serde_json::to_string(&field).ok(), json.map(|json| format!("{{\"map\":{json}}}")));
    assert_eq!(bytes.remove(1), 1);
    assert_eq!(postcard::to_stdvec(&field).unwrap(), bytes);
    let read: Bare<V> = postcard::from_bytes(&bytes).unwrap();
    same(&read.map, expected);
    let mut input = postcard::Deserializer::from_bytes(&bytes);
    same(bare_default::deserialize_fallible::<K, V, _>(&mut input).unwrap(), expected);
}

for_values!(agree);

#[test]
fn what_it_looks_like() {
    let json = |default: u8, values: &[u8]| serde_json::to_string(&map(&default, values)).unwrap();
    assert_eq!(json(7, &[]), "[7]");
    assert_eq!(json(7, &[1, 7, 2, 7, 7]), "[7,1,null,2]");
    let bytes = |default: u8, values: &[u8]| postcard::to_stdvec(&map(&default, values)).unwrap();
    assert_eq!(bytes(7, &[1, 7, 2, 7, 7]), [4, 1, 7, 1, 1, 0, 1, 2]);
}

/// Documents that the reference writes but cannot read.
#[test]
fn a_leading_null_is_the_default_if_it_can_be() {
    fn check<V: Value>(json: &str, default: V) {
        assert!(serde_json::from_str::<Reference<V>>(json).is_err());
        let map: Ours<V> = serde_json::from_str(json).unwrap();
        assert_eq!(map.default_value(), &default);
        assert_eq!(serde_json::to_string(&map).unwrap(), json);
    }
    check("[null]", ());
    check("[null]", Unit);
    check("[null,3,null,4]", None::<u8>);
    check("[null,\"a\"]", Newtype(None::<String>));
    check("[null]", Newtype(Newtype(Unit)));
}

/// A leading null means `None` only to a reader that requests an option.
#[test]
fn a_leading_null_is_none_to_a_strict_reader() {
    let map: Ours<Strict> = serde_json::from_str("[null, 4]").unwrap();
    assert_eq!((map[K(0)], map[K(1)]), (Strict(Some(4)), Strict(None)));
}

/// A value that accepts `none` and `some` but not `unit`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Strict(Option<u8>);

impl TryClone for Strict {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        Ok(*self)
    }
}

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Strict;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an option")
            }

            fn visit_none<E>(self) -> Result<Strict, E> {
                Ok(Strict(None))
            }

            fn visit_some<D: Deserializer<'de>>(self, input: D) -> Result<Strict, D::Error> {
                u8::deserialize(input).map(|number| Strict(Some(number)))
            }
        }
        deserializer.deserialize_option(Reader)
    }
}

/// The announced length must be the number of elements, because some formats write it first.
#[test]
fn the_length_is_that_of_what_is_written() {
    for values in [&[][..], &[0; 9], &[1], &[0, 0, 1, 0], &[1, 2, 3]] {
        let bytes = postcard::to_stdvec(&map(&0_u8, values)).unwrap();
        let (elements, rest): (Vec<Option<u8>>, _) = postcard::take_from_bytes(&bytes).unwrap();
        assert_eq!((usize::from(bytes[0]), rest.len()), (elements.len(), 0));
    }
}

/// A map of 2^32 zero-sized values is written in one step, also in its `no_alloc` form.
#[test]
fn values_without_bytes_are_not_counted() {
    let mut map = SecondaryMap::<K, ()>::new();
    map.insert(K(u32::MAX), ()).unwrap();
    assert_eq!(serde_json::to_string(&map).unwrap(), "[null]");
    assert_eq!(serde_json::to_string(&map.into_no_alloc().unwrap()).unwrap(), "[null]");
}

#[test]
fn values_may_borrow_from_the_input() {
    let json = String::from("[\"\", null, \"b\"]");
    let map: Ours<&str> = serde_json::from_str(&json).unwrap();
    assert_eq!((map[K(0)], map[K(1)]), ("", "b"));
    let bytes = postcard::to_stdvec(&map).unwrap();
    assert_eq!(postcard::from_bytes::<Ours<&str>>(&bytes).unwrap(), map);
}

#[test]
fn maps_are_values_too() {
    fn round_trip<T: Serialize + DeserializeOwned + PartialEq>(value: &T) -> bool {
        let json = serde_json::to_vec(value).unwrap();
        let bytes = postcard::to_stdvec(value).unwrap();
        serde_json::from_slice::<T>(&json).unwrap() == *value
            && postcard::from_bytes::<T>(&bytes).unwrap() == *value
    }
    let row = map(&1_u8, &[1, 5]);
    let mut rows = SecondaryMap::<K, Ours<u8>>::new();
    rows.insert(K(2), row).unwrap();
    assert!(round_trip(&rows));
}
