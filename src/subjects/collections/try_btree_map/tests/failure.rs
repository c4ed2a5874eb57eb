//! Tests the state of a [`TryBTreeMap`] after a failed copy, and after a panic of a copy, a
//! comparison, a closure, an iterator or a drop.

use super::{
    AssertUnwindSafe, Entry, OutOfMemory, TryBTreeMap, TryClone, TryCollect, TryExtend,
    TryFromIterator, catch_unwind, tens,
};
use crate::collections::testing::{Budget, CountedValue, End};
use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::rc::Rc;

fn panics<T>(work: impl FnOnce() -> T) -> bool {
    catch_unwind(AssertUnwindSafe(work)).is_err()
}

#[test]
fn copies_that_fail_leave_nothing_behind() {
    let budget = Budget::default();
    let items = (0..23).map(|key| (key, CountedValue::new(&budget, key)));
    let map: TryBTreeMap<u32, CountedValue> = items.collect_fallible().unwrap();
    for copies in 0..23 {
        budget.allow(copies);
        assert_eq!(map.try_clone().err(), Some(OutOfMemory::new(1)));
        assert_eq!(budget.live(), 23);
        budget.allow_until(copies, End::Panic);
        assert!(panics(|| map.try_clone()));
        assert_eq!(budget.live(), 23);
    }
    budget.allow(23);
    let copy = TryClone::try_clone(&map).unwrap();
    assert!(copy == map && copy.keys().eq(map.keys()));
    assert_eq!((budget.live(), budget.left()), (46, Some(0)));
    drop((map, copy));
    assert_eq!(budget.live(), 0);
}

thread_local! {
    /// The number of comparisons that succeed before one panics.
    static COMPARISONS: Cell<usize> = const { Cell::new(usize::MAX) };
}

#[derive(PartialEq, Eq, Debug)]
struct Key(u32);

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = COMPARISONS.get().checked_sub(1).expect("no more comparisons");
        COMPARISONS.set(left);
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[test]
fn comparisons_that_panic_change_nothing() {
    type Map = TryBTreeMap<Key, Rc<u32>>;
    let value = Rc::new(0);
    let map = |keys: &[u32]| -> Map {
        keys.iter().map(|key| (Key(*key), value.clone())).collect_fallible().unwrap()
    };
    let keys: Vec<u32> = (0..20).map(|key| key * 2).collect();
    let steps: [&dyn Fn(&mut Map); 6] = [
        &|map| drop(map.insert(Key(17), value.clone()).unwrap()),
        &|map| drop(map.remove(&Key(18)).unwrap()),
        &|map| drop(map.entry(Key(5)).or_insert(value.clone()).unwrap().clone()),
        &|map| map.try_extend([3, 4, 99, 4].map(|key| (Key(key), Rc::new(1)))).unwrap(),
        &|map| assert_eq!(map.range(Key(3)..Key(9)).count(), 3),
        &|map| assert!(map.get(&Key(8)).is_some()),
    ];
    for step in steps {
        let mut panicked = 0;
        loop {
            let mut map = map(&keys);
            COMPARISONS.set(panicked);
            let is_over = !panics(|| step(&mut map));
            COMPARISONS.set(usize::MAX);
            map.check().unwrap();
            if is_over {
                break;
            }
            assert!(map.keys().map(|key| key.0).eq(keys.iter().copied()));
            assert!(map.values().all(|other| Rc::ptr_eq(&value, other)));
            assert_eq!(Rc::strong_count(&value), 21);
            panicked += 1;
        }
        assert!(panicked > 2, "it compares");
    }
    assert_eq!(Rc::strong_count(&value), 1);
}

#[test]
fn appending_leaves_both_maps_when_a_comparison_panics() {
    let map = |first: u32| -> TryBTreeMap<Key, u32> {
        (first..first + 12).map(|key| (Key(key * 3), first)).collect_fallible().unwrap()
    };
    for comparisons in 0..30 {
        let (mut map, mut other) = (map(0), map(5));
        COMPARISONS.set(comparisons);
        assert!(panics(|| map.append(&mut other)));
        COMPARISONS.set(usize::MAX);
        assert!(map.values().all(|value| *value == 0) && other.values().all(|value| *value == 5));
        assert_eq!((map.len(), map.check(), other.len(), other.check()), (12, Ok(()), 12, Ok(())));
    }
}

#[test]
fn items_that_panic_are_taken_back() {
    let value = Rc::new(());
    let items = |count: u32| {
        let value = value.clone();
        (0..20).map(move |key| {
            assert!(key < count, "no more items");
            (key * 7 % 20, value.clone())
        })
    };
    for count in 0..20 {
        let mut map: TryBTreeMap<_, _> =
            (0..10).map(|key| (key, value.clone())).collect_fallible().unwrap();
        assert!(panics(|| map.try_extend(items(count))));
        assert!(map.keys().copied().eq(0..10));
        assert_eq!(Rc::strong_count(&value), 11);
        assert!(panics(|| TryBTreeMap::try_from_iter(items(count))));
        assert_eq!(Rc::strong_count(&value), 11);
    }
}

#[test]
fn a_closure_that_panics_keeps_the_rest() {
    for asked in 0..20 {
        let mut map = tens(20);
        assert!(panics(|| map.retain(|key, _| {
            assert!(*key < asked, "no more questions");
            key % 2 == 1
        })));
        map.check().unwrap();
        assert!(map.into_keys().eq((0..20).filter(|key| key % 2 == 1 || *key >= asked)));
    }
}

#[test]
fn a_value_that_panics_in_the_making_changes_nothing() {
    for len in 0..40 {
        let mut map = tens(len);
        assert!(panics(|| map.entry(len).or_insert_with(|| panic!("no value")).is_ok()));
        map.check().unwrap();
        assert_eq!(map, tens(len));
        assert_eq!(map.entry(len).or_insert_with_key(|key| key * 10), Ok(&mut (len * 10)));
        map.check().unwrap();
    }
}

/// Logs its drop, and panics in it if its number is armed.
#[derive(Clone)]
struct Bomb {
    key: u32,
    log: Rc<RefCell<Vec<u32>>>,
    is_armed: bool,
}

impl Drop for Bomb {
    fn drop(&mut self) {
        self.log.borrow_mut().push(self.key);
        assert!(!self.is_armed, "a drop that panics");
    }
}

impl Ord for Bomb {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl PartialOrd for Bomb {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Bomb {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Bomb {}

/// The keys `0..20`, with the values 100 more. The drop of `armed` panics.
fn bombs(armed: u32) -> (TryBTreeMap<Bomb, Bomb>, Rc<RefCell<Vec<u32>>>) {
    let log = Rc::default();
    let bomb = |key| Bomb { key, log: Rc::clone(&log), is_armed: key == armed };
    let mut map = TryBTreeMap::new();
    for key in 0..20 {
        assert!(map.insert(bomb(key), bomb(key + 100)).unwrap().is_none());
    }
    (map, log)
}

/// The numbers of all keys and values, in the order in which a map drops them.
fn all() -> Vec<u32> {
    (0..20).flat_map(|key| [key, key + 100]).collect()
}

#[test]
fn a_drop_that_panics_does_not_keep_the_rest() {
    for armed in (0..20).chain(100..120) {
        let (map, log) = bombs(armed);
        assert!(panics(|| drop(map)));
        assert_eq!(*log.borrow(), all());

        let (mut map, log) = bombs(armed);
        assert!(panics(|| map.clear()));
        assert_eq!((map.len(), map.check()), (0, Ok(())));
        assert_eq!(*log.borrow(), all());

        let (map, log) = bombs(armed);
        let mut iter = map.into_iter();
        assert!(panics(|| iter.by_ref().take(5).for_each(drop)) == (armed % 100 < 5));
        assert!(panics(|| iter.by_ref().rev().take(3).for_each(drop)) == (armed % 100 > 16));
        assert!(panics(|| drop(iter)) == (5..17).contains(&(armed % 100)));
        let mut dropped = log.take();
        dropped.sort_unstable();
        assert_eq!(dropped, (0..20).chain(100..120).collect::<Vec<_>>());
    }
}

#[test]
fn a_drop_that_panics_in_between_leaves_a_valid_map() {
    for armed in (0..20).chain(100..120) {
        let (mut map, log) = bombs(armed);
        assert!(panics(|| map.retain(|key, _| key.key % 2 == 0)) == (armed % 2 == 1));
        map.check().unwrap();
        assert_eq!(map.len() * 2 + log.borrow().len(), 40);
        drop(catch_unwind(AssertUnwindSafe(|| drop(map))));
        log.borrow_mut().sort_unstable();
        assert_eq!(*log.borrow(), (0..20).chain(100..120).collect::<Vec<_>>());

        // Every key is in both maps, so everything except the values of one map is dropped.
        let ((mut map, log), (mut other, more)) = (bombs(armed), bombs(200));
        assert!(panics(|| map.append(&mut other)) == (armed >= 100));
        assert_eq!((map.len(), map.check(), other.len()), (20, Ok(()), 0));
        assert_eq!((log.borrow().len(), more.borrow().len()), (20, 20));
        drop(catch_unwind(AssertUnwindSafe(|| drop(map))));
        assert_eq!((log.borrow().len(), more.borrow().len()), (40, 40));
    }
}

#[test]
fn a_drop_that_panics_loses_nothing_that_was_to_be_returned() {
    type Step = fn(TryBTreeMap<Bomb, Bomb>, Bomb);
    let steps: [(u32, Step); 5] = [
        (7, |mut map, key| drop(map.remove(&key))),
        (7, |mut map, key| {
            let Entry::Occupied(entry) = map.entry(key) else { unreachable!() };
            drop(entry.remove());
        }),
        (0, |map, _| drop(map.into_values().next())),
        (19, |map, _| drop(map.into_values().next_back())),
        (100, |map, _| drop(map.into_keys().next())),
    ];
    for (armed, step) in steps {
        let (map, log) = bombs(armed);
        let key = Bomb { key: 7, log: Rc::default(), is_armed: false };
        assert!(panics(|| step(map, key)));
        let mut dropped = log.take();
        dropped.sort_unstable();
        assert_eq!(dropped, (0..20).chain(100..120).collect::<Vec<_>>());
    }

    // The key is present, so the given key is dropped.
    let (mut map, log) = bombs(200);
    let bomb = |key, is_armed| Bomb { key, log: Rc::clone(&log), is_armed };
    let (key, value) = (bomb(7, true), bomb(300, false));
    assert!(panics(|| map.insert(key, value)));
    assert_eq!((log.take(), map.len(), map.check()), (vec![7, 300], 20, Ok(())));
    assert_eq!(map.pop_last().map(|(key, value)| (key.key, value.key)), Some((19, 119)));
}
