//! Splits a sweep as shards do and joins it again; and refuses reports that are not one sweep.

use std::time::Duration;

use super::super::{Coverage, Origin, Ranges, Shard, Tolerance, retained_bytes, samples};
use super::*;
use crate::harness::oracle::{Finding, FindingKind, Status, Temperature};
use crate::harness::plan::{AfterFault, Plan, SiteId};

const AFTER: [AfterFault; 2] = [AfterFault::Succeed, AfterFault::FailAll];
const REQUESTS: u64 = 20;

/// Returns the plan at this index: each request of the cold run with each `after`, then of the
/// warm run.
fn order(place: u64) -> (Plan, Temperature) {
    let plan = Plan::nth(number(place), AFTER[place as usize % 2]);
    (plan, if place < 2 * REQUESTS { Temperature::Cold } else { Temperature::Warm })
}

fn number(place: u64) -> u64 {
    place / 2 % REQUESTS
}

/// Makes the report of a sweep of the plans at these indices: a leak at every third request, a
/// panic at one site when warm, a cache at every second request.
fn swept(places: impl Iterator<Item = u64> + Clone) -> Report {
    let mut report = Report {
        strategy: "every-request".to_owned(),
        after: AFTER.to_vec(),
        requests: REQUESTS,
        sites: 4,
        site_ids: (0..4).map(SiteId).collect(),
        cold: crate::harness::report::Cold::Swept { requests: REQUESTS },
        plans: places.clone().count() as u64,
        all_plans: 4 * REQUESTS,
        runs: places.clone().count() as u64,
        origin: Some(Origin {
            commit: Some("c".repeat(40)),
            binary: Some("test".to_owned()),
            build: Some("b".repeat(16)),
            baseline: Some("a".repeat(16)),
            ..Origin::UNKNOWN
        }),
        notes: vec!["the code reads the clock".to_owned()],
        elapsed: Duration::ZERO,
        ..samples::clean()
    };
    let mut hits = (false, false);
    for place in places {
        let (plan, temperature) = order(place);
        let number = number(place);
        if temperature == Temperature::Warm {
            report.coverage.unite(&Coverage {
                requests: [number].into_iter().collect(),
                sites: [number / 5].into_iter().collect(),
            });
        }
        if number.is_multiple_of(3) {
            add(&mut report, FindingKind::Leaked, place);
        }
        if number / 5 == 2 && temperature == Temperature::Warm {
            add(&mut report, FindingKind::Panicked, place);
        }
        if number.is_multiple_of(2) {
            hits.0 = true;
            report.tolerated += 1;
            let when = if temperature == Temperature::Cold { " (cold)" } else { "" };
            let note = format!("{plan}{when}: retained {number} bytes");
            let is_new = report.notes.iter().all(|n| retained_bytes(n) != retained_bytes(&note));
            if is_new && report.notes.len() <= super::super::MOST_RETAINED {
                report.notes.push(note);
            }
        }
        hits.1 |= place == 7;
    }
    report.notes.push("depends on the schedule".to_owned());
    report.findings.sort_by_key(|f| (f.kind, f.request.map(|request| request.number)));
    report.add_tolerances([
        Tolerance::region("a log line", hits.0),
        Tolerance::kind(FindingKind::Leaked, hits.1),
        Tolerance::kind(FindingKind::Hung, false),
    ]);
    report
}

/// Adds a verdict to the findings, as a sweep does.
fn add(report: &mut Report, kind: FindingKind, place: u64) {
    let (plan, temperature) = order(place);
    let number = number(place);
    let site = Some(SiteId((number / 5) as u32));
    let is_it = |finding: &&mut Finding| (finding.kind, finding.site) == (kind, site);
    if let Some(finding) = report.findings.iter_mut().find(is_it) {
        if !finding.plans.contains(&plan) {
            finding.plans.push(plan);
            finding.plan_indices.push(place);
        }
        if !finding.temperatures.contains(&temperature) {
            finding.temperatures.push(temperature);
        }
        return;
    }
    let request = samples::partial_update().request.map(|mut request| {
        request.number = number;
        request
    });
    report.findings.push(Finding {
        message: format!("{kind} under {plan}"),
        plans: vec![plan],
        plan_indices: vec![place],
        temperatures: vec![temperature],
        request,
        site,
        ..samples::bare(kind)
    });
}

fn whole() -> Report {
    let mut whole = swept(0..4 * REQUESTS);
    whole.note_stale_tolerances();
    whole
}

fn shards(count: usize) -> Vec<Report> {
    let shard = |index: usize| {
        let places = (0..4 * REQUESTS).filter(|&p| number(p) % count as u64 == index as u64 - 1);
        Report { shard: Shard::new(index, count).ok(), ..swept(places) }
    };
    (1..=count).map(shard).collect()
}

/// Merges the reports, each in its own document: `1.json`, `2.json`, …
fn merged(reports: impl IntoIterator<Item = Report>) -> Result<Vec<Report>, String> {
    let document = |(index, report): (usize, Report)| {
        (format!("{}.json", index + 1), Document::new(vec![report]))
    };
    merge(reports.into_iter().enumerate().map(document).collect()).map(|merged| merged.reports)
}

#[test]
fn shards_make_the_whole_in_any_order() {
    let whole = whole();
    assert!(whole.notes.len() > 9 && whole.findings.len() > 4, "{whole}");
    for count in [1, 2, 3, 4, 7] {
        let mut shards = shards(count);
        shards.reverse();
        shards.rotate_left(count / 2);
        let joined = merged(shards).unwrap();
        let text = |report: &Report| serde_json::to_string_pretty(report).unwrap();
        assert_eq!(text(&joined[0]), text(&whole), "{count} shards");
        assert_eq!(joined.len(), 1);
    }
}

#[test]
fn a_partial_shard_makes_a_partial_report() {
    let mut shards = shards(3);
    shards[1].runs -= 4;
    let joined = merged(shards).unwrap().remove(0);
    assert!(!joined.is_complete() && joined.notes.iter().all(|note| !note.contains("remove it")));
    assert_eq!((joined.runs, joined.plans), (76, 80));
}

#[test]
fn whole_sweeps_pass_through_beside_shards() {
    let other = samples::example();
    let mut reports = shards(2);
    reports.insert(1, other.clone());
    let joined = merged(reports).unwrap();
    assert_eq!(joined, [Report { elapsed: joined[0].elapsed, ..whole() }, other]);
}

#[test]
fn sweeps_of_two_binaries_are_two() {
    let mut other = whole();
    other.origin.as_mut().unwrap().binary = Some("other".to_owned());
    assert_eq!(merged([whole(), other]).unwrap().len(), 2);
}

#[test]
fn another_build_of_the_same_commit_is_noted() {
    let mut shards = shards(2);
    shards[1].origin.as_mut().unwrap().build = Some("1".repeat(16));
    let joined = merged(shards).unwrap().remove(0);
    assert_eq!(joined.origin.as_ref().unwrap().build, None);
    let note = "shards 1/2 and 2/2 were run by different builds of the same commit";
    assert!(joined.notes.iter().any(|other| other == note), "{joined}");
}

#[test]
fn an_error_of_a_shard_is_an_error_of_the_whole() {
    let mut reports = shards(2);
    let error = Some("it hung".to_owned());
    reports[0] = Report { error: error.clone(), shard: reports[0].shard, ..samples::clean() };
    let joined = merged(reports).unwrap().remove(0);
    assert_eq!(joined.error(), Some("shard 1/2: it hung"));
    assert_eq!(joined.requests, REQUESTS);

    // A sweep that could not begin fails in the same way everywhere.
    let unfit = Report { error, ..Report::blank("") };
    assert_eq!(merged([unfit.clone(), unfit.clone()]).unwrap(), [unfit]);
}

/// The same finding in two shards, known in one of them.
#[test]
fn new_in_one_shard_is_new() {
    let merged_status = |first, second| {
        let mut shards = shards(2);
        for (shard, status) in shards.iter_mut().zip([first, second]) {
            // A leak at this site is in both shards.
            shard.findings.retain(|finding| finding.kind == FindingKind::Leaked);
            shard.findings.truncate(1);
            shard.findings[0].status = status;
        }
        assert_eq!(shards[0].findings[0].site, shards[1].findings[0].site);
        let joined = merged(shards).unwrap().remove(0);
        assert_eq!(joined.findings.len(), 1);
        (joined.findings[0].status, joined.is_clean())
    };
    assert_eq!(merged_status(Status::Known, Status::New), (Status::New, false));
    assert_eq!(merged_status(Status::New, Status::Known), (Status::New, false));
    assert_eq!(merged_status(Status::New, Status::Allowed), (Status::New, false));
    assert_eq!(merged_status(Status::Known, Status::Known), (Status::Known, true));
}

#[test]
fn reports_of_different_sweeps_are_refused_in_a_line() {
    let with = |change: fn(&mut Vec<Report>)| {
        let mut shards = shards(3);
        change(&mut shards);
        merged(shards).unwrap_err()
    };
    fn origin(report: &mut Report) -> &mut Origin {
        report.origin.as_mut().expect("it has one")
    }
    type Change = fn(&mut Vec<Report>);
    let refusals: [(Change, &[&str]); 11] = [
        (|shards| shards.truncate(2), &["shard 3/3 is missing"]),
        (|shards| shards.truncate(1), &["shards 2/3, 3/3 are missing"]),
        (|shards| shards.push(shards[1].clone()), &["2.json and 4.json both have shard 2/3"]),
        (
            |shards| shards[1].shard = Shard::new(2, 4).ok(),
            &["2.json has shard 2/4", "1.json has shard 1/3"],
        ),
        (|shards| shards[1].shard = None, &["2.json has the whole sweep", "1.json has a shard"]),
        (|shards| shards[0].shard = None, &["1.json has the whole sweep", "2.json has shard 2/3"]),
        (
            |shards| origin(&mut shards[2]).commit = Some("d".repeat(40)),
            &["shard 1/3 (1.json) and shard 3/3 (3.json)", "different commits: ccc", "ddd"],
        ),
        (
            |shards| origin(&mut shards[1]).baseline = Some("0".repeat(16)),
            &["different fault-free runs", "aaa", "000"],
        ),
        (
            |shards| {
                shards.iter_mut().for_each(|shard| origin(shard).commit = None);
                origin(&mut shards[1]).build = None;
                origin(&mut shards[2]).build = Some("0".repeat(16));
            },
            &["different builds", "not known"],
        ),
        (
            |shards| shards[1].strategy = "pairs".to_owned(),
            &["different strategies: every-request after succeed,fail-all and pairs"],
        ),
        (
            |shards| *shards = vec![whole(), whole()],
            &["1.json and 2.json both have the whole sweep"],
        ),
    ];
    for (change, parts) in refusals {
        let error = with(change);
        assert!(error.starts_with("table::insert: ") && !error.contains('\n'), "{error}");
        assert!(parts.iter().all(|part| error.contains(part)), "{error}\n{parts:?}");
    }
    assert_eq!(merge(vec![]).unwrap_err(), "nothing to merge");
}

#[test]
fn coverage_grows_together() {
    let joined = merged(shards(7)).unwrap().remove(0);
    assert_eq!(joined.coverage.requests, Ranges::below(REQUESTS));
    assert_eq!(joined.coverage.sites, Ranges::below(4));
}

/// A document may claim any number of shards.
#[test]
fn some_of_many_missing_shards_are_named() {
    let of = |shard: &str| {
        let shard = Some(shard.parse().unwrap());
        let report = Report { shard, ..samples::clean() };
        merge(vec![("a".to_owned(), Document::new(vec![report]))]).unwrap_err()
    };
    assert_eq!(
        of("13/13"),
        "table::insert: shards 1/13, 2/13, 3/13, 4/13, 5/13, 6/13, 7/13, 8/13, 9/13, 10/13, \
         11/13, 12/13 are missing"
    );
    let error = of(&format!("2/{}", usize::MAX));
    assert!(error.ends_with(&format!(" and {} more are missing", usize::MAX - 13)), "{error}");
    assert!(error.len() < 600, "{error}");
}

#[test]
fn large_numbers_and_long_names_are_written() {
    let shards = ["1/2", "2/2"].map(|shard| {
        let most = u64::MAX;
        let shard = Some(shard.parse().unwrap());
        let name = "a\nb".to_owned();
        let sums = Report { plans: most, runs: most, tolerated: most, ..samples::clean() };
        Report { name, shard, elapsed: Duration::from_nanos(most / 3 * 2), ..sums }
    });
    let [one, other] = shards;
    let documents = |reports| vec![("x".to_owned(), Document::new(reports))];
    let joined = merge(documents(vec![one.clone(), other])).unwrap();
    assert_eq!((joined.reports[0].plans(), joined.reports[0].tolerated()), (u64::MAX, u64::MAX));
    let text = serde_json::to_string(&joined).unwrap();
    let read = Document::from_text(std::path::Path::new("x"), &text).unwrap();
    let (read, joined) = (&read.reports[0], &joined.reports[0]);
    assert_eq!(read.elapsed().as_secs(), joined.elapsed().as_secs());
    assert_eq!(merge(documents(vec![one])).unwrap_err(), "a\\nb: shard 2/2 is missing");
}

/// Findings without requests, of old reports without indices.
#[test]
fn findings_are_in_one_order() {
    let finding = |site| Finding {
        site: Some(SiteId(site)),
        plan_indices: vec![],
        ..samples::bare(FindingKind::Leaked)
    };
    let shard = |shard: &str, sites: std::ops::Range<u32>| {
        let findings = sites.rev().map(finding).collect();
        Report { shard: Some(shard.parse().unwrap()), findings, ..samples::clean() }
    };
    let document = Document::new(vec![shard("1/2", 0..20), shard("2/2", 20..40)]);
    let joined = merge(vec![("x".to_owned(), document)]).unwrap();
    assert!(joined.reports[0].findings().is_sorted_by_key(Finding::site));
}
