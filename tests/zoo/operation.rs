//! Mistakes that show only with one entry point of the allocator.

use std::hint::black_box;

use oom_sweep::FindingKind::{Aborted, SwallowedOom};
use oom_sweep::{Operation, Report, Request, Sweep};

use crate::case::{Fallible, room};
use crate::specimen::{Home, Specimen, assert_silent};

specimens!(
    fails_in_realloc = Specimen {
        kinds: &[SwallowedOom],
        broken: |sweep| sweep.run(grow_carelessly),
        repaired: |sweep| sweep.run(grow),
        look: |report| assert_failed(report, |request| {
            request.operation == Operation::Realloc && request.size > request.old_size
        }),
        ..Specimen::BASE
    },
    fails_in_alloc_zeroed = Specimen {
        kinds: &[Aborted],
        broken: |sweep| sweep.run(zeroes_infallibly),
        repaired: |sweep| sweep.run(zeroes),
        look: |report| assert_failed(report, |r| r.operation == Operation::AllocZeroed),
        home: Home::Worker,
        ..Specimen::BASE
    },
    fails_when_shrinking = Specimen {
        kinds: &[Aborted],
        broken: |sweep| sweep.run(shrink),
        repaired: |sweep| sweep.run(leave_as_it_is),
        look: |report| assert_failed(report, |request| {
            request.operation == Operation::Realloc && request.size < request.old_size
        }),
        home: Home::Worker,
        ..Specimen::BASE
    },
);

#[test]
fn shrinking_can_be_left_out() {
    assert_silent(&Sweep::new("shrink, ignored").ignore_shrinking().run(shrink));
}

fn grow() -> Fallible<Vec<u8>> {
    let mut bytes = room(8)?;
    bytes.try_reserve_exact(64)?;
    Ok(black_box(bytes))
}

/// Handles only the first failure.
fn grow_carelessly() -> Fallible<Vec<u8>> {
    let mut bytes = room(8)?;
    let _ = bytes.try_reserve_exact(64);
    Ok(black_box(bytes))
}

fn zeroes() -> Fallible<Vec<u8>> {
    let mut zeroes = room(64)?;
    zeroes.resize(64, 0);
    Ok(black_box(zeroes))
}

/// std has no fallible request for zeroed memory, so the code uses `vec!`.
fn zeroes_infallibly() -> Fallible<Vec<u8>> {
    let _header = room(8)?;
    Ok(black_box(vec![0; 64]))
}

fn leave_as_it_is() -> Fallible<Vec<u8>> {
    let mut bytes = room(64)?;
    bytes.push(1);
    Ok(black_box(bytes))
}

/// Releasing memory can fail too; then `shrink_to_fit` aborts.
fn shrink() -> Fallible<Vec<u8>> {
    let mut bytes = leave_as_it_is()?;
    bytes.shrink_to_fit();
    Ok(black_box(bytes))
}

#[track_caller]
fn assert_failed(report: &Report, is_meant: fn(&Request) -> bool) {
    for finding in report.findings() {
        assert!(finding.request().is_some_and(is_meant), "{finding:?}");
    }
}
