//! Tests the planted mistakes: a hand-written input shows each of them, and the repaired twin has
//! no finding.
//!
//! `fuzz/` measures how soon a fuzzer finds them.

#![cfg(feature = "subjects")]

mod subjects;

use std::panic::{AssertUnwindSafe, catch_unwind};

use oom_sweep::targets::fuzz;
use oom_sweep::{FaultAlloc, Plan, Report, Strategy, Sweep, Target};
use subjects::{Planted, TABLE, spelled};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

fn sweep(target: &Target, input: &[u8], strategy: Strategy) -> Report {
    target.sweep(input, Sweep::fuzzing(target.name()).strategy(strategy)).unwrap()
}

/// The plan that the input of the planted mistake encodes.
fn plan(planted: &Planted) -> Plan {
    let counted = sweep(&planted.repaired, &planted.input(), Strategy::Plans(Vec::new()));
    spelled(planted.end(), counted.requests())
}

#[test]
fn each_input_finds_its_kind_and_no_other() {
    assert!(TABLE.len() >= 10);
    for planted in TABLE {
        let plans = Strategy::Plans(vec![plan(planted)]);
        let report = sweep(&planted.broken, &planted.input(), plans);
        let kind = report.findings().first().map(|finding| finding.kind());
        assert_eq!(kind, Some(planted.kind), "{}\n{report}", planted.broken.name());
    }
}

#[test]
fn without_faults_nothing_shows() {
    for planted in TABLE {
        let plans = Strategy::Plans(vec![Plan::none()]);
        sweep(&planted.broken, &planted.input(), plans).assert_clean();
    }
}

#[test]
fn twins_are_clean_under_every_plan() {
    for Planted { repaired, .. } in TABLE {
        for planted in TABLE {
            // Inputs of other subjects are valid inputs too.
            sweep(repaired, &planted.input(), Strategy::EveryRequest).assert_clean();
            fuzz(repaired, &planted.input(), &[]).unwrap();
        }
    }
}

#[test]
fn the_fuzz_targets_body_tells_the_whole_story() {
    for planted in TABLE {
        let name = planted.broken.name();
        let story = catch_unwind(AssertUnwindSafe(|| fuzz(&planted.broken, &planted.input(), &[])));
        let story = story.expect_err(name);
        let story = story.downcast_ref::<String>().expect("a text");
        let command =
            format!("oom-sweep repro --target {name} --input FILE --plan {}", plan(planted));
        let described = planted.broken.decode(&planted.input()).unwrap().describe(0);
        for part in [&planted.kind.to_string(), &command, &described] {
            assert!(story.contains(part), "{part} is missing from\n{story}");
        }
    }
}
