//! What the fault-free run does. All other runs are compared with it. The views are kept elsewhere.

use std::rc::Rc;
use std::time::Duration;

use crate::harness::alloc::{Birth, Leftover, NO_STACK, Record, Sharing, Trace, mix};
use crate::harness::oracle::{Expected, Temperature};

/// What the order of a run's requests depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Schedule {
    /// Only on the code: one thread made them.
    #[default]
    Alone,
    /// Also on the schedule: several threads made them. A number is then another request in every
    /// run, so runs are compared as sets of requests, without their order.
    Shared,
}

impl Schedule {
    pub(crate) fn of(record: &Record) -> Self {
        match record.sharing() {
            Sharing::Alone => Self::Alone,
            Sharing::Shared => Self::Shared,
        }
    }
}

/// Whether values of fault-free runs can be compared. The least comparable is the greatest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stability {
    #[default]
    Stable,
    /// Two fault-free runs end in different values.
    Varies,
    /// A value is not equal to itself.
    NotItself,
}

impl Stability {
    /// Compares the value of a run with that of the run before it.
    pub(crate) fn of<V: PartialEq>(value: &V, before: Option<&V>) -> Self {
        // A reflexive type may compare addresses first; a NaN does not equal itself anyway.
        #[expect(clippy::eq_op, reason = "it asks whether the comparison is reflexive")]
        let is_reflexive = value == value;
        match before {
            _ if !is_reflexive => Self::NotItself,
            Some(before) if before != value => Self::Varies,
            Some(_) | None => Self::Stable,
        }
    }
}

/// Facts of a fault-free run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// Number of armed requests.
    pub(crate) requests: u64,
    /// Hash of the requests before each request, and at the end of all requests.
    pub(crate) prefix: Vec<u64>,
    /// Sum of the requests' hashes, which does not depend on their order.
    pub(crate) multitude: u64,
    pub(crate) schedule: Schedule,
    pub(crate) steps: Vec<StepFacts>,
    pub(crate) leftovers: Vec<Leftover>,
    /// Whether views and outputs can be compared.
    pub(crate) views: Stability,
    pub(crate) outputs: Stability,
    /// How the run broke [`FaultFree`](crate::harness::oracle::FaultFree), if it did.
    pub(crate) failure: Option<String>,
}

/// One step of a fault-free run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StepFacts {
    pub(crate) expected: Expected,
    /// Number of its first request, and of the first request after it.
    pub(crate) from: u64,
    pub(crate) to: u64,
}

impl Facts {
    /// Returns whether both runs made the same requests: in the same order, if one thread made
    /// them.
    pub(crate) fn agrees_with(&self, other: &Self) -> bool {
        match (self.schedule, other.schedule) {
            (Schedule::Alone, Schedule::Alone) => self.prefix.last() == other.prefix.last(),
            _ => self.multitude == other.multitude,
        }
    }

    /// Takes over what two runs that agree show of views and outputs.
    pub(crate) fn learn_stability(&mut self, other: &Self) {
        self.views = self.views.max(other.views);
        self.outputs = self.outputs.max(other.outputs);
    }

    /// A hash of the requests that identifies this run: in order, if one thread made them.
    pub(crate) fn identity(&self) -> u64 {
        match self.schedule {
            Schedule::Alone => self.prefix.last().copied().unwrap_or_default(),
            Schedule::Shared => self.multitude,
        }
    }

    /// The sum of the hashes of a trace's requests.
    pub(crate) fn add_up(trace: &Trace) -> u64 {
        let hashes = trace.requests().iter().map(|traced| mix(traced.request.fold(0)));
        hashes.fold(0, u64::wrapping_add)
    }

    /// Returns whether two blocks, left by two runs of the same plan, are the same.
    pub(crate) fn is_same(&self, one: &Leftover, other: &Leftover) -> bool {
        match self.schedule {
            Schedule::Alone => one.birth == other.birth,
            Schedule::Shared => (one.size, one.align) == (other.size, other.align),
        }
    }

    /// The running hashes of a trace.
    pub(crate) fn fold_prefixes(trace: &Trace) -> Vec<u64> {
        let mut hash = 0;
        let folded = trace.requests().iter().map(|traced| {
            hash = traced.request.fold(hash);
            hash
        });
        std::iter::once(0).chain(folded).collect()
    }

    /// Returns whether a run with this hash before its first fault at `number` was like this run
    /// until there.
    pub(crate) fn agrees_before(&self, number: u64, prefix: u64) -> bool {
        usize::try_from(number).ok().and_then(|number| self.prefix.get(number)) == Some(&prefix)
    }

    /// The blocks that a run left and the fault-free run did not.
    ///
    /// Blocks allocated before the fault (in set-up, or by an armed request before `fault`) are the
    /// same in both runs. Blocks that the fault-free run leaves later may also be left by the
    /// retry, in any order, so they are compared by size and alignment. If several threads make
    /// requests, all blocks are.
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
        // Not by address, which differs in each process.
        rest.sort_by_key(|block| block.birth);
        rest
    }
}

/// The fault-free runs of a sweep.
pub(crate) struct Baselines {
    pub(crate) warm: Baseline,
    /// The first run, if its requests differ from those of the later ones.
    pub(crate) cold: Option<Baseline>,
    /// The time of a warm run.
    pub(crate) duration: Duration,
}

/// A fault-free run with its requests.
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
    /// Index of the call stack of a request, if the baseline made this request and captured the
    /// stack.
    pub(crate) fn stack_of(&self, number: u64) -> Option<u32> {
        if self.facts.schedule == Schedule::Shared {
            // In another run, this number may be another request.
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
        Leftover { birth, size, align: 1, address: 0 }
    }

    #[test]
    fn only_what_the_fault_free_run_does_not_leave_is_unexpected() {
        use Birth::{Armed, Unarmed};
        let leftovers = vec![left(Armed(1), 10), left(Armed(5), 50)];
        let facts = Facts { leftovers, ..Facts::default() };
        let seen = [left(Armed(1), 10), left(Armed(2), 20), left(Unarmed(0), 50)];
        assert_eq!(facts.unexpected(&seen, 3), [left(Armed(2), 20)]);
        // A second block of this shape is unexpected.
        let twice = [left(Unarmed(0), 50), left(Unarmed(1), 50)];
        assert_eq!(facts.unexpected(&twice, 3).len(), 1);
    }

    #[test]
    fn with_other_threads_numbers_tell_nothing() {
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
