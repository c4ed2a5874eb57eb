//! What the fault-free run does: the yardstick of every other run, without its views.

use std::rc::Rc;
use std::time::Duration;

use crate::harness::alloc::{Birth, Leftover, NO_STACK, Record, Sharing, Trace, mix};
use crate::harness::oracle::{Expected, Temperature};

/// What the order of a run's requests depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Schedule {
    /// One thread made them: on the code alone.
    #[default]
    Alone,
    /// Several threads did: on the schedule too. A number then means another request in every
    /// run, so runs are compared by what they ask for, and not by when.
    Shared,
}

impl Schedule {
    pub(crate) fn of(record: &Record) -> Self {
        match record.sharing {
            Sharing::Alone => Self::Alone,
            Sharing::Shared => Self::Shared,
        }
    }
}

/// Facts of a fault-free run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// Armed requests.
    pub(crate) requests: u64,
    /// Hash of the requests before each request, and of all.
    pub(crate) prefix: Vec<u64>,
    /// Sum of what each request hashes to, whatever their order.
    pub(crate) multitude: u64,
    pub(crate) schedule: Schedule,
    pub(crate) steps: Vec<StepFacts>,
    pub(crate) leftovers: Vec<Leftover>,
}

/// One step of a fault-free run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StepFacts {
    pub(crate) expected: Expected,
    /// Numbers of its first request and of the one after its last.
    pub(crate) from: u64,
    pub(crate) to: u64,
}

impl Facts {
    /// Whether both runs made the same requests: in the same order, if that tells anything.
    pub(crate) fn agrees_with(&self, other: &Self) -> bool {
        match (self.schedule, other.schedule) {
            (Schedule::Alone, Schedule::Alone) => self.prefix.last() == other.prefix.last(),
            _ => self.multitude == other.multitude,
        }
    }

    /// What tells this run from another: a hash of its requests, in order if that tells anything.
    pub(crate) fn identity(&self) -> u64 {
        match self.schedule {
            Schedule::Alone => self.prefix.last().copied().unwrap_or_default(),
            Schedule::Shared => self.multitude,
        }
    }

    /// Adds the requests of a trace up.
    pub(crate) fn add_up(trace: &Trace) -> u64 {
        let hashes = trace.requests().iter().map(|traced| mix(traced.request.fold(0)));
        hashes.fold(0, u64::wrapping_add)
    }

    /// Whether two blocks that were left behind, each by a run of the same plan, are the same.
    pub(crate) fn is_same(&self, one: &Leftover, other: &Leftover) -> bool {
        match self.schedule {
            Schedule::Alone => one.birth == other.birth,
            Schedule::Shared => (one.size, one.align) == (other.size, other.align),
        }
    }

    /// Reads the sequence of hashes off a trace.
    pub(crate) fn fold_prefixes(trace: &Trace) -> Vec<u64> {
        let mut hash = 0;
        let folded = trace.requests().iter().map(|traced| {
            hash = traced.request.fold(hash);
            hash
        });
        std::iter::once(0).chain(folded).collect()
    }

    /// Whether a run with this hash before its first fault at `number` went as this one.
    pub(crate) fn agrees_before(&self, number: u64, prefix: u64) -> bool {
        usize::try_from(number).ok().and_then(|number| self.prefix.get(number)) == Some(&prefix)
    }

    /// The leftovers of a run that the fault-free run does not have.
    ///
    /// Births before the fault (in set-up, or by an armed request before `fault`) mean the
    /// same in both runs. What the fault-free run leaves behind later may be left by the
    /// retry too, in any order: it is matched by its shape. With company all is.
    pub(crate) fn unexpected(&self, left: &[Leftover], fault: u64) -> Vec<Leftover> {
        let is_before = |birth: Birth| {
            let is_early = matches!(birth, Birth::Armed(n) if u64::from(n) < fault);
            is_early && self.schedule == Schedule::Alone
        };
        let mut expected = self.leftovers.clone();
        let mut take = |same: &dyn Fn(&Leftover) -> bool| {
            let found = expected.iter().position(same);
            found.map(|index| expected.swap_remove(index)).is_some()
        };
        let mut rest: Vec<_> = left.to_vec();
        rest.retain(|block| !(is_before(block.birth) && take(&|other| other.birth == block.birth)));
        rest.retain(|block| {
            is_before(block.birth)
                || !take(&|other| (other.size, other.align) == (block.size, block.align))
        });
        // Not by address, which is another in each process.
        rest.sort_by_key(|block| block.birth);
        rest
    }
}

/// The fault-free runs of a sweep.
pub(crate) struct Baselines {
    pub(crate) warm: Baseline,
    /// The first run of all, if its requests are not those of the later ones.
    pub(crate) cold: Option<Baseline>,
    /// The time that one took.
    pub(crate) duration: Duration,
}

/// A fault-free run with the sequence of its requests.
pub(crate) struct Baseline {
    pub(crate) facts: Facts,
    pub(crate) trace: Rc<Trace>,
}

impl Baselines {
    pub(crate) fn of(&self, temperature: Temperature) -> &Baseline {
        match (temperature, &self.cold) {
            (Temperature::Cold, Some(cold)) => cold,
            _ => &self.warm,
        }
    }
}

impl Baseline {
    /// Index of the stack of a request, if the baseline made that and captured it.
    pub(crate) fn stack_of(&self, number: u64) -> Option<u32> {
        if self.facts.schedule == Schedule::Shared {
            // Another run's request of that number may be another.
            return None;
        }
        let traced = self.trace.requests().get(usize::try_from(number).ok()?)?;
        (traced.stack != NO_STACK).then_some(traced.stack)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(birth: Birth, size: usize) -> Leftover {
        Leftover { birth, size, align: 1 }
    }

    #[test]
    fn only_what_the_fault_free_run_does_not_leave_is_unexpected() {
        use Birth::{Armed, Unarmed};
        let leftovers = vec![left(Armed(1), 10), left(Armed(5), 50)];
        let facts = Facts { leftovers, ..Facts::default() };
        let seen = [left(Armed(1), 10), left(Armed(2), 20), left(Unarmed(0), 50)];
        assert_eq!(facts.unexpected(&seen, 3), [left(Armed(2), 20)]);
        // The same shape twice is one too many.
        let twice = [left(Unarmed(0), 50), left(Unarmed(1), 50)];
        assert_eq!(facts.unexpected(&twice, 3).len(), 1);
    }

    #[test]
    fn with_company_numbers_tell_nothing() {
        use Birth::Armed;
        let leftovers = vec![left(Armed(1), 10)];
        let facts = Facts { leftovers, schedule: Schedule::Shared, ..Facts::default() };
        assert_eq!(facts.unexpected(&[left(Armed(2), 10)], 3), []);
        assert_eq!(facts.unexpected(&[left(Armed(1), 20)], 3).len(), 1);
        let other = Facts { prefix: vec![0, 1], multitude: 7, ..facts.clone() };
        let reordered = Facts { prefix: vec![0, 2], ..other.clone() };
        assert!(other.agrees_with(&reordered) && !other.agrees_with(&facts));
        let alone = |facts: Facts| Facts { schedule: Schedule::Alone, ..facts };
        assert!(!alone(other).agrees_with(&alone(reordered)));
    }
}
