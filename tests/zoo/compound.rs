//! Code that handles one failure and a persistent shortage, but not two failures with a success
//! between them: untested fallbacks and clean-up code.

use std::collections::TryReserveError;
use std::hint::black_box;
use std::mem::ManuallyDrop;

use oom_sweep::FindingKind::{
    Aborted, Leaked, NotRecovered, Panicked, PartialUpdate, SwallowedOom,
};
use oom_sweep::{Fault, Isolation, Report, Steps, Strategy, Sweep, tolerate};

use crate::case::{Fallible, room};
use crate::replay;
use crate::specimen::{Home, Specimen, assert_silent};

specimens!(
    rolls_back_with_an_unwrap = Specimen {
        kinds: &[Panicked],
        broken: |sweep| paired(sweep).run_state(
            one,
            |n| undo(n, |r| Ok(r.expect("room"))),
            numbers
        ),
        repaired: |sweep| paired(sweep).run_state(one, |n| undo(n, |r| r), numbers),
        look: is_of_pairs,
        ..Specimen::BASE
    },
    falls_back_on_an_infallible_buffer = Specimen {
        kinds: &[Aborted],
        broken: |sweep| paired(sweep).run(|| small_one(|| Ok(black_box(vec![1; 16])))),
        repaired: |sweep| paired(sweep).run(|| small_one(|| room(16))),
        look: is_of_pairs,
        home: Home::Worker,
        ..Specimen::BASE
    },
    queues_again_and_loses_its_ticket = Specimen {
        kinds: &[Leaked],
        broken: |sweep| paired(sweep).run(queue::<true>),
        repaired: |sweep| paired(sweep).run(queue::<false>),
        look: is_of_pairs,
        ..Specimen::BASE
    },
    makes_space_and_forgets_to_undo = Specimen {
        kinds: &[PartialUpdate, NotRecovered],
        broken: |sweep| paired(sweep).run_state(one, make_space::<false>, numbers),
        repaired: |sweep| paired(sweep).run_state(one, make_space::<true>, numbers),
        look: is_of_pairs,
        ..Specimen::BASE
    },
    // The second fault is in a later operation.
    is_careless_once_it_has_failed = Specimen {
        kinds: &[SwallowedOom],
        broken: |sweep| paired(sweep).run_steps(&Line::<true>),
        repaired: |sweep| paired(sweep).run_steps(&Line::<false>),
        look: is_of_pairs,
        ..Specimen::BASE
    },
);

#[test]
fn single_faults_show_none_of_it() {
    for isolation in [Isolation::Worker, Isolation::Snapshot] {
        let sweep = || Sweep::new("single faults").isolation(isolation);
        assert_silent(&sweep().run_state(one, |n| undo(n, |r| Ok(r.expect("room"))), numbers));
        assert_silent(&sweep().run(|| small_one(|| Ok(black_box(vec![1; 16])))));
        assert_silent(&sweep().run(queue::<true>));
        assert_silent(&sweep().run_state(one, make_space::<false>, numbers));
        assert_silent(&sweep().run_steps(&Line::<true>));
    }
}

/// Forgets an error after each of two requests.
fn forgets_twice() -> Fallible<()> {
    let _ = first_part();
    let _ = second_part();
    Ok(())
}

#[inline(never)]
fn first_part() -> Fallible<()> {
    room(64).map(drop)
}

#[inline(never)]
fn second_part() -> Fallible<()> {
    room(32).map(drop)
}

#[test]
fn pairs_do_not_tell_again_what_one_fault_shows() {
    let report = paired(Sweep::new("told alone")).run(forgets_twice);
    assert!(report.runs() > 0, "{report}");
    assert_silent(&report);
}

#[test]
fn the_fault_in_the_operation_that_shows_it_is_blamed() {
    let plan = "set:0,1".parse().expect("a plan");
    let sweep = Sweep::new("blame").strategy(Strategy::Plans(vec![plan]));
    let report = sweep.run_steps(&Line::<true>);
    if replay::is_on() {
        return;
    }
    let finding = &report.findings()[0];
    assert_eq!(finding.request().map(|request| request.number), Some(1), "{report}");
    let [earlier] = finding.earlier_faults() else { panic!("{report}") };
    assert_eq!(earlier.request.number, 0);
    assert!(!earlier.stack.is_empty() && earlier.stack != finding.stack(), "{report}");
    assert!(report.to_string().contains("request 0 failed, too"), "{report}");
}

fn paired(sweep: Sweep) -> Sweep {
    sweep.strategy(Strategy::Pairs)
}

fn is_of_pairs(report: &Report) {
    for plan in report.findings().iter().flat_map(|finding| finding.plans()) {
        assert!(matches!(&plan.fault, Fault::Set(pair) if pair.len() == 2), "{plan}");
    }
}

/// The state of these specimens.
type Numbers = Vec<u32>;

/// One number, with room for more, so that `push` makes no request.
fn one() -> Vec<u32> {
    let mut numbers = Vec::with_capacity(4);
    numbers.push(1);
    numbers
}

fn numbers(numbers: &mut Numbers) -> Vec<u32> {
    numbers.clone()
}

/// Appends first. The rollback makes a request for a log; `log` handles the failure of that.
fn undo(numbers: &mut Vec<u32>, log: fn(Fallible<Vec<u8>>) -> Fallible<Vec<u8>>) -> Fallible<()> {
    numbers.push(2);
    let Err(error) = room(64) else { return Ok(()) };
    numbers.pop();
    if room(16).is_ok() {
        drop(log(room(24))?);
    }
    Err(error)
}

/// Requests a large buffer, or if that fails, a header and a small buffer.
fn small_one(body: fn() -> Fallible<Vec<u8>>) -> Fallible<Vec<u8>> {
    tolerate("a small one will do", || room(64)).or_else(|_| {
        let _header = room(8)?;
        body()
    })
}

/// Takes a ticket after a failure and retries once.
fn queue<const LOSES_TICKET: bool>() -> Fallible<Vec<u8>> {
    tolerate("there is a queue", || room(64)).or_else(|_| {
        let mut ticket = ManuallyDrop::new(room(8)?);
        let room = room(64);
        if room.is_ok() || !LOSES_TICKET {
            // SAFETY: it is dropped only here, or never.
            unsafe { ManuallyDrop::drop(&mut ticket) };
        }
        room
    })
}

/// Appends. After a failure it makes space and retries once.
fn make_space<const UNDOES: bool>(numbers: &mut Vec<u32>) -> Fallible<()> {
    let Err(_) = tolerate("space can be made", || room(64)) else {
        numbers.push(2);
        return Ok(());
    };
    let _list_of_what_may_go = room(16)?;
    numbers.push(2);
    let again = room(64);
    if UNDOES && again.is_err() {
        numbers.pop();
    }
    again.map(drop)
}

/// Appends twice. After a failure it requests notes for its next operation.
struct Line<const LOSES_NOTES: bool>;

struct Lined {
    numbers: Vec<u32>,
    is_careful: bool,
}

impl<const LOSES_NOTES: bool> Steps for Line<LOSES_NOTES> {
    type State = Lined;
    type Error = TryReserveError;
    type View = Vec<u32>;

    fn setup(&self) -> Lined {
        Lined { numbers: Vec::with_capacity(4), is_careful: false }
    }
    fn len(&self) -> usize {
        2
    }
    fn step(&self, line: &mut Lined, index: usize) -> Fallible<()> {
        if line.is_careful && index > 0 {
            let notes = room(16);
            if !LOSES_NOTES {
                notes?;
            }
        }
        let _scratch = room(64).inspect_err(|_| line.is_careful = true)?;
        line.numbers.push(index as u32);
        Ok(())
    }
    fn view(&self, line: &mut Lined) -> Vec<u32> {
        line.numbers.clone()
    }
}
