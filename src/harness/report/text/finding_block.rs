//! One finding of a report's text: a headline, then labelled values in one column.

use std::path::Path;

use super::page::{Page, VALUES, WIDTH, capped, width, wrapped};
use super::{diff, plans, stack};
use crate::harness::oracle::{FailedRequest, Finding, FindingKind, Status, Temperature};
use crate::harness::report::{Cold, Report};

/// The column of the status, if the headline is not longer.
const STATUS_COLUMN: usize = 71;

/// Writes finding `number` of `report`.
///
/// A known or allowed finding gets only the lines that identify it.
pub(super) fn write(
    page: &mut Page,
    number: usize,
    finding: &Finding,
    report: &Report,
    directory: Option<&Path>,
) {
    write_headline(page, number, finding);
    page.field_of_lines("plans", plans::lines(&finding.plans));
    if let Some(when) = describe_temperature(finding, report) {
        page.field("when", when);
    }
    if let Some(request) = &finding.request {
        page.field("failed", &format!("request {}: {request}", request.number));
    }
    match finding.status {
        Status::New => write_details(page, finding, directory),
        Status::Allowed | Status::Known => {}
    }
    if let Some(site) = finding.site {
        page.field("site", &site.to_string());
    }
    // Never wrap it: people copy it.
    if !finding.replay.is_empty() {
        page.field_of_lines("replay", finding.replay.lines().map(str::to_owned).collect());
    }
}

/// Writes `[1] Kind: message          NEW`, and the message's other lines below.
fn write_headline(page: &mut Page, number: usize, finding: &Finding) {
    let status = match finding.status {
        Status::New => "NEW",
        Status::Allowed => "ALLOWED",
        Status::Known => "KNOWN",
    };
    let head = format!("[{number}] {}: ", finding.kind);
    let room = WIDTH - width(&head) - width(status) - 2;
    let mut lines = capped(wrapped(&finding.message, room, WIDTH - VALUES)).into_iter();
    let first = format!("{head}{}", lines.next().unwrap_or_default());
    page.line(&format!("{first:<0$}  {status}", STATUS_COLUMN - 2));
    for line in lines {
        page.line(&format!("{:VALUES$}{line}", ""));
    }
}

/// Writes the stack, the result, the view and where the code died.
fn write_details(page: &mut Page, finding: &Finding, directory: Option<&Path>) {
    if finding.request.is_none() && !finding.stack.is_empty() {
        page.field("stack", "of the request that the finding is about");
    }
    stack::write(page, &finding.stack, directory);
    for fault in &finding.earlier {
        let FailedRequest { request, stack } = fault;
        page.field("before it", &format!("request {} failed, too: {request}", request.number));
        stack::write(page, stack, directory);
    }
    if let Some(returned) = &finding.returned {
        page.field("returned", returned);
    }
    if let Some(view) = &finding.view {
        page.field_of_lines("view", diff::lines(&view.before, &view.after));
    }
    if !finding.died_at.is_empty() {
        page.field("died at", describe_died_at(finding.kind));
        stack::write(page, &finding.died_at, directory);
    }
    if let Some(afterwards) = &finding.afterwards {
        page.field("afterwards", afterwards);
    }
}

pub(in crate::harness::report) fn describe_died_at(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::Panicked => "where it panicked",
        FindingKind::Crashed => "where it crashed",
        FindingKind::Aborted => "where it aborted",
        FindingKind::CorruptedBlock | FindingKind::InvalidFree => "where the damage was seen",
        FindingKind::Hung => "where it hung",
        FindingKind::AllocatedAfterFault => "where it made the request after the fault",
        FindingKind::Leaked => "where the first leaked block was allocated",
        _ => "where it happened",
    }
}

/// Returns the line about cold and warm, if both were swept and only one shows the finding.
pub(in crate::harness::report) fn describe_temperature(
    finding: &Finding,
    report: &Report,
) -> Option<&'static str> {
    match (finding.temperatures.as_slice(), &report.cold) {
        ([Temperature::Cold], _) => {
            Some("cold only: in a process that runs the code for the first time")
        }
        ([Temperature::Warm], Cold::Swept { .. }) => {
            Some("warm only: in a process that has run the code before")
        }
        _ => None,
    }
}
