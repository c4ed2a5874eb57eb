//! Makes one report from the shards of a sweep: [`join`].

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::super::{Cold, Coverage, Origin, Printed, Report};
use super::notes;
use crate::harness::oracle::{Finding, FindingKind, Status};
use crate::harness::plan::{Plan, SiteId};

/// A few centuries: a longer time could not be read again.
const LONGEST: Duration = Duration::from_nanos(u64::MAX / 2);

/// Joins the shards, which are in order, into one report. A single report of a whole sweep stays
/// as it is.
pub(super) fn join(mut shards: Vec<Report>) -> Report {
    if shards.len() == 1 && shards[0].shard.is_none() {
        return shards.remove(0);
    }
    let sum = |number: fn(&Report) -> u64| shards.iter().map(number).fold(0, u64::saturating_add);
    // Take the facts from a shard that did not stop early.
    let whole = shards.iter().find(|shard| shard.error.is_none()).unwrap_or(&shards[0]);
    let mut coverage = Coverage::default();
    shards.iter().for_each(|shard| coverage.unite(&shard.coverage));
    let site_ids = shards.iter().map(|shard| &shard.site_ids).find(|ids| !ids.is_empty());
    let mut joined = Report {
        name: whole.name.clone(),
        executor: executors(&shards),
        strategy: whole.strategy.clone(),
        after: whole.after.clone(),
        shard: None,
        requests: whole.requests,
        sites: whole.sites,
        site_ids: site_ids.cloned().unwrap_or_default(),
        profile: shards.iter().find_map(|shard| shard.profile.clone()),
        coverage,
        plans: sum(Report::plans),
        all_plans: sum(Report::plans),
        runs: sum(Report::runs),
        cold: cold(&shards),
        tolerated: sum(Report::tolerated),
        tolerances: Vec::new(),
        findings: findings(&shards),
        notes: notes::join(&shards),
        empty: shards.iter().find_map(|shard| shard.empty.clone()),
        error: error(&shards),
        origin: origin(&shards),
        elapsed: shards.iter().map(Report::elapsed).sum::<Duration>().min(LONGEST),
        printed: Printed::No,
    };
    joined.add_tolerances(shards.iter().flat_map(|shard| shard.tolerances.clone()));
    joined.note_stale_tolerances();
    joined
}

/// Lists each executor once: `Isolation::Auto` may choose another one for each shard. A shard
/// without plans used none, so it counts only if every shard is without plans.
fn executors(shards: &[Report]) -> String {
    let mut names: Vec<&str> = Vec::new();
    let is_idle = shards.iter().all(|shard| shard.plans == 0);
    let has_run = |shard: &&Report| !shard.executor.is_empty() && (is_idle || shard.plans > 0);
    for shard in shards.iter().filter(has_run) {
        if !names.contains(&shard.executor.as_str()) {
            names.push(&shard.executor);
        }
    }
    names.join(" + ")
}

/// If one shard has not swept first-use code, the whole sweep has not.
fn cold(shards: &[Report]) -> Cold {
    let is_missing = |shard: &&Report| matches!(shard.cold, Cold::NotSwept { .. });
    let is_swept = |shard: &&Report| matches!(shard.cold, Cold::Swept { .. });
    let telling = shards.iter().find(is_missing).or_else(|| shards.iter().find(is_swept));
    telling.unwrap_or(&shards[0]).cold.clone()
}

fn error(shards: &[Report]) -> Option<String> {
    let of_shard = |report: &Report| {
        let error = report.error.as_ref()?;
        let shard = report.shard.map_or_else(String::new, |shard| format!("shard {shard}: "));
        Some(format!("{shard}{error}"))
    };
    let errors: Vec<_> = shards.iter().filter_map(of_shard).collect();
    (!errors.is_empty()).then(|| errors.join("; "))
}

/// Keeps what the origins have in common. The code is the same, but the builds may differ.
fn origin(shards: &[Report]) -> Option<Origin> {
    let origins: Vec<_> = shards.iter().filter_map(|shard| shard.origin.as_ref()).collect();
    let first = |part: fn(&Origin) -> &Option<String>| {
        origins.iter().find_map(|origin| part(origin).clone())
    };
    let build = first(|origin| &origin.build);
    let is_one_build = origins.iter().all(|origin| origin.build == build);
    origins.first().map(|_| Origin {
        commit: first(|origin| &origin.commit),
        binary: first(|origin| &origin.binary),
        build: build.filter(|_| is_one_build),
        baseline: first(|origin| &origin.baseline),
        package: first(|origin| &origin.package),
        binary_id: first(|origin| &origin.binary_id),
        test: first(|origin| &origin.test),
    })
}

/// Merges findings of one kind and site, as a sweep does.
fn findings(shards: &[Report]) -> Vec<Finding> {
    let mut groups: HashMap<(FindingKind, Option<SiteId>), Vec<&Finding>> = HashMap::new();
    for finding in shards.iter().flat_map(|shard| &shard.findings) {
        groups.entry((finding.kind, finding.site)).or_default().push(finding);
    }
    let mut findings: Vec<_> = groups.into_values().map(fold).collect();
    let number = |finding: &Finding| finding.request.map_or(u64::MAX, |request| request.number);
    // Findings without requests and indices are sorted by site, so that no hash decides the order.
    findings
        .sort_by_key(|finding| (finding.kind, number(finding), first_index(finding), finding.site));
    findings
}

/// Merges a group of findings. The details are those of the first plan that shows it.
fn fold(mut group: Vec<&Finding>) -> Finding {
    group.sort_by_key(|finding| first_index(finding));
    let mut folded = group[0].clone();
    let mut shown: Vec<(u64, &Plan)> = group.iter().copied().flat_map(indexed_plans).collect();
    shown.sort_by_key(|(order, _)| *order);
    // One plan may occur twice: cold and warm.
    let mut seen = HashSet::new();
    shown.retain(|(_, plan)| seen.insert(*plan));
    (folded.plan_indices, folded.plans) =
        shown.into_iter().map(|(order, plan)| (order, plan.clone())).unzip();
    for finding in group {
        for &temperature in &finding.temperatures {
            if !folded.temperatures.contains(&temperature) {
                folded.temperatures.push(temperature);
            }
        }
        if finding.status == Status::New {
            folded.status = Status::New;
        }
    }
    folded
}

fn first_index(finding: &Finding) -> u64 {
    finding.plan_indices.first().copied().unwrap_or(u64::MAX)
}

/// Returns the plans with their indices in the sweep's list. Plans without an index come last.
fn indexed_plans(finding: &Finding) -> impl Iterator<Item = (u64, &Plan)> {
    let indices = finding.plan_indices.iter().copied().chain(std::iter::repeat(u64::MAX));
    indices.zip(&finding.plans)
}
