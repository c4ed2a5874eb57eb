//! The result of each request, as the timeline shows it: [`Rows`]. Each pass is a row. Each request
//! is a cell; long sweeps have several requests in a cell.
//!
//! A report does not say in which pass each request was failed. In a sweep that is not complete, a
//! request that was failed in one pass counts as failed in all.

use serde::Serialize;

use super::finding_data::faulted;
use crate::harness::oracle::{Finding, Status, Temperature};
use crate::harness::plan::AfterFault;
use crate::harness::report::{Cold, Report, Series};

/// The request was not failed, so nothing is known.
const UNTOUCHED: u32 = 0;
/// The request was failed, and nothing was found.
const SURVIVED: u32 = 1;
/// The first code of a finding. The finding's index in the report is added to it.
const FOUND: u32 = 2;

/// A sequence as the text that the page reads.
pub(super) fn text(numbers: impl IntoIterator<Item = u64>) -> String {
    numbers.into_iter().collect::<Series>().to_string()
}

/// One pass over the requests.
#[derive(Serialize)]
pub(super) struct Row {
    /// What later requests get, such as `fail-all`.
    after: String,
    temperature: Temperature,
    requests: u64,
    /// The worst result of each cell: 0 not failed, 1 survived, else 2 plus the finding's index.
    outcomes: String,
}

/// The passes of a sweep.
pub(super) struct Rows {
    /// The number of requests in a cell.
    pub(super) per: u64,
    pub(super) rows: Vec<Row>,
}

impl Rows {
    /// Makes rows of at most `most` cells.
    pub(super) fn of(report: &Report, most: u64) -> Self {
        let cold = match report.cold {
            Cold::Swept { requests } => Some((Temperature::Cold, requests)),
            Cold::SameAsWarm | Cold::NotSwept { .. } => None,
        };
        let longest = report.requests.max(cold.map_or(0, |cold| cold.1));
        let per = longest.div_ceil(most).max(1);
        let passes = passes(report);
        let of_pass = |(temperature, requests)| {
            let row = |&after| row(report, after, temperature, requests, per);
            passes.iter().map(row).collect::<Vec<_>>()
        };
        let warm = (Temperature::Warm, report.requests);
        Self { per, rows: [warm].into_iter().chain(cold).flat_map(of_pass).collect() }
    }
}

/// Returns what later requests got, one a pass. An old report shows it only by its findings.
fn passes(report: &Report) -> Vec<AfterFault> {
    let mut passes = report.after.clone();
    let plans = report.findings.iter().flat_map(|finding| &finding.plans);
    for after in plans.map(|plan| plan.after) {
        // A sweep has few passes, but a document may contain any number.
        if passes.len() < 6 && !passes.contains(&after) {
            passes.push(after);
        }
    }
    if passes.is_empty() {
        passes.push(AfterFault::Succeed);
    }
    passes
}

fn row(
    report: &Report,
    after: AfterFault,
    temperature: Temperature,
    requests: u64,
    per: u64,
) -> Row {
    let len = usize::try_from(requests.div_ceil(per)).expect("there are few cells");
    let mut cells = vec![UNTOUCHED; len];
    match temperature {
        Temperature::Warm => {
            for (first, last) in report.coverage.requests().spans() {
                let (first, end) = (first / per, (last / per).saturating_add(1));
                let [first, end] = [first, end].map(|cell| cell.min(len as u64) as usize);
                cells[first..end].fill(SURVIVED);
            }
        }
        // Only a sweep of every request tells which of these were failed.
        Temperature::Cold if report.is_complete() && report.is_exhaustive() => {
            cells.fill(SURVIVED);
        }
        Temperature::Cold => {}
    }
    for (index, finding) in report.findings.iter().enumerate() {
        if !finding.temperatures.contains(&temperature) {
            continue;
        }
        let numbers = faulted(finding).filter(|(plan, _)| plan.after == after);
        for number in numbers.map(|(_, number)| number) {
            let cell = usize::try_from(number / per).ok().and_then(|cell| cells.get_mut(cell));
            if let Some(cell) = cell {
                *cell = worse(*cell, FOUND + index as u32, &report.findings);
            }
        }
    }
    let outcomes = text(cells.into_iter().map(u64::from));
    Row { after: after.to_string(), temperature, requests, outcomes }
}

/// A finding that fails the sweep is worse than one that does not; then severity decides.
fn worse(one: u32, other: u32, findings: &[Finding]) -> u32 {
    let rank = |code: u32| {
        let finding = code.checked_sub(FOUND).and_then(|index| findings.get(index as usize));
        let severity = finding.map(|finding| {
            let is_new = finding.status == Status::New;
            (is_new, std::cmp::Reverse((finding.kind, code)))
        });
        (severity, code)
    };
    if rank(other) > rank(one) { other } else { one }
}
