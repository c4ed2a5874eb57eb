//! Tests that results of the fault-free run are expected in every run: requests above the ceiling
//! that fail, and errors that are not about memory.

use std::collections::TryReserveError;

use oom_sweep::{OomError, Strategy, Sweep};

use crate::case::room;
use crate::specimen::assert_silent;

/// A size above every ceiling in this file.
const BIG: usize = 1 << 20;

#[test]
fn an_expected_error_recurs_silently() {
    let report = Sweep::new("expected error").may_fail().run(|| {
        drop(room(64)?);
        Err::<(), _>(Failure::Missing)
    });
    assert_silent(&report);
    assert_eq!(report.requests(), 1);
}

#[test]
fn a_refusal_by_the_ceiling_recurs_silently() {
    let report = Sweep::new("refusal").ceiling(1024).run(|| {
        drop(room(64)?);
        room(BIG)
    });
    assert_silent(&report);
    assert_eq!(report.requests(), 2);
}

#[test]
fn what_stands_in_for_a_refused_request_recurs_silently() {
    let report = Sweep::new("stand-in").ceiling(1024).run(|| {
        let big = room(BIG);
        big.or_else(|_| room(64))
    });
    assert_silent(&report);
}

#[test]
fn a_plan_for_a_refused_request_need_not_fire() {
    let plans = vec!["nth:1".parse().unwrap()];
    let report =
        Sweep::new("planned refusal").ceiling(1024).strategy(Strategy::Plans(plans)).run(|| {
            drop(room(64)?);
            room(BIG)
        });
    assert_silent(&report);
    assert_eq!(report.runs(), 1);
}

#[test]
fn without_the_ceiling_there_is_no_refusal() {
    let report = Sweep::new("no refusal").ceiling(BIG).run(|| room(BIG));
    assert_silent(&report);
    assert_eq!(report.requests(), 1);
}

#[test]
fn set_up_has_the_ceiling_too() {
    let report = Sweep::new("set-up").ceiling(1024).run_state(
        || room(BIG).is_ok(),
        |had_room| if *had_room { Ok(room(BIG)?) } else { room(64) },
        |had_room| *had_room,
    );
    assert_silent(&report);
    assert_eq!(report.requests(), 1);
}

#[derive(Debug)]
enum Failure {
    Oom,
    Missing,
}

impl OomError for Failure {
    fn is_oom(&self) -> bool {
        matches!(self, Self::Oom)
    }
}

impl From<TryReserveError> for Failure {
    fn from(_: TryReserveError) -> Self {
        Self::Oom
    }
}
