//! Tells a fuzzer about the faults of a run, besides the code that it covers: [`mark`].
//!
//! The code that handles a failure is often covered already, by another failure. So this file
//! counts each failed request by its site, by its result and by the faults before it, in counters
//! that libFuzzer treats as covered code. It needs the stacks of the run's first faults and ignores
//! faults without one. It judges nothing.

use std::iter::repeat_n;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::harness::alloc::mix;
use crate::harness::oracle::{FaultSeen, Observation, Returned, StepSeen};

/// The effect of a fault, as far as the step's result shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// The run ended in the step, or the fault happened in a drop after the last step.
    None,
    Ok,
    OutOfMemory,
    OtherError,
    Panicked,
}

/// One fault, as the fuzzer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Feature {
    hash: u64,
    /// How far the run had come. libFuzzer sorts the values of a counter into eight classes: 1, 2,
    /// 3, 4 to 7, and so on up to 128.
    depth: u8,
}

/// Records the run's faults in the counters.
pub(crate) fn mark(counters: &[AtomicU8], seen: &Observation) {
    let places = counters.len() as u64;
    for Feature { hash, depth } in features(seen) {
        if let Some(place) = hash.checked_rem(places) {
            counters[place as usize].fetch_max(depth, Ordering::Relaxed);
        }
    }
}

/// Returns a feature for each fault with a stack.
fn features(seen: &Observation) -> impl Iterator<Item = Feature> {
    let of_step = |step: &StepSeen| repeat_n(outcome(step), step.refused as usize);
    let outcomes = seen.steps.iter().flat_map(of_step).chain(std::iter::repeat(Outcome::None));
    let faults = seen.faults.iter().take_while(|fault| !fault.stack.is_empty());
    let mut before = 0;
    faults.zip(outcomes).map(move |(fault, outcome)| {
        let site = site(&fault.stack);
        let before = std::mem::replace(&mut before, site);
        feature(fault, [site, before, outcome as u64])
    })
}

/// Hashes more than the site, which is the same for every growth of a vector.
fn feature(FaultSeen { request, tolerance, .. }: &FaultSeen, facts: [u64; 3]) -> Feature {
    let magnitude = request.size.checked_ilog2().unwrap_or_default();
    let all = facts.into_iter().chain([u64::from(magnitude), *tolerance as u64]);
    let depth = u8::try_from(request.number.saturating_add(1)).unwrap_or(u8::MAX);
    Feature { hash: all.fold(0, |hash, fact| mix(hash ^ fact)), depth }
}

fn outcome(step: &StepSeen) -> Outcome {
    match step.returned {
        Returned::Ok => Outcome::Ok,
        Returned::Err { is_oom: true, .. } => Outcome::OutOfMemory,
        Returned::Err { is_oom: false, .. } => Outcome::OtherError,
        Returned::Panicked => Outcome::Panicked,
    }
}

/// Returns a hash of a call stack that is the same in every process of one binary, wherever it is
/// loaded. libFuzzer compares the counters of several processes.
///
/// It hashes the distances from this function. A module spans less than 2 GiB, so a frame that is
/// farther away belongs to another module, whose distance varies: it is left out. A function that
/// calls itself counts once, so that the depth of recursion makes no new sites.
fn site(stack: &[usize]) -> u64 {
    let here = site as fn(&[usize]) -> u64 as usize;
    let distances = stack.iter().map(|address| address.wrapping_sub(here) as isize);
    let mut last = None;
    let mut hash = 0;
    for distance in distances.filter_map(|distance| i32::try_from(distance).ok()) {
        if last.replace(distance) != Some(distance) {
            hash = mix(hash ^ u64::from(distance as u32));
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::alloc::{Request, Tolerance};
    use crate::harness::oracle::{Expected, Retried, Temperature, ViewSeen};
    use crate::harness::plan::Plan;

    /// Makes a run with one failed request in each step; each step returned `returned`.
    fn run(faults: &[(u64, usize, usize)], returned: Returned) -> Observation {
        let here = site as fn(&[usize]) -> u64 as usize;
        let mut seen = Observation::new(Plan::none(), Temperature::Warm);
        for (index, &(number, size, frame)) in faults.iter().enumerate() {
            let request = Request { number, size, ..Request::NONE };
            let stack = vec![here.wrapping_add(frame), here];
            seen.faults.push(FaultSeen { request, tolerance: Tolerance::Outside, stack });
            seen.steps.push(StepSeen {
                index,
                returned: returned.clone(),
                expected: Expected::Ok,
                refused: 1,
                untolerated: 1,
                over_ceiling: 0,
                inconsistency: None,
                view: ViewSeen::NotCompared,
                retry: Retried::Not,
            });
        }
        seen
    }

    fn hashes(faults: &[(u64, usize, usize)], returned: Returned) -> Vec<u64> {
        features(&run(faults, returned)).map(|feature| feature.hash).collect()
    }

    #[test]
    fn different_faults_are_different_features() {
        let oom = || Returned::Err { is_oom: true, requested: None, text: None };
        let plain = hashes(&[(7, 64, 16)], oom());
        assert_eq!(plain, hashes(&[(9, 65, 16)], oom()), "the number is no part of it");
        assert_ne!(plain, hashes(&[(7, 64, 20)], oom()), "another site");
        assert_ne!(plain, hashes(&[(7, 128, 16)], oom()), "a later growth");
        assert_ne!(plain, hashes(&[(7, 64, 16)], Returned::Ok), "swallowed");
        let twice = hashes(&[(7, 64, 16), (8, 64, 16)], oom());
        assert_eq!(twice[0], plain[0]);
        assert_ne!(twice[1], plain[0], "a second fault");
    }

    #[test]
    fn counters_hold_the_deepest_and_none_are_needed() {
        let counters = [const { AtomicU8::new(0) }; 64];
        for (number, value) in [(3, 4), (1, 4), (1000, 255)] {
            mark(&counters, &run(&[(number, 8, 0)], Returned::Ok));
            let marked: Vec<_> = counters.iter().map(|c| c.load(Ordering::Relaxed)).collect();
            assert_eq!(marked.iter().filter(|&&value| value > 0).collect::<Vec<_>>(), [&value]);
        }
        mark(&[], &run(&[(3, 8, 0)], Returned::Ok));
    }

    #[test]
    fn other_modules_and_recursion_make_no_sites() {
        let here = site as fn(&[usize]) -> u64 as usize;
        let [near, far] = [here + 8, here.wrapping_add(1 << 40)];
        assert_eq!(site(&[near, far, here]), site(&[near, here]));
        assert_eq!(site(&[near, near, near, here]), site(&[near, here]));
        assert_ne!(site(&[here, near]), site(&[near, here]));
    }
}
