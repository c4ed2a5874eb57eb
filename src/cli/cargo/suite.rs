//! The crate's tests as a program: [`Suite`], by `cargo test` or by nextest.
//!
//! They are built first, on the terminal, where a reader expects what compilers say; what they print
//! when they run goes to a file, and is only asked for which tests failed. No test is left out for
//! another's failure: each may hold a sweep.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use super::args::RunArgs;
use super::workspace::cargo;
use crate::duration;

/// What runs the tests, with all that it is told.
pub(super) struct Suite<'a> {
    args: &'a RunArgs,
    /// The folder of reports.
    reports: PathBuf,
}

impl<'a> Suite<'a> {
    /// Tests whose sweeps leave their reports in this folder.
    ///
    /// # Errors
    /// In one line, if there is no nextest.
    pub(super) fn new(args: &'a RunArgs, reports: PathBuf) -> Result<Self, String> {
        if args.nextest && !is_there() {
            let install = "cargo install cargo-nextest --locked";
            return Err(format!("--nextest: cargo-nextest is not installed: {install}"));
        }
        Ok(Self { args, reports })
    }

    /// Builds the tests.
    ///
    /// # Errors
    /// In one line, if they do not compile; Cargo has said why.
    pub(super) fn build(&self) -> Result<(), String> {
        // Cargo builds no documentation tests beforehand.
        if self.args.others.iter().any(|word| word == "--doc") {
            return Ok(());
        }
        let mut command = self.command(&["--no-run"]);
        let status = command.stdout(Stdio::null()).status();
        match status.map_err(|error| format!("cannot run cargo: {error}"))? {
            status if status.success() => Ok(()),
            _ => {
                Err("the tests were not built, for the reason above; nothing was swept".to_owned())
            }
        }
    }

    /// Starts the tests. What they print goes to this file.
    ///
    /// # Errors
    /// In one line.
    pub(super) fn start(&self, log: &Path) -> Result<Child, String> {
        let trouble = |error| format!("cannot write {}: {error}", log.display());
        let file = File::create(log).map_err(trouble)?;
        let also = file.try_clone().map_err(trouble)?;
        let is_said = self.args.others.iter().any(|word| word == "--no-fail-fast");
        let mut command = self.command(if is_said { &[] } else { &["--no-fail-fast"] });
        for (name, value) in self.variables()? {
            command.env(name, value);
        }
        command.env_remove("OOM_SWEEP_REPLAY").env("CARGO_TERM_COLOR", "never");
        command.stdin(Stdio::null()).stdout(file).stderr(also);
        command.spawn().map_err(|error| format!("cannot run cargo: {error}"))
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = cargo();
        let runner: &[&str] = if self.args.nextest { &["nextest", "run"] } else { &["test"] };
        command.args(runner).args(words).args(&self.args.others);
        command
    }

    /// What sweeps read, in absolute paths: tests run in their package's folder.
    fn variables(&self) -> Result<Vec<(&'static str, OsString)>, String> {
        let RunArgs { known, shard, time_budget, strategy, jobs, update_known, .. } = self.args;
        let mut variables = vec![("OOM_SWEEP_REPORT_DIR", self.reports.clone().into_os_string())];
        let mut say = |name, value: Option<OsString>| variables.extend(value.map(|v| (name, v)));
        if let Some(file) = known.as_deref().filter(|file| !update_known || file.exists()) {
            let absolute = std::path::absolute(file);
            let absolute = absolute.map_err(|error| format!("{}: {error}", file.display()))?;
            say("OOM_SWEEP_KNOWN", Some(absolute.into_os_string()));
        }
        say("OOM_SWEEP_SHARD", shard.map(|shard| shard.to_string().into()));
        say("OOM_SWEEP_TIME_BUDGET", time_budget.map(|budget| duration::text(budget).into()));
        say("OOM_SWEEP_STRATEGY", strategy.as_ref().map(|strategy| strategy.to_string().into()));
        say("OOM_SWEEP_JOBS", jobs.map(|jobs| jobs.to_string().into()));
        Ok(variables)
    }
}

fn is_there() -> bool {
    let mut command = cargo();
    command.args(["nextest", "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// How the tests ended.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) status: ExitStatus,
    /// Tests that failed, as libtest calls them.
    pub(super) failed: Vec<String>,
    /// Of a process that died: the signal, as in `signal: 9, SIGKILL: kill`.
    pub(super) signal: Option<String>,
    /// The last thing that Cargo or nextest said was wrong, for want of anything better.
    pub(super) error: Option<String>,
}

impl Ending {
    /// What the tests have printed says the rest.
    pub(super) fn new(status: ExitStatus, printed: &str) -> Self {
        let lines = || printed.lines();
        let mut failed = listed_failures(printed);
        failed.extend(lines().filter_map(nextest_failure));
        failed.sort_unstable();
        failed.dedup();
        let failed = failed.into_iter().map(str::to_owned).collect();
        let signal = lines().find_map(|line| {
            let (_, signal) = line.split_once("(signal: ")?;
            Some(format!("signal: {}", signal.split(')').next()?))
        });
        let error = lines().rev().find_map(|line| Some(line.strip_prefix("error: ")?.to_owned()));
        Self { status, failed, signal, error }
    }
}

/// The tests that libtest lists after all of their output, between `failures:` and its result.
fn listed_failures(printed: &str) -> Vec<&str> {
    let of_binary = |end: (usize, &str)| {
        let before = &printed[..end.0];
        let list = before.rfind("\nfailures:\n").map_or("", |start| &before[start..]);
        list.lines().filter_map(|line| line.strip_prefix("    ")).collect::<Vec<_>>()
    };
    printed.match_indices("\ntest result: FAILED").flat_map(of_binary).collect()
}

/// The test that a line of nextest's says has failed: `FAIL [ 0.1s] (1/2) BINARY NAME`, or
/// `SIGABRT` of one that died of that.
fn nextest_failure(line: &str) -> Option<&str> {
    let (word, rest) = line.trim_start().split_once(" [")?;
    let is_failure = word == "FAIL" || word.starts_with("SIG") || word == "TIMEOUT";
    rest.rsplit(' ').next().filter(|_| is_failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libtest_lists_its_failures() {
        let printed = "\nfailures:\n\n---- grow stdout ----\n    no test\n\nfailures:\n    grow\n    \
                       tests::push - should panic\n\ntest result: FAILED. 1 passed; 2 failed\n\
                       \nfailures:\n    src/lib.rs - push (line 3)\n\ntest result: FAILED. 0 passed\n\
                       \ntest result: ok. 1 passed\n";
        let failures = ["grow", "tests::push - should panic", "src/lib.rs - push (line 3)"];
        assert_eq!(listed_failures(printed), failures);
    }

    #[test]
    fn nextest_has_a_line_for_each() {
        for (line, name) in [
            ("        FAIL [   0.004s] (2/3) store::oom grow", Some("grow")),
            ("     SIGABRT [   0.104s] (2/3) store::oom tests::grow", Some("tests::grow")),
            ("        PASS [   0.004s] (1/3) store::oom grow", None),
            ("thread panicked: FAIL [x] y", None),
        ] {
            assert_eq!(nextest_failure(line), name, "{line}");
        }
    }

    #[test]
    fn a_signal_is_read_from_what_cargo_says() {
        let printed = "error: test failed, to rerun pass `--test oom`\n\nCaused by:\n  process didn't \
                       exit successfully: `/t/oom` (signal: 9, SIGKILL: kill)\n";
        let ending = Ending::new(ExitStatus::default(), printed);
        assert_eq!(ending.signal.as_deref(), Some("signal: 9, SIGKILL: kill"));
        let error = ending.error.unwrap();
        assert_eq!(error, "test failed, to rerun pass `--test oom`");
    }
}
