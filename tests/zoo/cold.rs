//! Code that makes some requests only on its first use in a process.

use std::hint::black_box;
use std::sync::Mutex;

use oom_sweep::FindingKind::{Aborted, NotRecovered};
use oom_sweep::{Cold, FindingKind, Isolation, OomError, Retry, Sweep, Temperature};

use crate::case::{Case, Fallible, room};
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
    // In a process that is cold the retry succeeds, at the same call stack.
    stays_busy_unless_it_was_the_first_use = Specimen {
        kinds: &[NotRecovered],
        broken: |sweep| sweep.retry(Retry::FirstPerSite).run_scenario(&DESK),
        repaired: |sweep| sweep.retry(Retry::FirstPerSite).run_scenario(&Case {
            exercise: |desk: &mut Desk| desk.work_if_idle().inspect_err(|_| desk.is_busy = false),
            ..DESK
        }),
        look: |report| {
            assert_eq!(report.cold(), &Cold::Swept { requests: 2 });
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

/// A state that refuses to work while it is busy.
#[derive(Default)]
struct Desk {
    is_busy: bool,
}

const DESK: Case<Desk, (), Busy> = Case { exercise: Desk::work_if_idle, ..Case::BASE };

impl Desk {
    /// Is busy after a failure, except after one in the first use of the process.
    fn work_if_idle(&mut self) -> Result<(), Busy> {
        let is_first = TABLE_OF_THE_PROCESS.lock().expect("the lock is not poisoned").is_none();
        filled(table).map_err(|_| Busy::Oom)?;
        if self.is_busy {
            return Err(Busy::Busy);
        }
        self.is_busy = !is_first;
        drop(room(64).map_err(|_| Busy::Oom)?);
        self.is_busy = false;
        Ok(())
    }
}

#[derive(Debug)]
enum Busy {
    Oom,
    Busy,
}

impl OomError for Busy {
    fn is_oom(&self) -> bool {
        matches!(self, Self::Oom)
    }
}

fn fill(table: &Mutex<Option<Vec<u8>>>, make: fn() -> Fallible<Vec<u8>>) -> Fallible<()> {
    let mut table = table.lock().expect("the lock is not poisoned");
    if table.is_none() {
        *table = Some(make()?);
    }
    Ok(())
}
