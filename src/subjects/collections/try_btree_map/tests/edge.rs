//! Tests keys and values of unusual sizes, and implementations of `Ord` that contradict themselves.

use super::*;
use std::cmp::Ordering;

#[test]
fn keys_and_values_without_bytes() {
    let mut map = TryBTreeMap::new();
    assert_eq!((map.insert((), ()), map.insert((), ())), (Ok(None), Ok(Some(()))));
    assert_eq!((map.len(), map.range(()..).count(), map.try_clone().unwrap().len()), (1, 1, 1));
    assert_eq!((map.pop_first(), map.len()), (Some(((), ())), 0));

    let mut set: TryBTreeMap<u8, ()> = (0..100).map(|key| (key, ())).collect_fallible().unwrap();
    set.retain(|key, ()| key % 2 == 0);
    set.check().unwrap();
    assert!(set.into_keys().eq((0..100).step_by(2)));
}

#[test]
fn entries_that_are_aligned_to_a_page_or_as_large() {
    #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
    #[repr(align(4096))]
    struct Aligned(u8);
    let mut map = TryBTreeMap::new();
    for key in (0..40).rev() {
        map.insert(Aligned(key), [key; 5000]).unwrap();
        map.check().unwrap();
    }
    for (key, value) in &map {
        assert_eq!(std::ptr::from_ref(key).addr() % 4096, 0);
        assert_eq!((value[0], value[4999]), (key.0, key.0));
    }
    (0..40).step_by(3).for_each(|key| assert_eq!(map.remove(&Aligned(key)).unwrap()[9], key));
    map.check().unwrap();
}

/// A key whose comparisons return pseudo-random results.
#[derive(Clone, Copy)]
struct Fickle(u32);

thread_local!(static STATE: std::cell::Cell<u32> = const { std::cell::Cell::new(7) });

impl Ord for Fickle {
    fn cmp(&self, _: &Self) -> Ordering {
        let state = (STATE.get() ^ self.0).wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        STATE.set(state);
        match state >> 28 {
            0 => Ordering::Equal,
            1..8 => Ordering::Less,
            _ => Ordering::Greater,
        }
    }
}

impl PartialOrd for Fickle {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Fickle {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Fickle {}

/// With such keys the map promises only that entries are not leaked or dropped twice, and that
/// `len` counts them.
#[test]
fn a_contradictory_order_is_memory_safe() {
    let value = std::rc::Rc::new(());
    let mut map = TryBTreeMap::new();
    for round in 0..300 {
        for n in 0..20 {
            drop(map.insert(Fickle(n), value.clone()).unwrap());
        }
        map.try_extend((0..round % 60).map(|n| (Fickle(n), value.clone()))).unwrap();
        for n in 0..30 {
            drop(map.remove(&Fickle(n)));
        }
        let bounds = (Bound::Included(Fickle(0)), Bound::Excluded(Fickle(1)));
        // Panics if the bounds seem to be in the wrong order.
        let walk =
            || map.range_mut(bounds).rev().take(50).for_each(|(_, value)| drop(value.clone()));
        drop(catch_unwind(AssertUnwindSafe(walk)));
        map.entry(Fickle(3)).or_insert_with(|| value.clone()).unwrap();
        assert_eq!((map.iter().count(), map.iter().rev().count()), (map.len(), map.len()));
        assert_eq!(std::rc::Rc::strong_count(&value), map.len() + 1);
    }
    assert!(map.len() > 30);
    drop(map);
    assert_eq!(std::rc::Rc::strong_count(&value), 1);
}
