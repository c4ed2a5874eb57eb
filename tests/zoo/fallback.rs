//! Code that answers a failed request with another one, and code that only looks like it.

use oom_sweep::FindingKind::{Diverged, FellBack, SwallowedOom};
use oom_sweep::{AfterFault, FindingKind, Strategy, Sweep, tolerate};

use crate::case::{Fallible, room};
use crate::replay;
use crate::specimen::{Specimen, assert_silent};

specimens!(
    // Its twin asks for less, and the view shows that nothing is missing.
    logs_and_goes_on = Specimen {
        kinds: &[SwallowedOom],
        broken: |sweep| sweep.run_state(Vec::new, cache_or_log, |numbers| numbers.clone()),
        repaired: |sweep| sweep.run_state(Vec::new, double_or_less, |numbers| numbers.clone()),
        ..Specimen::BASE
    },
    // The next request is that of the fault-free run.
    goes_on_with_the_next = Specimen {
        kinds: &[SwallowedOom],
        broken: |sweep| sweep.run_state(Vec::new, cache_twice, |numbers| numbers.clone()),
        repaired: |sweep| sweep.run_state(Vec::new, double_or_less, |numbers| numbers.clone()),
        ..Specimen::BASE
    },
    falls_back_on_nothing = Specimen {
        kinds: &[SwallowedOom, Diverged],
        broken: |sweep| sweep.run_state(Vec::new, less_or_none, |numbers| numbers.clone()),
        repaired: |sweep| sweep.run_state(Vec::new, double_or_less, |numbers| numbers.clone()),
        ..Specimen::BASE
    },
    falls_back_where_it_must_not = Specimen {
        kinds: &[FellBack],
        broken: |sweep| sweep
            .deny(FellBack)
            .run_state(Vec::new, double_or_less, |numbers| numbers.clone()),
        repaired: |sweep| sweep
            .deny(FellBack)
            .run_state(Vec::new, exactly, |numbers| numbers.clone()),
        ..Specimen::BASE
    },
    returns_another_answer = Specimen {
        kinds: &[Diverged],
        broken: |sweep| sweep.compare_output(|sum: &u32| *sum).run(|| sum(0)),
        repaired: |sweep| sweep.compare_output(|sum: &u32| *sum).run(|| sum(6)),
        ..Specimen::BASE
    },
);

type Numbers = Vec<u8>;

fn exactly(numbers: &mut Numbers) -> Fallible<()> {
    numbers.try_reserve_exact(16)?;
    numbers.extend([7; 16]);
    Ok(())
}

fn double_or_less(numbers: &mut Numbers) -> Fallible<()> {
    if numbers.try_reserve_exact(32).is_err() {
        numbers.try_reserve_exact(16)?;
    }
    numbers.extend([7; 16]);
    Ok(())
}

/// Asks for less, but forgets to add the rest.
fn less_or_none(numbers: &mut Numbers) -> Fallible<()> {
    match numbers.try_reserve_exact(32) {
        Ok(()) => numbers.extend([7; 16]),
        Err(_) => numbers.try_reserve_exact(8)?,
    }
    Ok(())
}

/// Loses an entry of its cache, and logs it.
fn cache_or_log(numbers: &mut Numbers) -> Fallible<()> {
    exactly(numbers)?;
    if cache().is_err() {
        log();
    }
    Ok(())
}

#[inline(never)]
fn cache() -> Fallible<()> {
    room(64).map(drop)
}

#[inline(never)]
fn log() {
    drop(room(24));
}

/// The first entry of the cache may get lost.
fn cache_twice(numbers: &mut Numbers) -> Fallible<()> {
    let _ = room(64);
    drop(room(64)?);
    exactly(numbers)
}

/// Adds up through a buffer, or returns `otherwise`.
fn sum(otherwise: u32) -> Fallible<u32> {
    let buffer = tolerate("the numbers are few", || room(64));
    Ok(buffer.map_or(otherwise, |_| 1 + 2 + 3))
}

#[test]
fn a_fallback_that_works_is_a_note() {
    let sweep = || Sweep::new("fallback").after(AfterFault::Succeed);
    let report = sweep().run_state(Vec::new, double_or_less, |numbers| numbers.clone());
    assert_silent(&report);
    let notes = report.notes();
    assert!(
        replay::is_on() || notes.iter().any(|note| note.starts_with("fell back: ")),
        "{report}"
    );
    // A compared output is evidence, too.
    let falls_back = || room(4096).or_else(|_| room(64)).map(|room| room.len());
    assert_silent(&sweep().compare_output(|len: &usize| *len).run(falls_back));
}

#[test]
fn without_a_view_the_report_offers_both_ways_out() {
    let report = Sweep::new("no view").run(|| room(4096).or_else(|_| room(64)));
    if replay::is_on() {
        return;
    }
    let finding = &report.findings()[0];
    assert_eq!(finding.kind(), FindingKind::SwallowedOom);
    let message = finding.message();
    assert!(message.contains("give the sweep a view"), "{message}");
    assert!(message.contains(".tolerate_in(\"") && message.contains("64 bytes"), "{message}");
}

#[test]
fn a_fallback_under_forbid_is_a_request_after_the_fault() {
    let sweep = Sweep::new("forbidden").after(AfterFault::Forbid);
    let report = sweep.run_state(Vec::new, double_or_less, |numbers| numbers.clone());
    let kinds: Vec<_> = report.findings().iter().map(|finding| finding.kind()).collect();
    assert!(replay::is_on() || kinds == [FindingKind::AllocatedAfterFault], "{report}");
}

#[test]
fn a_value_that_is_not_itself_is_not_compared() {
    let nan = |numbers: &mut Vec<f64>| numbers.try_reserve(1).map(|()| numbers.push(f64::NAN));
    let report = Sweep::new("not itself").run_state(Vec::new, nan, |numbers| numbers.clone());
    assert_silent(&report);
    let is_said = report.notes().iter().any(|note| note.contains("not equal to itself"));
    assert!(replay::is_on() || is_said, "{report}");
}

#[test]
fn a_value_that_differs_between_runs_is_not_compared() {
    use std::sync::atomic::{AtomicU32, Ordering};
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let number = || RUNS.fetch_add(1, Ordering::Relaxed);
    let add = |numbers: &mut Vec<u32>| room(64).map(|_| numbers.push(0));
    let report = Sweep::new("varies").run_state(Vec::new, add, |_| number());
    let is_said = report.notes().iter().any(|note| note.contains("differs between two"));
    assert!(replay::is_on() || is_said, "{report}");
}

#[test]
fn an_output_is_compared_after_a_retry() {
    let answer = |tries: &mut u32| {
        *tries += 1;
        room(64).map(|_| *tries)
    };
    let sweep = Sweep::new("counts its tries").strategy(Strategy::EveryRequest);
    let report = sweep.compare_output(|tries: &u32| *tries).run_state(|| 0, answer, |_| ());
    let kinds: Vec<_> = report.findings().iter().map(|finding| finding.kind()).collect();
    assert!(replay::is_on() || kinds == [FindingKind::NotRecovered], "{report}");
}
