//! Tests every way in which nodes of three entries are split, merged, and pass entries to each
//! other.

use super::*;
use std::collections::BTreeMap;

/// All permutations of the numbers below `len`.
fn orders(len: u32) -> Vec<Vec<u32>> {
    let Some(last) = len.checked_sub(1) else { return vec![vec![]] };
    let insert = |order: Vec<u32>| {
        (0..len as usize).map(move |at| {
            let mut order = order.clone();
            order.insert(at, last);
            order
        })
    };
    orders(last).into_iter().flat_map(insert).collect()
}

#[test]
fn insertions_in_every_order() {
    for order in orders(7) {
        let mut map = TryBTreeMap::new();
        for key in &order {
            map.insert(*key, ()).unwrap();
            map.check().unwrap();
        }
        assert!(map.into_keys().eq(0..7));
    }
}

#[test]
fn removals_in_every_order() {
    for order in orders(6) {
        // Keys before, among, and behind keys that stay; in trees that are full on the right or on
        // the left.
        for (step, ascending) in [(1, true), (1, false), (5, true), (5, false), (11, true)] {
            let mut keys: Vec<u32> = (0..60).collect();
            if !ascending {
                keys.reverse();
            }
            let items = keys.into_iter().map(|key| (key, key));
            let mut map: TryBTreeMap<u32, u32> = items.collect_fallible().unwrap();
            for key in &order {
                assert_eq!(map.remove(&(key * step)), Some(key * step));
                map.check().unwrap();
            }
            let left = (0..60).filter(|key| key % step != 0 || key / step >= 6);
            assert!(map.keys().copied().eq(left));
        }
    }
}

/// Grows and shrinks repeatedly through all sizes, in random order.
#[test]
fn random_insertions_and_removals() {
    let (mut ours, mut theirs) = (TryBTreeMap::new(), BTreeMap::new());
    let mut state = 1_u32;
    for step in 0..6000_u32 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let key = (state >> 16) % 250;
        if (state >> 8) % 8 < 2 + (step / 1000 % 2) * 4 {
            assert_eq!(ours.remove(&key), theirs.remove(&key));
        } else {
            assert_eq!(ours.insert(key, step).unwrap(), theirs.insert(key, step));
        }
        ours.check().unwrap();
    }
    assert!(ours.iter().eq(&theirs));
    assert_eq!(ours.try_clone().unwrap(), ours);
    ours.try_clone().unwrap().check().unwrap();
}

/// Appends series before, among and behind the entries of trees of many shapes. The reserved nodes
/// must suffice.
#[test]
fn appending_takes_no_more_than_is_reserved() {
    for (len, step) in [(1, 100), (3, 40), (9, 20), (27, 20), (40, 7), (81, 5)] {
        for first in (0..len * step).step_by(3) {
            let (count, stride) = (first * 7 % 40, 1 + first % 11);
            append((0..len).map(|key| key * step), (0..count).map(|n| first + n * stride));
        }
    }
    append(0..100, (0..100).rev());
    append((0..500).map(|key| key * 9), 0..4500);
}

#[track_caller]
fn append(keys: impl Iterator<Item = u32>, more: impl Iterator<Item = u32>) {
    let mut model: BTreeMap<u32, u32> = keys.map(|key| (key, 0)).collect();
    let mut map = TryBTreeMap::try_from_iter(model.clone()).unwrap();
    let other: TryBTreeMap<u32, u32> = more.zip(1..).collect_fallible().unwrap();
    model.extend(other.iter());
    let root = map.root.unwrap();
    let (targets, mut spare) = map.plan(root, &other).unwrap();
    let bytes = map.allocated_bytes() + spare.bytes();
    // SAFETY: the plan was just made.
    unsafe { map.insert_all(other, &targets, &mut spare) }.unwrap();
    map.check().unwrap();
    assert!(map.iter().eq(&model));
    assert_eq!(map.allocated_bytes() + spare.bytes(), bytes);
}
