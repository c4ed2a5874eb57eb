//! Tests values of many shapes, in human-readable and in binary formats.

use oom_sweep::collections::{OutOfMemory, TryClone};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Newtype<T>(pub(crate) T);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Unit;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Struct {
    pub(crate) number: i16,
    pub(crate) text: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Enum {
    Unit,
    Newtype(Option<u8>),
    Tuple(u8, bool),
    Struct { unit: () },
}

macro_rules! cloned {
    ($([$($generics:tt)*] $type:ty),*) => {$(
        impl<$($generics)*> TryClone for $type {
            fn try_clone(&self) -> Result<Self, OutOfMemory> {
                Ok(self.clone())
            }
        }
    )*};
}

cloned!([T: Clone] Newtype<T>, [] Unit, [] Struct, [] Enum);

pub(crate) fn float() -> impl Strategy<Value = f64> {
    let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 0.0, f64::MAX, f64::MIN_POSITIVE];
    prop_oneof![3 => (-2..3_i8).prop_map(f64::from), 1 => proptest::sample::select(odd.to_vec())]
}

pub(crate) fn finite() -> impl Strategy<Value = f32> {
    prop_oneof![Just(0.0), Just(-0.0), Just(1.5), Just(f32::MIN_POSITIVE)]
}

pub(crate) fn structure() -> impl Strategy<Value = Struct> {
    (0..2_i16, option::of("[a\"]{0,1}")).prop_map(|(number, text)| Struct { number, text })
}

pub(crate) fn enumeration() -> impl Strategy<Value = Enum> {
    prop_oneof![
        Just(Enum::Unit),
        option::of(0..2_u8).prop_map(Enum::Newtype),
        any::<bool>().prop_map(|flag| Enum::Tuple(1, flag)),
        Just(Enum::Struct { unit: () }),
    ]
}

/// A default, and values that often equal it.
pub(crate) fn parts<V, S>(value: fn() -> S) -> impl Strategy<Value = (V, Vec<V>)>
where
    V: Clone + std::fmt::Debug + 'static,
    S: Strategy<Value = V> + 'static,
{
    value().prop_flat_map(move |default| {
        let element = prop_oneof![Just(default.clone()), value()];
        (Just(default), vec(element, 0..8))
    })
}

/// Makes a test for each type of values, which calls a generic function with arbitrary maps.
macro_rules! for_values {
    ($check:ident) => {
        proptest::proptest! {
            #![proptest_config(proptest::prelude::ProptestConfig {
                failure_persistence: None,
                ..proptest::prelude::ProptestConfig::default()
            })]

            #[test]
            fn numbers((default, values) in parts(|| 0..3_u32)) {
                $check(default, values);
            }

            #[test]
            fn strings((default, values) in parts(|| "[a\\\\é]{0,2}")) {
                $check(default, values);
            }

            #[test]
            fn options((default, values) in parts(|| option::of(0..2_u8))) {
                $check(default, values);
            }

            #[test]
            fn options_of_options(
                (default, values) in parts(|| option::of(option::of(0..2_u8))),
            ) {
                $check(default, values);
            }

            #[test]
            fn floats((default, values) in parts(float)) {
                $check(default, values);
            }

            #[test]
            fn units((default, values) in parts(|| Just(()))) {
                $check(default, values);
            }

            #[test]
            fn optional_units((default, values) in parts(|| option::of(Just(Unit)))) {
                $check(default, values);
            }

            #[test]
            fn nested_vectors((default, values) in parts(|| vec(vec(0..2_u8, 0..2), 0..3))) {
                $check(default, values);
            }

            #[test]
            fn newtypes(
                (default, values) in parts(|| option::of(finite()).prop_map(Newtype)),
            ) {
                $check(default, values);
            }

            #[test]
            fn newtypes_of_newtypes(
                (default, values) in parts(|| Just(Newtype(Newtype(Unit)))),
            ) {
                $check(default, values);
            }

            #[test]
            fn structs((default, values) in parts(structure)) {
                $check(default, values);
            }

            #[test]
            fn enums((default, values) in parts(enumeration)) {
                $check(default, values);
            }

            #[test]
            fn tuples((default, values) in parts(|| (0..2_u8, option::of(0..2_u8)))) {
                $check(default, values);
            }
        }
    };
}

pub(crate) use for_values;
