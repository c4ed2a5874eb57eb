//! A plan in the form that the allocator uses: [`Rule`] decides on a request without using the
//! heap.

use super::request::Request;
use crate::harness::plan::{AfterFault, Fault, Plan};

/// Which requests fail. Unlike [`Plan`], it is `Copy` and owns no heap memory.
#[derive(Clone, Copy)]
pub(crate) enum Rule {
    Never,
    Nth(u64),
    /// Sorted request numbers. The owner of the rule keeps them alive.
    Set {
        numbers: *const u64,
        len: usize,
    },
    AtLeast(usize),
    Budget(usize),
    Random {
        per_mille: u16,
        seed: u64,
    },
}

/// A rule, what follows the first fault, and the memory that the rule points into.
pub(crate) struct Compiled {
    pub(crate) rule: Rule,
    pub(crate) after: AfterFault,
    _numbers: Box<[u64]>,
}

impl Compiled {
    /// Compiles a plan. A `site:` plan becomes a rule that never fails a request: only a baseline
    /// can turn a site into a request number.
    pub(crate) fn new(plan: &Plan) -> Self {
        let numbers: Box<[u64]> = match &plan.fault {
            Fault::Set(numbers) => numbers.iter().copied().collect(),
            _ => Box::default(),
        };
        let rule = match plan.fault {
            Fault::None | Fault::Site { .. } => Rule::Never,
            Fault::Nth(number) => Rule::Nth(number),
            Fault::Set(_) => Rule::Set { numbers: numbers.as_ptr(), len: numbers.len() },
            Fault::AtLeast { bytes } => Rule::AtLeast(bytes),
            Fault::Budget { bytes } => Rule::Budget(bytes),
            Fault::Random { per_mille, seed } => Rule::Random { per_mille, seed },
        };
        Self { rule, after: plan.after, _numbers: numbers }
    }
}

impl Rule {
    /// Returns whether the request fails. `live` is the total size in bytes of the live blocks that
    /// armed requests allocated.
    pub(crate) fn hits(&self, request: &Request, live: usize) -> bool {
        match *self {
            Self::Never => false,
            Self::Nth(number) => request.number == number,
            Self::Set { .. } => self.numbers().binary_search(&request.number).is_ok(),
            Self::AtLeast(bytes) => request.size >= bytes,
            Self::Budget(bytes) => {
                let growth = request.size.saturating_sub(request.old_size);
                growth > 0 && live.saturating_add(growth) > bytes
            }
            Self::Random { per_mille, seed } => {
                mix(seed ^ mix(request.number)) % 1000 < u64::from(per_mille)
            }
        }
    }

    /// The first request, from `from` on, for which [`hits`](Self::hits) must be called.
    pub(crate) fn next_stop(&self, from: u64) -> u64 {
        match *self {
            Self::Never => u64::MAX,
            Self::Nth(number) if number >= from => number,
            Self::Nth(_) => u64::MAX,
            Self::Set { .. } => {
                let numbers = self.numbers();
                let next = numbers.partition_point(|&number| number < from);
                numbers.get(next).copied().unwrap_or(u64::MAX)
            }
            Self::AtLeast(_) | Self::Budget(_) | Self::Random { .. } => from,
        }
    }

    fn numbers(&self) -> &[u64] {
        match *self {
            // SAFETY: `Compiled` made pointer and length from one slice, and the owner of the rule
            // keeps it until the scope ends.
            Self::Set { numbers, len } => unsafe { std::slice::from_raw_parts(numbers, len) },
            _ => &[],
        }
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
/// generators", 2014). Every bit of the input affects every bit of the output.
pub(crate) fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::alloc::request::Operation;

    fn request(number: u64, size: usize) -> Request {
        Request { number, size, ..Request::NONE }
    }

    fn hits(plan: Plan, requests: u64) -> Vec<u64> {
        let compiled = Compiled::new(&plan);
        let all = 0..requests;
        all.filter(|&n| compiled.rule.hits(&request(n, n as usize), 0)).collect()
    }

    fn plan(fault: Fault) -> Plan {
        Plan { fault, after: AfterFault::Succeed }
    }

    #[test]
    fn each_rule_hits_what_it_names() {
        assert_eq!(hits(plan(Fault::None), 9), [0_u64; 0]);
        assert_eq!(hits(plan(Fault::Nth(4)), 9), [4]);
        assert_eq!(hits(plan(Fault::Set([1, 7].into())), 9), [1, 7]);
        assert_eq!(hits(plan(Fault::AtLeast { bytes: 7 }), 9), [7, 8]);
        assert_eq!(hits(plan(Fault::Random { per_mille: 1000, seed: 1 }), 3), [0, 1, 2]);
        assert_eq!(hits(plan(Fault::Random { per_mille: 0, seed: 1 }), 3), [0_u64; 0]);
        let some = hits(plan(Fault::Random { per_mille: 250, seed: 1 }), 10_000).len();
        assert!((2_200..2_800).contains(&some), "{some}");
    }

    #[test]
    fn a_budget_counts_growth_alone() {
        let rule = Rule::Budget(100);
        assert!(!rule.hits(&request(0, 40), 60));
        assert!(rule.hits(&request(0, 41), 60));
        let shrink = Request { old_size: 90, operation: Operation::Realloc, ..request(0, 80) };
        assert!(!rule.hits(&shrink, 1000));
    }

    #[test]
    fn a_stop_is_never_behind_the_next_hit() {
        for fault in [Fault::None, Fault::Nth(3), Fault::Set([0, 2, 5].into())] {
            let compiled = Compiled::new(&plan(fault));
            for from in 0..8 {
                let hit = (from..8).find(|&n| compiled.rule.hits(&request(n, 0), 0));
                assert_eq!(compiled.rule.next_stop(from), hit.unwrap_or(u64::MAX));
            }
        }
    }
}
