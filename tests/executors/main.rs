//! Where runs take place does not matter: in this process, in workers and in snapshots, one at
//! a time and several, the same code gets the same report, finding for finding and request for
//! request.
//!
//! The code is in `closures` (operations without a state), `states` (with one) and `fatal`
//! (what no process survives). What differs by nature is left out: the time, the executor's
//! own name.

#![cfg(all(feature = "collections", feature = "serde", unix))]

mod closures;
mod fatal;
#[path = "../room/mod.rs"]
mod room;
mod states;

use oom_sweep::{FaultAlloc, FindingKind, Isolation, Report, Retry, Sweep};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

/// Where a subject can be swept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Home {
    Anywhere,
    /// It kills or spoils the process that it runs in.
    OwnProcess,
}

/// Sweeps everywhere, and compares; findings are of these kinds, and of no other.
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

/// All that a report says, but for what differs by nature.
fn facts(report: &Report) -> serde_json::Value {
    let mut facts = serde_json::to_value(report).expect("a report is JSON");
    let fields = facts.as_object_mut().expect("an object");
    for name in ["executor", "elapsed_ms"] {
        assert!(fields.remove(name).is_some(), "{name}");
    }
    facts
}
