//! A report for people: [`Display`](fmt::Display) for [`Report`].
//!
//! One line says how it went; below it stands what there is to act on, each finding with its
//! place and its command. What does not matter to a decision is left out: it is in the JSON.
//! The parts are in the files of this folder; only [`Page`] makes lines. Nothing is coloured,
//! for the text goes into logs and panic messages.

mod diff;
mod finding;
mod function;
mod page;
mod path;
mod plans;
mod stack;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;

use super::{Cold, Outcome, Report};
use page::Page;
pub(super) use page::{count, duration, width};

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let directory = std::env::current_dir().ok();
        f.write_str(&render(self, directory.as_deref()))
    }
}

/// The text, with files below `directory` named relative to it.
fn render(report: &Report, directory: Option<&Path>) -> String {
    let mut page = Page::default();
    page.line(&header(report));
    if !report.findings.is_empty() {
        let findings = count(report.findings.len() as u64, "finding");
        let new = report.new_findings();
        page.line(&format!("{findings} ({new} new), {} tolerated", report.tolerated));
    }
    for (index, finding) in report.findings.iter().enumerate() {
        page.line("");
        finding::write(&mut page, index + 1, finding, report, directory);
    }
    write_notes(&mut page, report);
    page.finish()
}

fn header(report: &Report) -> String {
    let Report { name, requests, sites, plans, runs, executor, elapsed, .. } = report;
    let outcome = report.outcome();
    if let Some(error) = &report.error {
        let error: Vec<_> = error.split_whitespace().collect();
        return format!("{outcome} {name}: {}", error.join(" "));
    }
    let cold = match &report.cold {
        Cold::Swept { requests } => format!(" ({requests} cold)"),
        Cold::SameAsWarm | Cold::NotSwept { .. } => String::new(),
    };
    let all_plans = count(*plans, "plan");
    let progress = match (outcome, report.is_complete()) {
        (_, true) => format!("{all_plans}, complete"),
        // The line has said so.
        (Outcome::Partial, false) => format!("{runs} of {all_plans}"),
        (_, false) => format!("PARTIAL {runs} of {all_plans}"),
    };
    // Beside findings, it stands on their line.
    let tolerated = match (report.tolerated, report.findings.is_empty()) {
        (0, _) | (_, false) => String::new(),
        (tolerated, true) => format!(", {tolerated} tolerated"),
    };
    format!(
        "{outcome} {name}  {}{cold}, {}, {progress}, {executor}, {}{tolerated}",
        count(*requests, "request"),
        count(*sites, "site"),
        duration(*elapsed),
    )
}

/// Below findings, after an empty line; a clean report and its notes stay together.
fn write_notes(page: &mut Page, report: &Report) {
    let cold = match &report.cold {
        Cold::NotSwept { reason } => Some(format!("cold: not swept ({reason})")),
        Cold::SameAsWarm | Cold::Swept { .. } => None,
    };
    if !report.findings.is_empty() && (cold.is_some() || !report.notes.is_empty()) {
        page.line("");
    }
    for note in report.notes.iter().map(|note| format!("note: {note}")).chain(cold) {
        page.paragraph(&note, "      ");
    }
}
