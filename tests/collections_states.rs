//! Sweeps methods that no target has. After each failed request the collection must read as before
//! and hold the same memory, and the retry must succeed. Also tests the conversion of the error to
//! an `io::Error`, which makes no request.

#![cfg(all(feature = "collections", feature = "hashbrown"))]

use std::cell::Cell;
use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::hint::black_box;
use std::io;
use std::mem::take;

use oom_sweep::collections::*;
use oom_sweep::{AfterFault, FaultAlloc, Sweep};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

#[derive(Clone, Copy, PartialEq, Eq)]
struct K(u32);
oom_sweep::entity_impl!(K, "k");

/// Sweeps a step that must be all or nothing and must make this many requests.
fn sweep<C, V: PartialEq + Debug>(
    name: &str,
    requests: u64,
    setup: impl FnMut() -> C,
    step: impl FnMut(&mut C) -> Result<(), OutOfMemory>,
    view: impl Fn(&C) -> V,
) {
    let sweep = Sweep::new(name).allow_empty();
    let report = sweep.run_state(setup, step, |state| format!("{:?}", view(state)));
    report.assert_clean();
    assert_eq!(report.requests(), requests, "{name}: {report}");
}

/// A map with some keys and room for a hundred.
fn hashed() -> TryHashMap<u32, u32> {
    let mut map = TryHashMap::with_capacity(100).unwrap();
    map.try_extend((0..9).map(|key| (key, key))).unwrap();
    map
}

fn entries(map: &TryHashMap<u32, u32>) -> (Vec<(u32, u32)>, usize) {
    let mut entries: Vec<_> = map.iter().map(|(key, value)| (*key, *value)).collect();
    entries.sort_unstable();
    (entries, map.allocated_bytes())
}

#[test]
fn hash_maps_shrink() {
    sweep("to fit", 1, hashed, TryHashMap::shrink_to_fit, entries);
    sweep("to fifty", 1, hashed, |map| map.shrink_to(50), entries);
    sweep("not at all", 0, hashed, |map| map.shrink_to(99), entries);
    sweep(
        "to nothing",
        0,
        || TryHashMap::with_capacity(9).unwrap(),
        |map| map.shrink_to_fit(),
        entries,
    );
}

#[test]
fn vacant_entries_give_back() {
    sweep(
        "vacant entry",
        1,
        TryHashMap::new,
        |map| {
            let try_hash_map::Entry::Vacant(entry) = map.entry(7) else { panic!("it is empty") };
            entry.insert_or_return(8).map(drop).map_err(|(oom, key, value)| {
                assert_eq!((key, value), (7, 8));
                oom
            })
        },
        entries,
    );
}

/// If there is no room for a value, the closure that makes it is not called.
#[test]
fn vacant_entries_make_values_last() {
    let fill = |made: &mut bool| {
        *made = true;
        7
    };
    for len in [0, 3, 28, 200] {
        let setup = || {
            let map: TryHashMap<u32, u32> =
                (0..len).map(|key| (key, 0)).collect_fallible().unwrap();
            let sorted: TryBTreeMap<_, _> =
                (0..len).map(|key| (key, 0)).collect_fallible().unwrap();
            (map, sorted)
        };
        let report = Sweep::new(format!("values last {len}")).allow_empty().run_state(
            setup,
            |(map, sorted)| {
                let mut made = false;
                let outcome = sorted.entry(len).or_insert_with(|| fill(&mut made)).map(|_| ());
                assert_eq!(outcome.is_ok(), made);
                outcome?;
                sorted.remove(&len);
                let mut made = false;
                let outcome = map.entry(len).or_insert_with_key(|_| fill(&mut made)).map(|_| ());
                assert_eq!(outcome.is_ok(), made);
                outcome
            },
            |(map, sorted)| (map.len(), sorted.len()),
        );
        report.assert_clean();
    }
}

#[test]
fn slabs_shrink() {
    let setup = || {
        let mut slab: Slab<u32> = (0..9).collect_fallible().unwrap();
        for key in [1, 8, 5, 7] {
            slab.remove(key).unwrap();
        }
        slab
    };
    let view = |slab: &Slab<u32>| {
        let mut next = slab.try_clone().unwrap();
        let keys = [(); 6].map(|()| next.insert(0).unwrap());
        (format!("{slab:?}"), keys, slab.check())
    };
    sweep("slab", 1, setup, Slab::shrink_to_fit, view);
    sweep("slab of nothing", 0, Slab::<u32>::new, Slab::shrink_to_fit, view);
    let enter = |slab: &mut Slab<u32>| {
        slab.vacant_entry()?.insert(7);
        Ok(())
    };
    sweep("vacant entry", 1, Slab::new, enter, view);
    sweep("vacant entry with room", 0, setup, enter, view);
}

#[test]
fn primary_maps_shrink() {
    let setup = || {
        let mut map = PrimaryMap::<K, u32>::with_capacity(9).unwrap();
        map.try_extend(0..5).unwrap();
        map
    };
    sweep("primary map", 1, setup, PrimaryMap::shrink_to_fit, |map| format!("{map:?}"));
}

#[test]
fn what_goes_into_an_arc_or_out_comes_back() {
    sweep(
        "string into an arc",
        1,
        || TryString::try_from("text").unwrap(),
        |text| match TryArc::<str>::try_from(take(text)) {
            Ok(shared) => {
                assert_eq!(&*shared, "text");
                Ok(())
            }
            Err((oom, same)) => {
                *text = same;
                Err(oom)
            }
        },
        |text| text.len(),
    );
    sweep(
        "out of a shared arc",
        1,
        || TryArc::new(vec![1, 2]).unwrap(),
        |shared| match TryArc::unwrap_or_clone(shared.clone()) {
            Ok(value) => {
                assert_eq!(value, [1, 2]);
                Ok(())
            }
            Err((oom, same)) => {
                assert!(TryArc::ptr_eq(&same, shared));
                Err(oom)
            }
        },
        |shared| (shared.to_vec(), TryArc::strong_count(shared)),
    );
}

/// A key whose `Eq` returns true only at the first comparison.
#[derive(Debug)]
struct Fickle;

thread_local!(static IS_ASKED: Cell<bool> = const { Cell::new(true) });

impl PartialEq for Fickle {
    fn eq(&self, _: &Self) -> bool {
        !IS_ASKED.replace(true)
    }
}

impl Eq for Fickle {}

impl Hash for Fickle {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// Keys with a contradictory `Eq` may lose entries, but every request is fallible.
#[test]
fn an_extension_survives_keys_that_lie() {
    let full = || {
        IS_ASKED.set(true);
        let mut map = TryHashMap::new();
        while map.is_empty() || map.len() < map.capacity() {
            map.insert(Fickle, ()).unwrap();
        }
        map
    };
    let report = Sweep::new("fickle").run_state(
        full,
        |map| {
            let key = [(Fickle, ())];
            // The first comparison decides whether room is needed.
            IS_ASKED.set(false);
            map.try_extend(key)
        },
        |map| map.len(),
    );
    report.assert_clean();
    assert_eq!(report.requests(), 2, "{report}");
}

/// Making an out-of-memory error must not make a request.
#[test]
fn an_io_error_is_made_without_a_request() {
    let report = Sweep::new("io::Error").after(AfterFault::Forbid).run(|| -> io::Result<()> {
        let room = TryVec::<u8>::with_capacity(64)?;
        drop(black_box(room));
        Ok(())
    });
    report.assert_clean();
    assert!(report.is_complete() && report.requests() == 1, "{report}");
}
