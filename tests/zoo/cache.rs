//! Blocks that are left behind occasionally are a cache. Blocks that each failure leaves behind are
//! a leak.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use oom_sweep::FindingKind::Leaked;
use oom_sweep::{Isolation, Report, Sweep};

use crate::case::{Fallible, room};
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
