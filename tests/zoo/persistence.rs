//! Code that survives one failure but not a persistent shortage, because its recovery or clean-up
//! needs memory too.

use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};

use oom_sweep::FindingKind::{Aborted, NotRecovered, Panicked, PartialUpdate};
use oom_sweep::{AfterFault, OutOfMemory, Report, Sweep};

use crate::case::{Fallible, room};
use crate::specimen::{Home, Specimen, assert_silent};

specimens!(
    rolls_back_by_allocating = Specimen {
        kinds: &[PartialUpdate, NotRecovered],
        broken: |sweep| sweep.run_state(numbers, append_then_undo, |n| n.clone()),
        repaired: |sweep| sweep.run_state(numbers, append_at_last, |n| n.clone()),
        look: only_when_persistent,
        ..Specimen::BASE
    },
    spends_its_attempts = Specimen {
        kinds: &[NotRecovered],
        broken: |sweep| sweep.run(|| attempt(&ATTEMPTS)),
        repaired: |sweep| sweep.run(|| attempt(&AtomicU32::new(3))),
        look: only_when_persistent,
        home: Home::Worker,
        ..Specimen::BASE
    },
    // Only many failures in one process show it.
    spends_a_slot = Specimen {
        kinds: &[NotRecovered],
        broken: |sweep| sweep.run(|| in_slot(false)),
        repaired: |sweep| sweep.run(|| in_slot(true)),
        look: |report| {
            let message = report.findings()[0].message();
            assert!(message.starts_with("after 64 failures in one process"), "{message}");
        },
        home: Home::Worker,
        ..Specimen::BASE
    },
    allocates_in_its_destructor = Specimen {
        kinds: &[Aborted],
        broken: |sweep| sweep.run_state(Ended::<true>::default, |e| e.work(), |_| ()),
        repaired: |sweep| sweep.run_state(Ended::<false>::default, |e| e.work(), |_| ()),
        look: only_when_persistent,
        home: Home::Worker,
        ..Specimen::BASE
    },
    needs_its_second_try = Specimen {
        kinds: &[Panicked],
        broken: |sweep| sweep
            .after(AfterFault::FailNext(1))
            .run(|| twice(|r| Ok(r.expect("room")))),
        repaired: |sweep| sweep.after(AfterFault::FailNext(1)).run(|| twice(|r| r)),
        ..Specimen::BASE
    },
);

#[test]
fn what_only_a_shortage_shows_is_silent_otherwise() {
    let sweep = || Sweep::new("transient").after(AfterFault::Succeed);
    assert_silent(&sweep().run_state(numbers, append_then_undo, |n| n.clone()));
    assert_silent(&sweep().run_state(Ended::<true>::default, |e| e.work(), |_| ()));
}

/// Numbers with room for two more, so that `push` makes no request.
fn numbers() -> Vec<u32> {
    let mut numbers = Vec::with_capacity(4);
    numbers.extend([1, 2]);
    numbers
}

fn append_at_last(numbers: &mut Vec<u32>) -> Fallible<()> {
    let _scratch = room(64)?;
    numbers.extend([3, 4]);
    Ok(())
}

/// Appends first. The rollback copies the numbers that stay.
fn append_then_undo(numbers: &mut Vec<u32>) -> Fallible<()> {
    numbers.extend([3, 4]);
    if let Err(error) = room(64) {
        let mut kept = Vec::new();
        kept.try_reserve_exact(4)?;
        kept.extend_from_slice(&numbers[..2]);
        *numbers = black_box(kept);
        return Err(error);
    }
    Ok(())
}

/// How many attempts may fail in this process.
static ATTEMPTS: AtomicU32 = AtomicU32::new(3);

/// Tries as often as the budget allows. Each failure uses it up.
fn attempt(left: &AtomicU32) -> Result<Vec<u8>, OutOfMemory> {
    while left.load(Ordering::Relaxed) > 0 {
        if let Ok(room) = oom_sweep::tolerate("it tries again", || room(64)) {
            return Ok(room);
        }
        left.fetch_sub(1, Ordering::Relaxed);
    }
    Err(OutOfMemory::new(64))
}

/// Works in one of 32 slots of the process. A failure may keep the slot.
fn in_slot(returns_it: bool) -> Result<Vec<u8>, OutOfMemory> {
    static SLOTS: AtomicU32 = AtomicU32::new(32);
    let take = |left: u32| left.checked_sub(1);
    if SLOTS.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_err() {
        return Err(OutOfMemory::new(0));
    }
    let room = room(64).map_err(|_| OutOfMemory::new(64));
    if room.is_ok() || returns_it {
        SLOTS.fetch_add(1, Ordering::Relaxed);
    }
    room
}

/// A state that writes a last record in its clean-up.
#[derive(Default)]
struct Ended<const RECORDS: bool>;

impl<const RECORDS: bool> Ended<RECORDS> {
    #[expect(clippy::unused_self, reason = "the value must be dropped after the call")]
    fn work(&mut self) -> Fallible<Vec<u8>> {
        room(64)
    }
}

impl<const RECORDS: bool> Drop for Ended<RECORDS> {
    fn drop(&mut self) {
        if RECORDS {
            drop(black_box(vec![1_u8; 16]));
        }
    }
}

/// Tries twice. `second` handles the second failure.
fn twice(second: fn(Fallible<Vec<u8>>) -> Fallible<Vec<u8>>) -> Fallible<Vec<u8>> {
    oom_sweep::tolerate("there is a second try", || room(64)).or_else(|_| second(room(64)))
}

fn only_when_persistent(report: &Report) {
    let mut plans = report.findings().iter().flat_map(|finding| finding.plans());
    assert!(plans.all(|plan| plan.after == AfterFault::FailAll), "{report}");
}
