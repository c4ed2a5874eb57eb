//! What a failed operation promises: a part of its work, a state that refuses everything, an error
//! that a later operation returns.

use std::collections::TryReserveError;

use oom_sweep::FindingKind::{NotRecovered, PartialUpdate, SwallowedOom};
use oom_sweep::{Guarantee, OutOfMemory, Retry, Scenario, Steps, is_prefix};

use crate::case::{Fallible, room};
use crate::specimen::Specimen;

specimens!(
    extends_out_of_order = Specimen {
        kinds: &[PartialUpdate],
        broken: |sweep| sweep.run_steps(&Extend { order: [3, 2, 4], resumes: false }),
        repaired: |sweep| sweep.run_steps(&Extend { order: [2, 3, 4], resumes: false }),
        ..Specimen::BASE
    },
    resumes_from_the_start = Specimen {
        kinds: &[NotRecovered],
        broken: |sweep| sweep.retry(Retry::Every).run_scenario(&Resume { from_start: true }),
        repaired: |sweep| sweep.run_scenario(&Resume { from_start: false }),
        ..Specimen::BASE
    },
    serves_although_it_is_poisoned = Specimen {
        kinds: &[NotRecovered],
        broken: |sweep| sweep.run_scenario(&Poisoned { refuses: false, resets: true }),
        repaired: |sweep| sweep.run_scenario(&Poisoned { refuses: true, resets: true }),
        ..Specimen::BASE
    },
    stays_poisoned = Specimen {
        kinds: &[NotRecovered],
        broken: |sweep| sweep.run_scenario(&Poisoned { refuses: true, resets: false }),
        repaired: |sweep| sweep.run_scenario(&Poisoned { refuses: true, resets: true }),
        ..Specimen::BASE
    },
    // Without a `recover` a poisoned type is as documented.
    never_refuses = Specimen {
        kinds: &[NotRecovered],
        broken: |sweep| sweep.run_steps(&Latched::<false>),
        repaired: |sweep| sweep.run_steps(&Latched::<true>),
        ..Specimen::BASE
    },
    never_tells = Specimen {
        kinds: &[SwallowedOom],
        broken: |sweep| sweep.run_steps(&Builder::<false>),
        repaired: |sweep| sweep.run_steps(&Builder::<true>),
        ..Specimen::BASE
    },
);

/// Adds numbers to a list, in this order, one by one.
struct Extend {
    order: [u8; 3],
    resumes: bool,
}

impl Steps for Extend {
    type State = Vec<u8>;
    type Error = TryReserveError;
    type View = Vec<u8>;

    fn setup(&self) -> Vec<u8> {
        Vec::from([1])
    }
    fn len(&self) -> usize {
        2
    }
    fn step(&self, list: &mut Vec<u8>, index: usize) -> Fallible<()> {
        if index == 1 {
            return room(16).map(drop);
        }
        for number in self.order {
            drop(room(16)?);
            list.try_reserve(1)?;
            list.push(number);
            if number == 4 {
                list[1..].sort_unstable();
            }
        }
        Ok(())
    }
    fn view(&self, list: &mut Vec<u8>) -> Vec<u8> {
        list.clone()
    }
    fn step_guarantee(&self, index: usize) -> Guarantee {
        if index == 0 { Guarantee::Prefix } else { Guarantee::Strong }
    }
    fn is_prefix(&self, _: usize, before: &Vec<u8>, now: &Vec<u8>, complete: &Vec<u8>) -> bool {
        is_prefix(before, now, complete)
    }
    fn resume(&self, list: &mut Vec<u8>, _: usize) -> Option<Fallible<()>> {
        self.resumes.then(|| {
            list.truncate(1);
            self.step(list, 0)
        })
    }
}

/// Adds three numbers, and adds the rest after a failure.
struct Resume {
    from_start: bool,
}

impl Scenario for Resume {
    type State = Vec<u8>;
    type Output = ();
    type Error = TryReserveError;
    type View = Vec<u8>;

    fn setup(&self) -> Vec<u8> {
        Vec::new()
    }
    fn exercise(&self, list: &mut Vec<u8>) -> Fallible<()> {
        for number in list.len() as u8..3 {
            drop(room(16)?);
            list.try_reserve(1)?;
            list.push(number);
        }
        Ok(())
    }
    fn view(&self, list: &mut Vec<u8>) -> Vec<u8> {
        list.clone()
    }
    fn guarantee(&self) -> Guarantee {
        Guarantee::Prefix
    }
    fn is_prefix(&self, before: &Vec<u8>, now: &Vec<u8>, complete: &Vec<u8>) -> bool {
        is_prefix(before, now, complete)
    }
    fn resume(&self, list: &mut Vec<u8>) -> Option<Fallible<()>> {
        if self.from_start {
            list.push(0);
        }
        Some(self.exercise(list))
    }
}

/// A type that refuses everything after a failure, until it is reset.
struct Poisoned {
    refuses: bool,
    resets: bool,
}

impl Scenario for Poisoned {
    type State = bool;
    type Output = ();
    type Error = OutOfMemory;
    type View = ();

    fn setup(&self) -> bool {
        false
    }
    fn exercise(&self, is_poisoned: &mut bool) -> Result<(), OutOfMemory> {
        if *is_poisoned && (self.refuses || !self.resets) {
            return Err(OutOfMemory::new(64));
        }
        let room = room(64).map_err(|_| OutOfMemory::new(64));
        *is_poisoned = room.is_err();
        room.map(drop)
    }
    fn recover(&self, is_poisoned: &mut bool) {
        *is_poisoned &= !self.resets;
    }
    fn view(&self, _: &mut bool) {}
    fn guarantee(&self) -> Guarantee {
        Guarantee::Poisons
    }
}

/// A type that refuses everything after a failure, for good.
struct Latched<const LATCHES: bool>;

impl<const LATCHES: bool> Steps for Latched<LATCHES> {
    type State = bool;
    type Error = OutOfMemory;
    type View = ();

    fn setup(&self) -> bool {
        false
    }
    fn len(&self) -> usize {
        3
    }
    fn step(&self, has_failed: &mut bool, _: usize) -> Result<(), OutOfMemory> {
        if LATCHES && *has_failed {
            return Err(OutOfMemory::new(64));
        }
        let room = room(64).map_err(|_| OutOfMemory::new(64));
        *has_failed = room.is_err();
        room.map(drop)
    }
    fn view(&self, _: &mut bool) {}
    fn guarantee(&self) -> Guarantee {
        Guarantee::Poisons
    }
}

/// A builder: `put` is silent after a failure, and `finish` returns the error.
struct Builder<const TELLS: bool>;

impl<const TELLS: bool> Steps for Builder<TELLS> {
    type State = Result<Vec<Vec<u8>>, OutOfMemory>;
    type Error = OutOfMemory;
    type View = ();

    fn setup(&self) -> Self::State {
        Ok(Vec::with_capacity(2))
    }
    fn len(&self) -> usize {
        3
    }
    fn step(&self, built: &mut Self::State, index: usize) -> Result<(), OutOfMemory> {
        match (index, &mut *built) {
            (2, Err(error)) if TELLS => return Err(*error),
            (0 | 1, Ok(parts)) => match room(16) {
                Ok(part) => parts.push(part),
                Err(_) => *built = Err(OutOfMemory::new(16)),
            },
            _ => {}
        }
        Ok(())
    }
    fn view(&self, _: &mut Self::State) {}
}
