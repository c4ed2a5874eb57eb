//! `TryHashMap` with keys that hash differently from one time to the next: what it holds is not
//! specified then, but a request that fails is reported, and never aborts.

#![cfg(feature = "hashbrown")]

use oom_sweep::collections::{TryExtend, TryHashMap};
use oom_sweep::{FaultAlloc, Sweep};
use std::cell::Cell;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

thread_local! {
    /// How often keys are yet hashed as they should be.
    static HONEST: Cell<usize> = const { Cell::new(0) };
}

#[derive(PartialEq, Eq)]
struct Fickle(u32);

impl Hash for Fickle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let honest = HONEST.get();
        HONEST.set(honest.saturating_sub(1));
        (self.0, honest == 0).hash(state);
    }
}

type Map = TryHashMap<Fickle, u32, BuildHasherDefault<DefaultHasher>>;

#[test]
fn a_failed_request_is_reported() {
    // All keys are in a full map: at first, when those that are new are counted; and then not.
    for honest in 0..140 {
        let setup = || {
            HONEST.set(usize::MAX);
            let mut map = Map::default();
            (0..28).for_each(|key| assert!(map.insert(Fickle(key), 0).unwrap().is_none()));
            assert_eq!(map.len(), map.capacity());
            HONEST.set(honest);
            map
        };
        Sweep::new("keys that lie")
            .run_state(
                setup,
                |map| map.try_extend((0..28).map(|key| (Fickle(key), 1))),
                |_| String::new(),
            )
            .assert_clean();
    }
}
