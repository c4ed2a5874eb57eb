//! Tests of [`TryHashMap`]: its behaviour when memory suffices, with hostile keys and items, and
//! when a clone fails or panics.
//!
//! The sweep tests failed requests. The fuzz target compares with std over many operations.

use super::*;
use crate::collections::testing::{Budget, CountedValue, End};
use crate::collections::{TryCollect, TryExtend};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

fn numbers(count: u32) -> TryHashMap<u32, u32> {
    (0..count).map(|n| (n, n * n)).collect_fallible().unwrap()
}

fn full() -> TryHashMap<u32, u32> {
    let mut map = numbers(1);
    for key in 1.. {
        if map.len() == map.capacity() {
            break;
        }
        map.insert(key, key * key).unwrap();
    }
    map
}

#[test]
fn keys_have_the_values_that_were_set_last() {
    let mut map = TryHashMap::<String, u8>::new();
    assert_eq!((map.insert("a".into(), 1), map.insert("a".into(), 2)), (Ok(None), Ok(Some(1))));
    assert_eq!(map.insert_or_return("b".into(), 3), Ok(None));
    assert_eq!((map.get("a"), map["b"], map.get("c"), map.len()), (Some(&2), 3, None, 2));
    *map.get_mut("a").unwrap() = 4;
    assert!(map.contains_key("a") && !map.contains_key("c"));
    assert_eq!(map.remove_entry("a"), Some(("a".into(), 4)));
    assert_eq!((map.remove("a"), map.len()), (None, 1));
    map.clear();
    assert!(map.is_empty() && map.capacity() > 0 && map.allocated_bytes() > 0);
}

#[test]
fn a_full_map_replaces_in_place() {
    let mut map = full();
    let bytes = map.allocated_bytes();
    assert_eq!(map.insert(0, 7), Ok(Some(0)));
    assert_eq!(*map.entry(1).or_insert(9).unwrap(), 1);
    map.try_extend([(0, 8), (1, 9)]).unwrap();
    assert_eq!((map[&0], map[&1], map.allocated_bytes()), (8, 9, bytes));
}

#[test]
fn entries() {
    let mut map = full();
    let len = map.len() as u32;
    assert_eq!(*map.entry(len).or_insert_with(|| 5).unwrap(), 5);
    assert_eq!(*map.entry(len).and_modify(|value| *value += 1).or_default().unwrap(), 6);
    match map.entry(len) {
        Entry::Vacant(_) => panic!("it was inserted"),
        Entry::Occupied(mut entry) => {
            assert_eq!((*entry.key(), *entry.get(), entry.insert(1)), (len, 6, 6));
            assert_eq!(format!("{entry:?}"), format!("OccupiedEntry {{ key: {len}, value: 1 }}"));
            assert_eq!(entry.remove_entry(), (len, 1));
        }
    }
    let Entry::Vacant(entry) = map.entry(len) else { panic!("it was removed") };
    assert_eq!((*entry.key(), format!("{entry:?}")), (len, format!("VacantEntry({len})")));
    assert_eq!(entry.into_key(), len);
}

#[test]
fn a_vacant_place_is_filled_with_what_the_key_says() {
    let mut map = numbers(0);
    assert_eq!(*map.entry(3).or_insert_with_key(|key| key + 1).unwrap(), 4);
    assert_eq!(*map.entry(3).or_insert_with_key(|_| panic!("there")).unwrap(), 4);
    let Entry::Vacant(entry) = map.entry(5) else { panic!("the key is absent") };
    assert_eq!(entry.insert_or_return(6), Ok(&mut 6));
    map.try_extend([(&5, &7), (&6, &8)]).unwrap();
    assert_eq!((map[&3], map[&5], map[&6], map.len()), (4, 7, 8, 3));
}

#[test]
fn room_is_given_back_down_to_the_entries() {
    for len in [1, 3, 4, 7, 8, 14, 15, 100] {
        let mut least = TryHashMap::<u32, u32>::with_capacity(len as usize).unwrap();
        let mut map = numbers(len);
        map.reserve(1000).unwrap();
        map.shrink_to(500).unwrap();
        assert!(map.capacity() >= 500 && map.capacity() < 1000);
        map.shrink_to_fit().unwrap();
        assert_eq!((&map, map.allocated_bytes()), (&numbers(len), least.allocated_bytes()));
        map.shrink_to_fit().unwrap();
        map.insert(len, 0).unwrap();
        assert_eq!(map.len(), len as usize + 1);
        least.shrink_to_fit().unwrap();
        assert_eq!(least.allocated_bytes(), 0);
    }
}

#[test]
fn iterators_see_every_entry_once() {
    let mut map = numbers(20);
    fn sorted<T: Ord>(items: impl ExactSizeIterator<Item = T>) -> Vec<T> {
        let len = items.len();
        let mut items: Vec<T> = items.collect();
        items.sort();
        assert_eq!(items.len(), len);
        items
    }
    let squares: Vec<u32> = (0..20).map(|n| n * n).collect();
    assert_eq!(sorted(map.iter().map(|(key, value)| (*key, *value)))[19], (19, 361));
    assert_eq!(sorted(map.keys().copied()), (0..20).collect::<Vec<_>>());
    assert_eq!(sorted(map.values().copied()), squares);
    map.iter_mut().for_each(|(_, value)| *value += 1);
    map.values_mut().for_each(|value| *value -= 1);
    map.retain(|key, _| key % 2 == 0);
    let copy = || map.try_clone().unwrap();
    assert_eq!(sorted(copy().into_iter()).len(), 10);
    assert_eq!(sorted(copy().into_keys())[1], 2);
    assert_eq!(sorted(copy().into_values())[1], 4);
    assert_eq!(format!("{:?}", map.iter()), "Iter(10 left)");
    assert_eq!(sorted(map.drain()).len(), 10);
    assert!(map.is_empty());
}

#[test]
fn equal_maps_have_the_same_entries() {
    let (map, mut other) = (numbers(9), numbers(9));
    assert_eq!(map, other);
    other.insert(3, 0).unwrap();
    assert_ne!(map, other);
    other.remove(&3);
    assert_ne!(map, other);
    assert_eq!(format!("{:?}", numbers(1)), "{0: 0}");
}

#[test]
fn impossible_capacities_are_errors() {
    let mut map = numbers(3);
    let oom = map.reserve(usize::MAX).unwrap_err();
    assert_eq!(oom.requested(), isize::MAX as usize);
    assert!(map.reserve(usize::MAX / 64).is_err());
    assert!(TryHashMap::<u64, u64>::with_capacity(usize::MAX / 2).is_err());
    assert_eq!(map, numbers(3));
    assert_eq!(TryHashMap::<(), ()>::with_capacity(9).unwrap().len(), 0);
}

#[test]
fn clones_that_fail_or_panic_leave_nothing() {
    let budget = Budget::default();
    let items = || (0..5).map(|key| (key, CountedValue::new(&budget, key)));
    let map: TryHashMap<u32, CountedValue> = items().collect_fallible().unwrap();
    for allowed in 0..5 {
        for end in [End::Fail, End::Panic] {
            budget.allow_until(allowed, end);
            let outcome = catch_unwind(AssertUnwindSafe(|| map.try_clone()));
            assert!(!matches!(outcome, Ok(Ok(_))));
            drop(outcome);
            assert_eq!((budget.live(), map.len()), (5, 5));
        }
    }
    budget.allow(5);
    assert_eq!(map.try_clone().unwrap(), map);
}

#[test]
fn items_that_panic_change_nothing() {
    let mut map = numbers(3);
    let items = (0..9).map(|key| {
        assert!(key < 7, "the end");
        (key, 99)
    });
    assert!(catch_unwind(AssertUnwindSafe(|| map.try_extend(items))).is_err());
    assert_eq!(map, numbers(3));
}

#[test]
fn a_false_size_hint_is_ignored() {
    struct EndlessHint(u32);
    impl Iterator for EndlessHint {
        type Item = (u32, u32);

        fn next(&mut self) -> Option<Self::Item> {
            self.0 = self.0.checked_sub(1)?;
            Some((self.0, 0))
        }

        fn size_hint(&self) -> (usize, Option<usize>) {
            (usize::MAX, None)
        }
    }
    let mut map: TryHashMap<u32, u32> = EndlessHint(3).collect_fallible().unwrap();
    map.try_extend(EndlessHint(7)).unwrap();
    assert_eq!((map.len(), map[&1]), (7, 0));
    assert!(map.capacity() < 30);
}

/// After a panic in a hash or a comparison the map can still be used and dropped.
#[test]
fn keys_that_panic_leave_a_valid_map() {
    thread_local!(static LEFT: Cell<u32> = const { Cell::new(u32::MAX) });
    fn tick() {
        LEFT.set(LEFT.get().checked_sub(1).expect("no comparison is left"));
    }
    struct Key(u32, #[expect(dead_code, reason = "is counted")] CountedValue);
    impl PartialEq for Key {
        fn eq(&self, other: &Self) -> bool {
            tick();
            self.0 == other.0
        }
    }
    impl Eq for Key {}
    impl Hash for Key {
        fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
            tick();
            // Only three different hashes, so that comparisons happen.
            (self.0 % 3).hash(state);
        }
    }
    for allowed in 0..250 {
        let budget = Budget::default();
        let mut map = TryHashMap::new();
        LEFT.set(allowed);
        let _ = catch_unwind(AssertUnwindSafe(|| {
            for key in 0..20 {
                map.insert(Key(key, CountedValue::new(&budget, key)), ()).unwrap();
            }
            map.retain(|key, ()| key.0 < 10);
            map.shrink_to_fit().unwrap();
        }));
        LEFT.set(u32::MAX);
        map.insert(Key(99, CountedValue::new(&budget, 0)), ()).unwrap();
        assert!(map.len() <= 21 && map.contains_key(&Key(99, CountedValue::new(&budget, 0))));
        assert_eq!(budget.live(), map.len());
        drop(map);
        assert_eq!(budget.live(), 0);
    }
}
