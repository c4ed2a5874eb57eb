//! What came of each request, as the timeline shows it: [`Rows`], a row for each pass, a cell for
//! each request, or for some in a row where there are too many.
//!
//! A report says which requests were failed and what was found, not in which pass each of them
//! ran: of a sweep that is not complete, what was failed in one pass counts as failed in all.

use serde::Serialize;

use super::finding_data::faulted;
use crate::harness::oracle::{Finding, Status, Temperature};
use crate::harness::plan::AfterFault;
use crate::harness::report::{Cold, Report, Series};

/// Nothing is known: it was not failed.
const UNTOUCHED: u32 = 0;
/// It was failed, and nothing was found.
const SURVIVED: u32 = 1;
/// This, and above it the finding's place in the report.
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
    /// For each cell its worst outcome: 0 not failed, 1 survived, else 2 and the finding.
    outcomes: String,
}

/// The passes of a sweep.
pub(super) struct Rows {
    /// Requests in a cell.
    pub(super) per: u64,
    pub(super) rows: Vec<Row>,
}

impl Rows {
    /// Rows of `most` cells at most.
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

/// What later requests got, a pass each; an old report tells by its findings alone.
fn passes(report: &Report) -> Vec<AfterFault> {
    let mut passes = report.after.clone();
    let plans = report.findings.iter().flat_map(|finding| &finding.plans);
    for after in plans.map(|plan| plan.after) {
        // Nobody asks for more than these; a document may.
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
        // Only a sweep of every request says which of these were failed.
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

/// What makes the sweep fail is worse than what does not; the more severe kind comes first.
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
