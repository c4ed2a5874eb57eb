//! Chooses the requests of a fault-free run that a strategy fails.

use std::collections::{BTreeMap, BTreeSet};

use crate::harness::alloc::{NO_STACK, Traced, mix};
use crate::harness::plan::Strategy;

/// The requests to fail, in order. None for strategies that do not choose single requests.
pub(crate) fn choose(strategy: &Strategy, requests: &[Traced]) -> Vec<u64> {
    let all = || 0..requests.len() as u64;
    match strategy {
        Strategy::EveryRequest => all().collect(),
        Strategy::UniqueSites { per_site } => unique_sites(requests, *per_site),
        Strategy::Sample { count, .. } if *count >= requests.len() => all().collect(),
        Strategy::Sample { count, seed } => sample(requests.len() as u64, *count, *seed),
        Strategy::Pairs | Strategy::Plans(_) => Vec::new(),
    }
}

/// The requests of each call stack, in the order of their first requests. A request without a known
/// stack is a group by itself.
pub(crate) fn by_site(requests: &[Traced]) -> Vec<Vec<u64>> {
    let mut sites: Vec<Vec<u64>> = Vec::new();
    let mut of_stack = BTreeMap::new();
    for traced in requests {
        let next = sites.len();
        let site = match traced.stack {
            NO_STACK => next,
            stack => *of_stack.entry(stack).or_insert(next),
        };
        if site == next {
            sites.push(Vec::new());
        }
        sites[site].push(traced.request.number);
    }
    sites
}

fn unique_sites(requests: &[Traced], per_site: usize) -> Vec<u64> {
    let spread = |site: Vec<u64>| {
        let last = site.len() - 1;
        let chosen = per_site.clamp(1, site.len());
        // The first, the last, and others evenly between them.
        (0..chosen).map(move |i| site[i * last / (chosen - 1).max(1)])
    };
    let mut numbers: Vec<_> = by_site(requests).into_iter().flat_map(spread).collect();
    numbers.sort_unstable();
    numbers
}

/// `count` of the numbers below `all` (Floyd's algorithm: Bentley and Floyd, "A sample of
/// brilliance", 1987).
fn sample(all: u64, count: usize, seed: u64) -> Vec<u64> {
    let mut chosen = BTreeSet::new();
    let mut random = seed;
    for last in all - count as u64..all {
        random = mix(random);
        if !chosen.insert(random % (last + 1)) {
            chosen.insert(last);
        }
    }
    chosen.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::alloc::Request;

    fn requests(stacks: &[u32]) -> Vec<Traced> {
        let traced = |(number, &stack): (usize, &u32)| Traced {
            request: Request { number: number as u64, ..Request::NONE },
            stack,
        };
        stacks.iter().enumerate().map(traced).collect()
    }

    #[test]
    fn unique_sites_are_failed_first_and_last_and_in_between() {
        let requests = requests(&[7, 7, 8, 7, 7, NO_STACK, 7, NO_STACK]);
        let chosen = |per_site| choose(&Strategy::UniqueSites { per_site }, &requests);
        assert_eq!(chosen(1), [0, 2, 5, 7]);
        assert_eq!(chosen(2), [0, 2, 5, 6, 7]);
        assert_eq!(chosen(3), [0, 2, 3, 5, 6, 7]);
        assert_eq!(chosen(usize::MAX), [0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn a_sample_is_of_its_size_and_depends_on_its_seed_alone() {
        let requests = requests(&[1; 1000]);
        let chosen = |count, seed| choose(&Strategy::Sample { count, seed }, &requests);
        let sample = chosen(100, 1);
        assert!(sample.len() == 100 && sample.is_sorted() && sample[99] < 1000);
        assert_eq!(sample, chosen(100, 1));
        assert_ne!(sample, chosen(100, 2));
        assert_eq!(chosen(2000, 1).len(), 1000);
        assert_eq!(chosen(0, 1), [0; 0]);
    }
}
