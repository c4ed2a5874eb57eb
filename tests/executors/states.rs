//! Tests operations on a state: `run_state`, a scenario with all of its methods, and steps on a
//! `SecondaryMap`.

use std::collections::TryReserveError;

use oom_sweep::FindingKind::{Inconsistent, NotRecovered, PartialUpdate, SwallowedOom};
use oom_sweep::collections::{OutOfMemory, SecondaryMap};
use oom_sweep::{Scenario, Steps, Strategy, entity_impl};

use crate::Home::Anywhere;
use crate::assert_same;
use crate::room::room;

type Fallible<T> = Result<T, TryReserveError>;

#[test]
fn an_operation_that_is_all_or_nothing() {
    assert_same("all or nothing", Anywhere, &[], |sweep| {
        sweep.run_state(numbers, |n| append(n, Order::ScratchFirst), |n| n.clone())
    });
}

#[test]
fn an_operation_that_is_neither() {
    assert_same("neither", Anywhere, &[PartialUpdate, NotRecovered], |sweep| {
        sweep.run_state(numbers, |n| append(n, Order::PushFirst), |n| n.clone())
    });
}

fn numbers() -> Vec<u32> {
    let mut numbers = Vec::with_capacity(100);
    numbers.extend([1, 2]);
    numbers
}

enum Order {
    ScratchFirst,
    PushFirst,
}

fn append(numbers: &mut Vec<u32>, order: Order) -> Fallible<()> {
    drop(room(16)?);
    if let Order::PushFirst = order {
        numbers.push(3);
    }
    let scratch = (room(32)?, room(64)?);
    if let Order::ScratchFirst = order {
        numbers.push(3);
    }
    drop(scratch);
    Ok(())
}

#[test]
fn an_operation_that_is_tried_only_once() {
    #[derive(Default)]
    struct Once {
        is_spent: bool,
        done: u32,
    }
    let exercise = |once: &mut Once| {
        if std::mem::replace(&mut once.is_spent, true) {
            return Err(OutOfMemory::new(64));
        }
        drop((room(32), room(64)).1.map_err(|_| OutOfMemory::new(64))?);
        once.done += 1;
        Ok(())
    };
    assert_same("once", Anywhere, &[SwallowedOom, NotRecovered], |sweep| {
        sweep.run_state(Once::default, exercise, |once| once.done)
    });
}

#[test]
fn a_scenario_with_all_that_belongs_to_it() {
    assert_same("ledger, kept", Anywhere, &[], |sweep| sweep.run_scenario(&Posting::RIGHT));
}

#[test]
fn a_scenario_whose_clean_up_misses_something() {
    let kinds = [Inconsistent, PartialUpdate, NotRecovered];
    assert_same("ledger, spoilt", Anywhere, &kinds, |sweep| sweep.run_scenario(&Posting::WRONG));
}

/// Writes to two ledgers. `recover` rolls back a post that failed halfway.
struct Posting {
    rolls_back: bool,
    keeps_count: bool,
}

impl Posting {
    const RIGHT: Self = Self { rolls_back: true, keeps_count: true };
    const WRONG: Self = Self { rolls_back: false, keeps_count: false };
}

#[derive(Default)]
struct Books {
    ours: Vec<u64>,
    theirs: Vec<u64>,
    count: usize,
}

impl Scenario for Posting {
    type State = Books;
    type Output = usize;
    type Error = TryReserveError;
    type View = (Vec<u64>, usize);

    fn setup(&self) -> Books {
        Books::default()
    }
    fn exercise(&self, books: &mut Books) -> Fallible<usize> {
        books.ours.try_reserve_exact(1)?;
        if !self.keeps_count {
            books.count += 1;
        }
        books.ours.push(1);
        books.theirs.try_reserve_exact(1)?;
        books.theirs.push(1);
        drop(room(64)?);
        if self.keeps_count {
            books.count += 1;
        }
        Ok(books.count)
    }
    fn recover(&self, books: &mut Books) {
        if self.rolls_back {
            books.ours.truncate(books.count);
        }
        books.theirs.truncate(books.count);
    }
    fn check(&self, books: &mut Books) -> Result<(), String> {
        match books.ours.len() == books.theirs.len() {
            true => Ok(()),
            false => Err(format!("{} ours, {} theirs", books.ours.len(), books.theirs.len())),
        }
    }
    fn view(&self, books: &mut Books) -> (Vec<u64>, usize) {
        (books.ours.clone(), books.count)
    }
}

#[test]
fn steps_over_a_map() {
    assert_same("map", Anywhere, &[], |sweep| sweep.run_steps(&Inserts { at_once: 1 }));
}

#[test]
fn steps_that_are_two_steps() {
    assert_same("map, in pairs", Anywhere, &[PartialUpdate], |sweep| {
        sweep.run_steps(&Inserts { at_once: 2 })
    });
}

#[test]
fn steps_under_several_faults_of_one_run() {
    let plans =
        ["set:0,4", "set:0,5", "set:1,3", "set:0,4/fail-all", "nth:2/fail-next:2", "size:30"];
    let plans = plans.map(|plan| plan.parse().expect("a plan"));
    assert_same("sets", Anywhere, &[PartialUpdate], |sweep| {
        let sweep = sweep.strategy(Strategy::Plans(plans.to_vec()));
        sweep.run_steps(&Inserts { at_once: 2 })
    });
}

#[test]
fn steps_under_pairs_of_faults() {
    assert_same("pairs", Anywhere, &[], |sweep| {
        sweep.strategy(Strategy::Pairs).run_steps(&Inserts { at_once: 2 })
    });
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key(u32);

entity_impl!(Key);

/// Inserts into a map at greater and greater keys.
struct Inserts {
    /// The number of insertions in one step. More than one is not all or nothing.
    at_once: u32,
}

impl Steps for Inserts {
    type State = SecondaryMap<Key, String>;
    type Error = OutOfMemory;
    type View = Vec<String>;

    fn setup(&self) -> Self::State {
        SecondaryMap::new()
    }
    fn len(&self) -> usize {
        6
    }
    fn step(&self, map: &mut Self::State, index: usize) -> Result<(), OutOfMemory> {
        for extra in 0..self.at_once {
            let key = Key(1 << (index as u32 + extra));
            let mut text = String::new();
            text.try_reserve_exact(8).map_err(|_| OutOfMemory::new(8))?;
            text.push_str("8 bytes.");
            map.insert(key, text)?;
        }
        Ok(())
    }
    fn view(&self, map: &mut Self::State) -> Self::View {
        map.values().cloned().collect()
    }
}
