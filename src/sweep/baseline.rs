//! What the fault-free run does: the yardstick of every other run, without its views.

use crate::alloc::{Birth, Leftover, Trace};
use crate::oracle::Expected;

/// Facts of a fault-free run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// Armed requests.
    pub(crate) requests: u64,
    /// Hash of the requests before each request, and of all.
    pub(crate) prefix: Vec<u64>,
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
    /// Hash of the whole sequence of requests.
    pub(crate) fn hash(&self) -> u64 {
        self.prefix.last().copied().unwrap_or_default()
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
    /// retry too, in any order: it is matched by its shape.
    pub(crate) fn unexpected(&self, left: &[Leftover], fault: u64) -> Vec<Leftover> {
        let is_before = |birth: Birth| matches!(birth, Birth::Armed(n) if u64::from(n) < fault);
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
}
