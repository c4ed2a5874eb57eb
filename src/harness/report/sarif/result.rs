//! One finding as a SARIF result.

use std::path::Path;

use serde_json::{Value, json};

use super::super::brief::brief;
use super::super::location;
use super::super::text::{describe_died_at, printable};
use super::{message, places, rules};
use crate::harness::oracle::{Finding, Frame, Status};
use crate::harness::report::Report;

/// Writes a finding of this sweep, which is shown by this name. `root` is the workspace.
pub(super) fn of(report: &Report, name: &str, finding: &Finding, root: &Path) -> Value {
    let (level, state) = match finding.status {
        Status::New => ("error", "new"),
        Status::Known => ("warning", "unchanged"),
        Status::Allowed => ("note", "unchanged"),
    };
    let mut result = json!({
        "ruleId": finding.kind.to_string(),
        "ruleIndex": rules::index(finding.kind),
        "level": level,
        "baselineState": state,
        "message": message(&brief(name, finding)),
        "locations": [main_location(finding, root)],
        "stacks": stacks(finding, root),
        "partialFingerprints": { "sweepSiteAndKind/v1": fingerprint(report, finding) },
        "occurrenceCount": finding.plans.len(),
        "properties": properties(&report.full_name(), finding),
    });
    for (key, value) in [
        ("codeFlows", code_flow(finding, root)),
        ("relatedLocations", died_at(finding, root)),
        ("suppressions", suppression(finding)),
    ] {
        if let Some(value) = value {
            result[key] = json!([value]);
        }
    }
    result
}

/// Returns what is the same in every build: the whole name of the sweep, the site and the kind.
fn fingerprint(report: &Report, finding: &Finding) -> String {
    let sweep = printable(&report.full_name());
    match finding.site {
        Some(site) => format!("{sweep}:{site}:{}", finding.kind),
        None => format!("{sweep}:{}", finding.kind),
    }
}

/// Returns the place of the result. GitHub refuses a file in which a result has none.
fn main_location(finding: &Finding, root: &Path) -> Value {
    let is_there = |frame: &&Frame| location::Location::of_frame(frame, root).is_some();
    let mut frames = finding.stack.iter().chain(&finding.died_at);
    match frames.find(is_there) {
        Some(frame) => places::of_frame(frame, root),
        None => {
            json!({ "physicalLocation": places::in_file("Cargo.toml", places::WORKSPACE, None) })
        }
    }
}

/// Returns where the code died, if that is not the request.
fn died_at(finding: &Finding, root: &Path) -> Option<Value> {
    let has_place = |frame: &&Frame| location::Location::of_frame(frame, root).is_some();
    let mut died_at = places::of_frame(finding.died_at.iter().find(has_place)?, root);
    died_at["id"] = json!(1);
    died_at["message"] = message(describe_died_at(finding.kind));
    Some(died_at)
}

/// Returns the steps to the request, outermost frame first. Frames without a known file are left
/// out.
fn code_flow(finding: &Finding, root: &Path) -> Option<Value> {
    let frames = finding.stack.iter().enumerate().rev();
    let located = frames.map(|(depth, frame)| (depth, frame, places::of_frame(frame, root)));
    let steps: Vec<_> = located
        .filter(|(.., location)| location.get("physicalLocation").is_some())
        .enumerate()
        .map(|(level, (depth, frame, mut location))| {
            let mut text = printable(&frame.function);
            if let (0, Some(request)) = (depth, &finding.request) {
                text = format!("{text}: {request}, which fails");
            }
            location["message"] = message(&text);
            json!({ "location": location, "nestingLevel": level })
        })
        .collect();
    if steps.is_empty() {
        return None;
    }
    Some(json!({ "threadFlows": [{ "locations": steps }] }))
}

/// Returns all frames, innermost first.
fn stacks(finding: &Finding, root: &Path) -> Vec<Value> {
    let stack = |(text, frames): (&str, &[Frame])| {
        let frame = |frame| json!({ "location": places::of_frame(frame, root) });
        let frames: Vec<_> = frames.iter().map(frame).collect();
        json!({ "message": message(text), "frames": frames })
    };
    let of_request = match finding.request {
        Some(_) => "the request that fails",
        None => "the request that the finding is about",
    };
    let stacks =
        [(of_request, &*finding.stack), (describe_died_at(finding.kind), &*finding.died_at)];
    stacks.into_iter().filter(|(_, frames)| !frames.is_empty()).map(stack).collect()
}

fn suppression(finding: &Finding) -> Option<Value> {
    match finding.status {
        Status::New | Status::Known => None,
        Status::Allowed => {
            let why = format!("allow({}) is declared for the sweep", finding.kind);
            Some(json!({ "kind": "inSource", "status": "accepted", "justification": why }))
        }
    }
}

fn properties(sweep: &str, finding: &Finding) -> Value {
    let plan = finding.plan().to_string();
    let mut properties =
        json!({ "sweep": printable(sweep), "plan": plan, "replay": finding.replay });
    if let Some(site) = finding.site {
        properties["site"] = json!(site.to_string());
    }
    properties
}
