//! Sweeps `examples/adopter`, a separate crate, as its author would. It has no findings, and with
//! the feature `broken` it has exactly those in its `expected.txt`.

use std::path::Path;
use std::process::Command;

use oom_sweep::report::{Document, Report};

use crate::{Place, ROOT, Ran};

/// Runs `cargo oom-sweep` in the crate, with another target folder.
fn sweep(target: &Place, words: &[&str]) -> (Ran, Vec<Report>) {
    let mut command: Command = target.command(Path::new(env!("CARGO_BIN_EXE_cargo-oom-sweep")));
    command.current_dir(Path::new(ROOT).join("examples/adopter"));
    command.env("CARGO_TARGET_DIR", target.path("target"));
    let ran = Ran::of(command.args(["oom-sweep", "--locked"]).args(words));
    let report = Document::read(&target.path("target/oom-sweep/report.json"));
    (ran, report.unwrap_or_else(|error| panic!("{error}")).reports)
}

/// One line `kind sweep` for each finding, sorted.
fn findings(reports: &[Report]) -> Vec<String> {
    let of = |report: &Report| {
        let line = |kind| format!("{kind} {}", report.name());
        report.findings().iter().map(|found| line(found.kind())).collect::<Vec<_>>()
    };
    let mut findings: Vec<_> = reports.iter().flat_map(of).collect();
    findings.sort();
    findings
}

#[test]
fn the_adopter_is_clean_and_its_mistakes_are_found() {
    let target = Place::new();
    let names =
        |reports: &[Report]| reports.iter().map(|r| r.name().to_owned()).collect::<Vec<_>>();
    let (ran, sound) = sweep(&target, &["--min-site-coverage", "100"]);
    ran.expect_code(0);
    assert_eq!(findings(&sound), [""; 0]);
    assert_eq!(sound.len(), 5);

    for words in [&["--features", "broken"][..], &["--nextest", "--features", "broken"]] {
        let (ran, broken) = sweep(&target, words);
        ran.expect_code(1);
        assert!(!ran.stderr.contains("error: "), "{}", ran.stderr);
        let expected = include_str!("../../examples/adopter/expected.txt");
        assert_eq!(findings(&broken), expected.lines().collect::<Vec<_>>(), "{}", ran.stdout);
        assert_eq!(names(&broken), names(&sound));
    }
}
