//! Code that does not report a failure correctly: `SwallowedOom`, `Diverged`, `WrongError`,
//! `WrongSize`.

use oom_sweep::FindingKind::{Diverged, SwallowedOom, WrongError, WrongSize};
use oom_sweep::{AfterFault, OomError, OutOfMemory, Report, tolerate};

use crate::case::{Fallible, room};
use crate::specimen::Specimen;

specimens!(
    drops_the_error = Specimen {
        kinds: &[SwallowedOom],
        broken: |sweep| sweep.run(|| Ok::<_, OutOfMemory>(room(64).is_ok())),
        repaired: |sweep| sweep.run(|| room(64)),
        ..Specimen::BASE
    },
    does_with_less = Specimen {
        kinds: &[SwallowedOom],
        broken: |sweep| sweep.run(|| room(4096).or_else(|_| room(64))),
        repaired: |sweep| sweep
            .run(|| tolerate("less will do", || room(4096)).or_else(|_| room(64))),
        look: only_when_transient,
        ..Specimen::BASE
    },
    answers_from_another_source = Specimen {
        kinds: &[Diverged],
        broken: |sweep| sweep.run_state(answers, |a| look_up(a, |_| 0), |a| a.clone()),
        repaired: |sweep| sweep.run_state(answers, |a| look_up(a, |a| a), |a| a.clone()),
        ..Specimen::BASE
    },
    guesses_untold = Specimen {
        kinds: &[SwallowedOom, Diverged],
        broken: |sweep| sweep.run_state(answers, |a| guess(a, 0), |a| a.clone()),
        repaired: |sweep| sweep.run_state(answers, |a| look_up(a, |a| a), |a| a.clone()),
        ..Specimen::BASE
    },
    succeeds_where_it_fails = Specimen {
        kinds: &[SwallowedOom, Diverged],
        broken: |sweep| sweep.may_fail().run(|| match room(64) {
            Ok(_) => Err(Failure::Missing),
            Err(_) => Ok(()),
        }),
        repaired: |sweep| sweep.may_fail().run(|| {
            room(64).map_err(|_| Failure::Oom)?;
            Err::<(), _>(Failure::Missing)
        }),
        ..Specimen::BASE
    },
    blames_the_input = Specimen {
        kinds: &[WrongError],
        broken: |sweep| sweep.run(|| room(64).map_err(|_| Failure::Missing)),
        repaired: |sweep| sweep.run(|| room(64).map_err(|_| Failure::Oom)),
        ..Specimen::BASE
    },
    blames_the_input_of_a_foreign_type = Specimen {
        kinds: &[WrongError],
        broken: |sweep| sweep.run_with(|e| *e == "oom", || room(64).map_err(|_| "bad input")),
        repaired: |sweep| sweep.run_with(|e| *e == "oom", || room(64).map_err(|_| "oom")),
        ..Specimen::BASE
    },
    tells_another_size = Specimen {
        kinds: &[WrongSize],
        broken: |sweep| sweep.exact_size().run(|| room(64).map_err(|_| OutOfMemory::new(8))),
        repaired: |sweep| sweep.exact_size().run(|| room(64).map_err(|_| OutOfMemory::new(64))),
        ..Specimen::BASE
    },
);

#[derive(Debug)]
enum Failure {
    Oom,
    Missing,
}

impl OomError for Failure {
    fn is_oom(&self) -> bool {
        matches!(self, Self::Oom)
    }
}

/// Answers with room for the operations below, so that `push` makes no request.
fn answers() -> Vec<u32> {
    Vec::with_capacity(4)
}

/// Answers with an index, or with `in_short` if the request for the index fails.
fn look_up(answers: &mut Vec<u32>, in_short: fn(u32) -> u32) -> Fallible<()> {
    let index = tolerate("the index only makes it faster", || room(64));
    answers.push(if index.is_ok() { 42 } else { in_short(42) });
    Ok(())
}

fn guess(answers: &mut Vec<u32>, guess: u32) -> Fallible<()> {
    answers.push(if room(64).is_ok() { 42 } else { guess });
    Ok(())
}

fn only_when_transient(report: &Report) {
    let mut plans = report.findings().iter().flat_map(|finding| finding.plans());
    assert!(plans.all(|plan| plan.after == AfterFault::Succeed), "{report}");
}
