//! Tests of [`PrimaryMap`]: its behaviour when memory suffices, and when it runs out of keys.
//!
//! The sweep tests failed requests. The fuzz target compares with the map of `cranelift_entity`
//! over many operations.

use super::*;
use crate::collections::testing::{Budget, CountedValue, EndlessHint};
use crate::collections::{TryCollect, TryExtend};
use std::panic::{AssertUnwindSafe, catch_unwind};

#[derive(Clone, Copy, PartialEq, Eq)]
struct K(u32);
crate::entity_impl!(K, "k");

/// A key type with only 256 keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Small(u8);

impl EntityRef for Small {
    fn new(index: usize) -> Self {
        Self(index as u8)
    }

    fn index(self) -> usize {
        self.0.into()
    }
}

#[test]
fn keys_are_handed_out_in_order() {
    let mut map = PrimaryMap::<K, u32>::new();
    assert_eq!((map.next_key(), map.push(10), map.push_or_return(11)), (K(0), Ok(K(0)), Ok(K(1))));
    assert_eq!((map.get(K(1)), map.get(K(2)), map[K(0)], map.len()), (Some(&11), None, 10, 2));
    *map.get_mut(K(0)).unwrap() += 1;
    *map.last_mut().unwrap().1 += 1;
    assert_eq!(
        (map.last(), map.is_valid(K(1)), map.is_valid(K(2))),
        (Some((K(1), &12)), true, false)
    );
    assert_eq!(format!("{map:?}"), "{k0: 11, k1: 12}");
    map[K(1)] += 1;
    map[K(1)] -= 1;
    map.as_mut_values_slice().swap(0, 1);
    assert_eq!(map.as_values_slice(), [12, 11]);
    map.iter_mut().for_each(|(key, value)| *value += key.as_u32());
    map.values_mut().for_each(|value| *value += 1);
    assert!(map.iter().rev().eq([(K(1), &13), (K(0), &13)]) && map.keys().eq([K(0), K(1)]));
    assert_eq!(map.try_clone().unwrap(), map);
    assert_eq!(map.try_clone().unwrap().into_iter().next_back(), Some((K(1), 13)));
    assert_eq!(
        (Vec::from(map), PrimaryMap::<K, u8>::from(vec![1]).push(2)),
        (vec![13; 2], Ok(K(1)))
    );
}

#[test]
fn reserve_and_capacity_agree() {
    let mut map = PrimaryMap::<K, u64>::with_capacity(3).unwrap();
    map.try_extend([1, 2, 3]).unwrap();
    assert_eq!(map.capacity(), 3);
    map.reserve_exact(2).unwrap();
    assert_eq!(map.capacity(), 5);
    map.reserve(3).unwrap();
    assert_eq!(map.capacity(), 10);
    map.shrink_to_fit().unwrap();
    assert_eq!((map.capacity(), map.as_values_slice()), (3, &[1, 2, 3][..]));
    map.reserve_exact(7).unwrap();
    map.clear();
    assert_eq!((map.capacity(), map.is_empty(), map.next_key()), (10, true, K(0)));
    for refused in [map.reserve(usize::MAX), map.reserve_exact(usize::MAX / 2)] {
        assert_eq!(refused.unwrap_err().requested(), isize::MAX as usize);
    }
}

#[test]
fn it_is_a_vec_in_memory() {
    let vec = vec![1, 2, 3];
    let place = vec.as_ptr();
    let map = PrimaryMap::<K, u32>::from(vec);
    assert_eq!(map.as_values_slice().as_ptr(), place);
    let vec = Vec::from(map);
    assert_eq!((vec.as_ptr(), vec), (place, vec![1, 2, 3]));
}

#[test]
fn a_false_size_hint_is_ignored() {
    let mut map: PrimaryMap<K, u32> = EndlessHint(3).collect_fallible().unwrap();
    map.try_extend(EndlessHint(2)).unwrap();
    assert_eq!(map.as_values_slice(), [2, 1, 0, 1, 0]);
    assert!(map.capacity() <= 2048, "{}", map.capacity());
}

#[test]
fn a_push_without_a_free_key_is_an_error() {
    let mut map: PrimaryMap<Small, ()> = (0..255).map(|_| ()).collect_fallible().unwrap();
    assert_eq!(map.try_extend([(), ()]).unwrap_err().requested(), isize::MAX as usize);
    assert_eq!((map.len(), map.push(())), (255, Ok(Small(255))));
    assert_eq!(map.push_or_return(()).unwrap_err().0.requested(), isize::MAX as usize);
    assert_eq!((map.len(), map.last()), (256, Some((Small(255), &()))));
}

#[test]
#[cfg(target_pointer_width = "64")]
fn the_last_key_of_u32_is_handed_out_once() {
    let mut map = PrimaryMap::<K, ()>::from(vec![(); u32::MAX as usize]);
    assert_eq!((map.next_key(), map.push(())), (K(u32::MAX), Ok(K(u32::MAX))));
    assert_eq!(map.push(()).unwrap_err().requested(), isize::MAX as usize);
    assert_eq!(map.try_extend([()]).unwrap_err().requested(), isize::MAX as usize);
    assert_eq!((map.len(), map.last()), (1 << 32, Some((K(u32::MAX), &()))));
}

#[test]
fn items_that_panic_leave_nothing() {
    let budget = Budget::default();
    let mut map: PrimaryMap<K, CountedValue> =
        (0..3).map(|n| CountedValue::new(&budget, n)).collect_fallible().unwrap();
    let items = (0..9).map(|n| {
        assert!(n < 5, "the end");
        CountedValue::new(&budget, n)
    });
    assert!(catch_unwind(AssertUnwindSafe(|| map.try_extend(items))).is_err());
    assert_eq!((map.len(), budget.live()), (3, 3));
}
