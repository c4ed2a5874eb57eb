//! Code that is difficult for the harness to judge.

use std::collections::TryReserveError;
use std::fmt;
use std::hint::black_box;
use std::mem::ManuallyDrop;
use std::process::exit;

use oom_sweep::FindingKind::{Aborted, Leaked, Panicked, WrongSize};
use oom_sweep::{Isolation, OomError, OutOfMemory, Sweep, pause, tolerate};

use crate::case::room;
use crate::specimen::{Home, Specimen, assert_silent};

specimens!(
    // The exit code is the one that the harness uses itself.
    ends_the_process_as_the_harness_does = Specimen {
        kinds: &[Aborted],
        broken: |sweep| sweep.run(|| room(64).map_err(|_| -> OutOfMemory { exit(black_box(94)) })),
        repaired: |sweep| sweep.run(|| room(64)),
        home: Home::Worker,
        ..Specimen::BASE
    },
    has_an_error_that_cannot_be_printed = Specimen {
        kinds: &[Panicked],
        broken: |sweep| sweep.run(|| room(64).map_err(|_| Unprintable::<true>)),
        repaired: |sweep| sweep.run(|| room(64).map_err(|_| Unprintable::<false>)),
        home: Home::Worker,
        ..Specimen::BASE
    },
    leaks_when_it_panics = Specimen {
        kinds: &[Panicked, Leaked],
        broken: |sweep| sweep.run(|| {
            let first = ManuallyDrop::new(room(32)?);
            let second = room(64).expect("room");
            drop(ManuallyDrop::into_inner(first));
            Ok::<_, TryReserveError>(second)
        }),
        repaired: |sweep| sweep.run(|| {
            let _first = room(32)?;
            room(64)
        }),
        ..Specimen::BASE
    },
    tells_another_size_after_many_failures = Specimen {
        kinds: &[WrongSize],
        broken: |sweep| sweep.exact_size().run(|| insist(20).map_err(|_| OutOfMemory::new(8))),
        repaired: |sweep| sweep.exact_size().run(|| insist(100)),
        ..Specimen::BASE
    },
);

#[test]
fn a_sweep_inside_a_sweep_is_refused() {
    for isolation in [Isolation::Worker, Isolation::InProcess] {
        let report = Sweep::new("around").isolation(Isolation::InProcess).run(|| {
            pause(|| {
                let inner = Sweep::new("inside").isolation(isolation).run(|| room(8));
                let error = inner.error().expect("the ledger is in use");
                assert!(error.contains("one after the other"), "{error}");
            });
            room(64)
        });
        assert_silent(&report);
    }
}

/// An error whose `Debug` or `Display` panics or fails.
struct Unprintable<const PANICS: bool>;

impl<const PANICS: bool> fmt::Debug for Unprintable<PANICS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        assert!(!PANICS, "not to be printed");
        f.write_str("Unprintable")
    }
}

impl<const PANICS: bool> OomError for Unprintable<PANICS> {
    /// The harness prints an error only if it is wrong.
    fn is_oom(&self) -> bool {
        !PANICS
    }
}

/// Retries with smaller and smaller sizes. The returned error is that of the last, larger request.
fn insist(times: usize) -> Result<Vec<u8>, OutOfMemory> {
    for size in (1000 - times..1000).rev() {
        if let Ok(room) = tolerate("less will do", || room(size)) {
            return Ok(room);
        }
    }
    room(8_000 + times).map_err(|_| OutOfMemory::new(8_000 + times))
}
