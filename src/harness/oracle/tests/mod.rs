//! Every kind of finding that [`judge`] can make, each from an observation that shows only this
//! kind, beside a repaired twin that shows none. `rules` tests combinations.
//!
//! Nothing runs here. The tests of the sweep check that observations are true.

mod rules;

use std::time::Duration;

use super::*;
use crate::harness::alloc::{Birth, Harm, Leftover, Operation, Request, Tolerance};
use crate::harness::plan::{AfterFault, Plan};

type Change = fn(&mut Observation);

const ANY: Rules = Rules { sizes: Sizes::Any, fault_free: FaultFree::Anything };
const EXACT: Rules = Rules { sizes: Sizes::Exact, ..ANY };

fn fallback(evidence: Evidence) -> Fallback {
    Fallback { function: "store::grow".to_owned(), failed: 96, served: 24, evidence }
}

fn request(number: u64, size: usize) -> Request {
    Request { number, size, old_size: 0, align: 8, operation: Operation::Alloc }
}

fn fault(tolerance: Tolerance) -> FaultSeen {
    FaultSeen { request: request(17, 192), tolerance, stack: vec![] }
}

fn oom(requested: usize) -> Returned {
    Returned::Err { is_oom: true, requested: Some(requested), text: Some("OutOfMemory".into()) }
}

fn other_error() -> Returned {
    Returned::Err { is_oom: false, requested: None, text: Some("Full".into()) }
}

fn changed() -> ViewSeen {
    ViewSeen::Changed(ViewChange { before: "1".into(), after: "2".into() })
}

/// A correct run: one fault, one step that returns its error, the rest as without faults.
fn sound() -> Observation {
    let step = StepSeen {
        index: 3,
        returned: oom(192),
        expected: Expected::Ok,
        refused: 1,
        untolerated: 1,
        over_ceiling: 0,
        inconsistency: None,
        view: ViewSeen::Same,
        retry: Retried::AsExpected,
    };
    Observation {
        requests: 20,
        faults: vec![fault(Tolerance::Outside)],
        refused: 1,
        untolerated: 1,
        steps: vec![step],
        end: ViewSeen::Same,
        ..Observation::new(Plan::nth(17, AfterFault::Succeed), Temperature::Warm)
    }
}

fn observed(change: Change) -> Observation {
    let mut seen = sound();
    change(&mut seen);
    seen
}

fn tolerate(seen: &mut Observation) {
    seen.faults = vec![fault(Tolerance::Inside)];
    seen.untolerated = 0;
    seen.steps[0].untolerated = 0;
}

/// Makes a step without faults.
fn unfaulted(seen: &mut Observation) {
    seen.steps[0].refused = 0;
    seen.steps[0].untolerated = 0;
}

fn panic(seen: &mut Observation) {
    let (message, location) = ("index out of bounds".into(), "src/a.rs:3:5".into());
    seen.ending = Ending::Panicked { message, location, stack: vec![] };
    seen.steps[0].returned = Returned::Panicked;
    seen.steps[0].retry = Retried::Not;
    seen.end = ViewSeen::NotCompared;
}

fn die(seen: &mut Observation, death: Death, panic: Option<&str>, said: &str) {
    let panic = panic.map(str::to_owned);
    seen.ending = Ending::Died { death, panic, said: said.into(), stack: vec![] };
    seen.steps.clear();
    seen.end = ViewSeen::NotCompared;
}

fn harm(seen: &mut Observation, harm: Harm) {
    let birth = Birth::Armed(4);
    seen.damages.push(DamageSeen { harm, size: 64, align: 8, birth, stack: vec![] });
}

fn leftover(birth: Birth) -> Leftover {
    Leftover { birth, size: 24, align: 8, address: 0 }
}

fn kinds(seen: &Observation, rules: Rules) -> Vec<FindingKind> {
    judge(seen, rules).into_iter().map(|verdict| verdict.kind).collect()
}

/// A kind, a run that shows only this kind, and a similar run that shows none.
const KINDS: [(FindingKind, Change, Change); 18] = [
    (
        FindingKind::Crashed,
        |seen| die(seen, Death::Crash { signal: 11, address: 8 }, None, ""),
        |_| {},
    ),
    (
        FindingKind::CorruptedBlock,
        |seen| harm(seen, Harm::WrittenAfterFree(3)),
        |seen| seen.damages.clear(),
    ),
    (FindingKind::InvalidFree, |seen| harm(seen, Harm::FreedTwice), |seen| seen.damages.clear()),
    (
        FindingKind::Aborted,
        |seen| die(seen, Death::Abort, None, "memory allocation of 192 bytes failed\n"),
        |_| {},
    ),
    (FindingKind::Panicked, panic, |_| {}),
    (
        FindingKind::Hung,
        |seen| seen.ending = Ending::Hung { limit: Duration::from_secs(10) },
        |seen| seen.ending = Ending::Finished,
    ),
    (
        FindingKind::Nondeterministic,
        |seen| seen.sequence = Sequence::Differs,
        |seen| seen.sequence = Sequence::Agrees,
    ),
    (
        FindingKind::Inconsistent,
        |seen| seen.steps[0].inconsistency = Some("two owners".into()),
        |seen| seen.steps[0].inconsistency = None,
    ),
    (
        FindingKind::PartialUpdate,
        |seen| seen.steps[0].view = changed(),
        // The guarantee `Basic` compares no views.
        |seen| seen.steps[0].view = ViewSeen::NotCompared,
    ),
    (
        FindingKind::SwallowedOom,
        |seen| seen.steps[0].returned = Returned::Ok,
        |seen| {
            seen.steps[0].returned = Returned::Ok;
            tolerate(seen);
        },
    ),
    (
        FindingKind::Diverged,
        |seen| {
            seen.steps[0].returned = Returned::Ok;
            seen.steps[0].view = changed();
            tolerate(seen);
        },
        |seen| {
            seen.steps[0].returned = Returned::Ok;
            seen.steps[0].view = ViewSeen::Same;
            tolerate(seen);
        },
    ),
    (
        FindingKind::NotRecovered,
        |seen| seen.steps[0].retry = Retried::Failed("returned Err(Full)".into()),
        |seen| seen.steps[0].retry = Retried::Not,
    ),
    (
        FindingKind::WrongError,
        |seen| seen.steps[0].returned = other_error(),
        |seen| {
            seen.steps[0].returned = other_error();
            tolerate(seen);
        },
    ),
    (
        FindingKind::SpuriousError,
        unfaulted,
        // The request exceeded the ceiling.
        |seen| {
            unfaulted(seen);
            seen.steps[0].over_ceiling = 1;
        },
    ),
    (
        FindingKind::AllocatedAfterFault,
        |seen| {
            seen.forbidden = 1;
            seen.first_forbidden = Some(request(18, 8));
        },
        |seen| seen.first_forbidden = None,
    ),
    (
        FindingKind::Leaked,
        |seen| seen.leaked.push(leftover(Birth::Armed(4))),
        // A cache keeps the block: it was not left a second time.
        |seen| seen.retained.push(leftover(Birth::Armed(4))),
    ),
    (
        FindingKind::WrongSize,
        |seen| seen.steps[0].returned = oom(96),
        |seen| {
            let text = Some("OutOfMemory".into());
            seen.steps[0].returned = Returned::Err { is_oom: true, requested: None, text };
        },
    ),
    (
        FindingKind::FellBack,
        |seen| {
            seen.steps[0].returned = Returned::Ok;
            seen.steps[0].retry = Retried::Not;
            seen.fallback = Some(fallback(Evidence::View));
        },
        // Nobody needs to know of a tolerated fault.
        |seen| {
            seen.steps[0].returned = Returned::Ok;
            seen.steps[0].untolerated = 0;
            seen.fallback = Some(fallback(Evidence::View));
        },
    ),
];

#[test]
fn the_repaired_twin_of_each_kind_is_clean() {
    assert_eq!(judge(&sound(), EXACT), []);
    for (kind, broken, repaired) in KINDS {
        assert_eq!(kinds(&observed(broken), EXACT), [kind]);
        assert_eq!(judge(&observed(repaired), EXACT), [], "the repaired twin of {kind}");
    }
}

#[test]
fn every_kind_is_in_the_table() {
    // The harness finds that the allocator is not installed before anything runs.
    let judged = FindingKind::ALL.into_iter().filter(|&kind| kind != FindingKind::NotInstalled);
    assert!(judged.eq(KINDS.map(|(kind, ..)| kind)));
}

#[test]
fn endings_are_distinguished() {
    use FindingKind::{Aborted, Crashed, Panicked};
    let overflow = "\nthread 'main' (7) has overflowed its stack\nfatal runtime error: \
                    stack overflow, aborting\n";
    let crash = Death::Crash { signal: 11, address: 8 };
    for (death, panic, said, kind, message) in [
        (crash, None, "", Crashed, "SIGSEGV at address 0x8"),
        (crash, Some("earlier"), "", Crashed, "SIGSEGV at address 0x8"),
        (crash, None, overflow, Crashed, "the stack overflowed"),
        (Death::Abort, None, overflow, Crashed, "the stack overflowed"),
        (Death::Abort, None, "", Aborted, "the process aborted"),
        (
            Death::Abort,
            None,
            "some log\nmemory allocation of 9 bytes failed\nnote: run with \
             `RUST_BACKTRACE=1` environment variable to display a backtrace\n\n",
            Aborted,
            "the process aborted: memory allocation of 9 bytes failed",
        ),
        (
            Death::Abort,
            None,
            "memory allocation of 9 bytes failed\nthe logger failed too\n",
            Aborted,
            "the process aborted: memory allocation of 9 bytes failed",
        ),
        (
            Death::Abort,
            None,
            "starting\nno room for the log\n\nnote: run with `RUST_BACKTRACE=1`\n\n",
            Aborted,
            "the process aborted: no room for the log",
        ),
        (Death::Abort, Some("boom"), "", Panicked, "panicked, then aborted: boom"),
        (Death::Signal(9), None, "", Aborted, "the process was killed by SIGKILL"),
        (Death::Signal(99), None, "", Aborted, "the process was killed by signal 99"),
        (Death::Exit(3), None, "", Aborted, "the code ended the process with exit code 3"),
    ] {
        let mut seen = sound();
        die(&mut seen, death, panic, said);
        assert_eq!(judge(&seen, ANY), [Verdict::new(kind, message)]);
    }
}

#[test]
fn each_harm_has_its_kind() {
    use FindingKind::{CorruptedBlock, InvalidFree};
    for (what, kind, end) in [
        (Harm::FreedTwice, InvalidFree, "was freed twice"),
        (Harm::FreedInside(8), InvalidFree, "was freed by an address 8 bytes past its start"),
        (
            Harm::OtherLayout(32, 4),
            InvalidFree,
            "was freed or reallocated with the layout of 32 bytes, align 4",
        ),
        (Harm::Overrun, CorruptedBlock, "was written past its end"),
        (
            Harm::WrittenAfterFree(3),
            CorruptedBlock,
            "was written to at offset 3 after it was freed",
        ),
    ] {
        let mut seen = sound();
        harm(&mut seen, what);
        let message = format!("a block of 64 bytes, align 8, allocated by request 4, {end}");
        assert_eq!(judge(&seen, ANY), [Verdict::new(kind, message)]);
    }
}

#[test]
fn at_most_three_leaked_blocks_are_named() {
    for (count, expected) in [
        (1, "1 block left, 24 bytes: 24 bytes allocated by request 0"),
        (
            3,
            "3 blocks left, 72 bytes: 24 bytes allocated by request 0, 24 bytes allocated by \
             request 1, 24 bytes allocated by request 2",
        ),
        (
            4,
            "4 blocks left, 96 bytes: 24 bytes allocated by request 0, 24 bytes allocated by \
             request 1, 24 bytes allocated by request 2, …",
        ),
    ] {
        let seen = observed(|_| ());
        let leaked = (0..count).map(|number| leftover(Birth::Armed(number))).collect();
        let [verdict] = &judge(&Observation { leaked, ..seen }, ANY)[..] else { panic!("{count}") };
        assert_eq!(verdict.message, expected);
    }
}

#[test]
fn a_fault_is_untold_if_its_step_returned_ok_and_nothing_tolerates_it() {
    let is_untold = |returned: Returned, untolerated| {
        let mut seen = sound();
        (seen.steps[0].returned, seen.steps[0].untolerated) = (returned, untolerated);
        seen.has_untold_fault()
    };
    assert!(is_untold(Returned::Ok, 1) && is_untold(Returned::Ok, 2));
    assert!(!is_untold(Returned::Ok, 0));
    assert!(!is_untold(oom(24), 1) && !is_untold(oom(24), 0));
}

/// A builder whose `put` is silent and whose `finish` returns the error.
#[test]
fn a_later_error_tells_of_a_swallowed_fault_once_and_of_nothing_else() {
    let step = |returned, untolerated| StepSeen {
        returned,
        untolerated,
        refused: untolerated,
        ..sound().steps.remove(0)
    };
    let silent = || step(Returned::Ok, 1);
    let told = || step(oom(192), 0);
    for (steps, expected) in [
        (vec![silent()], vec![FindingKind::SwallowedOom]),
        (vec![silent(), told()], vec![]),
        (vec![silent(), silent(), told()], vec![]),
        (vec![told(), silent()], vec![FindingKind::SwallowedOom, FindingKind::SpuriousError]),
        (vec![silent(), told(), told()], vec![FindingKind::SpuriousError]),
        (vec![silent(), told(), silent()], vec![FindingKind::SwallowedOom]),
        // The error is for the fault of its own step.
        (vec![silent(), step(oom(192), 1)], vec![FindingKind::SwallowedOom]),
        (vec![step(other_error(), 1), step(oom(192), 1)], vec![FindingKind::WrongError]),
        // Without a fault, an error of any kind is for nothing.
        (vec![step(other_error(), 0)], vec![FindingKind::SpuriousError]),
        (vec![told()], vec![FindingKind::SpuriousError]),
    ] {
        let described = format!("{steps:?}");
        let seen = Observation { steps, ..sound() };
        assert_eq!(kinds(&seen, ANY), expected, "{described}");
    }
}

#[test]
fn an_output_is_judged_by_how_the_run_got_there() {
    let mut seen = Observation { output: changed(), ..sound() };
    assert_eq!(kinds(&seen, ANY), [FindingKind::NotRecovered]);
    tolerate(&mut seen);
    seen.steps[0].returned = Returned::Ok;
    assert_eq!(kinds(&seen, ANY), [FindingKind::Diverged]);
    seen.output = ViewSeen::Same;
    assert_eq!(kinds(&seen, ANY), []);
}

#[test]
fn severe_kinds_come_first_and_each_once() {
    use FindingKind::*;
    let seen = observed(|seen| {
        for what in [Harm::FreedTwice, Harm::Overrun, Harm::FreedInside(1)] {
            harm(seen, what);
        }
        seen.leaked.push(leftover(Birth::Unarmed(2)));
        seen.sequence = Sequence::NeverFired;
        seen.steps[0].returned = Returned::Ok;
        let same = seen.steps[0].clone();
        seen.steps.push(same);
    });
    let expected = [CorruptedBlock, InvalidFree, Nondeterministic, SwallowedOom, Leaked];
    assert_eq!(kinds(&seen, ANY), expected);
    assert!(judge(&seen, ANY)[1].message.ends_with("was freed twice"), "the first is told");
}
