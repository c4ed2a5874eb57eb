//! Reports like those that sweeps make, for the tests of the formats.

use std::time::Duration;

use super::{Cold, Coverage, Origin, Profile, Ranges, Report, Shard, Tolerance};
use crate::harness::alloc::{Operation, Request};
use crate::harness::oracle::{Finding, FindingKind, Frame, Status, Temperature, ViewChange};
use crate::harness::plan::{AfterFault, Fault, Plan, SiteId};

fn frame(function: &str, file: &str, line: u32) -> Frame {
    Frame { function: function.to_owned(), file: Some(file.to_owned()), line: Some(line) }
}

pub(crate) fn clean() -> Report {
    Report {
        name: "table::insert".to_owned(),
        executor: "in-process".to_owned(),
        requests: 12,
        sites: 8,
        plans: 24,
        runs: 24,
        elapsed: Duration::from_nanos(3_000_417),
        ..Report::blank("")
    }
}

/// A typical finding.
pub(crate) fn partial_update() -> Finding {
    Finding {
        kind: FindingKind::PartialUpdate,
        status: Status::New,
        message: "returned OutOfMemory, but the view changed".to_owned(),
        plans: vec![
            Plan::nth(17, AfterFault::FailAll),
            Plan::nth(17, AfterFault::Succeed),
            Plan::nth(21, AfterFault::FailAll),
        ],
        plan_indices: vec![17, 74, 78],
        temperatures: vec![Temperature::Warm],
        request: Some(Request {
            number: 17,
            size: 192,
            old_size: 96,
            align: 8,
            operation: Operation::Realloc,
        }),
        step: Some(0),
        stack: vec![
            frame("store::StoreOpaque::push_memory", "store.rs", 912),
            frame("memory::Memory::new", "memory.rs", 255),
            frame("tests::memory_grow::{closure}", "memory.rs", 50),
        ],
        earlier: Vec::new(),
        site: Some(SiteId(0x9f3c_21d0)),
        returned: Some("Err(out of memory (failed to allocate 192 bytes))".to_owned()),
        view: Some(ViewChange {
            before: "memories: 1, instances: 1".to_owned(),
            after: "memories: 2, instances: 1".to_owned(),
        }),
        afterwards: Some("2 more requests, both failed; 0 leaked; retry ok".to_owned()),
        died_at: vec![],
        replay: "OOM_SWEEP_REPLAY='memory::grow=nth:17/fail-all' target/debug/deps/oom-a6a2 \
                 --exact memory::grow --nocapture"
            .to_owned(),
    }
}

pub(crate) fn example() -> Report {
    Report {
        name: "memory::grow".to_owned(),
        executor: "worker".to_owned(),
        requests: 57,
        sites: 31,
        plans: 114,
        runs: 114,
        tolerated: 1,
        findings: vec![partial_update()],
        elapsed: Duration::from_micros(41_250),
        ..Report::blank("")
    }
}

/// A finding without any optional part.
pub(crate) fn bare(kind: FindingKind) -> Finding {
    Finding {
        kind,
        status: Status::New,
        message: "something is wrong".to_owned(),
        plans: vec![Plan::none()],
        plan_indices: vec![0],
        temperatures: vec![Temperature::Cold, Temperature::Warm],
        request: None,
        step: None,
        stack: vec![],
        earlier: Vec::new(),
        site: None,
        returned: None,
        view: None,
        afterwards: None,
        died_at: vec![],
        replay: "oom-sweep repro sample".to_owned(),
    }
}

/// A panic elsewhere than at the request, with a message of several lines, in many plans.
pub(super) fn panicked() -> Finding {
    let mut plans: Vec<_> = (4..=32).map(|n| Plan::nth(n, AfterFault::FailAll)).collect();
    plans.push(Plan::new(Fault::AtLeast { bytes: 4096 }, AfterFault::Succeed));
    Finding {
        message:
            "panicked at src/store.rs:77:9: assertion `left == right` failed\n  left: 1\n right: 2"
                .to_owned(),
        plan_indices: (0..plans.len() as u64).collect(),
        plans,
        temperatures: vec![Temperature::Cold],
        request: Some(Request {
            number: 4,
            size: 64,
            old_size: 0,
            align: 16,
            operation: Operation::AllocZeroed,
        }),
        stack: vec![
            frame(
                "<alloc::vec::Vec<store::entry::Entry<u64>, alloc::alloc::Global> as \
                 core::clone::Clone>::clone",
                "/rustc/59807616e1fa2540/library/alloc/src/vec/mod.rs",
                3567,
            ),
            Frame { function: "store::open".to_owned(), file: None, line: None },
        ],
        died_at: vec![frame("store::Store::commit", "/code/store/src/store.rs", 77)],
        ..bare(FindingKind::Panicked)
    }
}

pub(super) fn allowed() -> Finding {
    Finding { status: Status::Allowed, ..partial_update() }
}

/// Two new findings and an allowed one, cold and warm, in a sweep that is not complete.
pub(crate) fn several() -> Report {
    let leaked = Finding {
        message: "1 block left, 24 bytes: 24 bytes allocated by request 3".to_owned(),
        plans: vec![Plan::nth(5, AfterFault::Succeed)],
        temperatures: vec![Temperature::Warm],
        ..bare(FindingKind::Leaked)
    };
    Report {
        plans: 130,
        runs: 98,
        tolerated: 0,
        cold: Cold::Swept { requests: 61 },
        findings: vec![panicked(), leaked, allowed()],
        notes: vec!["allow(WrongSize) matched nothing".to_owned()],
        elapsed: Duration::from_millis(200_400),
        ..example()
    }
}

pub(crate) fn partial() -> Report {
    Report {
        name: "größe".to_owned(),
        executor: "worker".to_owned(),
        requests: 120,
        sites: 40,
        plans: 240,
        runs: 61,
        tolerated: 2,
        cold: Cold::NotSwept { reason: "other threads run".to_owned() },
        findings: vec![allowed()],
        notes: vec!["the time budget of 2 s ran out".to_owned()],
        elapsed: Duration::from_millis(2_041),
        ..Report::blank("")
    }
}

pub(crate) fn error() -> Report {
    Report {
        name: "store::open".to_owned(),
        executor: "worker".to_owned(),
        error: Some(
            "a fault-free run hung in a child:\n  it waits for a thread from before the fork: \
             create it in `setup`"
                .to_owned(),
        ),
        elapsed: Duration::from_millis(12),
        ..Report::blank("")
    }
}

/// Four sites in turn, the last of them unknown. Later requests are larger.
fn profile() -> Profile {
    let main = || frame("big::load", "src/load.rs", 3);
    let read = |line| vec![frame("big::read", "src/read.rs", line), main()];
    let requests = (0..100_000).map(|number| (number % 4, number as usize / 1000));
    Profile::new([read(1), read(2), vec![main()]], requests)
}

/// A complete sweep of some requests, with a known finding.
pub(crate) fn sampled() -> Report {
    let known = Finding { status: Status::Known, ..partial_update() };
    let mut sampled = Report {
        name: "big::load".to_owned(),
        strategy: "unique-sites:1".to_owned(),
        after: vec![AfterFault::Succeed, AfterFault::FailNext(3)],
        requests: 100_000,
        sites: 4,
        site_ids: vec![SiteId(1), SiteId(2), SiteId(3), SiteId(0xffff_ffff)],
        profile: Some(profile()),
        coverage: Coverage {
            requests: [0, 17, 99_999].into_iter().collect(),
            sites: Ranges::below(3),
        },
        plans: 6,
        runs: 6,
        findings: vec![known],
        origin: Some(Origin {
            commit: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
            binary: Some("big".to_owned()),
            build: Some("00112233445566ff".to_owned()),
            baseline: Some("ff66554433221100".to_owned()),
            package: Some("store".to_owned()),
            binary_id: Some("store::big".to_owned()),
            test: Some("tests::big".to_owned()),
        }),
        ..clean()
    };
    sampled.add_tolerances([
        Tolerance::known(FindingKind::PartialUpdate, Some(SiteId(0x9f3c_21d0)), true),
        Tolerance::kind(FindingKind::Leaked, false),
    ]);
    sampled
}

/// The second of three shards of a sweep.
pub(crate) fn shard() -> Report {
    Report {
        strategy: "every-request".to_owned(),
        after: vec![AfterFault::Succeed, AfterFault::FailAll],
        shard: Some(Shard::new(2, 3).expect("there is such a shard")),
        coverage: Coverage {
            requests: (0..12).filter(|n| n % 3 == 1).collect(),
            sites: [0, 4, 7].into_iter().collect(),
        },
        plans: 8,
        runs: 8,
        origin: Some(Origin::default()),
        ..clean()
    }
}

/// Reports in which every kind and every optional part occurs.
pub(crate) fn varied() -> Vec<Report> {
    let kinds = FindingKind::ALL.map(bare).to_vec();
    let every_kind = Report { findings: kinds, ..example() };
    let (sampled, shard) = (sampled(), shard());
    vec![
        clean(),
        example(),
        several(),
        partial(),
        error(),
        every_kind,
        sampled,
        shard,
        Report::blank(""),
    ]
}
