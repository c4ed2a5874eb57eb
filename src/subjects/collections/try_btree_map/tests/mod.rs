//! Unit tests of [`TryBTreeMap`], with nodes of three entries, so that few keys make deep trees.
//!
//! This file tests what each method does. `shape` tests every way to split and merge nodes. `edge`
//! tests keys and values of unusual sizes, and contradictory orders. `failure` tests copies,
//! comparisons, closures and drops that fail or panic. `tests/btree_map/` tests nodes of full size
//! and failed requests.

mod edge;
mod failure;
mod shape;

use super::*;
use crate::collections::{TryClone, TryCollect, TryExtend, TryFromIterator};
use std::cell::Cell;
use std::marker::PhantomPinned;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::MutexGuard;

/// A map of the keys `0..len`, with ten times the key as value.
fn tens(len: u32) -> TryBTreeMap<u32, u32> {
    (0..len).map(|key| (key, key * 10)).collect_fallible().unwrap()
}

#[test]
fn insert_replaces_the_value_and_keeps_the_key() {
    let mut map = TryBTreeMap::new();
    assert!(map.is_empty() && map.get("a").is_none());
    let first = Box::<str>::from("a");
    let address = first.as_ptr();
    assert_eq!(map.insert(first, 1), Ok(None));
    assert_eq!(map.insert_or_return("b".into(), 2), Ok(None));
    assert_eq!(map.insert("a".into(), 3), Ok(Some(1)));
    assert_eq!(
        map.get_key_value("a").map(|(key, value)| (key.as_ptr(), *value)),
        Some((address, 3))
    );
    *map.get_mut("b").unwrap() += 5;
    assert_eq!((map["b"], map.len(), map.contains_key("c")), (7, 2, false));
    assert_eq!((map.remove("c"), map.remove("a")), (None, Some(3)));
    assert_eq!(map.remove_entry("b"), Some(("b".into(), 7)));
    assert_eq!((map.len(), map.first_key_value()), (0, None));
    assert_eq!(map.get_mut("b"), None);
}

#[test]
fn both_ends_of_a_map() {
    let mut map = tens(20);
    assert_eq!((map.first_key_value(), map.last_key_value()), (Some((&0, &0)), Some((&19, &190))));
    for key in 0..10 {
        assert_eq!(map.pop_first(), Some((key, key * 10)));
        assert_eq!(map.pop_last(), Some((19 - key, (19 - key) * 10)));
        map.check().unwrap();
    }
    assert_eq!((map.pop_first(), map.pop_last(), map.last_key_value()), (None, None, None));
}

#[test]
fn an_emptied_map_keeps_a_leaf_and_a_cleared_one_nothing() {
    let mut map = TryBTreeMap::new();
    assert_eq!(map.allocated_bytes(), 0);
    map.insert(1, 1).unwrap();
    let leaf = map.allocated_bytes();
    assert_eq!(leaf, Node::<i32, i32>::layout(0).size());
    for key in 2..50 {
        map.insert(key, 1).unwrap();
    }
    assert!(map.allocated_bytes() > map.len() / 3 * leaf, "{} bytes", map.allocated_bytes());
    map.retain(|_, _| false);
    assert_eq!((map.len(), map.allocated_bytes()), (0, leaf));
    assert_eq!((map.iter().next(), map.range(..).next_back(), map.check()), (None, None, Ok(())));
    assert_eq!(map.try_clone().unwrap().allocated_bytes(), 0);
    map.clear();
    assert_eq!((map.allocated_bytes(), map.into_iter().next()), (0, None));
}

#[test]
fn iterators_meet_in_the_middle() {
    let mut map = tens(9);
    let mut iter = map.iter();
    assert_eq!((iter.next(), iter.next_back(), iter.len()), (Some((&0, &0)), Some((&8, &80)), 7));
    assert!(format!("{iter:?}").starts_with("[(1, 10), (2, 20), "));
    assert_eq!((iter.clone().count(), iter.clone().last()), (7, Some((&7, &70))));
    assert_eq!(iter.by_ref().rev().take(6).map(|(key, _)| *key).sum::<u32>(), 27);
    assert_eq!((iter.next(), iter.next(), iter.next_back()), (Some((&1, &10)), None, None));
    map.iter_mut().for_each(|(key, value)| *value += key);
    map.values_mut().rev().step_by(2).for_each(|value| *value = 0);
    assert!(map.values().eq(&[0, 11, 0, 33, 0, 55, 0, 77, 0]));
    assert!(map.keys().rev().copied().eq((0..9).rev()));
    assert_eq!(
        format!("{:?} {:?}", map.range(7..), map.keys()),
        "[(7, 77), (8, 0)] [0, 1, 2, 3, 4, 5, 6, 7, 8]"
    );
    let copy = map.try_clone().unwrap();
    assert!(
        copy.into_keys().eq(0..9) && map.into_values().rev().step_by(2).all(|value| value == 0)
    );
}

#[test]
fn an_iterator_by_value_drops_what_it_did_not_give() {
    let value = std::rc::Rc::new(());
    for (front, back) in (0..14).flat_map(|front| (0..14).map(move |back| (front, back))) {
        let map: TryBTreeMap<_, _> =
            (0..13).map(|key| (key, value.clone())).collect_fallible().unwrap();
        let mut iter = map.into_iter();
        let (first, last) =
            (iter.by_ref().take(front).count(), iter.by_ref().rev().take(back).count());
        assert_eq!((first, iter.len()), (front.min(13), 13 - first - last));
        drop(iter);
        assert_eq!(std::rc::Rc::strong_count(&value), 1);
    }
}

#[test]
fn ranges_of_every_pair_of_bounds() {
    let mut ours: TryBTreeMap<u32, u32> = (0..15).map(|n| (n * 2, n)).collect_fallible().unwrap();
    let mut theirs: std::collections::BTreeMap<_, _> = (0..15).map(|n| (n * 2, n)).collect();
    let bounds =
        || (0..31).flat_map(|n| [Bound::Included(n), Bound::Excluded(n)]).chain([Bound::Unbounded]);
    for range in bounds().flat_map(|start| bounds().map(move |end| (start, end))) {
        let expected = catch_unwind(AssertUnwindSafe(|| theirs.range(range).collect::<Vec<_>>()));
        let found = catch_unwind(AssertUnwindSafe(|| ours.range(range).collect::<Vec<_>>()));
        assert_eq!(found.ok(), expected.ok(), "{range:?}");
    }
    let both = (ours.range_mut(3..9), theirs.range_mut(3..9));
    both.0.zip(both.1).for_each(|(ours, theirs)| assert_eq!(ours, theirs));
    assert_eq!(TryBTreeMap::<u32, ()>::new().range(3..).next(), None);
}

#[test]
fn entries() {
    let mut map = tens(5);
    assert_eq!(map.entry(3).key(), &3);
    assert_eq!(
        format!("{:?} {:?}", map.try_clone().unwrap().entry(9), map.entry(4)),
        "Entry(VacantEntry(9)) Entry(OccupiedEntry { key: 4, value: 40 })"
    );
    *map.entry(7).and_modify(|_| panic!("vacant")).or_default().unwrap() += 7;
    *map.entry(7).and_modify(|value| *value += 1).or_insert_with(|| panic!("there")).unwrap() += 1;
    let Entry::Occupied(mut entry) = map.entry(7) else { panic!() };
    *entry.get_mut() += 1;
    assert_eq!(entry.get(), &10);
    assert_eq!(entry.insert(5), 10);
    assert_eq!(entry.remove_entry(), (7, 5));
    let Entry::Vacant(entry) = map.entry(6) else { panic!() };
    assert_eq!(entry.insert_or_return(66), Ok(&mut 66));
    let Entry::Occupied(entry) = map.entry(6) else { panic!() };
    assert_eq!(entry.remove(), 66);
    assert_eq!(map.first_entry().unwrap().key(), &0);
    assert_eq!(map.last_entry().unwrap().remove_entry(), (4, 40));
    assert_eq!(*map.entry(4).or_insert_with_key(|key| key * 10).unwrap(), 40);
    let mut empty = TryBTreeMap::new();
    assert!(empty.first_entry().is_none() && empty.last_entry().is_none());
    assert_eq!(empty.entry(1).or_insert(2), Ok(&mut 2));
    assert_eq!((map, empty.len()), (tens(5), 1));
}

#[test]
fn retain_asks_for_every_entry_once() {
    for len in 0..40 {
        for keep in 1..5 {
            let mut map = tens(len);
            let mut asked = Vec::new();
            map.retain(|key, value| {
                asked.push(*key);
                *value += 1;
                key % keep == 0
            });
            map.check().unwrap();
            assert!(asked.into_iter().eq(0..len));
            let expected = (0..len).filter(|key| key % keep == 0).map(|key| (key, key * 10 + 1));
            assert!(map.into_iter().eq(expected), "{len} keys, every {keep}th");
        }
    }
}

#[test]
fn of_items_with_the_same_key_the_last_wins() {
    let mut map = TryBTreeMap::try_from_iter([(1, 'a'), (0, 'b'), (1, 'c')]).unwrap();
    map.try_extend([(2, 'd'), (1, 'e'), (2, 'f')]).unwrap();
    TryExtend::try_extend(&mut map, [(&0, &'g')]).unwrap();
    assert_eq!(format!("{map:?}"), "{0: 'g', 1: 'e', 2: 'f'}");
    map.try_extend([(7, 'h'); 0]).unwrap();
    assert_eq!(map.len(), 3);
}

#[test]
fn a_false_size_hint_is_ignored() {
    let mut items = 5;
    let liar =
        std::iter::from_fn(|| Some((items, ())).filter(|_| items > 0).inspect(|_| items -= 1));
    struct EndlessHint<I>(I);
    impl<I: Iterator> Iterator for EndlessHint<I> {
        type Item = I::Item;
        fn next(&mut self) -> Option<I::Item> {
            self.0.next()
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            (usize::MAX, None)
        }
    }
    let mut map = TryBTreeMap::try_from_iter([(9, ())]).unwrap();
    map.try_extend(EndlessHint(liar)).unwrap();
    assert!(map.into_keys().eq([1, 2, 3, 4, 5, 9]));
}

#[test]
#[should_panic(expected = "no entry found for key")]
fn index_panics_at_a_key_that_is_not_there() {
    let _ = tens(3)[&3];
}

/// The map is covariant, and it is `Send` and `Sync` if its keys and values are.
#[test]
fn variance_and_threads() {
    fn shorter<'a>(map: TryBTreeMap<&'static str, &'static str>) -> TryBTreeMap<&'a str, &'a str> {
        map
    }
    fn goes<T: Send + Sync + std::panic::UnwindSafe>(_: T) {}
    let mut map = shorter(TryBTreeMap::new());
    goes((map.iter(), map.keys(), map.range("a"..)));
    fn moves<T: Send + Sync>(_: T) {}
    moves(map.iter_mut());
    moves(map.range_mut("a"..));
    moves(map.entry("a"));
    goes(map.into_iter());
    fn stays<T: Unpin>(_: T) {}
    stays(TryBTreeMap::<PhantomPinned, PhantomPinned>::new());
    stays(TryBTreeMap::<PhantomPinned, PhantomPinned>::new().into_iter());
}

/// `Node` is `Send` and `Sync`, so each type that contains nodes must restrict itself. An inherent
/// constant that hides a trait's constant tells whether a type implements a trait.
#[test]
fn types_are_send_and_sync_as_their_contents() {
    struct Probe<T>(PhantomData<T>);
    trait Otherwise {
        const SEND: bool = false;
        const SYNC: bool = false;
    }
    impl<T> Otherwise for Probe<T> {}
    impl<T: Send> Probe<T> {
        const SEND: bool = true;
    }
    impl<T: Sync> Probe<T> {
        const SYNC: bool = true;
    }
    macro_rules! can {
        ($($type:ident)*, $what:ty) => {
            [$(
                [Probe::<$type<$what, u8>>::SEND, Probe::<$type<$what, u8>>::SYNC],
                [Probe::<$type<u8, $what>>::SEND, Probe::<$type<u8, $what>>::SYNC],
            )*]
        };
    }
    type Sent = Cell<u8>;
    type Shared = MutexGuard<'static, u8>;
    assert_eq!(can!(TryBTreeMap IntoIter IterMut RangeMut, Sent), [[true, false]; 8]);
    assert_eq!(can!(TryBTreeMap IntoIter IterMut RangeMut, Shared), [[false, true]; 8]);
    assert_eq!(can!(Iter Range, Sent), [[false, false]; 4]);
    assert_eq!(can!(Iter Range, Shared), [[true, true]; 4]);
}
