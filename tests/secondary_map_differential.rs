//! Compares `SecondaryMap` with its reference, `cranelift_entity::SecondaryMap`: random operations
//! on both must give the same answers and leave the same maps, which serialize to the same bytes.
//!
//! The sweep tests failed requests. Hashes are not compared, because the reference's `Hash`
//! disagrees with its `Eq`. Instead ours must agree with our `Eq`.

#![cfg(all(feature = "collections", feature = "serde"))]

use cranelift_entity as reference;
use oom_sweep::collections::{EntityRef, SecondaryMap, TryClone};
use proptest::collection::vec;
use proptest::prelude::*;
use serde::Serialize;
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};

#[derive(Clone, Copy, PartialEq, Eq)]
struct Ours(u32);
oom_sweep::entity_impl!(Ours, "k");

#[derive(Clone, Copy, PartialEq, Eq)]
struct Theirs(u32);
reference::entity_impl!(Theirs, "k");

#[derive(Clone, Debug)]
enum Op<V> {
    Insert(u32, V),
    InsertOrReturn(u32, V),
    Remove(u32),
    /// Reads, also at keys to which no map could grow.
    Read(u32),
    Write(u32, V),
    Resize(usize),
    Clear,
    Extend(Vec<(u32, V)>),
    FromIter(Vec<(u32, V)>),
    FromVec(Vec<V>),
    WithCapacity(usize),
    IterMut(V),
    /// Continues with a clone.
    Clone,
    /// Keeps a clone, with which later maps are compared.
    Keep,
}

/// Mostly small keys, so that equal keys are frequent.
fn key() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 0..10_u32, 1 => 0..300_u32]
}

fn any_key() -> impl Strategy<Value = u32> {
    let last = u32::MAX - 1;
    prop_oneof![8 => key(), 1 => Just(last), 1 => 0..=last]
}

fn ops<V: Clone + Debug + 'static>(
    value: impl Strategy<Value = V> + Clone + 'static,
) -> impl Strategy<Value = Vec<Op<V>>> {
    let items = || vec((key(), value.clone()), 0..8);
    let op = prop_oneof![
        6 => (key(), value.clone()).prop_map(|(k, v)| Op::Insert(k, v)),
        2 => (key(), value.clone()).prop_map(|(k, v)| Op::InsertOrReturn(k, v)),
        4 => any_key().prop_map(Op::Remove),
        2 => any_key().prop_map(Op::Read),
        2 => (any_key(), value.clone()).prop_map(|(k, v)| Op::Write(k, v)),
        3 => (0..20_usize).prop_map(Op::Resize),
        1 => Just(Op::Clear),
        2 => items().prop_map(Op::Extend),
        1 => items().prop_map(Op::FromIter),
        1 => vec(value.clone(), 0..8).prop_map(Op::FromVec),
        1 => (0..40_usize).prop_map(Op::WithCapacity),
        1 => value.clone().prop_map(Op::IterMut),
        1 => Just(Op::Clone),
        2 => Just(Op::Keep),
    ];
    vec(op, 0..40)
}

fn float() -> impl Strategy<Value = f64> + Clone {
    prop_oneof![Just(0.0), Just(-0.0), Just(1.5), Just(f64::NAN)]
}

trait Value: Clone + TryClone + Default + PartialEq + Debug + Serialize {}
impl<V: Clone + TryClone + Default + PartialEq + Debug + Serialize> Value for V {}

struct Pair<V: Value> {
    ours: SecondaryMap<Ours, V>,
    theirs: reference::SecondaryMap<Theirs, V>,
}

/// Compares the `Debug` texts, so that `NaN` equals itself.
#[track_caller]
fn same(ours: impl Debug, theirs: impl Debug) {
    assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
}

impl<V: Value> Pair<V> {
    fn with_default(default: V) -> Self {
        let theirs = reference::SecondaryMap::with_default(default.clone());
        Self { ours: SecondaryMap::with_default(default), theirs }
    }

    fn apply(&mut self, op: Op<V>) {
        let Self { ours, theirs } = self;
        match op {
            Op::Insert(k, v) => {
                same(ours.insert(Ours(k), v.clone()).unwrap(), theirs.insert(Theirs(k), v));
            }
            Op::InsertOrReturn(k, v) => {
                let answer = ours.insert_or_return(Ours(k), v.clone());
                same(answer.unwrap(), theirs.insert(Theirs(k), v));
            }
            Op::Remove(k) => same(ours.remove(Ours(k)).unwrap(), theirs.remove(Theirs(k))),
            Op::Read(k) => {
                same(ours.get(Ours(k)), theirs.get(Theirs(k)));
                same(&ours[Ours(k)], &theirs[Theirs(k)]);
            }
            Op::Write(k, v) => {
                let slots = (ours.get_mut(Ours(k)), theirs.get_mut(Theirs(k)));
                same(&slots.0, &slots.1);
                if let (Some(ours), Some(theirs)) = slots {
                    (*ours, *theirs) = (v.clone(), v);
                }
            }
            Op::Resize(n) => {
                ours.resize(n).unwrap();
                theirs.resize(n);
            }
            Op::Clear => {
                let capacity = ours.capacity();
                ours.clear();
                theirs.clear();
                assert_eq!(ours.capacity(), capacity);
            }
            Op::Extend(items) => {
                ours.try_extend(items.iter().map(|(k, v)| (Ours(*k), v.clone()))).unwrap();
                items.into_iter().for_each(|(k, v)| theirs[Theirs(k)] = v);
            }
            Op::FromIter(items) => {
                let keyed = items.iter().map(|(k, v)| (Ours(*k), v.clone()));
                *ours = SecondaryMap::try_from_iter(keyed).unwrap();
                *theirs = items.into_iter().map(|(k, v)| (Theirs(k), v)).collect();
            }
            Op::FromVec(values) => {
                *ours = SecondaryMap::from(values.clone());
                *theirs = reference::SecondaryMap::from(values);
            }
            Op::WithCapacity(n) => {
                *ours = SecondaryMap::with_capacity(n).unwrap();
                *theirs = reference::SecondaryMap::with_capacity(n);
                assert_eq!(ours.capacity(), theirs.capacity());
            }
            Op::IterMut(value) => {
                ours.iter_mut().step_by(2).for_each(|(_, v)| *v = value.clone());
                theirs.iter_mut().step_by(2).for_each(|(_, v)| *v = value.clone());
                ours.values_mut().take(1).for_each(|v| *v = value.clone());
                theirs.values_mut().take(1).for_each(|v| *v = value.clone());
            }
            Op::Clone => *self = self.copy(),
            Op::Keep => {}
        }
    }

    fn copy(&self) -> Self {
        Self { ours: self.ours.try_clone().unwrap(), theirs: self.theirs.clone() }
    }

    fn check(&self) {
        let Self { ours, theirs } = self;
        same(ours, theirs);
        same(ours.as_values_slice(), theirs.as_values_slice());
        same(ours.default_value(), theirs.default_value());
        assert_eq!((ours.len(), ours.is_empty()), (theirs.keys().len(), theirs.is_empty()));
        assert!(ours.capacity() >= ours.len());
        assert_eq!(postcard::to_stdvec(ours), postcard::to_stdvec(theirs));

        let key = |i: usize| (Ours::new(i), Theirs::from_u32(i as u32));
        for (ours_key, theirs_key) in (0..ours.len() + 2).map(key) {
            same(ours.get(ours_key), theirs.get(theirs_key));
            same(&ours[ours_key], &theirs[theirs_key]);
        }
        fn all<I: DoubleEndedIterator<Item: Debug> + ExactSizeIterator>(
            iter: impl Fn() -> I,
        ) -> impl Debug {
            (iter().len(), iter().collect::<Vec<_>>(), iter().rev().collect::<Vec<_>>())
        }
        same(all(|| ours.iter()), all(|| theirs.iter()));
        same(all(|| ours.keys()), all(|| theirs.keys()));
        same(all(|| ours.values()), all(|| theirs.values()));
        same(all(|| ours.into_iter()), all(|| theirs.iter()));
        same(all(|| ours.try_clone().unwrap().into_iter()), all(|| theirs.iter()));
    }

    fn compare(&self, other: &Self) {
        assert_eq!(self.ours == other.ours, self.theirs == other.theirs);
        assert_eq!(other.ours == self.ours, other.theirs == self.theirs);
    }
}

fn agree<V: Value>(default: V, ops: Vec<Op<V>>) {
    let mut pair = Pair::with_default(default);
    let mut kept = pair.copy();
    pair.check();
    for op in ops {
        if matches!(op, Op::Keep) {
            kept = pair.copy();
        }
        pair.apply(op);
        pair.check();
        pair.compare(&kept);
        pair.compare(&pair);
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn numbers(default in 0..3_u32, ops in ops(0..3_u32)) {
        agree(default, ops);
    }

    #[test]
    fn strings(default in "[ab]{0,1}", ops in ops("[ab]{0,2}")) {
        agree(default, ops);
    }

    #[test]
    fn boxes_of_options(
        default in proptest::option::of(0..2_u8),
        ops in ops(proptest::option::of(0..2_u8).prop_map(Box::new)),
    ) {
        agree(Box::new(default), ops);
    }

    #[test]
    fn floats(default in float(), ops in ops(float())) {
        agree(default, ops);
    }

    #[test]
    fn values_without_bytes(ops in ops(Just(()))) {
        agree((), ops);
    }

    /// Maps are equal if and only if they read the same at every key, and then hash the same.
    #[test]
    fn equality_is_reading_the_same(
        defaults in [0..2_u8, 0..2_u8],
        values in [vec(0..2_u8, 0..4), vec(0..2_u8, 0..4)],
        lens in [0..6_usize, 0..6_usize],
    ) {
        let [a, b] = [0, 1].map(|i| {
            let mut map = SecondaryMap::with_default(defaults[i]);
            map.try_extend((0..).map(Ours).zip(values[i].iter().copied())).unwrap();
            map.resize(lens[i]).unwrap();
            map
        });
        let alike = a.default_value() == b.default_value()
            && (0..8).all(|k| a[Ours(k)] == b[Ours(k)]);
        prop_assert_eq!(a == b, alike);
        prop_assert_eq!(b == a, alike);
        if alike {
            prop_assert_eq!(hash(&a), hash(&b));
        }
    }
}
