//! Tests a sweep in a binary without the harness's allocator: the only finding is `NotInstalled`,
//! and the code under test does not run.

use std::cell::Cell;
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;

use oom_sweep::{FindingKind, Isolation, OutOfMemory, Report, Sweep};

fn sweep(isolation: Isolation) -> Report {
    let has_run = Cell::new(false);
    let report = Sweep::new("not installed").isolation(isolation).run(|| {
        has_run.set(true);
        Ok::<_, OutOfMemory>(black_box(Box::new(7)))
    });
    assert!(!has_run.get(), "the code under test ran without the allocator");
    report
}

fn assert_says_so(report: &Report) {
    let [finding] = report.findings() else { panic!("{report}") };
    assert_eq!(finding.kind(), FindingKind::NotInstalled);
    assert!(finding.message().contains("#[global_allocator]"), "{report}");
    assert!(!report.is_clean(), "{report}");
    assert_eq!((report.runs(), report.error()), (0, None));
}

#[test]
fn the_report_says_what_is_missing() {
    for isolation in [Isolation::Auto, Isolation::InProcess, Isolation::Worker] {
        let report = sweep(isolation);
        assert_says_so(&report);
        let asserted = catch_unwind(AssertUnwindSafe(|| report.assert_clean()));
        assert!(asserted.is_err());
    }
}

#[test]
fn no_other_strategy_gets_around_it() {
    let fuzzing = Sweep::fuzzing("not installed").run(|| Ok::<_, OutOfMemory>(Box::new(7)));
    assert_says_so(&fuzzing);
}

#[test]
fn the_command_shows_it_again() {
    let report = sweep(Isolation::Auto);
    if std::env::var_os("OOM_SWEEP_REPLAY").is_some() {
        return report.assert_clean();
    }
    let command = report.findings()[0].replay();
    let output = Command::new("sh").args(["-c", command]).output().expect("a shell");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("NotInstalled"), "{command}\n{said}");
}
