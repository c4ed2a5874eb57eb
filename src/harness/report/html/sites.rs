//! The sites of a sweep on the page, one for each call stack of a request: [`Site`].
//!
//! Several call stacks can have one id: two lines of a function differ in nothing else. A finding
//! belongs to the stacks that its plans failed, and to its own.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::finding_data::faulted;
use super::frames::Frames;
use super::limits::Limits;
use crate::harness::oracle::{Finding, Temperature};
use crate::harness::plan::SiteId;
use crate::harness::report::{Profile, Report};

/// A call stack of requests, with what was found there.
#[derive(Serialize)]
pub(super) struct Site {
    id: String,
    requests: u64,
    failed: u64,
    bytes: u64,
    stack: Vec<usize>,
    /// Indices of the sweep's findings.
    found: Vec<usize>,
}

/// Returns those of the requests that the profile describes.
pub(super) fn described(report: &Report, numbers: impl Iterator<Item = u64>) -> Vec<u64> {
    const MOST: u64 = 1 << 18;
    numbers.take(report.requests.min(MOST) as usize).collect()
}

/// Returns the sites, in the order of their first requests.
pub(super) fn sites(
    report: &Report,
    profile: &Profile,
    findings: &[Finding],
    frames: &mut Frames,
    room: &mut Limits,
) -> Vec<Site> {
    let len = profile.stacks().min(report.site_ids.len()).min(room.sites);
    room.sites -= len;
    let site = |ordinal: usize| Site {
        id: report.site_ids[ordinal].to_string(),
        requests: 0,
        failed: 0,
        bytes: 0,
        stack: frames.stack(profile.stack(ordinal)),
        found: Vec::new(),
    };
    let mut list: Vec<_> = (0..len).map(site).collect();
    let requests = described(report, profile.sites().iter());
    let sizes = described(report, profile.sizes().iter());
    for (number, (&ordinal, size)) in requests.iter().zip(sizes).enumerate() {
        let site = usize::try_from(ordinal).ok().and_then(|ordinal| list.get_mut(ordinal));
        if let Some(site) = site {
            site.requests += 1;
            site.failed += u64::from(report.coverage.requests().contains(number as u64));
            site.bytes = site.bytes.saturating_add(size);
        }
    }
    let mut by_id = HashMap::<SiteId, Vec<usize>>::new();
    for (ordinal, &id) in report.site_ids[..len].iter().enumerate() {
        by_id.entry(id).or_default().push(ordinal);
    }
    for (index, finding) in findings.iter().enumerate() {
        let alike = finding.site.and_then(|id| by_id.get(&id)).map_or(&[][..], Vec::as_slice);
        let failed = failed_sites(finding, &requests);
        for &ordinal in alike {
            let is_own = profile.stack(ordinal).eq(&finding.stack);
            if is_own || failed.contains(&(ordinal as u64)) {
                list[ordinal].found.push(index);
            }
        }
    }
    list
}

/// Returns the ordinals of the sites that a finding's plans fail first. Numbers of cold requests
/// are not those of the profile; of a finding that is cold and warm, some plans may be cold.
fn failed_sites(finding: &Finding, requests: &[u64]) -> HashSet<u64> {
    let numbers = finding.temperatures.contains(&Temperature::Warm).then(|| faulted(finding));
    let of_request = |(_, number): (_, u64)| requests.get(usize::try_from(number).ok()?).copied();
    numbers.into_iter().flatten().filter_map(of_request).collect()
}
