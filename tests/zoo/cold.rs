//! Code that makes some requests only on its first use in a process.

use std::hint::black_box;
use std::sync::Mutex;

use oom_sweep::FindingKind::Aborted;
use oom_sweep::{Cold, FindingKind, Isolation, Sweep, Temperature};

use crate::case::{Fallible, room};
use crate::specimen::{Home, Specimen, assert_silent};

specimens!(
    fills_a_table_infallibly = Specimen {
        kinds: &[Aborted],
        broken: |sweep| sweep.run(|| {
            filled(|| Ok(black_box(vec![1; 256])))?;
            room(64)
        }),
        repaired: |sweep| sweep.run(|| {
            filled(|| room(256))?;
            room(64)
        }),
        look: |report| {
            assert_eq!(report.cold(), &Cold::Swept { requests: 2 });
            assert_eq!((report.requests(), report.runs()), (1, 2 * (2 + 1)));
            for finding in report.findings() {
                assert_eq!(finding.temperatures(), [Temperature::Cold], "{finding:?}");
            }
        },
        home: Home::Worker,
        ..Specimen::BASE
    },
    // Its first-use request has a number that no warm run reaches.
    fills_a_table_at_last = Specimen {
        kinds: &[FindingKind::SwallowedOom],
        broken: |sweep| sweep.run(|| {
            let room = room(64)?;
            let _ = filled(self::table);
            Ok::<_, std::collections::TryReserveError>(room)
        }),
        repaired: |sweep| sweep.run(|| {
            let room = room(64)?;
            filled(self::table)?;
            Ok::<_, std::collections::TryReserveError>(room)
        }),
        home: Home::Worker,
        ..Specimen::BASE
    },
    // The first use is correct; every later one is not.
    refreshes_its_table_infallibly = Specimen {
        kinds: &[Aborted],
        broken: |sweep| sweep.run(|| refreshed(|| Ok(black_box(vec![1; 128])))),
        repaired: |sweep| sweep.run(|| refreshed(|| room(128))),
        look: |report| {
            assert_eq!(report.cold(), &Cold::Swept { requests: 1 });
            for finding in report.findings() {
                assert_eq!(finding.temperatures(), [Temperature::Warm], "{finding:?}");
            }
        },
        home: Home::Worker,
        ..Specimen::BASE
    },
);

#[test]
fn in_process_the_report_says_that_cold_code_is_not_swept() {
    static SEEN: Mutex<Option<Vec<u8>>> = Mutex::new(None);
    let sweep = Sweep::new("cold in-process").isolation(Isolation::InProcess);
    let report = sweep.run(|| {
        fill(&SEEN, || room(256))?;
        room(64)
    });
    assert_silent(&report);
    assert!(matches!(report.cold(), Cold::NotSwept { .. }), "{report}");
}

#[test]
fn code_without_a_first_use_is_the_same_cold_and_warm() {
    let report = Sweep::new("no first use").run(|| room(64));
    assert_silent(&report);
    assert_eq!(report.cold(), &Cold::SameAsWarm);
}

fn table() -> Fallible<Vec<u8>> {
    room(256)
}

static TABLE_OF_THE_PROCESS: Mutex<Option<Vec<u8>>> = Mutex::new(None);

fn filled(make: fn() -> Fallible<Vec<u8>>) -> Fallible<()> {
    fill(&TABLE_OF_THE_PROCESS, make)
}

/// Fills the table on the first use. Later uses return a copy made by `again`.
fn refreshed(again: fn() -> Fallible<Vec<u8>>) -> Fallible<Vec<u8>> {
    let mut table = TABLE_OF_THE_PROCESS.lock().expect("the lock is not poisoned");
    if table.is_some() {
        return again();
    }
    *table = Some(room(256)?);
    Ok(Vec::new())
}

fn fill(table: &Mutex<Option<Vec<u8>>>, make: fn() -> Fallible<Vec<u8>>) -> Fallible<()> {
    let mut table = table.lock().expect("the lock is not poisoned");
    if table.is_none() {
        *table = Some(make()?);
    }
    Ok(())
}
