//! Code that behaves differently from run to run: `Nondeterministic`.

use std::sync::atomic::{AtomicUsize, Ordering};

use oom_sweep::FindingKind::Nondeterministic;
use oom_sweep::{Report, Strategy, Sweep};

use crate::case::room;
use crate::specimen::{Home, Specimen, assert_silent};

specimens!(
    asks_for_more_each_time = Specimen {
        kinds: &[Nondeterministic],
        broken: |sweep| sweep.run(|| room(64 + CALLS.fetch_add(1, Ordering::Relaxed))),
        repaired: |sweep| sweep.run(|| room(64)),
        look: |report| {
            let message = report.findings()[0].message();
            assert!(message.contains("request 0 was alloc"), "{report}");
        },
        home: Home::Worker,
        ..Specimen::BASE
    },
    asks_more_often_each_time = Specimen {
        kinds: &[Nondeterministic],
        broken: |sweep| sweep.run(|| {
            let calls = CALLS.fetch_add(1, Ordering::Relaxed);
            (0..=calls).try_for_each(|_| room(64).map(drop))
        }),
        repaired: |sweep| sweep.run(|| (0..=5).try_for_each(|_| room(64).map(drop))),
        home: Home::Worker,
        ..Specimen::BASE
    },
    is_failed_beyond_its_end = Specimen {
        kinds: &[Nondeterministic],
        broken: |sweep| planned(sweep, &["nth:9999", "set:0,9999"]),
        repaired: |sweep| planned(sweep, &["nth:0", "set:0,9999", "size:9999", "none"]),
        look: |report| {
            let plans = report.findings()[0].plans();
            assert_eq!(plans, ["nth:9999".parse().unwrap()], "{report}");
        },
        ..Specimen::BASE
    },
);

#[test]
fn what_happens_once_in_a_while_is_judged_in_a_fresh_process() {
    let report = Sweep::new("once in a while").run(|| {
        // Calls 0 to 2 make the same requests: these are baselines, warm-ups and fresh runs.
        let is_odd = CALLS.fetch_add(1, Ordering::Relaxed) % 5 == 4;
        (0..if is_odd { 3 } else { 8 }).try_for_each(|_| room(64).map(drop))
    });
    assert_silent(&report);
}

static CALLS: AtomicUsize = AtomicUsize::new(0);

fn planned(sweep: Sweep, plans: &[&str]) -> Report {
    let plans = plans.iter().map(|plan| plan.parse().expect("a plan")).collect();
    sweep.strategy(Strategy::Plans(plans)).run(|| room(64))
}
