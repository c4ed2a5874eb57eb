//! Errors whose message needs memory.

use std::fmt::Debug;
use std::hint::black_box;

use oom_sweep::FindingKind::{Aborted, AllocatedAfterFault};
use oom_sweep::{AfterFault, OomError, Operation, Report};

use crate::case::room;
use crate::specimen::{Home, Specimen};

specimens!(
    formats_its_message = Specimen {
        kinds: &[Aborted],
        broken: |sweep| sweep.run(|| room(64).map_err(|_| Said(format!("no {} bytes", size())))),
        repaired: |sweep| sweep.run(|| room(64).map_err(|_| Said("no room"))),
        look: only_when_persistent,
        home: Home::Worker,
        ..Specimen::BASE
    },
    boxes_its_error = Specimen {
        kinds: &[Aborted],
        broken: |sweep| sweep.run(|| room(64).map_err(|_| black_box(Box::new(Said(size()))))),
        repaired: |sweep| sweep.run(|| room(64).map_err(|_| Said(size()))),
        look: only_when_persistent,
        home: Home::Worker,
        ..Specimen::BASE
    },
    formats_its_message_with_care = Specimen {
        kinds: &[AllocatedAfterFault],
        broken: |sweep| sweep.after(AfterFault::Forbid).run(|| room(64).map_err(careful_message)),
        repaired: |sweep| sweep.after(AfterFault::Forbid).run(|| room(64).map_err(|_| Said(""))),
        look: |report| {
            let request = report.findings()[0]
                .request()
                .expect("the site of the fault, not of a later request");
            assert_eq!((request.operation, request.size), (Operation::Alloc, 64));
        },
        ..Specimen::BASE
    },
    // Under a persistent shortage the request for the message fails too, which must not change the
    // error.
    formats_its_message_with_care_when_memory_is_short = Specimen {
        kinds: &[AllocatedAfterFault],
        broken: |sweep| sweep
            .after(AfterFault::FailAll)
            .after(AfterFault::Forbid)
            .run(|| room(64).map_err(careful_message)),
        repaired: |sweep| sweep
            .after(AfterFault::FailAll)
            .after(AfterFault::Succeed)
            .run(|| room(64).map_err(careful_message)),
        look: |report| assert_eq!(report.runs(), 2),
        ..Specimen::BASE
    },
);

#[derive(Debug)]
struct Said<T>(T);

impl<T: Debug> OomError for Said<T> {
    fn is_oom(&self) -> bool {
        true
    }
}

impl<T: Debug> OomError for Box<Said<T>> {
    fn is_oom(&self) -> bool {
        true
    }
}

fn size() -> usize {
    black_box(64)
}

/// Requests memory for its message fallibly, and has no message if that fails.
fn careful_message<E>(_: E) -> Said<String> {
    let mut text = String::new();
    if text.try_reserve_exact(16).is_ok() {
        text.push_str("no room");
    }
    Said(black_box(text))
}

fn only_when_persistent(report: &Report) {
    let mut plans = report.findings().iter().flat_map(|finding| finding.plans());
    assert!(plans.all(|plan| plan.after == AfterFault::FailAll), "{report}");
}
