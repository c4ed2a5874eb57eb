//! The data of one sweep on the page: [`SweepData`].

use serde::Serialize;

use super::cells::{Row, Rows, text};
use super::finding_data::FindingData;
use super::frames::Frames;
use super::limits::Limits;
use super::sites::{Site, described, sites};
use crate::harness::oracle::Status;
use crate::harness::report::text::duration;
use crate::harness::report::{Cold, Outcome, Profile, Report, json};

/// What one sweep found, and how far it went.
#[derive(Serialize)]
pub(super) struct SweepData {
    name: String,
    outcome: Outcome,
    executor: String,
    strategy: String,
    shard: Option<String>,
    requests: u64,
    sites: u64,
    failed_requests: u64,
    failed_sites: u64,
    plans: u64,
    runs: u64,
    tolerated: u64,
    new: usize,
    known: usize,
    allowed: usize,
    cold: Option<String>,
    /// Declarations of what to tolerate, and whether they matched.
    tolerances: Vec<(String, bool)>,
    notes: Vec<String>,
    error: Option<String>,
    commit: Option<String>,
    binary: Option<String>,
    elapsed: String,
    elapsed_ms: f64,
    /// The number of requests in a cell of the timeline.
    per: u64,
    rows: Vec<Row>,
    /// For each cell, the site of its first request and the greatest size in it.
    cell_sites: String,
    cell_sizes: String,
    site_list: Vec<Site>,
    findings: Vec<FindingData>,
    /// The text before and after the plan in the replay command.
    replay: Option<(String, String)>,
}

impl SweepData {
    /// Takes what it needs from `room`.
    pub(super) fn new(report: &Report, name: &str, frames: &mut Frames, room: &mut Limits) -> Self {
        let Rows { per, rows } = Rows::of(report, room.cells);
        let none = Profile::default();
        let profile = report.profile.as_ref().unwrap_or(&none);
        let (cell_sites, cell_sizes) = cells(report, profile, per);
        let shown = &report.findings[..report.findings.len().min(room.findings)];
        let site_list = sites(report, profile, shown, frames, room);
        let findings: Vec<_> =
            shown.iter().map(|finding| FindingData::new(finding, report, frames, room)).collect();
        room.findings -= findings.len();
        let count =
            |status| report.findings.iter().filter(|finding| finding.status == status).count();
        let origin = report.origin.clone().unwrap_or_default();
        let tolerances = report.tolerances.iter();
        Self {
            name: name.to_owned(),
            outcome: report.outcome(),
            executor: report.executor.clone(),
            strategy: report.strategy.clone(),
            shard: report.shard.map(|shard| shard.to_string()),
            requests: report.requests,
            sites: report.sites,
            failed_requests: report.coverage.requests().len(),
            failed_sites: report.coverage.sites().len(),
            plans: report.plans,
            runs: report.runs,
            tolerated: report.tolerated,
            new: count(Status::New),
            known: count(Status::Known),
            allowed: count(Status::Allowed),
            cold: cold(report),
            tolerances: tolerances.map(|one| (one.what.clone(), one.matched)).collect(),
            notes: report.notes.iter().map(|note| room.clip(note)).collect(),
            error: report.error.as_ref().map(|error| room.clip(error)),
            commit: origin.commit,
            binary: origin.binary,
            elapsed: duration(report.elapsed),
            elapsed_ms: json::millis::from_duration(report.elapsed),
            per,
            rows,
            cell_sites,
            cell_sizes,
            site_list,
            findings,
            replay: replay(report),
        }
    }
}

fn cold(report: &Report) -> Option<String> {
    match &report.cold {
        Cold::SameAsWarm => None,
        Cold::Swept { requests } => Some(format!("{requests} requests in a fresh process")),
        Cold::NotSwept { reason } => Some(format!("not swept: {reason}")),
    }
}

/// Returns the site and the size of each cell.
fn cells(report: &Report, profile: &Profile, per: u64) -> (String, String) {
    let per = usize::try_from(per).unwrap_or(usize::MAX);
    let sites = described(report, profile.sites().iter());
    let sizes = described(report, profile.sizes().iter());
    let greatest = |sizes: &[u64]| sizes.iter().copied().max().unwrap_or_default();
    (text(sites.into_iter().step_by(per)), text(sizes.chunks(per).map(greatest)))
}

/// Splits the command of a finding around its plan: it accepts any other plan there.
fn replay(report: &Report) -> Option<(String, String)> {
    report.findings.iter().find_map(|finding| {
        let (before, after) = finding.replay.split_once(&finding.plan().to_string())?;
        Some((before.to_owned(), after.to_owned()))
    })
}
