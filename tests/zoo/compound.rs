//! Code that copes with one failure and with a lasting shortage, but not with two failures
//! that have a success between them: fallbacks and clean-up that nobody has ever seen fail.

use std::collections::TryReserveError;
use std::hint::black_box;
use std::mem::ManuallyDrop;

use oom_sweep::FindingKind::{Aborted, Leaked, Panicked, PartialUpdate, SwallowedOom};
use oom_sweep::{Fault, Isolation, Report, Steps, Strategy, Sweep, tolerate};

use crate::case::{Fallible, room};
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
        kinds: &[PartialUpdate],
        broken: |sweep| paired(sweep).run_state(one, make_space::<false>, numbers),
        repaired: |sweep| paired(sweep).run_state(one, make_space::<true>, numbers),
        look: is_of_pairs,
        ..Specimen::BASE
    },
    // The second fault is in another operation than the first.
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

fn paired(sweep: Sweep) -> Sweep {
    sweep.strategy(Strategy::Pairs)
}

fn is_of_pairs(report: &Report) {
    for plan in report.findings().iter().flat_map(|finding| finding.plans()) {
        assert!(matches!(&plan.fault, Fault::Set(pair) if pair.len() == 2), "{plan}");
    }
}

/// Numbers that are pushed without a request.
type Numbers = Vec<u32>;

/// With room for more, so that pushing makes no request.
fn one() -> Vec<u32> {
    let mut numbers = Vec::with_capacity(4);
    numbers.push(1);
    numbers
}

fn numbers(numbers: &mut Numbers) -> Vec<u32> {
    numbers.clone()
}

/// Appends first. To go back, it takes notes, if there is room for any; `log` says what becomes
/// of a failure to do that.
fn undo(numbers: &mut Vec<u32>, log: fn(Fallible<Vec<u8>>) -> Fallible<Vec<u8>>) -> Fallible<()> {
    numbers.push(2);
    let Err(error) = room(64) else { return Ok(()) };
    numbers.pop();
    if room(16).is_ok() {
        drop(log(room(24))?);
    }
    Err(error)
}

/// A large buffer, or else a header and a small one.
fn small_one(body: fn() -> Fallible<Vec<u8>>) -> Fallible<Vec<u8>> {
    tolerate("a small one will do", || room(64)).or_else(|_| {
        let _header = room(8)?;
        body()
    })
}

/// Draws a ticket after a failure, and tries once more.
fn queue<const LOSES_TICKET: bool>() -> Fallible<Vec<u8>> {
    tolerate("there is a queue", || room(64)).or_else(|_| {
        let mut ticket = ManuallyDrop::new(room(8)?);
        let room = room(64);
        if room.is_ok() || !LOSES_TICKET {
            // SAFETY: it is dropped here, or never.
            unsafe { ManuallyDrop::drop(&mut ticket) };
        }
        room
    })
}

/// Appends; after a failure it makes space, and tries once more.
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

/// Appends twice; after a failure it is careful, and takes notes the next time.
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
