//! A [`SecondaryMap`] is unchanged after a clone of a value fails or panics.

use super::*;
use crate::collections::testing::{Budget, CountedValue, End};
use std::panic::{AssertUnwindSafe, catch_unwind};

type Map = SecondaryMap<K, CountedValue>;

/// The values 10, 11, 12, and the default 0.
fn three(budget: &Budget) -> Map {
    let mut map = SecondaryMap::with_default(CountedValue::new(budget, 0));
    for index in 0..3 {
        map.insert(K(index), CountedValue::new(budget, 10 + index)).unwrap();
    }
    map
}

fn values(map: &Map) -> Vec<u32> {
    map.values().map(|value| value.value).collect()
}

/// Runs `step`, which needs `copies` copies, with every smaller budget. In one run the next copy
/// fails, in another it panics. After each run the map must read as before and own nothing more.
/// The last run has the full budget.
fn every_failure(copies: usize, step: impl Fn(&mut Map, &Budget) -> Result<(), OutOfMemory>) {
    let budget = Budget::default();
    let mut map = three(&budget);
    let live = budget.live();
    for allowed in 0..copies {
        for end in [End::Fail, End::Panic] {
            budget.allow_until(allowed, end);
            let outcome = catch_unwind(AssertUnwindSafe(|| step(&mut map, &budget)));
            match end {
                End::Fail => assert_eq!(outcome.unwrap(), Err(OutOfMemory::new(1))),
                End::Panic => assert!(outcome.is_err()),
            }
            assert_eq!(values(&map), [10, 11, 12], "after {allowed} copies");
            assert_eq!((map.default_value().value, budget.live()), (0, live));
        }
    }
    budget.allow(copies);
    step(&mut map, &budget).unwrap();
    assert_eq!(budget.left(), Some(0), "the step needs {copies} copies");
    drop(map);
    assert_eq!(budget.live(), 0);
}

#[test]
fn insert_beyond_the_end() {
    every_failure(4, |map, budget| {
        map.insert(K(7), CountedValue::new(budget, 1)).map(|old| assert_eq!(old, None))
    });
}

#[test]
fn insert_that_needs_no_copy_has_nothing_to_fail() {
    every_failure(0, |map, budget| {
        assert_eq!(map.insert(K(3), CountedValue::new(budget, 1))?, None);
        assert_eq!(map.insert(K(3), CountedValue::new(budget, 2))?.unwrap().value, 1);
        assert_eq!(
            map.insert_or_return(K(0), CountedValue::new(budget, 3)).unwrap().unwrap().value,
            10
        );
        Ok(())
    });
}

#[test]
fn insert_or_return_gives_the_value_back() {
    every_failure(4, |map, budget| {
        map.insert_or_return(K(7), CountedValue::new(budget, 5)).map(drop).map_err(
            |(oom, value)| {
                assert_eq!(value.value, 5);
                oom
            },
        )
    });
}

#[test]
fn remove() {
    every_failure(1, |map, _| {
        let removed = map.remove(K(1))?;
        assert_eq!((removed.unwrap().value, map[K(1)].value), (11, 0));
        Ok(())
    });
    every_failure(0, |map, _| map.remove(K(3)).map(|removed| assert_eq!(removed, None)));
}

#[test]
fn resize() {
    every_failure(5, |map, _| map.resize(8));
    every_failure(0, |map, _| {
        map.resize(3)?;
        map.resize(1)
    });
}

#[test]
fn try_clone() {
    every_failure(4, |map, _| {
        let copy = map.try_clone()?;
        assert_eq!(&copy, map);
        Ok(())
    });
}

#[test]
fn try_extend_takes_back_what_it_inserted() {
    let items = [(1, 21), (4, 22), (1, 23), (4, 24), (0, 25), (7, 26), (1, 27)];
    every_failure(3, |map, budget| {
        map.try_extend(items.map(|(key, value)| (K(key), CountedValue::new(budget, value))))?;
        assert_eq!(values(map), [25, 27, 12, 0, 24, 0, 0, 26]);
        Ok(())
    });
}

#[test]
fn try_extend_survives_a_panic_of_its_items() {
    let budget = Budget::default();
    let mut map = three(&budget);
    let items = (0..6).map(|index| {
        assert!(index < 5);
        (K(index), CountedValue::new(&budget, 99))
    });
    assert!(catch_unwind(AssertUnwindSafe(|| map.try_extend(items))).is_err());
    assert_eq!(values(&map), [10, 11, 12]);
    assert_eq!(budget.live(), 4);
}

#[test]
fn try_from_iter_leaves_nothing_behind() {
    /// A [`CountedValue`] whose default comes from the test.
    struct Value(CountedValue);
    thread_local!(static BUDGET: Budget = Budget::default());
    impl Default for Value {
        fn default() -> Self {
            Self(CountedValue::new(&BUDGET.with(Budget::clone), 0))
        }
    }
    impl TryClone for Value {
        fn try_clone(&self) -> Result<Self, OutOfMemory> {
            self.0.try_clone().map(Self)
        }
    }
    let budget = BUDGET.with(Budget::clone);
    let items = || [3, 1, 6].map(|index| (K(index), Value::default()));
    for allowed in 0..5 {
        budget.allow(allowed);
        assert!(SecondaryMap::try_from_iter(items()).is_err());
        assert_eq!(budget.live(), 0);
    }
    budget.allow(5);
    assert_eq!(SecondaryMap::try_from_iter(items()).unwrap().len(), 7);
}

/// If a drop panics while the map shrinks or is cleared, the other values are still dropped and the
/// map stays valid.
#[test]
fn a_panicking_drop_leaves_a_valid_map() {
    #[derive(Default)]
    struct Bomb(u8);
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert_ne!(self.0, 1, "armed");
        }
    }
    impl TryClone for Bomb {
        fn try_clone(&self) -> Result<Self, OutOfMemory> {
            Ok(Self(self.0))
        }
    }
    let steps: [fn(&mut SecondaryMap<K, Bomb>); 3] =
        [|map| map.clear(), |map| map.resize(1).unwrap(), |map| drop(map.insert(K(2), Bomb(0)))];
    for step in steps {
        let mut map = SecondaryMap::new();
        map.insert(K(2), Bomb(1)).unwrap();
        map.insert(K(4), Bomb(2)).unwrap();
        assert!(catch_unwind(AssertUnwindSafe(|| step(&mut map))).is_err());
        assert!(map.values().all(|value| value.0 != 1));
        map.insert(K(6), Bomb(3)).unwrap();
        assert_eq!((map.len(), map[K(6)].0), (7, 3));
    }
}
