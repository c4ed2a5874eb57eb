//! The progress of all sweeps on standard error: [`Watch`]. On a terminal it is a bar, elsewhere
//! one line for each sweep that ends.
//!
//! The sweeps run in other processes, so it sees only the folder of reports: which sweeps have
//! started and which have ended. Their number and time are estimated from the last run, if there
//! was one.

use std::io::{self, IsTerminal};
use std::process::{Child, ExitStatus};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::shared::console;
use crate::harness::report::{FolderReader, Report};

/// How often to read the folder.
const INTERVAL: Duration = Duration::from_millis(100);
const TEMPLATE: &str = "{spinner} {msg}";

/// The tests while they run.
pub(super) struct Watch<'a> {
    folder_reader: &'a mut FolderReader,
    expected: Option<Expected>,
    bar: Option<ProgressBar>,
    began: Instant,
    tally: Tally,
}

/// What the last run says about this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Expected {
    sweeps: usize,
    /// The sum of their times.
    elapsed: Duration,
}

impl Expected {
    /// Takes the values of the last run, or `None` if it had no sweeps.
    pub(super) fn of(reports: &[Report]) -> Option<Self> {
        let elapsed = reports.iter().map(Report::elapsed).sum();
        let sweeps = reports.len();
        (sweeps > 0 && elapsed > Duration::ZERO).then_some(Self { sweeps, elapsed })
    }
}

/// The sum of the results of the sweeps that have ended.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    sweeps: usize,
    running: usize,
    runs: u64,
    findings: usize,
    elapsed: Duration,
}

impl<'a> Watch<'a> {
    pub(super) fn new(folder_reader: &'a mut FolderReader, expected: Option<Expected>) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template(TEMPLATE).expect("it is well-formed");
            let target = ProgressDrawTarget::stderr();
            ProgressBar::with_draw_target(None, target).with_style(style)
        });
        Self { folder_reader, expected, bar, began: Instant::now(), tally: Tally::default() }
    }

    /// Waits for the tests, and reads the reports of their sweeps.
    ///
    /// # Errors
    /// In one line, if the folder cannot be read, or waiting for the tests fails.
    pub(super) fn wait(mut self, mut tests: Child) -> Result<ExitStatus, String> {
        let (send, ended) = mpsc::channel();
        thread::spawn(move || send.send(tests.wait()));
        let mut read = Ok(());
        let status = loop {
            match ended.recv_timeout(INTERVAL) {
                Err(RecvTimeoutError::Timeout) => read = read.and(self.read_reports()),
                Ok(status) => break status.map_err(|error| error.to_string()),
                Err(RecvTimeoutError::Disconnected) => break Err("nobody waits".to_owned()),
            }
        };
        // Return only after they have ended: until then they use the folder.
        read = read.and_then(|()| self.read_reports());
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let status = status.map_err(|error| format!("cannot wait for the tests: {error}"))?;
        read.map(|()| status)
    }

    fn read_reports(&mut self) -> Result<(), String> {
        for path in self.folder_reader.update()? {
            let Some(Ok(document)) = self.folder_reader.documents.get(&path) else { continue };
            for report in &document.reports {
                self.tally.add(report);
                if self.bar.is_none() {
                    console::progress(&self.tally.last(report));
                }
            }
        }
        self.tally.running = self.folder_reader.unfinished().count();
        if let Some(bar) = &self.bar {
            bar.set_message(self.tally.line(self.expected, self.began.elapsed()));
            bar.tick();
        }
        Ok(())
    }
}

impl Tally {
    fn add(&mut self, report: &Report) {
        self.sweeps += 1;
        self.runs += report.runs();
        self.findings += report.findings().len();
        self.elapsed += report.elapsed();
    }

    /// Describes the sweep that has just ended.
    fn last(&self, report: &Report) -> String {
        let (outcome, findings) = (report.outcome(), report.findings().len());
        let (number, name) = (self.sweeps, console::line(report.name()));
        format!("sweep {number} {name}: {outcome}, {} runs, {}", report.runs(), found(findings))
    }

    fn line(&self, expected: Option<Expected>, since: Duration) -> String {
        let Self { sweeps, running, runs, findings, .. } = self;
        let of = expected.map_or(String::new(), |e| format!("/{}", e.sweeps.max(*sweeps)));
        let findings = found(*findings);
        let eta = match self.remaining(expected, since) {
            Some(left) => format!(", eta {} s", left.as_secs()),
            None => String::new(),
        };
        format!("swept {sweeps}{of}, {running} running, {runs} runs, {findings}{eta}")
    }

    /// Estimates the remaining time from the times that the other sweeps took in the last run.
    fn remaining(&self, expected: Option<Expected>, since: Duration) -> Option<Duration> {
        let done = self.elapsed.as_secs_f64() / expected?.elapsed.as_secs_f64();
        // With no time, or more time than the last run, there is no estimate.
        (0.02..1.0).contains(&done).then(|| since.mul_f64((1.0 - done) / done))
    }
}

fn found(findings: usize) -> String {
    match findings {
        0 => "no findings".to_owned(),
        1 => "1 finding".to_owned(),
        many => format!("{many} findings"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::report::samples;

    #[test]
    fn the_line_says_how_far_it_is() {
        let second = Duration::from_secs(1);
        let report = Report { elapsed: second, ..samples::example() };
        let expected = Expected::of(&vec![report.clone(); 4]);
        let mut tally = Tally { running: 1, ..Tally::default() };
        let line = tally.line(expected, second);
        assert_eq!(line, "swept 0/4, 1 running, 0 runs, no findings");
        tally.add(&report);
        let line = tally.line(expected, 2 * second);
        let runs = report.runs();
        assert_eq!(line, format!("swept 1/4, 1 running, {runs} runs, 1 finding, eta 6 s"));
        let line = tally.line(None, second);
        assert_eq!(line, format!("swept 1, 1 running, {runs} runs, 1 finding"));
    }

    #[test]
    fn without_a_last_run_there_is_no_estimate() {
        assert_eq!(Expected::of(&[]), None);
        assert_eq!(Expected::of(&[Report { elapsed: Duration::ZERO, ..samples::clean() }]), None);
    }
}
