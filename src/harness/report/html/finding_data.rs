//! The data of one finding on the page: [`FindingData`].

use serde::Serialize;

use super::frames::Frames;
use super::limits::Limits;
use crate::harness::oracle::{Finding, FindingKind, Status};
use crate::harness::plan::{Fault, Plan};
use crate::harness::report::text::{
    describe_died_at, describe_temperature, diff_lines, plan_lines,
};
use crate::harness::report::{Ranges, Report};

/// What a person needs to act on a finding.
#[derive(Serialize)]
pub(super) struct FindingData {
    kind: FindingKind,
    status: Status,
    message: String,
    /// The plans in short, and their number.
    plans: String,
    runs: usize,
    /// The requests that these plans fail first.
    at: String,
    when: Option<&'static str>,
    request: Option<String>,
    step: Option<usize>,
    stack: Vec<usize>,
    site: Option<String>,
    returned: Option<String>,
    /// Lines that start with `+`, `-` or a space.
    view: Vec<String>,
    afterwards: Option<String>,
    died_at: Vec<usize>,
    died_at_is: &'static str,
    replay: String,
}

impl FindingData {
    pub(super) fn new(
        finding: &Finding,
        report: &Report,
        frames: &mut Frames,
        limits: &Limits,
    ) -> Self {
        let clip = |text: &Option<String>| text.as_deref().map(|text| limits.clip(text));
        let view = finding.view.as_ref().map(|view| diff_lines(&view.before, &view.after));
        let at: Ranges = faulted(finding).map(|(_, number)| number).collect();
        let request = finding.request.map(|request| format!("{}: {request}", request.number));
        Self {
            kind: finding.kind,
            status: finding.status,
            message: limits.clip(&finding.message),
            plans: plan_lines(&finding.plans).join(" "),
            runs: finding.plans.len(),
            at: at.to_string(),
            when: describe_temperature(finding, report),
            request,
            step: finding.step,
            stack: frames.stack(&finding.stack),
            site: finding.site.map(|site| site.to_string()),
            returned: clip(&finding.returned),
            view: view.unwrap_or_default(),
            afterwards: clip(&finding.afterwards),
            died_at: frames.stack(&finding.died_at),
            died_at_is: describe_died_at(finding.kind),
            replay: limits.clip(&finding.replay),
        }
    }
}

/// Returns the plans of a finding, each with the first request that it fails, if that is known.
pub(super) fn faulted(finding: &Finding) -> impl Iterator<Item = (&Plan, u64)> {
    let told = finding.request.map(|request| request.number);
    finding.plans.iter().enumerate().filter_map(move |(index, plan)| {
        let number = match &plan.fault {
            Fault::Nth(number) => Some(*number),
            Fault::Set(numbers) => numbers.first().copied(),
            // The finding's request is that of its first plan.
            _ => told.filter(|_| index == 0),
        };
        Some((plan, number?))
    })
}
