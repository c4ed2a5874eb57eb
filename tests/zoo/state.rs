//! States that a failure leaves changed, broken or unusable: `PartialUpdate`, `Inconsistent`,
//! `NotRecovered`.

use std::collections::TryReserveError;
use std::hint::black_box;
use std::mem;
use std::panic::catch_unwind;
use std::sync::Mutex;

use oom_sweep::FindingKind::{Inconsistent, NotRecovered, PartialUpdate};
use oom_sweep::{AfterFault, Guarantee, OomError, OutOfMemory, Retry, Sweep};

use crate::case::{Case, Fallible, room};
use crate::specimen::{Home, Specimen, assert_silent};

specimens!(
    loses_what_it_took = Specimen {
        kinds: &[PartialUpdate, NotRecovered],
        broken: |sweep| sweep.run_state(Shelf::setup, Shelf::take_then_add, Shelf::view),
        repaired: |sweep| sweep.run_state(Shelf::setup, Shelf::reserve_then_add, Shelf::view),
        look: |report| {
            let change = report.findings()[0].view().expect("the view changed");
            assert_eq!((&*change.before, &*change.after), ("[1, 2]", "[]"));
        },
        ..Specimen::BASE
    },
    promises_too_much = Specimen {
        kinds: &[PartialUpdate],
        broken: |sweep| sweep.run_scenario(&ADD_TWO),
        repaired: |sweep| sweep.run_scenario(&Case { guarantee: Guarantee::Basic, ..ADD_TWO }),
        ..Specimen::BASE
    },
    forgets_to_roll_back = Specimen {
        kinds: &[PartialUpdate],
        broken: |sweep| sweep.run_scenario(&ADD_TWO),
        repaired: |sweep| sweep.run_scenario(&Case {
            recover: |shelf: &mut Shelf| shelf.items.truncate(2),
            ..ADD_TWO
        }),
        ..Specimen::BASE
    },
    counts_too_early = Specimen {
        kinds: &[Inconsistent],
        broken: |sweep| sweep.run_scenario(&COUNTED),
        repaired: |sweep| sweep.run_scenario(&Case {
            exercise: |shelf: &mut Shelf| {
                shelf.reserve_then_add()?;
                shelf.len += 1;
                Ok(())
            },
            ..COUNTED
        }),
        look: |report| assert!(report.findings()[0].message().contains("3 counted, 2 there")),
        ..Specimen::BASE
    },
    keeps_a_reference = Specimen {
        kinds: &[Inconsistent],
        broken: |sweep| sweep.run_scenario(&Case { exercise: Shared::read_and_leave, ..SHARED }),
        repaired: |sweep| sweep.run_scenario(&Case { exercise: Shared::read, ..SHARED }),
        ..Specimen::BASE
    },
    counts_again_in_the_retry = Specimen {
        kinds: &[Inconsistent],
        broken: |sweep| sweep.run_scenario(&Case { exercise: Shelf::add_pending, ..PENDING }),
        repaired: |sweep| sweep.run_scenario(&Case {
            exercise: |shelf: &mut Shelf| {
                shelf.pending = 0;
                shelf.add_pending()
            },
            ..PENDING
        }),
        ..Specimen::BASE
    },
    stays_out_of_order = Specimen {
        kinds: &[NotRecovered],
        broken: |sweep| sweep.run_scenario(&Case { exercise: Shelf::add_unless_busy, ..BUSY }),
        repaired: |sweep| sweep.run_scenario(&Case {
            exercise: |shelf: &mut Shelf| {
                shelf.add_unless_busy().inspect_err(|_| shelf.is_busy = false)
            },
            ..BUSY
        }),
        ..Specimen::BASE
    },
    is_out_of_memory_for_ever = Specimen {
        kinds: &[NotRecovered],
        broken: |sweep| sweep.run_state(Shelf::setup, Shelf::add_unless_failed, |_| ()),
        repaired: |sweep| sweep.run_state(Shelf::setup, Shelf::reserve_then_add, |_| ()),
        ..Specimen::BASE
    },
    ends_elsewhere = Specimen {
        kinds: &[NotRecovered],
        broken: |sweep| sweep.run_state(Shelf::setup, Shelf::number_then_add, Shelf::view),
        repaired: |sweep| sweep.run_state(Shelf::setup, Shelf::add_then_number, Shelf::view),
        ..Specimen::BASE
    },
    poisons_a_static_lock = Specimen {
        kinds: &[NotRecovered],
        broken: |sweep| transient(sweep).retry(Retry::Every).run(|| under_lock(true)),
        repaired: |sweep| sweep.retry(Retry::Every).run(|| under_lock(false)),
        look: |report| {
            let plans: Vec<_> = report.findings().iter().flat_map(|f| f.plans()).collect();
            assert_eq!(plans.len(), 1, "one run does not spoil the next: {report}");
        },
        home: Home::Worker,
        ..Specimen::BASE
    },
);

/// Without memory, even a panic that is caught is a finding.
fn transient(sweep: Sweep) -> Sweep {
    sweep.after(AfterFault::Succeed)
}

#[test]
fn a_poisoned_lock_does_not_reach_other_runs() {
    assert_silent(
        &transient(Sweep::new("poison")).retry(Retry::Never).endurance(0).run(|| under_lock(true)),
    );
}

#[derive(Default)]
struct Shelf {
    items: Vec<u32>,
    /// The expected `items.len()`.
    len: usize,
    /// Added to `len` at the end of an operation.
    pending: usize,
    next: u32,
    is_busy: bool,
    has_failed: bool,
}

impl Shelf {
    /// Two items, and no room for a third.
    fn setup() -> Self {
        let mut items = Vec::new();
        items.reserve_exact(2);
        items.extend([1, 2]);
        Self { items, len: 2, next: 3, ..Self::default() }
    }

    fn view(&mut self) -> Vec<u32> {
        self.items.clone()
    }

    fn reserve_then_add(&mut self) -> Fallible<()> {
        self.items.try_reserve_exact(1)?;
        self.items.push(3);
        Ok(())
    }

    /// Takes the items out of the state while they grow.
    fn take_then_add(&mut self) -> Fallible<()> {
        let mut items = mem::take(&mut self.items);
        items.try_reserve_exact(1)?;
        items.push(3);
        self.items = black_box(items);
        Ok(())
    }

    /// Adds two items with two requests. Each addition is complete in itself.
    fn add_two(&mut self) -> Fallible<()> {
        self.items.truncate(2);
        for item in [3, 4] {
            self.items.try_reserve_exact(1)?;
            self.items.push(item);
        }
        Ok(())
    }

    fn add_pending(&mut self) -> Fallible<()> {
        self.pending += 1;
        self.reserve_then_add()?;
        self.len += mem::take(&mut self.pending);
        Ok(())
    }

    fn add_unless_busy(&mut self) -> Result<(), Failure> {
        if mem::replace(&mut self.is_busy, true) {
            return Err(Failure::Busy);
        }
        self.reserve_then_add()?;
        self.is_busy = false;
        Ok(())
    }

    /// Returns the first "out of memory" again and again.
    fn add_unless_failed(&mut self) -> Result<(), OutOfMemory> {
        if self.has_failed {
            return Err(OutOfMemory::new(0));
        }
        self.reserve_then_add().map_err(|_| {
            self.has_failed = true;
            OutOfMemory::new(12)
        })
    }

    fn number_then_add(&mut self) -> Fallible<()> {
        let number = self.next;
        self.next += 1;
        self.items.try_reserve_exact(1)?;
        self.items.push(number);
        Ok(())
    }

    fn add_then_number(&mut self) -> Fallible<()> {
        self.items.try_reserve_exact(1)?;
        self.items.push(self.next);
        self.next += 1;
        Ok(())
    }
}

const ADD_TWO: Case<Shelf, Vec<u32>> =
    Case { setup: Shelf::setup, exercise: Shelf::add_two, view: Shelf::view, ..Case::BASE };

const COUNTED: Case<Shelf> = Case {
    setup: Shelf::setup,
    exercise: |shelf: &mut Shelf| {
        shelf.len += 1;
        shelf.reserve_then_add()
    },
    check: check_len,
    ..Case::BASE
};

const PENDING: Case<Shelf> = Case { setup: Shelf::setup, check: check_len, ..Case::BASE };

const BUSY: Case<Shelf, (), Failure> = Case { setup: Shelf::setup, ..Case::BASE };

fn check_len(shelf: &mut Shelf) -> Result<(), String> {
    match shelf.items.len() {
        len if len == shelf.len => Ok(()),
        len => Err(format!("{} counted, {len} there", shelf.len)),
    }
}

/// A value with an explicit count of its users.
#[derive(Default)]
struct Shared {
    users: u32,
}

const SHARED: Case<Shared> = Case {
    check: |shared| match shared.users {
        0 => Ok(()),
        users => Err(format!("{users} users, and nobody uses it")),
    },
    ..Case::BASE
};

impl Shared {
    fn read(&mut self) -> Fallible<()> {
        self.users += 1;
        let room = room(64);
        self.users -= 1;
        room.map(drop)
    }

    fn read_and_leave(&mut self) -> Fallible<()> {
        self.users += 1;
        drop(room(64)?);
        self.users -= 1;
        Ok(())
    }
}

#[derive(Debug)]
enum Failure {
    Oom,
    Busy,
    Poisoned,
}

impl OomError for Failure {
    fn is_oom(&self) -> bool {
        matches!(self, Self::Oom)
    }
}

impl From<TryReserveError> for Failure {
    fn from(_: TryReserveError) -> Self {
        Self::Oom
    }
}

static LOCK: Mutex<()> = Mutex::new(());

/// A panic under the lock that is caught leaves the lock poisoned.
fn under_lock(panics: bool) -> Result<Vec<u8>, Failure> {
    let result = catch_unwind(|| {
        let _held = LOCK.lock().map_err(|_| Failure::Poisoned)?;
        match room(64) {
            Err(_) if panics => panic!("{}", OutOfMemory::new(64)),
            room => Ok(room?),
        }
    });
    result.unwrap_or(Err(Failure::Oom))
}
