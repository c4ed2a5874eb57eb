//! Tests which plans each strategy runs, and what the report says about it: coverage, completeness,
//! and the order under a time budget.

#![cfg(unix)]

mod room;

use std::collections::TryReserveError;
use std::thread;
use std::time::Duration;

use oom_sweep::report::Ranges;
use oom_sweep::{
    AfterFault, FaultAlloc, Finding, Isolation, Outcome, Plan, Report, Strategy, Sweep,
};

use room::{Fallible, room};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

/// The number of requests of each repeated site.
const REPEATED: u64 = 12;

/// Makes 26 requests at 4 sites: 12, 1, 12 and 1. Each swallows its failure, so every plan that
/// runs belongs to a finding.
fn many() -> Fallible<()> {
    for _ in 0..REPEATED {
        let _ = room(16);
    }
    let _ = room(32);
    for _ in 0..REPEATED {
        let _ = room(64);
    }
    let _ = room(128);
    Ok(())
}

fn sweep(strategy: Strategy, isolation: Isolation) -> Report {
    let sweep = Sweep::new("strategy").strategy(strategy).isolation(isolation);
    sweep.after(AfterFault::Succeed).run(many)
}

/// Asserts, for every executor, that exactly these requests were failed, each in a separate run.
#[track_caller]
fn assert_failed(strategy: &Strategy, requests: &str, sites: &str) {
    for isolation in [Isolation::Worker, Isolation::Snapshot, Isolation::InProcess] {
        let report = sweep(strategy.clone(), isolation);
        let requests: Ranges = requests.parse().expect("ranges");
        assert_eq!(failed(&report), requests, "{report}");
        assert_eq!(report.coverage().requests(), &requests, "{report}");
        assert_eq!(report.coverage().sites().to_string(), sites, "{report}");
        assert_eq!((report.runs(), report.plans()), (requests.len(), requests.len()), "{report}");
        assert!(report.is_complete() && !report.is_clean(), "{report}");
        assert_eq!((report.requests(), report.sites()), (2 * REPEATED + 2, 4), "{report}");
        assert_eq!(report.strategy(), strategy.to_string());
    }
}

/// The requests that the plans of the findings fail.
fn failed(report: &Report) -> Ranges {
    let plans = report.findings().iter().flat_map(Finding::plans);
    let number = |plan: &Plan| (0..100).find(|&n| *plan == Plan::nth(n, plan.after));
    plans.filter_map(number).collect()
}

#[test]
fn every_request_is_each_request() {
    assert_failed(&Strategy::EveryRequest, "0-25", "0-3");
}

#[test]
fn one_of_each_site_is_the_first() {
    assert_failed(&Strategy::UniqueSites { per_site: 1 }, "0,12-13,25", "0-3");
}

#[test]
fn two_of_each_site_are_the_first_and_the_last() {
    assert_failed(&Strategy::UniqueSites { per_site: 2 }, "0,11-13,24-25", "0-3");
    assert_failed(&Strategy::UniqueSites { per_site: 100 }, "0-25", "0-3");
}

#[test]
fn a_sample_is_of_its_size_wherever_it_runs() {
    let sample = |count, seed| sweep(Strategy::Sample { count, seed }, Isolation::Auto);
    let seven = sample(7, 1);
    assert_eq!((seven.runs(), seven.plans(), failed(&seven).len()), (7, 7, 7), "{seven}");
    assert!(seven.is_complete(), "{seven}");
    let sites = seven.coverage().sites().to_string();
    assert_failed(&Strategy::Sample { count: 7, seed: 1 }, &failed(&seven).to_string(), &sites);
    assert_ne!(failed(&seven), failed(&sample(7, 2)));
    assert_failed(&Strategy::Sample { count: 1000, seed: 1 }, "0-25", "0-3");
}

#[test]
fn plans_are_run_as_they_are() {
    let plans = ["nth:3", "nth:12", "nth:3/fail-all"].map(|plan| plan.parse().expect("a plan"));
    for isolation in [Isolation::Worker, Isolation::Snapshot, Isolation::InProcess] {
        let report = sweep(Strategy::Plans(plans.to_vec()), isolation);
        assert_eq!((report.runs(), report.plans()), (3, 3), "{report}");
        assert_eq!(report.coverage().requests().to_string(), "3,12", "{report}");
        assert_eq!(report.coverage().sites().to_string(), "0-1", "{report}");
        let all = report.findings().iter().flat_map(Finding::plans);
        assert!(plans.iter().all(|plan| all.clone().any(|other| other == plan)), "{report}");
    }
}

#[test]
fn a_range_of_requests_restricts_every_strategy() {
    let restricted = |strategy, range| {
        let sweep = Sweep::new("range").strategy(strategy).after(AfterFault::Succeed);
        sweep.requests(range).run(many)
    };
    let every = restricted(Strategy::EveryRequest, 10..14);
    assert_eq!(every.coverage().requests().to_string(), "10-13", "{every}");
    assert_eq!((every.runs(), every.strategy()), (4, "every-request in 10..14"), "{every}");
    assert!(every.is_complete(), "{every}");
    let sites = restricted(Strategy::UniqueSites { per_site: 1 }, 1..20);
    assert_eq!(sites.coverage().requests().to_string(), "12-13", "{sites}");
    let none = restricted(Strategy::EveryRequest, 100..200);
    assert_eq!((none.runs(), none.coverage().requests().len()), (0, 0), "{none}");
}

#[test]
fn when_time_is_short_every_site_comes_before_any_other_request() {
    for isolation in [Isolation::Worker, Isolation::Snapshot, Isolation::InProcess] {
        // After a site has failed once, runs are so slow that the budget ends after the first.
        let budget = Duration::from_secs(3);
        let sweep = Sweep::new("short").isolation(isolation).jobs(2).time_budget(budget);
        let report = sweep.run(|| {
            for round in 0..50 {
                each_site(round, budget)?;
            }
            Ok::<_, TryReserveError>(())
        });
        assert!(report.is_clean() && !report.is_complete(), "{report}");
        assert_eq!(report.outcome(), Outcome::Partial);
        let text = report.to_string();
        assert!(text.contains("PARTIAL") && text.contains("skipped"), "{text}");
        assert_eq!(report.coverage().sites().to_string(), "0-2", "{report}");
        assert_eq!(report.plans(), 2 * 150, "{report}");
        let runs = report.runs();
        assert!((6..=8).contains(&runs), "two for each site, and one for each process: {report}");
        report.assert_clean();
    }
}

fn each_site(round: u64, budget: Duration) -> Fallible<()> {
    let slowly = |result: Fallible<Vec<u8>>| {
        if result.is_err() && round > 0 {
            thread::sleep(budget);
        }
        result
    };
    drop(slowly(room(1))?);
    drop(slowly(room(2))?);
    drop(slowly(room(3))?);
    Ok(())
}

#[test]
fn a_budget_that_suffices_changes_nothing() {
    let sweep = || Sweep::new("enough").after(AfterFault::Succeed);
    let (all, budgeted) =
        (sweep().run(many), sweep().time_budget(Duration::from_hours(1)).run(many));
    assert!(budgeted.is_complete(), "{budgeted}");
    assert_eq!(failed(&budgeted), failed(&all));
    let sorted = |report: &Report| {
        let mut plans: Vec<_> = report
            .findings()
            .iter()
            .flat_map(|f| f.plans().iter().map(move |plan| (f.kind(), f.site(), plan.clone())))
            .collect();
        plans.sort();
        plans
    };
    assert_eq!(sorted(&budgeted), sorted(&all));
    let first = |report: &Report| -> Vec<_> {
        report
            .findings()
            .iter()
            .map(|f| (f.kind(), f.plan().clone(), f.request().copied()))
            .collect()
    };
    assert_eq!(first(&budgeted), first(&all), "{budgeted}");
}

#[test]
fn a_budget_that_suffices_for_nothing_is_said_to() {
    for isolation in [Isolation::Worker, Isolation::Snapshot, Isolation::InProcess] {
        let sweep = Sweep::new("none").isolation(isolation).time_budget(Duration::from_nanos(1));
        let report = sweep.run(many);
        report.assert_clean();
        assert_eq!((report.outcome(), report.runs()), (Outcome::Partial, 0), "{report}");
        assert_eq!((report.requests(), report.plans()), (2 * REPEATED + 2, 4 * REPEATED + 4));
    }
}

#[test]
fn an_hour_of_time_is_not_waited_for() {
    let report = Sweep::new("done").time_budget(Duration::from_hours(1)).run(|| room(64));
    report.assert_clean();
    assert!(report.is_complete(), "{report}");
}
