//! Tests that the executor does not change the report: in this process, in workers and in
//! snapshots, with one job and with several, the same code gets the same findings and the same
//! counts of requests.
//!
//! The code is in `closures` (operations without a state), `states` (operations with a state) and
//! `fatal` (code that ends its process). The comparison leaves out the time and the name of the
//! executor.

#![cfg(all(feature = "collections", feature = "serde", unix))]

mod closures;
mod fatal;
#[path = "../room/mod.rs"]
mod room;
mod states;

use oom_sweep::{FaultAlloc, FindingKind, Isolation, Report, Retry, Sweep};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

/// Where a piece of code can be swept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Home {
    Anywhere,
    /// It kills or damages its process, so it needs its own.
    OwnProcess,
}

/// Sweeps with every executor and compares the reports. The findings must be of exactly these
/// kinds.
#[track_caller]
fn assert_same(name: &str, home: Home, kinds: &[FindingKind], sweep: impl Fn(Sweep) -> Report) {
    for retry in [Retry::Every, Retry::FirstPerSite] {
        let new = || Sweep::new(name).retry(retry);
        let expected = sweep(new().isolation(Isolation::Worker).jobs(1));
        assert_eq!(expected.error(), None);
        assert!(expected.is_complete() && expected.runs() > 0, "{expected}");
        assert_eq!(kinds_of(&expected), kinds, "{expected}");
        let mut others = vec![
            new().isolation(Isolation::Worker).jobs(3),
            new().isolation(Isolation::Snapshot).jobs(1),
            new().isolation(Isolation::Snapshot).jobs(3),
            new(),
        ];
        if home == Home::Anywhere {
            others.push(new().isolation(Isolation::InProcess));
        }
        for (index, other) in others.into_iter().enumerate() {
            let report = sweep(other);
            assert_eq!(facts(&report), facts(&expected), "{index}: {report}\n\n{expected}");
        }
    }
}

fn kinds_of(report: &Report) -> Vec<FindingKind> {
    let mut kinds: Vec<_> = report.findings().iter().map(|finding| finding.kind()).collect();
    kinds.dedup();
    kinds
}

/// The report without the parts that differ between executors.
fn facts(report: &Report) -> serde_json::Value {
    let mut facts = serde_json::to_value(report).expect("a report is JSON");
    let fields = facts.as_object_mut().expect("an object");
    for name in ["executor", "elapsed_ms"] {
        assert!(fields.remove(name).is_some(), "{name}");
    }
    facts
}
