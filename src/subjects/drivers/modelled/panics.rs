//! Tests arbitrary operations on collections of values that panic while they are copied, compared,
//! hashed or dropped. Whatever is interrupted, every value must be dropped exactly once.
//!
//! The content of a collection after a panic is unspecified, so it is not compared with the model.
//! The test iterates over the collection, drops it, and continues with a new one.

use super::super::MODELLED;
use super::super::sample::Sample;
use crate::collections::{OutOfMemory, TryClone};
use proptest::prelude::*;
use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::panicking;

/// The operation in which a [`Bomb`] panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trigger {
    Never,
    Copy,
    Compare,
    Drop,
}

thread_local! {
    static TRIGGER: Cell<Trigger> = const { Cell::new(Trigger::Never) };
    /// How many triggering operations succeed before one panics.
    static FUSE: Cell<u32> = const { Cell::new(0) };
    static LIVE: RefCell<BTreeSet<u64>> = const { RefCell::new(BTreeSet::new()) };
    /// Whether a value was used or dropped after its drop.
    static USED_DEAD: Cell<bool> = const { Cell::new(false) };
    static BORN: Cell<u64> = const { Cell::new(0) };
}

fn tick(trigger: Trigger) {
    if TRIGGER.get() == trigger && !panicking() {
        match FUSE.get().checked_sub(1) {
            Some(left) => FUSE.set(left),
            None => {
                TRIGGER.set(Trigger::Never);
                panic!("{trigger:?}");
            }
        }
    }
}

/// A value that panics on demand and detects uses after its drop.
#[derive(Debug)]
pub(in crate::subjects::drivers) struct Bomb {
    id: u8,
    token: u64,
}

impl Bomb {
    fn new(id: u8) -> Self {
        let token = BORN.replace(BORN.get() + 1);
        LIVE.with_borrow_mut(|live| live.insert(token));
        Self { id, token }
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        let was_live = LIVE.with_borrow_mut(|live| live.remove(&self.token));
        USED_DEAD.set(USED_DEAD.get() || !was_live);
        tick(Trigger::Drop);
    }
}

impl Default for Bomb {
    fn default() -> Self {
        Self::new(0)
    }
}

impl TryClone for Bomb {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        tick(Trigger::Copy);
        Ok(Self::new(self.id))
    }
}

impl Sample for Bomb {
    const COUNT: u16 = 256;

    fn make(id: u8) -> Result<Self, OutOfMemory> {
        Ok(Self::new(id))
    }

    fn id(&self) -> Option<u8> {
        let is_live = LIVE.with_borrow(|live| live.contains(&self.token));
        USED_DEAD.set(USED_DEAD.get() || !is_live);
        Some(self.id)
    }
}

impl Ord for Bomb {
    fn cmp(&self, other: &Self) -> Ordering {
        tick(Trigger::Compare);
        self.id.cmp(&other.id)
    }
}

impl PartialOrd for Bomb {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Bomb {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Bomb {}

impl Hash for Bomb {
    fn hash<H: Hasher>(&self, state: &mut H) {
        tick(Trigger::Compare);
        self.id.hash(state);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_value_is_dropped_once(
        target in 0..MODELLED.len(),
        trigger in prop_oneof![Just(Trigger::Copy), Just(Trigger::Compare), Just(Trigger::Drop)],
        fuses in proptest::collection::vec(0..40_u32, 1..6),
        records in proptest::collection::vec(any::<[u8; 4]>(), 0..60),
    ) {
        let target = MODELLED[target];
        let Some(bombs) = &target.bombs else { return Ok(()) };
        let drive = (bombs.drive)(records.as_flattened());
        let mut run = Arc::clone(&drive).start();
        let mut fuses = fuses.into_iter();
        let mut light = || match fuses.next() {
            Some(fuse) => (FUSE.set(fuse), TRIGGER.set(trigger)),
            None => ((), TRIGGER.set(Trigger::Never)),
        };
        light();
        for index in (0..drive.len()).filter(|index| !drive.is_refused(*index)) {
            let step = catch_unwind(AssertUnwindSafe(|| run.step(index)));
            if step.is_err() {
                drop(run.view());
                run = Arc::clone(&drive).start();
                light();
            }
        }
        TRIGGER.set(Trigger::Never);
        drop(run);
        prop_assert!(!USED_DEAD.replace(false), "{}: a value after its drop", target.name);
        let left = LIVE.with_borrow_mut(std::mem::take);
        // If a destructor panics, a collection may leak the other values, as std's do.
        prop_assert!(left.is_empty() || trigger == Trigger::Drop, "{}: {left:?}", target.name);
    }
}
