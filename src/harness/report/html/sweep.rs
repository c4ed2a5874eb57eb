//! The data of one sweep on the page: [`SweepData`].

use serde::Serialize;

use super::cells::{Row, Rows, text};
use super::finding_data::FindingData;
use super::frames::Frames;
use super::limits::Limits;
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

/// A site, with its stack.
#[derive(Serialize)]
struct Site {
    id: String,
    requests: u64,
    failed: u64,
    bytes: u64,
    stack: Vec<usize>,
}

impl SweepData {
    /// Takes what it needs from `room`.
    pub(super) fn new(report: &Report, name: &str, frames: &mut Frames, room: &mut Limits) -> Self {
        let Rows { per, rows } = Rows::of(report, room.cells);
        let none = Profile::default();
        let profile = report.profile.as_ref().unwrap_or(&none);
        let (cell_sites, cell_sizes) = cells(report, profile, per);
        let site_list = sites(report, profile, frames, room);
        let shown = report.findings.iter().take(room.findings);
        let findings: Vec<_> =
            shown.map(|finding| FindingData::new(finding, report, frames, room)).collect();
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

/// Returns those of the requests that the profile describes.
fn described(report: &Report, numbers: impl Iterator<Item = u64>) -> Vec<u64> {
    const MOST: u64 = 1 << 18;
    numbers.take(report.requests.min(MOST) as usize).collect()
}

/// Returns the site and the size of each cell.
fn cells(report: &Report, profile: &Profile, per: u64) -> (String, String) {
    let per = usize::try_from(per).unwrap_or(usize::MAX);
    let sites = described(report, profile.sites().iter());
    let sizes = described(report, profile.sizes().iter());
    let greatest = |sizes: &[u64]| sizes.iter().copied().max().unwrap_or_default();
    (text(sites.into_iter().step_by(per)), text(sizes.chunks(per).map(greatest)))
}

/// Returns the sites, in the order of their first requests.
fn sites(report: &Report, profile: &Profile, frames: &mut Frames, room: &mut Limits) -> Vec<Site> {
    let len = profile.stacks().min(report.site_ids.len()).min(room.sites);
    room.sites -= len;
    let site = |ordinal: usize| Site {
        id: report.site_ids[ordinal].to_string(),
        requests: 0,
        failed: 0,
        bytes: 0,
        stack: frames.stack(profile.stack(ordinal)),
    };
    let mut list: Vec<_> = (0..len).map(site).collect();
    let requests = described(report, profile.sites().iter());
    let sizes = described(report, profile.sizes().iter());
    for (number, (ordinal, size)) in requests.into_iter().zip(sizes).enumerate() {
        let site = usize::try_from(ordinal).ok().and_then(|ordinal| list.get_mut(ordinal));
        if let Some(site) = site {
            site.requests += 1;
            site.failed += u64::from(report.coverage.requests().contains(number as u64));
            site.bytes = site.bytes.saturating_add(size);
        }
    }
    list
}

/// Splits the command of a finding around its plan: it accepts any other plan there.
fn replay(report: &Report) -> Option<(String, String)> {
    report.findings.iter().find_map(|finding| {
        let (before, after) = finding.replay.split_once(&finding.plan().to_string())?;
        Some((before.to_owned(), after.to_owned()))
    })
}
