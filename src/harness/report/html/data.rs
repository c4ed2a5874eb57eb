//! What the page knows, as it stands in the file: [`Page`], the root of its JSON, and
//! [`Limits`] of how much that may be.
//!
//! Stacks are numbers of frames, and what belongs to each request is a [`Series`] in text form.

use serde::Serialize;

use super::finding_data::FindingData;
use super::frames::Frames;
use super::sweep::SweepData;
use crate::harness::oracle::FindingKind;
use crate::harness::report::{Comparison, Outcome, Report, Series, Tool};

/// How much of the reports the page takes in, over all sweeps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Cells of the timelines.
    pub(super) cells: u64,
    /// Sites with their stacks.
    pub(super) sites: usize,
    /// Findings with their details.
    pub(super) findings: usize,
    /// Characters of a text that the code under test has written.
    pub(super) text: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { cells: 1 << 18, sites: 1 << 16, findings: 1 << 13, text: 4096 }
    }
}

impl Limits {
    /// Half as much, down to what always fits.
    pub(super) fn halved(self) -> Option<Self> {
        let Self { cells, sites, findings, text } = self;
        let less = |number: usize| (number / 2).max(64);
        (cells > 256).then(|| Self {
            cells: cells / 2,
            sites: less(sites),
            findings: less(findings),
            text: less(text),
        })
    }

    /// A text of the code under test, cut where it is too long.
    pub(super) fn clip(&self, text: &str) -> String {
        match text.char_indices().nth(self.text) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text.to_owned(),
        }
    }
}

/// Everything that the page shows.
#[derive(Serialize)]
pub(super) struct Page {
    tool: Tool,
    outcome: Outcome,
    /// The names of all kinds, the most severe first, and what they have in common.
    kinds: Vec<(FindingKind, Family)>,
    frames: Frames,
    sweeps: Vec<SweepData>,
    /// Findings that only the JSON has.
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
        let sweeps = reports.iter().map(|report| SweepData::new(report, &mut frames, &mut room));
        let sweeps = sweeps.collect();
        let change = before.map(|before| Change::new(before, reports, &mut frames, &mut limits));
        let outcome = reports.iter().map(Report::outcome).max().unwrap_or(Outcome::Pass);
        let kinds = FindingKind::ALL.map(|kind| (kind, Family::of(kind))).to_vec();
        Self { tool, outcome, kinds, frames, sweeps, left_out, change }
    }
}

/// Kinds that have a colour in common.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum Family {
    /// The run did not come to its end, or not in one piece.
    Ends,
    /// The state is not what it should be.
    State,
    /// The code said something else than that memory ran out, or said it at the wrong time.
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
            | FindingKind::WrongSize => Self::Error,
            FindingKind::Leaked => Self::Leak,
        }
    }
}

/// A sequence as the text that the page reads.
pub(super) fn text(numbers: impl IntoIterator<Item = u64>) -> String {
    numbers.into_iter().collect::<Series>().to_string()
}

/// What has changed since another time, as [`Comparison`] tells it.
#[derive(Serialize)]
struct Change {
    totals: String,
    /// Names of sweeps, and the findings there that were not there before.
    new: Vec<(String, FindingData)>,
    known: usize,
    gone: Vec<(String, FindingData)>,
    /// Names of sweeps, how many sites are new there, and the first of these.
    sites: Vec<(String, u64, Vec<String>)>,
    unswept: Vec<String>,
}

/// Sites that are named.
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
                (report.name.clone(), FindingData::new(finding, report, frames, limits))
            });
            described.collect()
        };
        let sites = comparison.sites.iter().map(|(report, number, ids)| {
            let named = ids.iter().take(NAMED).map(ToString::to_string).collect();
            (report.name.clone(), *number, named)
        });
        Self {
            totals: comparison.totals(),
            new: take(&comparison.new),
            known: comparison.known.len(),
            gone: take(&comparison.gone),
            sites: sites.collect(),
            unswept: comparison.unswept.iter().map(|report| report.name.clone()).collect(),
        }
    }
}
