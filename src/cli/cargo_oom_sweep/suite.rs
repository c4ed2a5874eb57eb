//! Runs the crate's tests with `cargo test` or with nextest: [`Suite`].
//!
//! It builds them first, with the compiler's output on the terminal. What the tests print goes to a
//! file, which is only searched for failed tests. All tests run even if one fails: each may contain
//! a sweep.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use super::args::RunArgs;
use super::binaries::{self, Binary};
use super::workspace::{Workspace, cargo};
use crate::harness::plan::duration;

/// The runner of the tests and its arguments.
pub(super) struct Suite<'a> {
    args: &'a RunArgs,
    /// The folder of reports.
    reports: PathBuf,
}

impl<'a> Suite<'a> {
    /// Makes a suite whose sweeps write their reports to this folder.
    ///
    /// # Errors
    /// In one line, if nextest is not installed.
    pub(super) fn new(args: &'a RunArgs, reports: PathBuf) -> Result<Self, String> {
        if args.nextest && !is_there() {
            let install = "cargo install cargo-nextest --locked";
            return Err(format!("--nextest: cargo-nextest is not installed: run `{install}`"));
        }
        Ok(Self { args, reports })
    }

    /// Builds the tests, and returns their binaries as far as they are known. nextest tells each
    /// test its binary.
    ///
    /// # Errors
    /// In one line, if they do not compile; Cargo has printed why.
    pub(super) fn build(&self, workspace: &Workspace) -> Result<Vec<Binary>, String> {
        // Cargo cannot build documentation tests in advance.
        if self.args.others.iter().any(|word| word == "--doc") {
            return Ok(Vec::new());
        }
        let (others, _) = failing_fast(&self.args.others);
        let has_format = options(&others).any(|word| word.starts_with("--message-format"));
        let words: &[&str] = match self.args.nextest || has_format {
            true => &["--no-run"],
            false => &["--no-run", "--message-format", "json-render-diagnostics"],
        };
        let mut command = self.command(words, &others);
        let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
        let output = output.map_err(|error| format!("cannot run cargo: {error}"))?;
        match output.status.code() {
            Some(0) => Ok(binaries::read(&output.stdout, workspace)),
            // Neither Cargo nor nextest uses these for a build that fails.
            Some(1 | 2) => Err(format!(
                "`{}` refuses these words: see the error above; nothing was swept",
                if self.args.nextest { "cargo nextest run" } else { "cargo test" }
            )),
            _ => Err("the tests do not build: see the errors above; nothing was swept".to_owned()),
        }
    }

    /// Starts the tests. What they print goes to this file.
    ///
    /// # Errors
    /// In one line.
    pub(super) fn start(&self, log: &Path) -> Result<Child, String> {
        let with_path = |error| format!("cannot write {}: {error}", log.display());
        let file = File::create(log).map_err(with_path)?;
        let also = file.try_clone().map_err(with_path)?;
        let mut command = self.command(&self.defaults(), &self.args.others);
        for (name, value) in self.variables()? {
            command.env(name, value);
        }
        // A test of nextest's may have started this program.
        command.env_remove("OOM_SWEEP_REPLAY").env_remove("NEXTEST_BINARY_ID");
        command.env("CARGO_TERM_COLOR", "never");
        command.stdin(Stdio::null()).stdout(file).stderr(also);
        command.spawn().map_err(|error| format!("cannot run cargo: {error}"))
    }

    fn command(&self, words: &[&str], others: &[OsString]) -> Command {
        let mut command = cargo();
        let runner: &[&str] = if self.args.nextest { &["nextest", "run"] } else { &["test"] };
        command.args(runner).args(words).args(others);
        command
    }

    /// Returns the runner's options that the user did not set: run all tests, run none twice, and
    /// do not fail without tests, since this program judges that.
    fn defaults(&self) -> Vec<&'static str> {
        let (others, fast) = failing_fast(&self.args.others);
        let has = |name: &str| options(&others).any(|word| word.split('=').next() == Some(name));
        let mut words = Vec::new();
        if fast.is_empty() {
            words.push("--no-fail-fast");
        }
        if self.args.nextest && !has("--retries") {
            words.push("--retries=0");
        }
        if self.args.nextest && !has("--no-tests") {
            words.push("--no-tests=pass");
        }
        words
    }

    /// Returns the variables for sweeps, with absolute paths, since tests run in their package's
    /// folder.
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

/// Returns the words up to `--`, as text.
fn options(words: &[OsString]) -> impl Iterator<Item = &str> {
    words.iter().take_while(|word| *word != "--").filter_map(|word| word.to_str())
}

/// Splits off the words about when to give up: nextest does not accept them when it only builds.
fn failing_fast(words: &[OsString]) -> (Vec<OsString>, Vec<OsString>) {
    let (mut others, mut fast) = (Vec::new(), Vec::new());
    let mut words = words.iter().cloned();
    while let Some(word) = words.next() {
        match word.to_str() {
            Some("--no-fail-fast" | "--nff" | "--fail-fast" | "--ff") => fast.push(word),
            Some("--max-fail") => fast.extend([Some(word), words.next()].into_iter().flatten()),
            Some(text) if text.starts_with("--max-fail=") => fast.push(word),
            Some("--") => {
                others.push(word);
                others.extend(words);
                break;
            }
            _ => others.push(word),
        }
    }
    (others, fast)
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
    /// Tests that failed.
    pub(super) failed: Vec<TestName>,
    /// Tests whose process died, if each has its own process.
    pub(super) died: Vec<TestName>,
    /// The signal of a process that died, as in `signal: 9, SIGKILL: kill`.
    pub(super) signal: Option<String>,
    /// Why no sweep could write its report, if one said so.
    pub(super) refusal: Option<String>,
    /// The last error of Cargo or nextest, if nothing better is known.
    pub(super) error: Option<String>,
    /// The number of tests that ran, and that of tests that the words left out.
    pub(super) counts: (u64, u64),
}

/// A test, by the name that libtest gives it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TestName {
    /// The name that nextest gives its binary, if it is known.
    pub(super) place: Option<String>,
    pub(super) name: String,
}

impl TestName {
    fn new(place: Option<&str>, name: &str) -> Self {
        Self { place: place.map(str::to_owned), name: name.to_owned() }
    }
}

impl Ending {
    /// Reads the tests that failed from the output of these binaries.
    pub(super) fn new(status: ExitStatus, printed: &str, binaries: &[Binary]) -> Self {
        let lines = || printed.lines();
        let of_nextest = |is_wanted: fn(&str) -> bool| {
            lines().filter_map(nextest_failure).filter(move |(word, _)| is_wanted(word))
        };
        let is_signal = |word: &str| word.starts_with("SIG");
        // A retry names a test again.
        let names =
            |names: Vec<TestName>| names.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        let mut failed = listed_failures(printed, binaries);
        failed.extend(of_nextest(|word| !word.starts_with("SIG")).map(|(_, name)| name));
        let died = of_nextest(is_signal).map(|(_, name)| name).collect();
        let signal = lines().find_map(died_of).map(str::to_owned);
        let signal =
            signal.or_else(|| of_nextest(is_signal).map(|(word, _)| word.to_owned()).next());
        let error = lines().rev().find_map(|line| line.strip_prefix("error: "));
        let refusal = lines().find(|line| line.contains("OOM_SWEEP_REPORT_DIR: "));
        Self {
            status,
            failed: names(failed),
            died: names(died),
            signal,
            refusal: refusal.map(|line| line.trim().to_owned()),
            error: error.map(str::to_owned),
            counts: counts(printed),
        }
    }
}

/// Adds up the lines `test result: ok. 1 passed; 0 failed; …; 2 filtered out` of libtest, and
/// `Summary [ 0.1s] 1 test run: 1 passed, 2 skipped` of nextest.
fn counts(printed: &str) -> (u64, u64) {
    let is_sum = |line: &&str| {
        line.starts_with("test result: ") || line.trim_start().starts_with("Summary [")
    };
    let (mut ran, mut left_out) = (0, 0);
    for line in printed.lines().filter(is_sum) {
        let words: Vec<_> =
            line.split([' ', ';', ',', ':']).filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            match (pair[0].parse::<u64>(), pair[1]) {
                (Ok(number), "passed" | "failed") => ran += number,
                (Ok(number), "filtered" | "skipped") => left_out += number,
                _ => {}
            }
        }
    }
    (ran, left_out)
}

/// Returns the signal that Cargo names for a test binary that died.
fn died_of(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("process didn't exit successfully")?;
    let start = rest.find("(signal: ")? + 1;
    rest[start..].split(')').next()
}

/// Returns the tests that libtest lists between `failures:` and its result. Before that, Cargo says
/// which binary it runs.
fn listed_failures(printed: &str, binaries: &[Binary]) -> Vec<TestName> {
    let of_binary = |end: (usize, &str)| {
        let before = &printed[..end.0];
        let place = before.lines().rev().find_map(|line| running(line, binaries)).flatten();
        let list = before.rfind("\nfailures:\n").map_or("", |start| &before[start..]);
        let names = list.lines().filter_map(|line| line.strip_prefix("    "));
        names.map(|name| TestName::new(place, name)).collect::<Vec<_>>()
    };
    printed.match_indices("\ntest result: FAILED").flat_map(of_binary).collect()
}

/// Returns the binary of one of Cargo's lines, `Running tests/oom.rs (target/debug/deps/oom-1a2b)`
/// or `Doc-tests store`, if it is known. Other lines are `None`.
fn running<'a>(line: &str, binaries: &'a [Binary]) -> Option<Option<&'a str>> {
    let line = line.trim_start();
    if line.starts_with("Doc-tests ") {
        return Some(None);
    }
    let (_, path) = line.strip_prefix("Running ")?.strip_suffix(')')?.rsplit_once('(')?;
    let is_it = |binary: &&Binary| binary.executable.file_name() == Path::new(path).file_name();
    Some(binaries.iter().find(is_it).map(|binary| binary.id.as_str()))
}

/// Returns the test that a line of nextest names, and how it failed: `FAIL [ 0.1s] (1/2) BINARY
/// NAME`, `TRY 2 FAIL` for a retry, `SIGABRT` for a process that died.
fn nextest_failure(line: &str) -> Option<(&str, TestName)> {
    let (words, rest) = line.trim_start().split_once(" [")?;
    let word = words.rsplit(' ').next()?;
    let is_failure = word == "FAIL" || word.starts_with("SIG") || word == "TIMEOUT";
    let is_tried = words == word || words.starts_with("TRY ");
    let mut rest = rest.rsplit(' ');
    let name = rest.next()?;
    Some((word, TestName::new(rest.next(), name))).filter(|_| is_failure && is_tried)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_about_failing_fast_are_recognised() {
        let words = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        let (others, fast) = failing_fast(&words("-p a --max-fail 2 --ff --test oom -- --ff"));
        assert_eq!((others, fast), (words("-p a --test oom -- --ff"), words("--max-fail 2 --ff")));
    }

    #[test]
    fn libtest_lists_its_failures() {
        let printed = "\nfailures:\n\n---- grow stdout ----\n    no test\n\nfailures:\n    grow\n    \
                       tests::push - should panic\n\ntest result: FAILED. 1 passed; 2 failed\n\
                       \nfailures:\n    src/lib.rs - push (line 3)\n\ntest result: FAILED. 0 passed\n\
                       \ntest result: ok. 1 passed\n";
        let printed =
            format!("     Running unittests src/lib.rs (target/debug/deps/store-1a2b)\n{printed}");
        let doc = "\nfailures:\n    src/lib.rs";
        let printed = printed.replacen(doc, &format!("\n   Doc-tests store\n{doc}"), 1);
        let binary = |file: &str, id: &str| {
            let (package, id) = ("store".to_owned(), id.to_owned());
            Binary { executable: file.into(), folder: PathBuf::new(), package, id }
        };
        let binaries = [binary("/t/deps/oom-1a2b", "store::oom"), binary("/t/store-1a2b", "store")];
        assert_eq!(
            listed_failures(&printed, &binaries),
            [
                TestName::new(Some("store"), "grow"),
                TestName::new(Some("store"), "tests::push - should panic"),
                TestName::new(None, "src/lib.rs - push (line 3)"),
            ]
        );
        assert_eq!(listed_failures(&printed, &[])[0], TestName::new(None, "grow"));
    }

    #[test]
    fn nextest_has_a_line_for_each() {
        for (line, name) in [
            ("        FAIL [   0.004s] (2/3) store::oom grow", Some(("FAIL", "grow"))),
            ("  TRY 2 FAIL [   0.004s] (2/3) store::oom grow", Some(("FAIL", "grow"))),
            (
                "     SIGABRT [   0.104s] (2/3) store::oom tests::grow",
                Some(("SIGABRT", "tests::grow")),
            ),
            ("        PASS [   0.004s] (1/3) store::oom grow", None),
            ("thread panicked: FAIL [x] y", None),
            ("    Finished [x] y", None),
        ] {
            let name = name.map(|(word, name)| (word, TestName::new(Some("store::oom"), name)));
            assert_eq!(nextest_failure(line), name, "{line}");
        }
    }

    #[test]
    fn tests_that_ran_and_that_were_left_out_are_counted() {
        let libtest = "test result: ok. 1 passed; 2 failed; 0 ignored; 0 measured; 4 filtered out; \
                       finished in 0.10s\n";
        assert_eq!(counts(&libtest.repeat(2)), (6, 8));
        assert_eq!(counts("     Summary [   0.1s] 3 tests run: 3 passed, 5 skipped\n"), (3, 5));
        assert_eq!(counts("     Summary [   0.0s] 0 tests run: 0 passed, 4 skipped\n"), (0, 4));
        assert_eq!(counts("running 0 tests\n"), (0, 0));
    }

    #[test]
    fn a_signal_is_read_from_what_cargo_says() {
        let printed = "error: test failed, to rerun pass `--test oom`\n\nCaused by:\n  process didn't \
                       exit successfully: `/t/oom` (signal: 9, SIGKILL: kill)\n";
        let ending = Ending::new(ExitStatus::default(), printed, &[]);
        assert_eq!(ending.signal.as_deref(), Some("signal: 9, SIGKILL: kill"));
        let error = ending.error.unwrap();
        assert_eq!(error, "test failed, to rerun pass `--test oom`");
    }
}
