//! Runs one test binary with one plan in its environment: [`run`], and parses its output: [`Seen`].
//!
//! A sweep that replays prints its report only to standard error. So this file parses the parts of
//! the text that have a fixed form.

use std::io::{self, Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

use super::candidates::Candidate;
use crate::harness::oracle::FindingKind;
use crate::harness::report::{Outcome, printable};
use crate::harness::sweep::REPLAY;

/// The result of a run.
#[derive(Debug)]
pub(super) struct Seen {
    status: ExitStatus,
    /// Standard error, from the first report of the sweep on.
    reports: Option<String>,
    sweep: String,
}

/// Runs it, and passes its output on at once.
///
/// # Errors
/// In one line, if it cannot be run.
pub(super) fn run(candidate: &Candidate<'_>, value: &str, sweep: String) -> Result<Seen, String> {
    let binary = candidate.binary;
    let mut command = Command::new(&binary.executable);
    if let Some(test) = &candidate.test {
        command.args(["--exact", test]);
    }
    command.arg("--nocapture").current_dir(&binary.folder);
    command.env(REPLAY, value).env_remove("OOM_SWEEP_REPORT_DIR");
    // As Cargo does.
    command.env("CARGO_MANIFEST_DIR", &binary.folder).env("CARGO_PKG_NAME", &binary.package);
    command.env_remove("NEXTEST_BINARY_ID");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let with_path = |error| format!("cannot run {}: {error}", binary.executable.display());
    let mut child = command.spawn().map_err(with_path)?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let said = thread::scope(|scope| {
        scope.spawn(|| pass_on(stdout, io::stdout()));
        pass_on(stderr, io::stderr())
    });
    let status = child.wait().map_err(with_path)?;
    let said = String::from_utf8_lossy(&said).into_owned();
    Ok(Seen::new(status, &said, sweep))
}

/// Copies until the end. If our reader goes away, the test continues.
fn pass_on(from: Option<impl Read>, mut to: impl Write) -> Vec<u8> {
    let mut said = Vec::new();
    let Some(mut from) = from else { return said };
    let mut buffer = [0; 4096];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return said,
            Ok(len) => {
                said.extend(&buffer[..len]);
                let _ = to.write_all(&buffer[..len]).and_then(|()| to.flush());
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return said,
        }
    }
}

const OUTCOMES: [Outcome; 4] = [Outcome::Pass, Outcome::Partial, Outcome::Fail, Outcome::Error];

impl Seen {
    fn new(status: ExitStatus, said: &str, sweep: String) -> Self {
        // The test's own output before may lack a newline.
        let starts = OUTCOMES.map(|outcome| {
            let header = format!("{outcome} {}", printable(&sweep));
            [format!("{header}  "), format!("{header}: ")]
        });
        let first = starts.iter().flatten().filter_map(|start| said.find(start)).min();
        Self { status, reports: first.map(|at| said[at..].to_owned()), sweep }
    }

    /// Whether the sweep ran.
    pub(super) fn is_of_sweep(&self) -> bool {
        self.reports.is_some()
    }

    /// Returns why it did not run, if the test failed.
    pub(super) fn did_not_run(&self) -> Option<String> {
        let message = || format!("the test ended before its sweep: {}", self.status);
        (!self.is_of_sweep() && !self.status.success()).then(message)
    }

    /// Returns the kinds of the findings, allowed ones too.
    pub(super) fn kinds(&self) -> Vec<FindingKind> {
        let kind = |line: &str| {
            let (number, rest) = line.strip_prefix('[')?.split_once("] ")?;
            number.parse::<u32>().ok()?;
            FindingKind::named(rest.split_once(": ")?.0)
        };
        let mut kinds: Vec<_> =
            self.reports.iter().flat_map(|text| text.lines()).filter_map(kind).collect();
        kinds.sort();
        kinds.dedup();
        kinds
    }

    /// Returns why the plan was not judged: an error of the harness, or the plan did not run.
    pub(super) fn harness_error(&self) -> Option<&str> {
        let sweep = printable(&self.sweep);
        let error = format!("{} {sweep}: ", Outcome::Error);
        let partial = format!("{} {sweep}  ", Outcome::Partial);
        let mut lines = self.reports.as_deref()?.lines();
        lines.find_map(|line| line.strip_prefix(&error).or_else(|| line.strip_prefix(&partial)))
    }

    /// Returns how the test's process ended, if it failed.
    pub(super) fn failure(&self) -> Option<ExitStatus> {
        (!self.status.success()).then_some(self.status)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;
    use crate::harness::report::{Report, samples};

    const PASSED: i32 = 0;
    const FAILED: i32 = 101 << 8;

    fn seen(status: i32, said: &str, report: &Report) -> Seen {
        Seen::new(ExitStatus::from_raw(status), said, report.name().to_owned())
    }

    #[test]
    fn a_report_is_found_in_what_a_test_says() {
        let report = samples::several();
        let said = format!("[1] Hung: not in a report\nprogress…{report}\n\nthread panicked\n");
        let seen = seen(FAILED, &said, &report);
        assert!(
            seen.is_of_sweep() && seen.harness_error().is_none() && seen.did_not_run().is_none()
        );
        let mut kinds: Vec<_> = report.findings().iter().map(|found| found.kind()).collect();
        kinds.sort();
        kinds.dedup();
        assert_eq!(seen.kinds(), kinds);
    }

    #[test]
    fn a_clean_report_and_an_error_are_distinguished() {
        let clean = samples::clean();
        let seen_clean = seen(PASSED, &format!("{clean}\n"), &clean);
        assert!(seen_clean.is_of_sweep() && seen_clean.kinds().is_empty());
        assert_eq!(seen_clean.failure(), None);
        let broken = Report { error: Some("no fork".to_owned()), ..clean };
        let seen = seen(FAILED, &format!("{broken}\n"), &broken);
        assert_eq!(seen.harness_error(), Some("no fork"));
    }

    #[test]
    fn without_a_report_the_sweep_did_not_run() {
        let report = samples::clean();
        let other = Report { name: format!("{}2", report.name()), ..report.clone() };
        let said = format!("{other}\n");
        assert!(!seen(PASSED, &said, &report).is_of_sweep());
        assert!(seen(PASSED, &said, &report).did_not_run().is_none());
        assert!(seen(FAILED, "", &report).did_not_run().unwrap().contains("exit status: 101"));
    }
}
