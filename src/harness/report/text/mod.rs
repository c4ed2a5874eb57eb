//! A report for people: [`Display`](fmt::Display) for [`Report`].
//!
//! The first line is the result. Below it is what a person must act on: each finding with its place
//! and its replay command. Facts that change no decision are only in the JSON. The files of this
//! folder write the parts, and only [`Page`] makes lines. The text has no colours, since it goes
//! into logs and panic messages.

mod diff;
mod finding_block;
mod function;
mod page;
mod path;
mod plans;
mod stack;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

#[cfg(feature = "serde")]
pub(super) use self::{
    diff::lines as diff_lines, finding_block::describe_temperature, page::one_line,
    path::shortened as shortened_path, plans::lines as plan_lines,
};
use super::{Cold, Coverage, Outcome, Report};
use crate::harness::oracle::{Finding, FindingKind, Status};
#[cfg(feature = "serde")]
pub(super) use finding_block::describe_died_at;
use page::Page;
pub(super) use page::{NAME_COLUMN, Side, count, duration, padded, width};
pub(crate) use page::{is_hidden, printable};
#[cfg(feature = "formats")]
pub(super) use path::place_of_library;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let directory = std::env::current_dir().ok();
        f.write_str(&render(self, directory.as_deref()))
    }
}

/// Writes the text. Files below `directory` are named relative to it.
pub(super) fn render(report: &Report, directory: Option<&Path>) -> String {
    let mut page = Page::default();
    page.line(&header(report));
    if !report.findings.is_empty() {
        let findings = count(report.findings.len() as u64, "finding");
        let new = report.new_findings();
        let known = match report.known_findings() {
            0 => String::new(),
            known => format!(", {known} known"),
        };
        page.line(&format!("{findings} ({new} new{known}), {} tolerated", report.tolerated));
    }
    for (index, finding) in report.findings.iter().enumerate() {
        page.line("");
        finding_block::write(&mut page, index + 1, finding, report, directory);
    }
    write_closing(&mut page, report);
    page.finish()
}

/// Writes one finding, as the `number`-th of the text.
pub(super) fn render_finding(
    number: usize,
    finding: &Finding,
    report: &Report,
    directory: Option<&Path>,
) -> String {
    let mut page = Page::default();
    finding_block::write(&mut page, number, finding, report, directory);
    page.finish()
}

fn header(report: &Report) -> String {
    let Report { requests, sites, plans, runs, executor, elapsed, .. } = report;
    let (outcome, name) = (report.outcome(), printable(&report.name));
    if let Some(error) = &report.error {
        let error: Vec<_> = error.split_whitespace().collect();
        return format!("{outcome} {name}: {}", error.join(" "));
    }
    let cold = match &report.cold {
        Cold::Swept { requests } => format!(" ({requests} cold)"),
        Cold::SameAsWarm | Cold::NotSwept { .. } => String::new(),
    };
    if outcome == Outcome::Empty {
        return format!("{outcome} {name}  {}, no plan", count(*requests, "request"));
    }
    let all_plans = count(*plans, "plan");
    let progress = match (outcome, report.is_complete()) {
        (_, true) => format!("{all_plans}, complete"),
        // The first word of the line is PARTIAL already.
        (Outcome::Partial, false) => format!("{runs} of {all_plans}"),
        (_, false) => format!("PARTIAL {runs} of {all_plans}"),
    };
    // A report with findings shows tolerated runs on their line.
    let tolerated = match (report.tolerated, report.findings.is_empty()) {
        (0, _) | (_, false) => String::new(),
        (tolerated, true) => format!(", {tolerated} tolerated"),
    };
    let (requests, sites) = (count(*requests, "request"), count(*sites, "site"));
    let reach = match report.has_skipped() {
        false => format!("{requests}{cold}, {sites}"),
        true => {
            let Coverage { requests: failed, sites: failed_sites } = &report.coverage;
            let (failed, failed_sites) = (failed.len(), failed_sites.len());
            format!("{failed} of {requests} failed{cold}, {failed_sites} of {sites}")
        }
    };
    let shard = report.shard.map_or_else(String::new, |shard| format!(", shard {shard}"));
    let elapsed = duration(*elapsed);
    format!("{outcome} {name}  {reach}, {progress}{shard}, {executor}, {elapsed}{tolerated}")
}

/// Returns the command that explains the new findings, with each kind once. `None` without any.
pub(super) fn explain_new<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Option<String> {
    let new = findings.into_iter().filter(|finding| finding.status == Status::New);
    let kinds: BTreeSet<_> = new.map(|finding| finding.kind).collect();
    (!kinds.is_empty()).then(|| explain(kinds))
}

/// Returns the command that prints the pages of these kinds.
pub(super) fn explain(kinds: impl IntoIterator<Item = FindingKind>) -> String {
    let command = "oom-sweep explain".to_owned();
    kinds.into_iter().fold(command, |command, kind| format!("{command} {kind}"))
}

/// Writes notes and the like. An empty line separates them from findings, but not from a first
/// line.
fn write_closing(page: &mut Page, report: &Report) {
    let cold = match &report.cold {
        Cold::NotSwept { reason } => Some(format!("cold: not swept ({reason})")),
        Cold::SameAsWarm | Cold::Swept { .. } => None,
    };
    let notes = report.notes.iter().map(|note| format!("note: {note}"));
    let notes: Vec<_> = notes.chain(report.describe_skipped()).chain(cold).collect();
    let command = explain_new(&report.findings);
    if !report.findings.is_empty() && (command.is_some() || !notes.is_empty()) {
        page.line("");
    }
    if let Some(reason) = report.empty.as_ref().filter(|_| report.error.is_none()) {
        page.paragraph(&format!("nothing was tested: {reason}"), "      ");
    }
    if report.plans == 0 && report.all_plans > 0 {
        page.line(&format!("0 of {} are this shard's", count(report.all_plans, "plan")));
    }
    if let Some(command) = command {
        page.paragraph(&format!("what this means: {command}"), "      ");
    }
    for note in notes {
        page.paragraph(&note, "      ");
    }
}
