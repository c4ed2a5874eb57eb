//! `examples/adopter`, a crate of its own, tested as its author would: clean as it is, and with
//! the feature `broken` exactly the findings of its `expected.txt`.
//!
//! It runs cargo, with a target folder below this crate's.

#![cfg(all(feature = "cli", unix))]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use oom_sweep::report::{Report, read_folder};

fn adopter() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/adopter")
}

/// The adopter's tests, with what they left in the folder of reports.
struct Tested {
    output: Output,
    reports: Vec<Report>,
}

impl Tested {
    /// Runs them all, also after one that failed.
    fn with(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["test", "--locked", "--no-fail-fast", "--manifest-path"]);
        cargo.arg(adopter().join("Cargo.toml")).args(arguments);
        // What is set for the sweeps around this one is not meant for those.
        for (name, _) in env::vars_os().filter(|(name, _)| is_ours(&name.to_string_lossy())) {
            cargo.env_remove(name);
        }
        cargo.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("adopter"));
        cargo.env("OOM_SWEEP_REPORT_DIR", folder.path());
        let output = cargo.output().expect("cargo");
        let documents =
            read_folder(folder.path()).unwrap_or_else(|error| panic!("{error}\n{}", said(&output)));
        let reports = documents.into_iter().flat_map(|(_, document)| document.reports).collect();
        Self { output, reports }
    }

    /// A line `kind sweep` for each finding, sorted.
    fn findings(&self) -> Vec<String> {
        let of = |report: &Report| {
            let line = |kind| format!("{kind} {}", report.name());
            report.findings().iter().map(|found| line(found.kind())).collect::<Vec<_>>()
        };
        let mut findings: Vec<_> = self.reports.iter().flat_map(of).collect();
        findings.sort();
        findings
    }
}

fn is_ours(variable: &str) -> bool {
    variable.starts_with("OOM_SWEEP_")
}

fn said(output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

/// One after the other, for cargo would have the second wait for the first.
#[test]
fn the_adopter_is_clean_and_its_mistakes_are_found() {
    let sound = Tested::with(&[]);
    assert!(sound.output.status.success(), "{}", said(&sound.output));
    assert!(sound.reports.iter().all(Report::is_complete), "{}", said(&sound.output));
    assert_eq!(sound.findings(), [""; 0]);

    let broken = Tested::with(&["--features", "broken"]);
    assert_eq!(broken.output.status.code(), Some(101), "{}", said(&broken.output));
    let expected = fs::read_to_string(adopter().join("expected.txt")).unwrap();
    assert_eq!(broken.findings(), expected.lines().collect::<Vec<_>>(), "{}", said(&broken.output));
    let names = |tested: &Tested| -> Vec<_> {
        tested.reports.iter().map(|report| report.name().to_owned()).collect()
    };
    assert_eq!(names(&broken), names(&sound));
    assert_eq!(names(&sound).len(), 5);
}
