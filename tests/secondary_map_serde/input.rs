//! Tests bad input: each leads to an error that says what was expected, and the memory used is
//! proportional to the input.

use crate::{K, map};
use oom_sweep::collections::secondary_map::{DeError, Seed};
use oom_sweep::collections::{EntityRef, OutOfMemory, SecondaryMap};
use oom_sweep::{Strategy, Sweep};
use serde::de::value::{Error, SeqDeserializer};
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, Visitor};
use std::cell::Cell;
use std::marker::PhantomData;

type Map<V> = SecondaryMap<K, V>;

/// Runs `f` once with a ceiling of `bytes` bytes for each request.
fn bounded(bytes: usize, f: impl Fn()) {
    let once =
        Sweep::new("bounded").allow_empty().ceiling(bytes).strategy(Strategy::Plans(Vec::new()));
    let report = once.run(|| {
        f();
        Ok::<(), OutOfMemory>(())
    });
    assert_eq!(report.error(), None, "{report}");
    report.assert_clean();
}

#[track_caller]
fn json_error<V: crate::Value>(json: &str) -> String {
    serde_json::from_str::<Map<V>>(json).unwrap_err().to_string()
}

#[test]
fn wrong_types() {
    let map = "expected a sequence of the default and then an optional value for each index";
    for (json, found) in [("{}", "map"), ("5", "integer `5`"), ("null", "null")] {
        assert!(json_error::<u8>(json).starts_with(&format!("invalid type: {found}, {map} at ")));
    }
    assert_eq!(
        json_error::<u8>("[\"a\"]"),
        "invalid type: string \"a\", expected u8 at line 1 column 4"
    );
    assert_eq!(
        json_error::<u8>("[0, 1, 256]"),
        "invalid value: integer `256`, expected u8 at line 1 column 10"
    );
}

#[test]
fn no_default() {
    assert_eq!(
        json_error::<u8>("[]"),
        "invalid length 0, expected the default at the head of a map at line 1 column 2"
    );
    assert_eq!(json_error::<u8>("[null, 1]"), "invalid type: null, expected u8 at line 1 column 7");
    assert!(postcard::from_bytes::<Map<u8>>(&[0]).is_err());
    assert!(postcard::from_bytes::<Map<u8>>(&[1, 0]).is_err());
    assert!(postcard::from_bytes::<Map<u8>>(&[]).is_err());
}

#[test]
fn truncated_at_every_byte() {
    let values = ["a", "", "b\"c", ""].map(String::from);
    let map = map(&String::new(), &values);
    let bytes = postcard::to_stdvec(&map).unwrap();
    let json = serde_json::to_vec(&map).unwrap();
    assert_eq!(postcard::from_bytes::<Map<String>>(&bytes).unwrap(), map);
    assert_eq!(serde_json::from_slice::<Map<String>>(&json).unwrap(), map);
    for len in 0..bytes.len() {
        assert!(postcard::from_bytes::<Map<String>>(&bytes[..len]).is_err(), "{len}");
    }
    for len in 0..json.len() {
        let error = serde_json::from_slice::<Map<String>>(&json[..len]).unwrap_err();
        assert!(error.is_eof(), "{len}: {error}");
    }
}

#[test]
fn what_follows_the_map() {
    let error = json_error::<u8>("[0, 1] 2");
    assert_eq!(error, "trailing characters at line 1 column 8");
    let (map, rest) = postcard::take_from_bytes::<Map<u8>>(&[2, 1, 7, 1, 8, 9]).unwrap();
    assert_eq!((map.as_values_slice(), rest), (&[8][..], &[9][..]));
}

/// Trailing defaults, which our writer leaves out, are read as they are.
#[test]
fn trailing_defaults() {
    let map: Map<u8> = serde_json::from_str("[7, 1, null, 7, null]").unwrap();
    assert_eq!(map.as_values_slice(), [1, 7, 7, 7]);
    assert_eq!(serde_json::to_string(&map).unwrap(), "[7,1]");
}

#[test]
fn a_claim_of_more_elements_than_there_are_costs_nothing() {
    // Announces 2^60 elements as a varint, but has only the default, 1, and a gap.
    let mut bytes = vec![0x80; 8];
    bytes.extend([0x10, 1, 0, 1, 1, 0]);
    bounded(64, || {
        let mut input = postcard::Deserializer::from_bytes(&bytes);
        let error = Map::<u64>::deserialize_fallible(&mut input).unwrap_err();
        assert_eq!(error, DeError::Format(postcard::Error::DeserializeUnexpectedEnd));
    });
}

/// An iterator with a given `size_hint`.
struct Hinted<I>(I, (usize, Option<usize>));

impl<I: Iterator> Iterator for Hinted<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.1
    }
}

/// A deserializer of a bare number for a reader that requests an optional number.
struct Bare(u8);

impl IntoDeserializer<'_, Error> for Bare {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Bare {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u8(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

#[test]
fn a_size_hint_is_not_asked() {
    let most = usize::MAX;
    for hint in [(most, Some(most)), (most, None), (0, Some(100)), (99, Some(100))] {
        bounded(256, || {
            let input = SeqDeserializer::<_, Error>::new(Hinted((0..100_u8).map(Bare), hint));
            let map = Map::<u8>::deserialize_fallible(input).unwrap();
            assert_eq!((map.len(), map[K(9)]), (99, 10));
            assert!(map.capacity() < 200);
        });
    }
}

/// Each byte of the input is one element, so the capacity must be a small multiple of the input.
#[test]
fn room_grows_with_what_was_read() {
    let mut bytes = vec![0x80, 0x80, 0x80, 0x01, 1, 1];
    bytes.resize(1000, 0);
    bounded(2 * 8 * 1000, || {
        let mut input = postcard::Deserializer::from_bytes(&bytes);
        assert!(matches!(Map::<u64>::deserialize_fallible(&mut input), Err(DeError::Format(_))));
    });
}

/// A key type with three indices.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Few(u8);

impl EntityRef for Few {
    fn new(index: usize) -> Self {
        Self::try_new(index).expect("one of three")
    }

    fn index(self) -> usize {
        self.0.into()
    }

    fn try_new(index: usize) -> Option<Self> {
        (index < 3).then_some(Self(index as u8))
    }
}

#[test]
fn an_index_that_no_key_has() {
    type Small = SecondaryMap<Few, u8>;
    assert_eq!(serde_json::from_str::<Small>("[0, 1, null, 3]").unwrap()[Few(2)], 3);
    let error = serde_json::from_str::<Small>("[0, 1, null, 3, null]").unwrap_err();
    assert_eq!(error.to_string(), "no key has the index 3 at line 1 column 21");
    let many = [4, 1, 0, 0, 0, 0];
    assert!(postcard::from_bytes::<Small>(&many).is_ok());
    assert!(postcard::from_bytes::<Small>(&[5, 1, 0, 0, 0, 0, 0]).is_err());
}

#[test]
fn an_error_of_the_format_is_no_failed_request() {
    let oom = Cell::new(None);
    let mut input = serde_json::Deserializer::from_str("[0, []]");
    assert!(Seed::<K, PhantomData<u8>>::new(&oom).deserialize(&mut input).is_err());
    assert_eq!(oom.get(), None);
}
