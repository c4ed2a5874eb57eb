//! Tests the exceptions that users declare: `tolerate`, `tolerate_in`, `pause`, `allow`; and the
//! notes about unused ones.

use std::collections::{BTreeSet, TryReserveError};
use std::hint::black_box;

use oom_sweep::{
    FindingKind, Isolation, OomError, OutOfMemory, Report, Status, Strategy, Sweep, pause, tolerate,
};

use crate::case::room;
use crate::replay;
use crate::specimen::assert_silent;

/// Runs the check with every executor.
fn everywhere(name: &str, check: impl Fn(Sweep)) {
    for isolation in [Isolation::Worker, Isolation::InProcess, Isolation::Snapshot] {
        check(Sweep::new(name).isolation(isolation));
    }
}

#[test]
fn tolerated_faults_need_not_surface() {
    everywhere("tolerate", |sweep| {
        let report = sweep.run(|| {
            let hint = tolerate("only a hint", || room(32));
            room(64).map(|room| (room, hint.is_ok()))
        });
        assert_silent(&report);
        assert_noted(&report, &[]);
        assert!(replay::is_on() || report.tolerated() == 2, "{report}");
    });
}

#[test]
fn a_tolerated_fault_excuses_an_error_of_any_kind() {
    everywhere("tolerated error", |sweep| {
        let report = sweep.run(|| tolerate("may say so", || room(32).map_err(|_| NoHint)));
        assert_silent(&report);
    });
}

#[test]
fn tolerance_ends_with_its_region() {
    everywhere("region", |sweep| {
        let report = sweep.run(|| {
            let hint = tolerate("only a hint", || room(32));
            Ok::<_, OutOfMemory>((hint, room(64)))
        });
        assert_kinds(&report, &[FindingKind::SwallowedOom]);
        let requests = report.findings().iter().filter_map(|finding| finding.request());
        assert!(requests.into_iter().all(|request| request.number < 2), "{report}");
        // Under a persistent shortage other requests fail too.
        assert!(replay::is_on() || report.findings()[0].plans().len() <= 3, "{report}");
    });
}

#[test]
fn tolerance_that_nothing_needs_is_noted() {
    everywhere("stale tolerate", |sweep| {
        let report = sweep.run(|| {
            let size = tolerate("once upon a time", || black_box(64));
            room(size)
        });
        assert_silent(&report);
        assert_noted(&report, &["once upon a time"]);
    });
}

#[test]
fn faults_below_a_tolerated_path_need_not_surface() {
    everywhere("tolerate_in", |sweep| {
        let sweep = sweep.tolerate_in("zoo::tolerance::vendor::", "not ours");
        let report = sweep.run(|| {
            vendor::warm_up();
            room(64)
        });
        assert_silent(&report);
        assert_noted(&report, &[]);
    });
}

#[test]
fn faults_beside_a_tolerated_path_must_surface() {
    everywhere("beside", |sweep| {
        let sweep = sweep.tolerate_in("zoo::tolerance::vendor::", "not ours");
        let report = sweep.run(|| {
            vendor::warm_up();
            Ok::<_, OutOfMemory>(room(64).is_ok())
        });
        assert_kinds(&report, &[FindingKind::SwallowedOom]);
    });
}

/// Plans that fail the first two requests of a run. No plan fails only the second.
fn both() -> Strategy {
    let plans = ["set:0,1", "nth:0/fail-next:1", "nth:0/fail-all"];
    Strategy::Plans(plans.map(|plan| plan.parse().expect("a plan")).to_vec())
}

#[test]
fn a_tolerated_region_excuses_no_other_fault_of_the_run() {
    everywhere("region, then swallowed", |sweep| {
        let report = sweep.strategy(both()).run(|| {
            let hint = tolerate("only a hint", || room(32));
            Ok::<_, OutOfMemory>((hint, room(64).is_ok()))
        });
        assert_kinds(&report, &[FindingKind::SwallowedOom]);
        assert_shown_by(&report, 3);
    });
    everywhere("region, then told", |sweep| {
        let report = sweep.strategy(both()).run(|| {
            let hint = tolerate("only a hint", || room(32));
            room(64).map(|room| (room, hint.is_ok()))
        });
        assert_silent(&report);
    });
}

#[test]
fn a_tolerated_path_excuses_no_other_fault_of_the_run() {
    let tolerant =
        |sweep: Sweep| sweep.strategy(both()).tolerate_in("zoo::tolerance::vendor::", "not ours");
    everywhere("path, then swallowed", |sweep| {
        let report = tolerant(sweep).run(|| {
            vendor::warm_up();
            Ok::<_, OutOfMemory>(room(64).is_ok())
        });
        assert_kinds(&report, &[FindingKind::SwallowedOom]);
        assert_shown_by(&report, 3);
    });
    everywhere("swallowed, then path", |sweep| {
        let report = tolerant(sweep).run(|| {
            let is_there = room(64).is_ok();
            vendor::warm_up();
            Ok::<_, OutOfMemory>(is_there)
        });
        assert_kinds(&report, &[FindingKind::SwallowedOom]);
        assert_shown_by(&report, 3);
    });
    everywhere("path, then told", |sweep| {
        let report = tolerant(sweep).run(|| {
            vendor::warm_up();
            room(64)
        });
        assert_silent(&report);
    });
}

#[test]
fn a_tolerated_path_that_nothing_needs_is_noted() {
    everywhere("stale path", |sweep| {
        let report = sweep.tolerate_in("zoo::tolerance::vend", "part of a word").run(|| room(64));
        assert_silent(&report);
        assert_noted(&report, &["zoo::tolerance::vend", "part of a word"]);
    });
}

#[test]
fn a_path_is_any_run_of_whole_segments() {
    for path in
        ["vendor", "vendor::warm_up", "warm_up", "tolerance::vendor::", "zoo::tolerance::vendor"]
    {
        let sweep = Sweep::new(format!("path {path}")).tolerate_in(path, "not ours");
        let report = sweep.run(|| {
            vendor::warm_up();
            room(64)
        });
        assert_silent(&report);
        assert_noted(&report, &[]);
    }
    let sweep = Sweep::new("path of a trait").tolerate_in("<Shop as Vendor>::serve", "not ours");
    let report = sweep.run(|| {
        vendor::Vendor::serve(&vendor::Shop);
        room(64)
    });
    assert_silent(&report);
    assert_noted(&report, &[]);
}

#[test]
fn a_path_that_matches_no_function_is_told_the_nearest() {
    everywhere("misspelled path", |sweep| {
        let report = sweep.tolerate_in("vendor::warmup", "misspelled").run(|| {
            vendor::warm_up();
            room(64)
        });
        assert_kinds(&report, &[FindingKind::SwallowedOom]);
        assert_noted(
            &report,
            &["vendor::warmup", "the nearest is zoo::tolerance::vendor::warm_up"],
        );
    });
}

#[test]
fn a_path_that_only_excuses_nothing_is_noted() {
    everywhere("idle path", |sweep| {
        let report = sweep.tolerate_in("vendor::serve", "it returns its error").run(|| {
            vendor::serve()?;
            room(64)
        });
        assert_silent(&report);
        assert_noted(&report, &["vendor::serve", "excused no fault: remove it"]);
    });
}

#[test]
fn only_a_run_that_needs_an_excuse_is_looked_up() {
    everywhere("look-ups", |sweep| {
        let before = oom_sweep::resolved_stacks();
        let report = sweep.tolerate_in("vendor", "not ours").run(|| {
            let first = room(1)?;
            vendor::warm_up();
            let others = [room(2)?, room(3)?, room(4)?, room(5)?, room(6)?, room(7)?, room(8)?];
            Ok::<_, TryReserveError>((first, others))
        });
        assert_silent(&report);
        assert!(replay::is_on() || report.sites() == 9, "{report}");
        assert_eq!(oom_sweep::resolved_stacks() - before, u64::from(!replay::is_on()), "{report}");
    });
}

#[test]
fn paused_requests_neither_count_nor_fail() {
    everywhere("pause", |sweep| {
        let report = sweep.run(|| {
            let line = pause(|| format!("about to make room for {}", black_box(64)));
            let room = room(64);
            pause(|| drop(black_box(line)));
            room
        });
        assert_silent(&report);
        assert!(replay::is_on() || report.requests() == 1, "{report}");
    });
}

#[test]
fn allowed_findings_are_listed_but_do_not_fail() {
    everywhere("allow", |sweep| {
        let sweep = sweep.allow(FindingKind::SwallowedOom);
        let report = sweep.run(|| Ok::<_, OutOfMemory>(room(64).is_ok()));
        assert!(report.is_clean() && report.is_complete(), "{report}");
        assert_noted(&report, &[]);
        assert_kinds(&report, &[FindingKind::SwallowedOom]);
        let statuses = report.findings().iter().map(|finding| finding.status());
        assert!(statuses.into_iter().all(|status| status == Status::Allowed), "{report}");
    });
}

#[test]
fn allowing_one_kind_allows_no_other() {
    everywhere("allow one", |sweep| {
        let report = sweep.allow(FindingKind::SwallowedOom).run(|| room(64).map_err(|_| NoHint));
        assert!(replay::is_on() || !report.is_clean(), "{report}");
        assert_kinds(&report, &[FindingKind::WrongError]);
        assert_noted(&report, &["allow(SwallowedOom)"]);
    });
}

#[test]
fn an_allowance_that_nothing_needs_is_noted() {
    everywhere("stale allow", |sweep| {
        let report = sweep.allow(FindingKind::Leaked).run(|| room(64));
        assert_silent(&report);
        assert_noted(&report, &["allow(Leaked)"]);
    });
}

#[test]
fn what_was_not_all_swept_calls_nothing_stale() {
    everywhere("some plans", |sweep| {
        let some = Strategy::Plans(vec!["nth:0".parse().expect("a plan")]);
        let report = sweep.strategy(some).allow(FindingKind::Leaked).run(|| {
            drop(room(32)?);
            room(64)
        });
        assert_silent(&report);
        assert_noted(&report, &[]);
    });
}

/// Asserts that each note contains all of these words. Without words, asserts that there are no
/// notes.
#[track_caller]
fn assert_noted(report: &Report, words: &[&str]) {
    if replay::is_on() {
        return;
    }
    assert_eq!(report.notes().is_empty(), words.is_empty(), "{report}");
    let has_all = |note: &String| words.iter().all(|word| note.contains(word));
    assert!(report.notes().iter().all(has_all), "{report}");
}

/// Asserts that this many plans showed what was found.
#[track_caller]
fn assert_shown_by(report: &Report, plans: usize) {
    let shown: BTreeSet<_> = report.findings().iter().flat_map(|finding| finding.plans()).collect();
    assert!(replay::is_on() || shown.len() == plans, "{report}");
}

#[track_caller]
fn assert_kinds(report: &Report, kinds: &[FindingKind]) {
    let mut found: Vec<_> = report.findings().iter().map(|finding| finding.kind()).collect();
    found.dedup();
    assert!(replay::is_on() || found == kinds, "{report}");
}

#[derive(Debug)]
struct NoHint;

impl OomError for NoHint {
    fn is_oom(&self) -> bool {
        false
    }
}

/// Stands for third-party code.
mod vendor {
    use std::hint::black_box;

    #[inline(never)]
    pub(super) fn warm_up() {
        let mut room = Vec::<u8>::new();
        let _ = room.try_reserve_exact(black_box(32));
        drop(black_box(room));
    }

    #[inline(never)]
    pub(super) fn serve() -> Result<(), std::collections::TryReserveError> {
        let mut room = Vec::<u8>::new();
        room.try_reserve_exact(black_box(32))?;
        drop(black_box(room));
        Ok(())
    }

    pub(super) trait Vendor {
        fn serve(&self);
    }

    pub(super) struct Shop;

    impl Vendor for Shop {
        #[inline(never)]
        fn serve(&self) {
            warm_up();
            // A tail call would leave no frame.
            black_box(());
        }
    }
}
