//! Tests code that uses several threads: scoped threads, rayon, tokio, other executors. The tests
//! also serve as examples. Each broken piece of code has a repaired twin.

mod coroutines;
mod executors;
mod futures;
mod rayon;
mod rules;
mod spawned;
mod threads;

use std::collections::TryReserveError;
use std::hint::black_box;
use std::task::Poll;

use oom_sweep::{FaultAlloc, Finding, FindingKind, Report};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

/// Makes one request.
fn room(bytes: usize) -> Result<Vec<u8>, TryReserveError> {
    let mut room = Vec::new();
    room.try_reserve_exact(bytes)?;
    Ok(black_box(room))
}

/// Returns pending once, like a future that waits.
async fn wait() {
    let mut has_waited = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut has_waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Asserts that exactly this kind was found.
#[track_caller]
fn assert_kind(report: &Report, kind: FindingKind) {
    assert_eq!(report.error(), None, "{report}");
    let mut kinds: Vec<_> = report.findings().iter().map(Finding::kind).collect();
    kinds.dedup();
    assert_eq!(kinds, [kind], "{report}");
}

/// Asserts that nothing was found although each of this many requests failed once transiently and
/// once persistently.
#[track_caller]
fn assert_silent(report: &Report, requests: u64) {
    assert_eq!(report.error(), None, "{report}");
    assert!(report.findings().is_empty() && report.is_complete(), "{report}");
    assert_eq!((report.requests(), report.runs()), (requests, 2 * requests), "{report}");
}

/// Asserts that the report notes that request numbers depend on the schedule.
#[track_caller]
fn assert_says_schedule(report: &Report) {
    assert!(report.notes().iter().any(|note| note.contains("schedule")), "{report}");
}
