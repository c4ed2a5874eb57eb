//! JSON has only one null. For all values, either writing fails, or reading returns an equal map.

use crate::values::*;
use crate::{K, Value, map};
use oom_sweep::collections::SecondaryMap;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// Whether the value is null in JSON.
fn is_null(value: &impl Value) -> bool {
    serde_json::to_string(value).unwrap() == "null"
}

/// Checks that writing fails if and only if a value would be lost, and that reading returns an
/// equal map otherwise.
fn never_silently<V: Value>(default: V, values: Vec<V>) {
    let map = map(&default, &values);
    let back = serde_json::from_str::<V>("null").ok();
    let default_is_lost = is_null(&default) && back.as_ref() != Some(&default);
    let lost = values.iter().position(|value| *value != default && is_null(value));
    match serde_json::to_string(&map).map_err(|error| error.to_string()) {
        Ok(json) => {
            assert!(!default_is_lost && lost.is_none(), "{map:?} as {json}");
            assert_eq!(serde_json::from_str::<SecondaryMap<K, V>>(&json).unwrap(), map, "{json}");
            let tree = serde_json::to_value(&map).unwrap();
            assert_eq!(serde_json::from_value::<SecondaryMap<K, V>>(tree).unwrap(), map);
        }
        Err(error) if default_is_lost => {
            assert_eq!(error, "the default is written as null and cannot be read from that");
        }
        Err(error) => {
            let index = lost.expect("the JSON writer refused a map that it could have written");
            assert_eq!(
                error,
                format!(
                    "the value at index {index} is written as null, \
                     which reads back as the default"
                )
            );
        }
    }
}

for_values!(never_silently);

#[test]
fn what_would_be_lost() {
    #[track_caller]
    fn refused<V: Value>(default: V, value: V) {
        assert!(serde_json::to_string(&map(&default, &[value])).is_err());
    }
    refused(Some(1), None);
    refused(Newtype(Some(1)), Newtype(None));
    refused(1.0, f64::NAN);
    refused(1.0_f32, f32::NEG_INFINITY);
    refused(Newtype(0.0), Newtype(f64::INFINITY));
    refused(f64::INFINITY, 1.0);
    refused(Some(None), None::<Option<u8>>);
    refused(None, Some(None::<u8>));
    refused(None, Some(()));
}

#[test]
fn what_only_holds_a_null() {
    #[track_caller]
    fn kept<V: Value>(default: V, value: V) {
        let map = map(&default, &[value]);
        let json = serde_json::to_string(&map).unwrap();
        assert_eq!(serde_json::from_str::<SecondaryMap<K, V>>(&json).unwrap(), map);
    }
    kept((1, None), (0, None::<u8>));
    kept([Some(1)], [None]);
    kept(vec![Some(1)], vec![None]);
    kept(Enum::Unit, Enum::Newtype(None));
    kept(Enum::Unit, Enum::Struct { unit: () });
    kept(Struct { number: 1, text: Some("null".into()) }, Struct { number: 1, text: None });
    kept(String::from("null"), String::new());
    kept(None, Some(1_u8));
}
