//! One finding as a SARIF result.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use serde_sarif::sarif::{
    CodeFlow, Location, PropertyBag, Result, ResultLevel, Stack, StackFrame, Suppression,
    ThreadFlow, ThreadFlowLocation,
};

use super::super::brief::brief;
use super::super::location;
use super::super::text::{describe_died_at, printable};
use super::{message, places, rules};
use crate::harness::oracle::{Finding, Frame, Status};

/// Writes a finding of this sweep. `root` is the workspace.
pub(super) fn of(sweep: &str, finding: &Finding, root: &Path) -> Result {
    let (level, state) = match finding.status {
        Status::New => (ResultLevel::Error, "new"),
        Status::Known => (ResultLevel::Warning, "unchanged"),
        Status::Allowed => (ResultLevel::Note, "unchanged"),
    };
    let mut result = Result::builder()
        .rule_id(finding.kind.to_string())
        .rule_index(rules::index(finding.kind))
        .level(level)
        .baseline_state(json!(state))
        .message(message(&brief(sweep, finding)))
        .locations(vec![main_location(finding, root)])
        .stacks(stacks(finding, root))
        .partial_fingerprints(BTreeMap::from([(
            "siteAndKind/v1".to_owned(),
            fingerprint(sweep, finding),
        )]))
        .occurrence_count(i64::try_from(finding.plans.len()).unwrap_or(i64::MAX))
        .properties(properties(sweep, finding))
        .build();
    result.code_flows = code_flow(finding, root).map(|flow| vec![flow]);
    result.related_locations = died_at(finding, root).map(|died_at| vec![died_at]);
    result.suppressions = suppression(finding).map(|one| vec![one]);
    result
}

/// Returns what is the same in every build and for every sweep that finds it. Without a site it
/// contains the sweep, to tell findings apart.
fn fingerprint(sweep: &str, finding: &Finding) -> String {
    match finding.site {
        Some(site) => format!("{site}:{}", finding.kind),
        None => format!("{}:{}", printable(sweep), finding.kind),
    }
}

/// Returns the place of the result. GitHub refuses a file in which a result has none.
fn main_location(finding: &Finding, root: &Path) -> Location {
    let is_there = |frame: &&Frame| location::Location::of_frame(frame, root).is_some();
    let mut frames = finding.stack.iter().chain(&finding.died_at);
    match frames.find(is_there) {
        Some(frame) => places::of_frame(frame, root),
        None => Location::builder()
            .physical_location(places::in_file("Cargo.toml", places::WORKSPACE, None))
            .build(),
    }
}

/// Returns where the code died, if that is not the request.
fn died_at(finding: &Finding, root: &Path) -> Option<Location> {
    let has_place = |frame: &&Frame| location::Location::of_frame(frame, root).is_some();
    let mut died_at = places::of_frame(finding.died_at.iter().find(has_place)?, root);
    died_at.id = Some(1);
    died_at.message = Some(message(describe_died_at(finding.kind)));
    Some(died_at)
}

/// Returns the steps to the request, outermost frame first. Frames without a known file are left
/// out.
fn code_flow(finding: &Finding, root: &Path) -> Option<CodeFlow> {
    let frames = finding.stack.iter().enumerate().rev();
    let located = frames.map(|(depth, frame)| (depth, frame, places::of_frame(frame, root)));
    let steps: Vec<_> = located
        .filter(|(.., location)| location.physical_location.is_some())
        .enumerate()
        .map(|(level, (depth, frame, mut location))| {
            let mut text = printable(&frame.function);
            if let (0, Some(request)) = (depth, &finding.request) {
                text = format!("{text}: {request}, which fails");
            }
            location.message = Some(message(&text));
            let level = i64::try_from(level).unwrap_or(i64::MAX);
            ThreadFlowLocation::builder().location(location).nesting_level(level).build()
        })
        .collect();
    if steps.is_empty() {
        return None;
    }
    let flow = ThreadFlow::builder().locations(steps).build();
    Some(CodeFlow::builder().thread_flows(vec![flow]).build())
}

/// Returns all frames, innermost first.
fn stacks(finding: &Finding, root: &Path) -> Vec<Stack> {
    let stack = |(text, frames): (&str, &[Frame])| {
        let frames = frames.iter().map(|frame| {
            let location = places::of_frame(frame, root);
            StackFrame::builder().location(location).build()
        });
        let frames: Vec<_> = frames.collect();
        Stack::builder().message(message(text)).frames(frames).build()
    };
    let of_request = match finding.request {
        Some(_) => "the request that fails",
        None => "the request that the finding is about",
    };
    let stacks =
        [(of_request, &*finding.stack), (describe_died_at(finding.kind), &*finding.died_at)];
    stacks.into_iter().filter(|(_, frames)| !frames.is_empty()).map(stack).collect()
}

fn suppression(finding: &Finding) -> Option<Suppression> {
    match finding.status {
        Status::New | Status::Known => None,
        Status::Allowed => {
            let why = format!("allow({}) is declared for the sweep", finding.kind);
            let suppression = Suppression::builder().kind(json!("inSource"));
            Some(suppression.status(json!("accepted")).justification(why).build())
        }
    }
}

fn properties(sweep: &str, finding: &Finding) -> PropertyBag {
    let mut properties = BTreeMap::from([
        ("sweep".to_owned(), json!(sweep)),
        ("plan".to_owned(), json!(finding.plan().to_string())),
        ("replay".to_owned(), json!(finding.replay)),
    ]);
    let site = finding.site.map(|site| Value::from(site.to_string()));
    properties.extend(site.map(|site| ("site".to_owned(), site)));
    PropertyBag::builder().additional_properties(properties).build()
}
