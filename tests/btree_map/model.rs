//! Runs random operations on a `TryBTreeMap` and on its reference, `std::collections::BTreeMap`.
//! Both must give the same answers and have the same content.

use oom_sweep::collections::try_btree_map::Entry;
use oom_sweep::collections::{TryBTreeMap, TryCollect, TryExtend, TryFromIterator};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{BTreeMap, btree_map};
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Bound;

#[derive(Clone, Debug)]
enum Op {
    Insert(u16, u8),
    /// Inserts consecutive keys in order.
    InsertRun(u16, u16),
    Remove(u16),
    RemoveRun(u16, u16),
    PopFirst(u8),
    PopLast(u8),
    Write(u16, u8),
    Entry(u16, u8),
    RemoveEntry(u16),
    Retain(u16),
    Extend(Vec<(u16, u8)>),
    Append(Vec<(u16, u8)>),
    FromIter(Vec<(u16, u8)>),
    Range(Bound<u16>, Bound<u16>),
    RangeMut(u16, u16, u8),
    IntoIter(Vec<bool>),
    IterMut(u8),
    Clone,
    Keep,
    Clear,
}

fn key() -> impl Strategy<Value = u16> {
    prop_oneof![1 => 0..20_u16, 3 => 0..600_u16]
}

fn bound() -> impl Strategy<Value = Bound<u16>> {
    prop_oneof![
        4 => key().prop_map(Bound::Included),
        4 => key().prop_map(Bound::Excluded),
        1 => Just(Bound::Unbounded),
    ]
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let items = || vec((key(), any::<u8>()), 0..150);
    let run = || (key(), 0..120_u16);
    let op = prop_oneof![
        6 => (key(), any::<u8>()).prop_map(|(k, v)| Op::Insert(k, v)),
        4 => run().prop_map(|(k, n)| Op::InsertRun(k, n)),
        4 => key().prop_map(Op::Remove),
        4 => run().prop_map(|(k, n)| Op::RemoveRun(k, n)),
        2 => any::<u8>().prop_map(Op::PopFirst),
        2 => any::<u8>().prop_map(Op::PopLast),
        2 => (key(), any::<u8>()).prop_map(|(k, v)| Op::Write(k, v)),
        4 => (key(), any::<u8>()).prop_map(|(k, v)| Op::Entry(k, v)),
        2 => key().prop_map(Op::RemoveEntry),
        2 => (2..9_u16).prop_map(Op::Retain),
        4 => items().prop_map(Op::Extend),
        4 => items().prop_map(Op::Append),
        1 => items().prop_map(Op::FromIter),
        6 => (bound(), bound()).prop_map(|(a, b)| Op::Range(a, b)),
        2 => (key(), key(), any::<u8>()).prop_map(|(a, b, v)| Op::RangeMut(a, b, v)),
        1 => vec(any::<bool>(), 0..300).prop_map(Op::IntoIter),
        1 => any::<u8>().prop_map(Op::IterMut),
        2 => Just(Op::Clone),
        1 => Just(Op::Keep),
        1 => Just(Op::Clear),
    ];
    vec(op, 0..30)
}

type Key = String;

/// A key that owns memory. Keys are ordered like their numbers.
fn name(number: u16) -> Key {
    format!("{number:05}")
}

fn named(items: Vec<(u16, u8)>) -> impl Iterator<Item = (Key, u8)> + Clone {
    items.into_iter().map(|(key, value)| (name(key), value))
}

#[derive(Default)]
struct Pair {
    ours: TryBTreeMap<Key, u8>,
    theirs: BTreeMap<Key, u8>,
}

/// Takes from both ends in the same order, then drops the rest.
fn both_ends<T: PartialEq + Debug>(
    mut ours: impl DoubleEndedIterator<Item = T>,
    mut theirs: impl DoubleEndedIterator<Item = T>,
    ends: impl IntoIterator<Item = bool>,
) {
    for end in ends {
        match end {
            true => assert_eq!(ours.next(), theirs.next()),
            false => assert_eq!(ours.next_back(), theirs.next_back()),
        }
    }
}

fn in_turn() -> impl Iterator<Item = bool> {
    (0..1500).map(|i| i % 3 == 0)
}

impl Pair {
    fn apply(&mut self, op: Op) {
        let Self { ours, theirs } = self;
        match op {
            Op::Insert(k, v) => {
                assert_eq!(ours.insert(name(k), v).unwrap(), theirs.insert(name(k), v));
            }
            Op::InsertRun(k, n) => {
                for k in k..k + n {
                    let answer = ours.insert_or_return(name(k), 1);
                    assert_eq!(answer.unwrap(), theirs.insert(name(k), 1));
                }
            }
            Op::Remove(k) => {
                assert_eq!(ours.remove(name(k).as_str()), theirs.remove(name(k).as_str()));
            }
            Op::RemoveRun(k, n) => {
                for k in (k..k + n).map(name) {
                    assert_eq!(ours.remove_entry(&k), theirs.remove_entry(&k));
                }
            }
            Op::PopFirst(n) => (0..n).for_each(|_| {
                assert_eq!(ours.first_key_value(), theirs.first_key_value());
                assert_eq!(ours.pop_first(), theirs.pop_first());
            }),
            Op::PopLast(n) => (0..n).for_each(|_| {
                assert_eq!(ours.last_key_value(), theirs.last_key_value());
                assert_eq!(ours.pop_last(), theirs.pop_last());
            }),
            Op::Write(k, v) => {
                let (ours, theirs) = (ours.get_mut(&name(k)), theirs.get_mut(&name(k)));
                assert_eq!(ours, theirs);
                if let (Some(ours), Some(theirs)) = (ours, theirs) {
                    (*ours, *theirs) = (v, v);
                }
            }
            Op::Entry(k, v) => {
                let ours = ours.entry(name(k)).and_modify(|v| *v ^= 1).or_insert(v).unwrap();
                let theirs = theirs.entry(name(k)).and_modify(|v| *v ^= 1).or_insert(v);
                assert_eq!(ours, theirs);
                (*ours, *theirs) = (v, v);
            }
            Op::RemoveEntry(k) => match (ours.entry(name(k)), theirs.entry(name(k))) {
                (Entry::Occupied(ours), btree_map::Entry::Occupied(theirs)) => {
                    assert_eq!((ours.key(), ours.get()), (theirs.key(), theirs.get()));
                    assert_eq!(ours.remove_entry(), theirs.remove_entry());
                }
                (Entry::Vacant(ours), btree_map::Entry::Vacant(theirs)) => {
                    assert_eq!(ours.into_key(), theirs.into_key());
                }
                _ => panic!("the key is in one of them"),
            },
            Op::Retain(n) => {
                let keep = |key: &Key, value: &mut u8| {
                    *value = value.wrapping_add(1);
                    !key.parse::<u16>().unwrap().is_multiple_of(n)
                };
                ours.retain(keep);
                theirs.retain(keep);
            }
            Op::Extend(items) => {
                ours.try_extend(named(items.clone())).unwrap();
                theirs.extend(named(items));
            }
            Op::Append(items) => {
                let mut more = TryBTreeMap::try_from_iter(named(items.clone())).unwrap();
                ours.append(&mut more).unwrap();
                assert!(more.is_empty());
                more.check().unwrap();
                theirs.append(&mut named(items).collect());
            }
            Op::FromIter(items) => {
                *ours = named(items.clone()).collect_fallible().unwrap();
                *theirs = named(items).collect();
            }
            Op::Range(start, end) => range(ours, theirs, start, end),
            Op::RangeMut(a, b, v) => {
                let range = || name(a.min(b))..=name(a.max(b));
                ours.range_mut(range()).rev().step_by(2).for_each(|(_, value)| *value = v);
                theirs.range_mut(range()).rev().step_by(2).for_each(|(_, value)| *value = v);
            }
            Op::IntoIter(ends) => {
                let (ours, theirs) = (std::mem::take(ours), std::mem::take(theirs));
                let left = theirs.len().saturating_sub(ends.len());
                let (mut ours, mut theirs) = (ours.into_iter(), theirs.into_iter());
                both_ends(&mut ours, &mut theirs, ends);
                assert_eq!((ours.len(), theirs.len()), (left, left));
            }
            Op::IterMut(v) => {
                ours.iter_mut().rev().step_by(3).for_each(|(_, value)| *value = v);
                theirs.iter_mut().rev().step_by(3).for_each(|(_, value)| *value = v);
                ours.values_mut().step_by(2).for_each(|value| *value ^= v);
                theirs.values_mut().step_by(2).for_each(|value| *value ^= v);
            }
            Op::Clone => *self = self.copy(),
            Op::Keep => {}
            Op::Clear => {
                ours.clear();
                theirs.clear();
                assert_eq!(ours.allocated_bytes(), 0);
            }
        }
    }

    fn copy(&self) -> Self {
        Self { ours: self.ours.try_clone().unwrap(), theirs: self.theirs.clone() }
    }

    fn check(&self) {
        let Self { ours, theirs } = self;
        ours.check().unwrap();
        assert_eq!((ours.len(), ours.is_empty()), (theirs.len(), theirs.is_empty()));
        assert!(ours.iter().eq(theirs) && ours.iter().rev().eq(theirs.iter().rev()));
        assert!(ours.keys().eq(theirs.keys()) && ours.values().rev().eq(theirs.values().rev()));
        assert_eq!(ours.iter().len(), theirs.len());
        both_ends(ours.iter(), theirs.iter(), in_turn());
        for key in (0..600).step_by(7).map(name) {
            assert_eq!(ours.get(key.as_str()), theirs.get(key.as_str()));
            assert_eq!(ours.get_key_value(&key), theirs.get_key_value(&key));
            assert_eq!(ours.contains_key(&key), theirs.contains_key(&key));
        }
        assert_eq!(hash(ours), hash(theirs));
        assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
    }

    fn compare(&self, other: &Self) {
        assert_eq!(self.ours == other.ours, self.theirs == other.theirs);
        assert_eq!(self.ours.cmp(&other.ours), self.theirs.cmp(&other.theirs));
        assert_eq!(self.ours.partial_cmp(&other.ours), self.theirs.partial_cmp(&other.theirs));
    }
}

fn range(
    ours: &mut TryBTreeMap<Key, u8>,
    theirs: &mut BTreeMap<Key, u8>,
    start: Bound<u16>,
    end: Bound<u16>,
) {
    use Bound::{Excluded, Included};
    let bounds = match (start, end) {
        (Included(a) | Excluded(a), Included(b) | Excluded(b)) if a > b => (end, start),
        (Excluded(a), Excluded(b)) if a == b => (start, Included(b)),
        both => both,
    };
    let bounds = (bounds.0.map(name), bounds.1.map(name));
    assert!(ours.range(bounds.clone()).eq(theirs.range(bounds.clone())));
    assert!(ours.range(bounds.clone()).rev().eq(theirs.range(bounds.clone()).rev()));
    assert_eq!(ours.range(bounds.clone()).last(), theirs.range(bounds.clone()).last());
    both_ends(ours.range(bounds.clone()), theirs.range(bounds.clone()), in_turn());
    both_ends(ours.range_mut(bounds.clone()), theirs.range_mut(bounds), in_turn());
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_std(ops in ops()) {
        let mut pair = Pair::default();
        let mut kept = pair.copy();
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
}
