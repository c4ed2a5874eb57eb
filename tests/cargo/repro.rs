//! Tests `cargo oom-sweep repro`: runs the test of a finding again, in a crate whose functions are
//! broken and then repaired.
//!
//! The report is made as `cargo oom-sweep` makes it: the tests run with a folder for reports, and
//! `oom-sweep merge` merges them into one.

use std::fs;
use std::path::{Path, PathBuf};

use oom_sweep::report::Document;
use oom_sweep::{Finding, FindingKind};

use crate::{Place, ROOT, Ran, cargo};

/// Two broken functions: one leaves a longer list after a failure, the other swallows the failure.
const LIBRARY: &str = "\
use std::collections::TryReserveError;

pub fn add(names: &mut Vec<String>) -> Result<(), TryReserveError> {
    names.clear(); // a retry ends as it should
    names.try_reserve(1)?;
    names.push(String::new()); // broken
    let mut name = String::new();
    name.try_reserve(5)?;
    name.push_str(\"Grace\");
    names.push(name);
    Ok(())
}

pub fn silent() -> Result<usize, TryReserveError> {
    let mut name = String::new();
    let _ = name.try_reserve(5); // broken
    Ok(5)
}
";

const SWEEPS: &str = "\
use oom_sweep::{FaultAlloc, Sweep};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

#[test]
fn adds() {
    eprint!(\"adding \");
    let add = || Sweep::new(\"add\").run_state(Vec::new, NAME::add, |names| names.clone());
    add().assert_clean();
}

mod inner {
    #[test]
    fn is_silent() {
        let report = oom_sweep::Sweep::new(\"a silent one\").run(NAME::silent);
        report.assert_clean();
    }
}
";

/// Makes a crate with the two findings and the report of its last run.
fn broken(name: &str) -> Place {
    let place = Place::with_library(name);
    place.oom_sweep(&["init", "--path", ROOT]).expect_code(0);
    place.write("src/lib.rs", LIBRARY);
    place.write("tests/oom.rs", &SWEEPS.replace("NAME", &name.replace('-', "_")));
    let mut test = place.command(&cargo());
    test.args(["test", "--test", "oom"]).env("OOM_SWEEP_REPORT_DIR", place.path("reports"));
    Ran::of(&mut test).expect_code(101);
    let file = report(&place);
    fs::create_dir_all(file.parent().expect("a folder")).expect("folders");
    let program = Path::new(env!("CARGO_BIN_EXE_oom-sweep"));
    place.run(program, &["merge", "reports", "--json", file.to_str().expect("a text")]);
    let kinds: Vec<_> = findings(&place).iter().map(Finding::kind).collect();
    assert_eq!(kinds, [FindingKind::SwallowedOom, FindingKind::PartialUpdate]);
    place
}

fn report(place: &Place) -> PathBuf {
    place.path("target/oom-sweep/report.json")
}

fn findings(place: &Place) -> Vec<Finding> {
    let reports = Document::read(&report(place)).expect("a report").reports;
    reports.iter().flat_map(|report| report.findings().to_vec()).collect()
}

/// The lines with the verdict.
fn verdicts(ran: &Ran) -> Vec<&str> {
    let is_verdict = |line: &&str| line.contains("reproduce");
    ran.stdout.lines().filter(is_verdict).collect()
}

#[test]
fn a_finding_is_shown_again_until_it_is_mended() {
    let place = broken("broken-and-mended");
    let [silent, partial] = &findings(&place)[..] else { panic!("two findings") };
    let site = partial.site().expect("a site").to_string();

    // By number, site and kind. Each runs only its own test and plan.
    let shown = format!("reproduces: finding 2, PartialUpdate in add under {}", partial.plan());
    for word in ["2", &*site, "PartialUpdate", "partial-update"] {
        let ran = place.oom_sweep(&["repro", word]);
        ran.expect_code(1);
        assert_eq!(verdicts(&ran), [&*shown], "{word}: {ran:?}");
        assert!(ran.stdout.contains("running 1 test\n"), "{ran:?}");
        assert!(ran.stderr.contains("[1] PartialUpdate: "), "{ran:?}");
    }
    let ran = place.oom_sweep(&["repro", "1", "--test", "oom"]);
    ran.expect_code(1);
    let line =
        format!("reproduces: finding 1, SwallowedOom in a silent one under {}", silent.plan());
    assert_eq!(verdicts(&ran), [&*line]);
    assert!(ran.stdout.contains("test inner::is_silent ... "), "{ran:?}");
    let ran = place.oom_sweep(&["repro", "3"]);
    assert!(
        ran.error().starts_with("there is no finding 3: the numbers are 1 to 2: 1 is "),
        "{ran:?}"
    );

    // The tests that are built do not have the finding, or the tests do not build.
    let ran = place.oom_sweep(&["repro", "1", "--lib"]);
    ran.expect_code(2);
    assert!(ran.stderr.contains("builds no test binary broken-and-mended::oom: "), "{ran:?}");
    place.write("src/lib.rs", "pub fn add() -> u8 {}\n");
    let ran = place.oom_sweep(&["repro", "1"]);
    ran.expect_code(2);
    assert!(ran.stderr.contains("mismatched types"), "{ran:?}");
    assert!(
        ran.stderr
            .ends_with("the tests do not build: see the errors of `cargo test --no-run` above\n")
    );

    // Repaired: one function handles its fault, and the other no longer makes the request.
    let line = "    names.push(String::new()); // broken\n";
    let mended = LIBRARY.replace(line, "").replace("let _ = name.try_reserve(5); // broken", "");
    place.write("src/lib.rs", &mended.replace("let mut name = String::new();\n    \n", ""));
    let ran = place.oom_sweep(&["repro", "2"]);
    ran.expect_code(0);
    assert_eq!(
        verdicts(&ran),
        [&*format!("does not {}", shown.replace("reproduces", "reproduce"))]
    );
    let ran = place.oom_sweep(&["repro", "1"]);
    ran.expect_code(0);
    assert!(verdicts(&ran)[0].ends_with(": the code now makes other requests"), "{ran:?}");

    // A test that still fails, and one that no longer exists.
    let sweeps = place.read("tests/oom.rs");
    place.write("tests/oom.rs", &sweeps.replace("add().assert_clean();", "add(); panic!();"));
    let ran = place.oom_sweep(&["repro", "2"]);
    ran.expect_code(2);
    assert!(ran.stderr.contains("does not reproduce, but the test fails for another reason"));
    place.write("tests/oom.rs", &sweeps.replace("Sweep::new(\"add\")", "Sweep::new(\"other\")"));
    let ran = place.oom_sweep(&["repro", "2"]);
    ran.expect_code(2);
    assert!(ran.stderr.contains("no sweep of this name ran in adds of "), "{ran:?}");
    place.write("tests/oom.rs", &sweeps.replace("fn adds()", "fn it_adds()"));
    place.write("src/lib.rs", LIBRARY);
    place.oom_sweep(&["repro", "2"]).expect_code(1);
}

#[test]
fn without_a_report_nothing_is_built() {
    let place = Place::with_library("no-report");
    let ran = place.oom_sweep(&["repro", "1"]);
    assert!(
        ran.error().ends_with("run `cargo oom-sweep` first, or name one with --report"),
        "{ran:?}"
    );
    assert!(ran.error().contains("target/oom-sweep/report.json"), "{ran:?}");

    let cut = r#"{"schema": 2, "tool": {"name": "oom-sweep", "version": "0.1.0"}, "reports": ["#;
    place.write("target/oom-sweep/report.json", cut);
    let ran = place.oom_sweep(&["repro", "1"]);
    assert!(ran.error().contains(&format!("report.json:1:{}: ", cut.len())), "{ran:?}");
    let ran = place.oom_sweep(&["repro", "1", "--report", "none.json"]);
    assert!(ran.error().starts_with("cannot read none.json: "), "{ran:?}");

    place.write("empty.json", &format!("{cut}]}}"));
    let ran = place.oom_sweep(&["repro", "1", "--report", "empty.json"]);
    assert_eq!(ran.error(), "the report has no finding: there is nothing to reproduce");
    assert!(!place.path("target/debug").exists());
}
