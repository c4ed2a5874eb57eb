//! What a sweep with default settings does not see, and the setting that sees it. The table in
//! `tests/README.md` has a row for each test here. A test that fails because the defaults see more
//! now is deleted with its row.

use std::alloc::{Layout, alloc, dealloc, realloc};
use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use oom_sweep::{
    AfterFault, FindingKind, OutOfMemory, Report, Strategy, Sweep, Threads, pause, tolerate,
};

use crate::case::{Fallible, room};
use crate::replay;

/// Asserts that the code passes by default, and that the other sweep finds exactly this kind.
#[track_caller]
fn assert_seen_only_with(by_default: &Report, kind: FindingKind, with: &Report) {
    assert_eq!((by_default.error(), with.error()), (None, None));
    if replay::is_on() {
        return;
    }
    assert!(by_default.is_clean() && by_default.is_complete(), "{by_default}");
    let kinds: Vec<_> = with.findings().iter().map(|finding| finding.kind()).collect();
    assert!(kinds.iter().all(|other| *other == kind) && !with.is_clean(), "{with}");
}

#[test]
fn two_separate_faults() {
    let code = || {
        let first = tolerate("optional", || room(32));
        let between = room(48)?;
        let second = tolerate("optional", || room(64));
        assert!(first.is_ok() || second.is_ok(), "one of the two");
        Fallible::Ok(between)
    };
    let with = Sweep::new("separate, pairs").strategy(Strategy::Pairs).run(code);
    assert_seen_only_with(&Sweep::new("separate").run(code), FindingKind::Panicked, &with);
}

#[test]
fn a_shortage_that_ends() {
    let code = || {
        let attempt = || tolerate("there is another attempt", || room(64));
        let mut failures = 0;
        let room = attempt().or_else(|_| {
            failures += 1;
            attempt()
        });
        let room = room.or_else(|_| {
            failures += 1;
            self::room(64)
        })?;
        assert!(failures < 2, "the third attempt was not expected to succeed");
        Fallible::Ok(room)
    };
    let with = Sweep::new("ends, fail-next").after(AfterFault::FailNext(1)).run(code);
    assert_seen_only_with(&Sweep::new("ends").run(code), FindingKind::Panicked, &with);
}

#[test]
fn requests_after_the_failure() {
    let code = || room(64).inspect_err(|_| drop(room(8)));
    let with = Sweep::new("after, forbid").after(AfterFault::Forbid).run(code);
    let by_default = Sweep::new("after").run(code);
    assert_seen_only_with(&by_default, FindingKind::AllocatedAfterFault, &with);
}

#[test]
fn a_pointer_from_before_a_realloc() {
    /// Shrinks a block and writes to its old address, unless that would be undefined behaviour.
    fn shrink(is_kept: bool) -> Result<(), OutOfMemory> {
        let (before, after) = (Layout::new::<[u8; 64]>(), Layout::new::<[u8; 32]>());
        // SAFETY: the size is not zero.
        let old = black_box(unsafe { alloc(before) });
        if old.is_null() {
            return Err(OutOfMemory::new(64));
        }
        // SAFETY: the block is live and has this layout.
        let new = black_box(unsafe { realloc(old, before, after.size()) });
        if new.is_null() {
            // SAFETY: the block is as before.
            unsafe { dealloc(old, before) };
            return Err(OutOfMemory::new(32));
        }
        if old == new || is_kept {
            // SAFETY: it is the same block, or the old one is in quarantine.
            unsafe { old.write_volatile(1) };
        }
        // SAFETY: the new block is live and has this layout.
        unsafe { dealloc(new, after) };
        Ok(())
    }
    // Any fault-free run shows it, so the failed request decides nothing.
    let code = |is_kept: bool| {
        move || shrink(is_kept).and_then(|()| room(8).map_err(|_| OutOfMemory::new(8)))
    };
    let with = Sweep::new("stale, moving").moving_reallocs().run(code(true));
    let by_default = Sweep::new("stale").run(code(false));
    assert_seen_only_with(&by_default, FindingKind::CorruptedBlock, &with);
}

#[test]
fn the_size_in_an_error() {
    let code = || room(64).map_err(|_| OutOfMemory::new(8));
    let with = Sweep::new("size, exact").exact_size().run(code);
    assert_seen_only_with(&Sweep::new("size").run(code), FindingKind::WrongSize, &with);
}

#[test]
fn threads_that_do_not_join() {
    let code = || {
        // Starting a thread makes requests whose failure aborts.
        pause(|| std::thread::scope(|threads| drop(threads.spawn(|| drop(room(64))).join())));
        room(32)
    };
    let with = Sweep::new("threads, spawned").threads(Threads::Spawned).run(code);
    assert_seen_only_with(&Sweep::new("threads").run(code), FindingKind::SwallowedOom, &with);
}

#[test]
fn lost_data_without_a_view() {
    let take_then_add = |items: &mut Vec<u8>| {
        let mut taken = std::mem::take(items);
        let room = room(64);
        if room.is_ok() {
            *items = std::mem::take(&mut taken);
        }
        room.map(drop)
    };
    let setup = || vec![1, 2];
    let after = AfterFault::Succeed;
    let by_default = Sweep::new("lost").run_state(setup, take_then_add, |_| ());
    let with = Sweep::new("lost, view").after(after).retry(oom_sweep::Retry::Never);
    let with = with.run_state(setup, take_then_add, |items| items.clone());
    assert_seen_only_with(&by_default, FindingKind::PartialUpdate, &with);
}

#[test]
fn another_output_after_a_tolerated_fault() {
    let code = || {
        let buffer = tolerate("the numbers are few", || room(64));
        Fallible::Ok(if buffer.is_ok() { 6 } else { 0 })
    };
    let with = Sweep::new("output, compared").compare_output(|sum: &u32| *sum).run(code);
    assert_seen_only_with(&Sweep::new("output").run(code), FindingKind::Diverged, &with);
}

#[test]
fn what_more_failures_cost_than_usual() {
    static SLOTS: AtomicU32 = AtomicU32::new(200);
    let code = || {
        let take = |left: u32| left.checked_sub(1);
        SLOTS
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .map_err(|_| OutOfMemory::new(0))?;
        let room = room(64).map_err(|_| OutOfMemory::new(64))?;
        SLOTS.fetch_add(1, Ordering::Relaxed);
        Ok::<_, OutOfMemory>(room)
    };
    let with = Sweep::new("cost, endurance").endurance(300).run(code);
    assert_seen_only_with(&Sweep::new("cost").run(code), FindingKind::NotRecovered, &with);
}

#[test]
fn a_fallback_that_works() {
    let double_or_less = |numbers: &mut Vec<u8>| {
        if numbers.try_reserve_exact(32).is_err() {
            numbers.try_reserve_exact(16)?;
        }
        numbers.extend([7; 16]);
        Fallible::Ok(())
    };
    let view = |numbers: &mut Vec<u8>| numbers.clone();
    let by_default = Sweep::new("fallback").run_state(Vec::new, double_or_less, view);
    let with = Sweep::new("fallback, denied").deny(FindingKind::FellBack);
    let with = with.run_state(Vec::new, double_or_less, view);
    assert_seen_only_with(&by_default, FindingKind::FellBack, &with);
}

#[test]
fn a_failure_that_takes_seconds() {
    let code = || room(64).inspect_err(|_| std::thread::sleep(Duration::from_secs(2)));
    let once = || {
        let strategy = Strategy::Plans(vec!["nth:0".parse().expect("a plan")]);
        Sweep::new("seconds").strategy(strategy)
    };
    let with = once().time_limit(Duration::from_millis(250)).run(code);
    assert_seen_only_with(&once().run(code), FindingKind::Hung, &with);
}
