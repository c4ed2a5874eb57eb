//! The data of the page, as the file contains it: [`Page`], the root of its JSON.
//!
//! Stacks are indices of frames. Values for each request are a
//! [`Series`](crate::harness::report::Series) in text form.

use serde::Serialize;

use super::finding_data::FindingData;
use super::frames::Frames;
use super::limits::Limits;
use super::sweep::SweepData;
use crate::harness::oracle::FindingKind;
use crate::harness::report::sweep_id::Names;
use crate::harness::report::{Comparison, Outcome, Report, Tool};

/// Everything that the page shows.
#[derive(Serialize)]
pub(super) struct Page {
    tool: Tool,
    outcome: Outcome,
    /// The names of all kinds with their families, the most severe first.
    kinds: Vec<(FindingKind, Family)>,
    frames: Frames,
    sweeps: Vec<SweepData>,
    /// The number of findings that only the JSON report has.
    left_out: usize,
    change: Option<Change>,
}

impl Page {
    pub(super) fn new(reports: &[Report], before: Option<&[Report]>, mut limits: Limits) -> Self {
        let tool = Tool::this();
        let mut frames = Frames::new(limits.text);
        let mut room = Limits { cells: limits.cells / (reports.len() as u64).max(1), ..limits };
        room.cells = room.cells.max(64);
        let findings = reports.iter().map(|report| report.findings.len()).sum::<usize>();
        let left_out = findings.saturating_sub(limits.findings);
        let names = Names::new(reports);
        let sweep = |report| SweepData::new(report, names.of(report), &mut frames, &mut room);
        let sweeps = reports.iter().map(sweep).collect();
        let change = before.map(|before| Change::new(before, reports, &mut frames, &mut limits));
        let outcome = reports.iter().map(Report::outcome).max().unwrap_or(Outcome::Pass);
        let kinds = FindingKind::ALL.map(|kind| (kind, Family::of(kind))).to_vec();
        Self { tool, outcome, kinds, frames, sweeps, left_out, change }
    }
}

/// Kinds that share a colour.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum Family {
    /// The run did not end normally.
    Ends,
    /// The state is wrong.
    State,
    /// The code returned the wrong result.
    Error,
    /// Memory was left.
    Leak,
}

impl Family {
    fn of(kind: FindingKind) -> Self {
        match kind {
            FindingKind::NotInstalled
            | FindingKind::Crashed
            | FindingKind::CorruptedBlock
            | FindingKind::InvalidFree
            | FindingKind::Aborted
            | FindingKind::Panicked
            | FindingKind::Hung => Self::Ends,
            FindingKind::Nondeterministic
            | FindingKind::Inconsistent
            | FindingKind::PartialUpdate
            | FindingKind::Diverged
            | FindingKind::NotRecovered => Self::State,
            FindingKind::SwallowedOom
            | FindingKind::WrongError
            | FindingKind::SpuriousError
            | FindingKind::AllocatedAfterFault
            | FindingKind::WrongSize
            | FindingKind::FellBack => Self::Error,
            FindingKind::Leaked => Self::Leak,
        }
    }
}

/// What has changed since the earlier reports, as [`Comparison`] tells it.
#[derive(Serialize)]
struct Change {
    totals: String,
    /// Names of sweeps, and their findings that the earlier reports have not.
    new: Vec<(String, FindingData)>,
    known: usize,
    gone: Vec<(String, FindingData)>,
    /// Names of sweeps, their number of new sites, and the first of these sites.
    sites: Vec<(String, u64, Vec<String>)>,
    unswept: Vec<String>,
}

/// The greatest number of sites that are named.
const NAMED: usize = 8;

impl Change {
    fn new(
        before: &[Report],
        reports: &[Report],
        frames: &mut Frames,
        limits: &mut Limits,
    ) -> Self {
        let comparison = Comparison::new(before, reports);
        let mut take = |list: &[(&Report, &crate::harness::oracle::Finding)]| {
            let taken: Vec<_> = list.iter().take(limits.findings).collect();
            limits.findings -= taken.len();
            let described = taken.into_iter().map(|(report, finding)| {
                let name = comparison.names.of(report).to_owned();
                (name, FindingData::new(finding, report, frames, limits))
            });
            described.collect()
        };
        let sites = comparison.sites.iter().map(|(report, number, ids)| {
            let named = ids.iter().take(NAMED).map(ToString::to_string).collect();
            (comparison.names.of(report).to_owned(), *number, named)
        });
        Self {
            totals: comparison.totals(),
            new: take(&comparison.new),
            known: comparison.known.len(),
            gone: take(&comparison.gone),
            sites: sites.collect(),
            unswept: comparison
                .unswept
                .iter()
                .map(|report| comparison.names.of(report).to_owned())
                .collect(),
        }
    }
}
