//! Fails every request of a `TryBTreeMap`. Tests which operations are all or nothing, and which
//! make no request.

use oom_sweep::Sweep;
use oom_sweep::collections::{OutOfMemory, TryBTreeMap, TryCollect, TryExtend};

type Map = TryBTreeMap<u32, Box<u32>>;

/// A map with three levels, built in an order that leaves full nodes.
fn deep() -> TryBTreeMap<u32, u32> {
    (0..200).chain((200..400).rev()).map(|key| (key * 4, key)).collect_fallible().unwrap()
}

/// All entries, and the result of `check`.
fn view(map: &mut TryBTreeMap<u32, u32>) -> (Vec<(u32, u32)>, Result<(), String>) {
    (map.iter().map(|(key, value)| (*key, *value)).collect(), map.check())
}

#[test]
fn insertions_are_all_or_nothing() {
    let report = Sweep::new("TryBTreeMap::insert").run(|| {
        let mut map = TryBTreeMap::new();
        for key in (0..300_u32).map(|n| n * 77 % 307) {
            let before = map.len();
            let outcome = match key % 3 {
                0 => map.entry(key).or_insert(key).map(drop),
                _ => map.insert_or_return(key, key).map(drop).map_err(|(oom, returned, value)| {
                    assert_eq!((returned, value), (key, key));
                    oom
                }),
            };
            if outcome.is_err() {
                assert!(map.check().is_ok() && map.len() == before && !map.contains_key(&key));
                return outcome;
            }
        }
        Ok(())
    });
    report.assert_clean();
    assert!(report.runs() > 40, "{report}");
}

/// One insertion that splits nodes on every level and adds a new root.
#[test]
fn an_insertion_that_splits_up_to_the_root() {
    /// A map in which the next insertion splits a node on every level, and the key of that
    /// insertion.
    fn brimful() -> (TryBTreeMap<u32, u32>, u32) {
        let (mut map, mut bytes) = (TryBTreeMap::new(), Vec::new());
        for key in 0..2000 {
            map.insert(key, key).unwrap();
            bytes.push(map.allocated_bytes());
        }
        let growth = |key: &u32| bytes[*key as usize] - bytes[*key as usize - 1];
        let key = (1..2000).max_by_key(growth).unwrap();
        map.clear();
        (0..key).for_each(|key| _ = map.insert(key, key).unwrap());
        (map, key)
    }
    let report = Sweep::new("TryBTreeMap::insert at once").run_state(
        brimful,
        |(map, key)| map.insert(*key, 0).map(drop),
        |(map, _)| view(map),
    );
    report.assert_clean();
    assert!(report.runs() >= 8, "four nodes, each failed for once and for good: {report}");
}

#[test]
fn what_needs_no_memory_makes_no_request() {
    let report = Sweep::new("TryBTreeMap without requests").allow_empty().run_state(
        deep,
        |map| {
            map.insert(400, 1)?;
            *map.entry(404).or_insert(2)? += 1;
            map.retain(|key, _| key % 3 != 0);
            (0..300).for_each(|key| _ = map.remove(&key));
            map.range_mut(500..).for_each(|(_, value)| *value = 7);
            map.append(&mut TryBTreeMap::new())?;
            assert!(map.pop_first() < map.pop_last());
            let mut other = TryBTreeMap::new();
            other.append(map)?;
            *map = other;
            Ok::<_, OutOfMemory>(())
        },
        view,
    );
    report.assert_clean();
    assert_eq!(report.runs(), 0, "{report}");
}

#[test]
fn copies_leave_nothing_behind() {
    let report = Sweep::new("TryBTreeMap::try_clone").run_state(
        || (0..60).map(|key| (key, Box::new(key))).collect_fallible::<Map>().unwrap(),
        |map| map.try_clone().map(|copy| assert!(copy == *map && copy.check().is_ok())),
        |map| map.check(),
    );
    report.assert_clean();
    assert!(report.runs() > 60, "{report}");
}

#[test]
fn extensions_are_all_or_nothing() {
    let report = Sweep::new("TryBTreeMap::try_extend").run_state(
        deep,
        |map| map.try_extend((0..200).map(|n| (n * 37 % 1000, n))),
        view,
    );
    report.assert_clean();
    assert!(report.runs() > 40, "{report}");
}

#[test]
fn appending_leaves_both_maps_on_failure() {
    let report = Sweep::new("TryBTreeMap::append").run_state(
        || (deep(), (0..80).map(|n| (n, n)).collect_fallible().unwrap()),
        |(map, other)| map.append(other),
        |(map, other)| (view(map), view(other)),
    );
    report.assert_clean();
    assert!(report.runs() > 10, "{report}");
}

#[test]
fn collecting_leaves_nothing_behind() {
    let report = Sweep::new("TryBTreeMap::try_from_iter")
        .run(|| (0..200_u32).map(|n| (n * 83 % 199, n)).collect_fallible::<TryBTreeMap<_, _>>());
    report.assert_clean();
    assert!(report.runs() > 40, "{report}");
}
