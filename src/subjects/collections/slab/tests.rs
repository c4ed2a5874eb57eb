//! Tests of [`Slab`]: its behaviour when memory suffices, in edge cases, and when a clone, an item
//! or a destructor fails or panics.
//!
//! The sweep tests failed requests. The fuzz target compares with the crate `slab` over many
//! operations.

use super::*;
use crate::collections::testing::{Budget, CountedValue, End, EndlessHint};
use crate::collections::{TryCollect, TryExtend};
use std::panic::{AssertUnwindSafe, catch_unwind};

fn of(values: &[u32]) -> Slab<u32> {
    values.iter().copied().collect_fallible().unwrap()
}

#[test]
fn keys_are_stable_and_used_again() {
    let mut slab = of(&[10, 11, 12]);
    assert_eq!((slab.vacant_key(), slab.len()), (3, 3));
    assert_eq!((slab.remove(0), slab.remove(0), slab.remove(2)), (Some(10), None, Some(12)));
    assert_eq!((slab[1], slab.get(2), slab.contains(7)), (11, None, false));
    assert!(slab.vacant_keys().take(4).eq([2, 0, 3, 4]));
    assert_eq!(
        (slab.insert(20), slab.insert_or_return(21), slab.insert(22)),
        (Ok(2), Ok(0), Ok(3))
    );
    slab[3] += 1;
    *slab.get_mut(1).unwrap() += 1;
    assert_eq!(format!("{slab:?}"), "{0: 21, 1: 12, 2: 20, 3: 23}");
    assert!(slab.vacant_keys().take(3).eq([4, 5, 6]));
    slab.check().unwrap();
    let capacity = slab.capacity();
    slab.clear();
    assert!(slab.is_empty());
    assert_eq!((slab.capacity(), slab.vacant_key(), slab.len()), (capacity, 0, 0));
    let missing = catch_unwind(|| slab[5]).unwrap_err();
    assert_eq!(missing.downcast_ref::<String>().unwrap(), "the slab has no value under the key 5");
}

#[test]
fn room_counts_free_places() {
    let mut slab = Slab::with_capacity(4).unwrap();
    slab.try_extend([1, 2, 3, 4]).unwrap();
    slab.remove(1);
    slab.remove(2);
    slab.reserve(2).unwrap();
    slab.reserve_exact(2).unwrap();
    assert_eq!(slab.capacity(), 4);
    slab.reserve_exact(3).unwrap();
    assert_eq!(slab.capacity(), 5);
    slab.reserve(4).unwrap();
    assert_eq!(slab.capacity(), 10);
    assert_eq!(slab.allocated_bytes(), 10 * size_of::<Slot<i32>>());
    for refused in [slab.reserve(usize::MAX), slab.reserve_exact(usize::MAX / 2)] {
        assert_eq!(refused.unwrap_err().requested(), isize::MAX as usize);
    }
    assert!(Slab::<u8>::with_capacity(usize::MAX).is_err());
    slab.check().unwrap();
}

#[test]
fn a_place_is_known_before_its_value() {
    let mut slab = of(&[10, 11, 12]);
    slab.remove(1);
    let entry = slab.vacant_entry().unwrap();
    assert_eq!((entry.key(), format!("{entry:?}")), (1, "VacantEntry(1)".into()));
    assert_eq!((slab.len(), slab.vacant_key()), (2, 1));
    *slab.vacant_entry().unwrap().insert(20) += 1;
    slab.vacant_entry().unwrap().insert(13);
    assert_eq!(format!("{slab:?}"), "{0: 10, 1: 21, 2: 12, 3: 13}");
    slab.check().unwrap();
}

#[test]
fn shrinking_stops_at_the_last_value() {
    let mut slab = of(&[0, 1, 2, 3, 4, 5]);
    for key in [5, 0, 4, 2] {
        slab.remove(key);
    }
    slab.shrink_to_fit().unwrap();
    slab.check().unwrap();
    assert_eq!((slab.capacity(), format!("{slab:?}")), (4, "{1: 1, 3: 3}".into()));
    assert_eq!((slab.insert(6), slab.insert(7), slab.insert(8)), (Ok(0), Ok(2), Ok(4)));
    slab.retain(|_, _| false);
    slab.shrink_to_fit().unwrap();
    assert_eq!((slab.capacity(), slab.insert(9)), (0, Ok(0)));
}

#[test]
fn a_false_size_hint_is_ignored() {
    let mut slab: Slab<u32> = EndlessHint(3).collect_fallible().unwrap();
    slab.try_extend(EndlessHint(7)).unwrap();
    assert!(slab.len() == 10 && slab.capacity() <= 20, "{}", slab.capacity());
}

#[test]
fn iterators_skip_free_places_from_both_ends() {
    let mut slab = of(&[0, 1, 2, 3, 4, 5]);
    for key in [0, 3, 5] {
        slab.remove(key);
    }
    let mut iter = slab.iter();
    assert_eq!((iter.len(), iter.next_back(), iter.next()), (3, Some((4, &4)), Some((1, &1))));
    assert_eq!((iter.clone().next_back(), iter.len()), (Some((2, &2)), 1));
    assert_eq!(
        (iter.next(), iter.next(), iter.next_back(), iter.len()),
        (Some((2, &2)), None, None, 0)
    );
    assert!(slab.keys().rev().eq([4, 2, 1]) && slab.values().eq(&[1, 2, 4]));
    (&mut slab).into_iter().for_each(|(key, value)| *value += key as u32);
    slab.values_mut().rev().for_each(|value| *value += 1);
    assert_eq!(slab.try_clone().unwrap().into_iter().collect::<Vec<_>>(), [(1, 3), (2, 5), (4, 9)]);
    slab.retain(|key, _| key != 2);
    assert_eq!(format!("{:?}", slab.keys()), "Keys(2 left)");
    assert_eq!(slab.drain().next_back(), Some((4, 9)));
    assert!(slab.is_empty());
    slab.check().unwrap();
}

#[test]
fn a_copy_hands_out_the_same_keys() {
    let mut slab = of(&[0, 1, 2, 3]);
    slab.remove(2);
    slab.remove(1);
    let mut copy = slab.try_clone().unwrap();
    assert_eq!(copy, slab);
    for _ in 0..4 {
        assert_eq!(copy.insert(9), slab.insert(9));
    }
    copy.remove(0);
    assert_ne!(copy, slab);
}

#[test]
fn values_without_bytes() {
    let mut slab = Slab::new();
    for key in 0..100 {
        assert_eq!(slab.insert(()), Ok(key));
    }
    assert_eq!((slab.remove(50), slab.vacant_key(), slab.iter().count()), (Some(()), 50, 99));
}

#[test]
fn what_fails_or_panics_halfway_changes_nothing() {
    let budget = Budget::default();
    let value = |n| CountedValue::new(&budget, n);
    let mut slab: Slab<CountedValue> = (0..5).map(value).collect_fallible().unwrap();
    drop((slab.remove(3), slab.remove(1)));
    for allowed in 0..3 {
        for end in [End::Fail, End::Panic] {
            budget.allow_until(allowed, end);
            let outcome = catch_unwind(AssertUnwindSafe(|| slab.try_clone()));
            assert!(!matches!(outcome, Ok(Ok(_))));
            drop(outcome);
            assert_eq!((budget.live(), slab.len()), (3, 3));
        }
    }
    let items = (0..9).map(|n| {
        assert!(n < 5, "the end");
        value(n)
    });
    assert!(catch_unwind(AssertUnwindSafe(|| slab.try_extend(items))).is_err());
    assert_eq!((budget.live(), slab.len(), slab.vacant_key()), (3, 3, 1));
    slab.check().unwrap();
}

#[test]
fn a_panicking_drop_leaves_a_valid_slab() {
    struct Bomb(bool);
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(!self.0, "armed");
        }
    }
    let steps: [fn(&mut Slab<Bomb>); 4] = [
        |slab| drop(slab.remove(1)),
        |slab| slab.clear(),
        |slab| slab.retain(|_, _| false),
        |slab| drop(slab.drain()),
    ];
    for step in steps {
        let mut slab = Slab::new();
        slab.try_extend([false, true, false].map(Bomb)).unwrap();
        assert!(catch_unwind(AssertUnwindSafe(|| step(&mut slab))).is_err());
        assert!(slab.values().all(|bomb| !bomb.0));
        slab.check().unwrap();
        slab.insert(Bomb(false)).unwrap();
    }
}

#[test]
fn broken_lists_are_noticed() {
    let mut slab = of(&[0, 1, 2]);
    slab.remove(1);
    slab.slots[1] = Slot::Vacant(1);
    assert_eq!(slab.check(), Err("the list of free places is a circle"));
    slab.slots[1] = Slot::Vacant(2);
    assert_eq!(slab.check(), Err("the list of free places ends at a value, or beyond the end"));
    slab.slots[1] = Slot::Vacant(3);
    slab.len = 3;
    assert_eq!(slab.check(), Err("a place is neither counted nor free"));
}
