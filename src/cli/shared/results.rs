//! What sweeps have come to so far: [`Results`], printed and recorded as they arrive.
//!
//! The record is written anew after each sweep, as a whole or not at all, so whoever kills the
//! program keeps all that was judged.

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
    /// No results yet; the file is written at once, to be sure that it can be.
    ///
    /// # Errors
    /// If it cannot.
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

    /// Prints the table, if there is more than one report, and gives the worst outcome.
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

/// Trouble goes to standard error; what was found before it, or without it, is a result.
pub(crate) fn print(report: &Report) {
    match (report.findings(), report.error()) {
        ([], Some(_)) => {}
        ([], None) => console::result(report),
        // A line apart from the next one.
        (_, _) => console::result(format_args!("{report}\n")),
    }
    if let Some(error) = report.error() {
        console::error(error);
    }
}
