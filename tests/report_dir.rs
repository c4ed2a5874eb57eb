//! Tests sweeps that are configured by environment variables: each variable that the README lists,
//! and the folder of reports.
//!
//! The tests in `swept` are the sweeps and pass by themselves. The others run this binary again
//! with one of those tests and with variables set, as `cargo test` in a CI job does.

#![cfg(all(feature = "cli", unix))]

use std::collections::TryReserveError;
use std::path::Path;
use std::process::{Command, Output};
use std::{env, fs};

use oom_sweep::report::{Document, Report, read_folder};
use oom_sweep::{FaultAlloc, FindingKind};
use tempfile::TempDir;

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

/// Requests blocks of different sizes and keeps them.
fn blocks(count: usize) -> Result<Vec<Vec<u8>>, TryReserveError> {
    let mut blocks = Vec::new();
    blocks.try_reserve_exact(count)?;
    for size in 1..=count {
        let mut block = Vec::new();
        block.try_reserve_exact(size)?;
        blocks.push(block);
    }
    Ok(blocks)
}

mod swept {
    use std::time::Duration;

    use oom_sweep::{OutOfMemory, Strategy, Sweep};

    use super::blocks;

    /// Two sweeps with one name, and one with another.
    #[test]
    fn three() {
        for count in [3, 4] {
            Sweep::new("blocks").run(|| blocks(count)).assert_clean();
        }
        let few = Sweep::new("a few/blocks").strategy(Strategy::UniqueSites { per_site: 1 });
        few.run(|| blocks(9)).assert_clean();
    }

    /// Has a finding, which may be in the list of `OOM_SWEEP_KNOWN`.
    #[test]
    fn hasty() {
        let report = Sweep::new("hasty").run(|| {
            drop(blocks(1));
            blocks(2).map_err(|_| OutOfMemory::new(1))
        });
        assert!(super::is_told("OOM_SWEEP_KNOWN") || !report.is_clean(), "{report}");
        if super::is_told("OOM_SWEEP_KNOWN") {
            report.assert_clean();
        }
    }

    /// Runs longer than any time budget.
    #[test]
    fn slow() {
        let sweep = Sweep::new("slow").strategy(Strategy::Sample { count: 4, seed: 1 });
        sweep
            .run(|| {
                std::thread::sleep(Duration::from_millis(2));
                blocks(30)
            })
            .assert_clean();
    }

    /// The whole process ends in the middle of the second sweep, like a job that runs out of
    /// memory.
    #[test]
    fn killed() {
        Sweep::new("first").run(|| blocks(2)).assert_clean();
        let second = Sweep::new("second").on_progress(|_| {
            if super::is_told("OOM_SWEEP_REPORT_DIR") {
                std::process::abort();
            }
        });
        second.run(|| blocks(2)).assert_clean();
    }
}

fn is_told(variable: &str) -> bool {
    env::var_os(variable).is_some()
}

/// Runs one of the tests above in a separate process with these variables.
fn run(test: &str, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env::current_exe().expect("a test knows its file"));
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("OOM_SWEEP_") {
            command.env_remove(name);
        }
    }
    command.args(["--exact", &format!("swept::{test}"), "--nocapture"]);
    command.env("RUST_BACKTRACE", "0").envs(variables.iter().copied());
    command.output().expect("it can be run")
}

#[track_caller]
fn passed(output: &Output) -> String {
    let text = said(output);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    text
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

/// A folder for reports and other files.
struct Stage(TempDir);

impl Stage {
    fn new() -> Self {
        Self(TempDir::new().expect("a folder"))
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// Runs a test that writes reports into the folder of this name.
    fn run(&self, test: &str, folder: &str, variables: &[(&str, &str)]) -> Output {
        let folder = self.path(folder);
        run(test, &[variables, &[("OOM_SWEEP_REPORT_DIR", folder.as_str())]].concat())
    }

    fn reports(&self, folder: &str) -> Vec<Report> {
        let documents = read_folder(Path::new(&self.path(folder))).expect("they are there");
        documents.into_iter().flat_map(|(_, document)| document.reports).collect()
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let files = fs::read_dir(self.path(folder)).expect("it is there");
        let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
        let mut names: Vec<_> = files.map(|entry| name(entry.expect("it"))).collect();
        names.sort();
        names
    }

    /// Runs the program of this crate with these arguments.
    fn program(&self, words: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_oom-sweep"));
        command.args(words.split(' ')).current_dir(self.0.path()).output().expect("it runs")
    }
}

#[test]
fn a_test_run_leaves_markers_and_reports_and_they_are_merged() {
    let stage = Stage::new();
    passed(&stage.run("three", "reports/new", &[]));
    let stems = ["a%20few%2Fblocks@", "blocks@#2", "blocks@"];
    let files = stems.map(|stem| {
        let stem = format!("oom-sweep@report_dir@{}", stem.replace('@', "@swept%3A%3Athree"));
        ["json", "started"].map(|end| format!("{stem}.{end}"))
    });
    assert_eq!(stage.names("reports/new"), files.as_flattened());

    let merged = stage.program("merge reports --json all.json");
    assert_eq!(merged.status.code(), Some(0), "{}", said(&merged));
    let all = Document::read(Path::new(&stage.path("all.json"))).unwrap().reports;
    let names: Vec<_> = all.iter().map(Report::name).collect();
    assert_eq!(names, ["a few/blocks", "blocks#2", "blocks"]);
    assert!(all.iter().all(|report| report.is_complete() && report.origin().is_some()));
    assert_eq!((all[2].requests(), all[1].requests()), (4, 5));
}

#[test]
fn a_process_that_dies_leaves_a_marker_that_the_merge_misses() {
    let stage = Stage::new();
    assert!(!stage.run("killed", "reports", &[]).status.success());
    let names = ["first@.json", "first@.started", "second@.started"]
        .map(|name| format!("oom-sweep@report_dir@{}", name.replace('@', "@swept%3A%3Akilled")));
    assert_eq!(stage.names("reports"), names);
    fs::write(stage.path("all.json"), "what was there").unwrap();
    let merged = stage.program("merge reports --json all.json");
    let text = said(&merged);
    assert_eq!((merged.status.code(), text.lines().count()), (Some(2), 1), "{text}");
    let parts =
        ["error: reports: started, but did not end: second (", "second@swept%3A%3Akilled.started"];
    assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    assert_eq!(fs::read_to_string(stage.path("all.json")).unwrap(), "what was there");
}

#[test]
fn shards_of_a_test_run_are_merged_to_the_whole() {
    let stage = Stage::new();
    passed(&stage.run("three", "whole", &[]));
    for shard in ["1/3", "2/3", "3/3"] {
        passed(&stage.run("three", "shards", &[("OOM_SWEEP_SHARD", shard)]));
    }
    assert!(
        stage
            .names("shards")
            .contains(&"oom-sweep@report_dir@blocks@swept%3A%3Athree#2.2-of-3.json".to_owned())
    );
    let merged = stage.program("merge shards --json all.json");
    assert_eq!(merged.status.code(), Some(0), "{}", said(&merged));
    let all = Document::read(Path::new(&stage.path("all.json"))).unwrap().reports;
    let facts = |report: &Report| (report.name().to_owned(), report.runs(), report.requests());
    let whole: Vec<_> = stage.reports("whole").iter().map(facts).collect();
    assert_eq!(all.iter().map(facts).collect::<Vec<_>>(), whole);
}

#[test]
fn a_budget_that_ends_makes_a_test_pass_and_say_partial() {
    let stage = Stage::new();
    let text = passed(&stage.run("slow", "reports", &[("OOM_SWEEP_TIME_BUDGET", "1ms")]));
    assert!(text.contains("PARTIAL slow "), "{text}");
    let [report] = &stage.reports("reports")[..] else { panic!("one report") };
    assert!(report.is_clean() && !report.is_complete());
    assert_eq!(stage.program("merge reports").status.code(), Some(3));
    assert_eq!(stage.program("merge reports --allow-partial").status.code(), Some(0));
}

#[test]
fn strategy_and_jobs_override_what_the_test_says() {
    let stage = Stage::new();
    let folder = |strategy: &str, jobs: &str, folder: &str| {
        let variables = [("OOM_SWEEP_STRATEGY", strategy), ("OOM_SWEEP_JOBS", jobs)];
        passed(&stage.run("slow", folder, &variables));
        let [report] = &stage.reports(folder)[..] else { panic!("one report") };
        report.clone()
    };
    let (one, two) = (folder("every-request", "1", "1"), folder("every-request", "2", "2"));
    assert_eq!((one.strategy(), one.requests()), ("every-request", 31));
    assert_eq!((one.runs(), one.coverage()), (62, two.coverage()));
    let plans = folder("nth:3;size:20/fail-all", "2", "plans");
    assert_eq!((plans.strategy(), plans.runs()), ("nth:3/succeed;size:20/fail-all", 2));
}

#[test]
fn what_is_known_passes_and_a_replay_is_of_one_plan() {
    let stage = Stage::new();
    passed(&stage.run("hasty", "reports", &[]));
    let known = stage.program("known reports");
    assert!(known.status.success());
    fs::write(stage.path("known.json"), known.stdout).unwrap();
    let file = stage.path("known.json");
    passed(&stage.run("hasty", "known", &[("OOM_SWEEP_KNOWN", &file)]));
    let [report] = &stage.reports("known")[..] else { panic!("one report") };
    assert_eq!((report.new_findings(), report.known_findings()), (0, report.findings().len()));
    assert_eq!(stage.program("merge known").status.code(), Some(0));

    let [report] = &stage.reports("reports")[..] else { panic!("one report") };
    let finding = &report.findings()[0];
    assert_eq!(finding.kind(), FindingKind::SwallowedOom);
    let mut shell = Command::new("sh");
    shell.args(["-c", finding.replay()]).env("OOM_SWEEP_REPORT_DIR", stage.path("none"));
    let text = passed(&shell.output().unwrap());
    assert!(text.contains("[1] SwallowedOom: ") && text.contains(", 1 plan, "), "{text}");
    assert!(!Path::new(&stage.path("none")).exists(), "a replay must not write a report");
    // Other sweeps do nothing.
    let text = passed(&run("three", &[("OOM_SWEEP_REPLAY", "hasty=nth:0")]));
    assert!(!text.contains("blocks"), "{text}");
}

#[test]
fn what_cannot_be_read_fails_the_test_with_one_line() {
    let stage = Stage::new();
    let missing = stage.path("missing.json");
    fs::write(stage.path("file"), "").unwrap();
    let file = stage.path("file");
    for (name, value, part) in [
        ("OOM_SWEEP_SHARD", "5/4", "there are 4 shards"),
        ("OOM_SWEEP_SHARD", "one", "as in 2/3"),
        ("OOM_SWEEP_TIME_BUDGET", "0", "as in 10s"),
        ("OOM_SWEEP_TIME_BUDGET", "soon", "as in 10s"),
        ("OOM_SWEEP_STRATEGY", "every", "a strategy is"),
        ("OOM_SWEEP_JOBS", "-1", "at least 1"),
        ("OOM_SWEEP_REPLAY", "blocks=nth:x", "position"),
        ("OOM_SWEEP_KNOWN", &missing, "missing.json"),
        ("OOM_SWEEP_REPORT_DIR", &file, "cannot write"),
    ] {
        let output = run("three", &[(name, value)]);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(101), "{name}: {text}");
        let lines: Vec<_> = text.lines().filter(|line| line.contains(part)).collect();
        assert!(lines.len() == 1 && lines[0].starts_with("ERROR blocks: "), "{text}");
        assert!(lines[0].contains(name) || name == "OOM_SWEEP_KNOWN", "{text}");
    }
    // An error of a sweep is in the folder too: the sweep was started and has no report.
    stage.run("three", "reports", &[("OOM_SWEEP_KNOWN", &missing)]);
    let merged = stage.program("merge reports");
    assert_eq!(merged.status.code(), Some(2));
    assert!(said(&merged).contains("missing.json"), "{}", said(&merged));
}
