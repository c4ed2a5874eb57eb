//! Blocks that are left behind occasionally are a cache. Blocks that each failure leaves behind are
//! a leak.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use oom_sweep::FindingKind::Leaked;
use oom_sweep::{Isolation, Report, Sweep};

use crate::case::{Fallible, room};
use crate::replay;
use crate::specimen::{Home, Specimen, assert_silent};

specimens!(
    logs_each_failure_for_good = Specimen {
        kinds: &[Leaked],
        broken: |sweep| sweep.run(|| room(64).inspect_err(|_| log(usize::MAX))),
        repaired: |sweep| sweep.run(|| room(64).inspect_err(|_| log(1))),
        home: Home::Worker,
        ..Specimen::BASE
    },
);

#[test]
fn blocks_that_are_freed_later_are_no_leak() {
    for isolation in [Isolation::Worker, Isolation::Snapshot] {
        let sweep = || Sweep::new("freed later").isolation(isolation);
        assert_silent(&sweep().run(|| room(64).inspect_err(|_| retire(16))));
        assert_silent(&sweep().run(|| room(64).inspect_err(|_| hand_over(Some(2)))));
    }
}

#[test]
fn blocks_that_are_never_freed_later_are_a_leak() {
    let sweep = || Sweep::new("never freed");
    let retired = sweep().run(|| room(64).inspect_err(|_| retire(u32::MAX)));
    let handed = sweep().run(|| room(64).inspect_err(|_| hand_over(None)));
    for report in [retired, handed] {
        let kinds: Vec<_> = report.findings().iter().map(|finding| finding.kind()).collect();
        assert!(replay::is_on() || kinds == [Leaked], "{report}");
    }
}

/// Puts a block into a bag, which every `most`-th call empties, as epochs do.
fn retire(most: u32) {
    static BAG: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());
    let mut bag = BAG.lock().expect("the lock is not poisoned");
    if bag.len() as u32 >= most {
        bag.clear();
    }
    if let Some(block) = oom_sweep::pause(|| bag.try_reserve(1)).ok().and_then(|()| room(16).ok()) {
        bag.push(block);
    }
}

/// Gives a block to a thread, which frees it after some milliseconds, or never.
fn hand_over(millis: Option<u64>) {
    let Ok(block) = room(16) else { return };
    let keep = move || match millis {
        Some(millis) => {
            std::thread::sleep(Duration::from_millis(millis));
            drop(block);
        }
        None => std::mem::forget(block),
    };
    oom_sweep::pause(|| drop(std::thread::spawn(keep)));
}

#[test]
fn a_cache_filled_on_the_error_path_is_retained() {
    let report = Sweep::new("error cache").run(|| room(64).inspect_err(|_| log(1)));
    assert_silent(&report);
    assert!(report.notes().iter().any(|note| note.contains("retained 16 bytes")), "{report}");
}

#[test]
fn a_cache_that_grows_every_50_runs_is_silent() {
    let sweep = || Sweep::new("growing cache");
    assert_grew_silently(&sweep().run(work_and_grow));
    // In one process the cache persists: the next sweep starts with the cache of the first.
    assert_grew_silently(&sweep().isolation(Isolation::InProcess).run(work_and_grow));
    assert_grew_silently(&sweep().isolation(Isolation::InProcess).run(work_and_grow));
}

#[track_caller]
fn assert_grew_silently(report: &Report) {
    assert_silent(report);
    assert!(report.runs() > 100, "too few runs to grow in: {report}");
    assert!(report.notes().iter().all(|note| note.contains("retained")), "{report}");
}

static LOG: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// Keeps a log entry about a failure, if its request succeeds and there are fewer than `most`.
fn log(most: usize) {
    let mut log = LOG.lock().expect("the lock is not poisoned");
    if log.len() < most && log.try_reserve_exact(1).is_ok() {
        log.extend(room(16));
    }
}

static CACHE: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// Makes sixty requests, and on every 50th call one more for a block that is kept.
fn work_and_grow() -> Fallible<()> {
    static CALLS: AtomicU32 = AtomicU32::new(1);
    if CALLS.fetch_add(1, Ordering::Relaxed).is_multiple_of(50) {
        let mut cache = CACHE.lock().expect("the lock is not poisoned");
        cache.try_reserve_exact(1)?;
        cache.push(room(24)?);
    }
    for _ in 0..60 {
        room(64)?;
    }
    Ok(())
}
