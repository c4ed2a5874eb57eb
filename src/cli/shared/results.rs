//! The results of the sweeps so far: [`Results`], printed and recorded as they arrive.
//!
//! The record is written again after each sweep, whole or not at all. If the program is killed, the
//! record has all that was judged.

use std::path::Path;

use super::console;
use crate::harness::report::{Document, Outcome, Report, summary};

/// The reports, and the file that records them.
pub(crate) struct Results<'a> {
    document: Document,
    file: Option<&'a Path>,
    worst: Outcome,
}

impl<'a> Results<'a> {
    /// Starts without results. It writes the file at once, to check that it can.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn open(file: Option<&'a Path>) -> Result<Self, String> {
        let results = Self { document: Document::new(Vec::new()), file, worst: Outcome::Pass };
        results.record()?;
        Ok(results)
    }

    /// Records a report and prints it.
    pub(crate) fn add(&mut self, report: Report) {
        self.worst = self.worst.max(report.outcome());
        self.document.reports.push(report);
        if let Err(error) = self.record() {
            self.worst = Outcome::Error;
            console::error(&error);
        }
        print(self.document.reports.last().expect("it was just pushed"));
    }

    /// Prints the table, if there is more than one report, and returns the worst outcome.
    pub(crate) fn finish(self) -> Outcome {
        print_table(&self.document.reports);
        self.worst
    }

    fn record(&self) -> Result<(), String> {
        self.file.map_or(Ok(()), |file| self.document.write(file))
    }
}

/// Prints a table of reports that have been printed, if there are several.
pub(crate) fn print_table(reports: &[Report]) {
    if reports.len() > 1 {
        console::result(format_args!("\n{}", summary(reports)));
    }
}

/// Prints a report. An error goes to standard error; what was found before it is a result.
pub(crate) fn print(report: &Report) {
    match (report.findings(), report.error()) {
        ([], Some(_)) => {}
        ([], None) => console::result(report),
        // An empty line before the next report.
        (_, _) => console::result(format_args!("{report}\n")),
    }
    if let Some(error) = report.error() {
        console::error(error);
    }
}
