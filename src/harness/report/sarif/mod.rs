//! Reports as SARIF 2.1.0, the format in which code scanning and editors read findings: [`sarif`].
//!
//! The shape is written as JSON, and tests hold it to the official schema: a crate with types for
//! all of SARIF costs more to build than the rest of this feature. Where readers are stricter than
//! the standard, this module obeys the readers: GitHub refuses a whole file if one result has no
//! place in a file. The document contains no absolute path and no time of day. `result` writes a
//! finding, `rules` a kind, `places` the frames.

mod places;
mod result;
mod rules;

#[cfg(test)]
mod tests;

use std::path::Path;

use serde_json::{Value, json};

use super::sweep_id::Names;
use super::text::printable;
use super::{Outcome, Report};

/// The address of the schema, by which readers recognise it. They do not fetch it.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Writes these reports as a SARIF 2.1.0 document: one run, a rule for each [`FindingKind`], a
/// result for each finding. `root` is the workspace, to which paths are relative.
///
/// | of a result | is |
/// | --- | --- |
/// | `level` | `error` if the finding is new, `warning` if it is known, `note` if it is allowed |
/// | `baselineState` | `new`, or `unchanged` if it is known or allowed by [`Sweep::allow`] |
/// | `suppressions` | one, if the finding is allowed |
/// | `locations` | the first frame of the workspace, or its `Cargo.toml` if there is none |
/// | `codeFlows`, `stacks` | the call stack of the request, outermost frame first; then innermost first |
/// | `relatedLocations` | where it panicked, crashed or damaged a block |
/// | `partialFingerprints` | `sweepSiteAndKind/v1`: the same in every build |
/// | `occurrenceCount` | the number of plans that show it |
/// | `properties` | the sweep, the first plan, the site, and the command that replays it |
///
/// Entries of a known file that match no finding are not written: readers without support for
/// baselines would show them as findings. Errors of the harness, sweeps that are not complete, and
/// notes are notifications of the run.
///
/// ```
/// # use std::path::Path;
/// assert!(oom_sweep::report::sarif(&[], Path::new("/code")).contains("\"version\": \"2.1.0\""));
/// ```
///
/// [`FindingKind`]: crate::FindingKind
/// [`Sweep::allow`]: crate::Sweep::allow
///
/// # Panics
/// Never: it writes to memory.
#[must_use]
pub fn sarif(reports: &[Report], root: &Path) -> String {
    serde_json::to_string_pretty(&document(reports, root)).expect("memory takes every write")
}

fn document(reports: &[Report], root: &Path) -> Value {
    let names = Names::new(reports);
    let results: Vec<_> = reports
        .iter()
        .flat_map(|report| report.findings.iter().map(move |finding| (report, finding)))
        .map(|(report, finding)| result::of(report, names.of(report), finding, root))
        .collect();
    let version = env!("CARGO_PKG_VERSION");
    let driver = json!({
        "name": env!("CARGO_PKG_NAME"),
        "version": version,
        "semanticVersion": version,
        "rules": rules::all(),
    });
    let run = json!({
        "tool": { "driver": driver },
        "invocations": [invocation(reports, &names)],
        "originalUriBaseIds": places::bases(),
        "results": results,
    });
    json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] })
}

/// How the sweeps ended, apart from what they found.
fn invocation(reports: &[Report], names: &Names<'_>) -> Value {
    let is_success = reports.iter().all(|report| report.outcome() != Outcome::Error);
    let notifications: Vec<_> =
        reports.iter().flat_map(|report| notifications(report, names.of(report))).collect();
    json!({ "executionSuccessful": is_success, "toolExecutionNotifications": notifications })
}

fn notifications(report: &Report, name: &str) -> Vec<Value> {
    let mut told = Vec::new();
    if let Some(error) = report.error() {
        told.push(("error", error.split_whitespace().collect::<Vec<_>>().join(" ")));
    } else if !report.is_complete() {
        told.push(("warning", format!("PARTIAL: {} of {} plans ran", report.runs, report.plans)));
    }
    told.extend(report.notes.iter().map(|note| ("note", note.clone())));
    let notification = |(level, text): (&str, String)| {
        let text = format!("{}: {}", printable(name), printable(&text));
        json!({ "level": level, "message": message(&text) })
    };
    told.into_iter().map(notification).collect()
}

/// Makes a message that readers show as it is. It breaks up what a reader would take for a link or
/// for the place of an argument. Readers ignore other braces, as in `{closure#0}`.
fn message(text: &str) -> Value {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.replace("](", "] (");
    while let Some(start) = rest.find('{') {
        let digits = rest[start + 1..].bytes().take_while(u8::is_ascii_digit).count();
        let end = start + 1 + digits;
        let is_argument = digits > 0 && rest[end..].starts_with('}');
        plain.push_str(&rest[..start]);
        plain.push_str(if is_argument { "{ " } else { "{" });
        rest.drain(..=start);
    }
    json!({ "text": plain + &rest })
}
