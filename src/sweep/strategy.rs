//! Which plans a sweep runs: [`Strategy`], its text form, and whether a sweep retries:
//! [`Retry`].

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt;
use std::str::FromStr;

use crate::alloc::{NO_STACK, Traced, mix};
use crate::plan::Plan;

/// Which plans a sweep runs.
///
/// `OOM_SWEEP_STRATEGY` and the option `--strategy` read its text form:
///
/// | strategy | text form | which requests it fails |
/// | --- | --- | --- |
/// | [`EveryRequest`](Self::EveryRequest) | `every-request` | each |
/// | [`UniqueSites`](Self::UniqueSites) | `unique-sites:2`; `unique-sites` is one of each site | the first and the last of each call stack, or as many as you say |
/// | [`Sample`](Self::Sample) | `sample:100,seed=42`; the default seed is 0 | as many as you say, at random |
/// | [`Pairs`](Self::Pairs) | `pairs` | two in one run: the first of each call stack, then one of each call stack among the requests that follow |
/// | [`Plans`](Self::Plans) | plans, as in `nth:3;budget:4096/fail-all` | what the plans say; see [`Plan`] |
///
/// ```
/// use oom_sweep::Strategy;
///
/// assert_eq!("unique-sites".parse(), Ok(Strategy::UniqueSites { per_site: 1 }));
/// assert_eq!(Strategy::Sample { count: 9, seed: 0 }.to_string(), "sample:9,seed=0");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Strategy {
    /// Each request of the fault-free run in turn, once for each [`AfterFault`](crate::AfterFault)
    /// asked for.
    #[default]
    EveryRequest,
    /// A number of requests of each distinct call stack: the first, the last, and others evenly
    /// between them.
    UniqueSites {
        /// How many requests of each call stack, at least 1.
        per_site: usize,
    },
    /// A number of requests, chosen at random. The same seed chooses the same requests.
    Sample {
        /// How many requests; all of them if there are fewer.
        count: usize,
        /// The generator's seed.
        seed: u64,
    },
    /// Two faults in one run. The first fault is the first request of each distinct call stack of
    /// the fault-free run. The second is one request of each distinct call stack among the requests
    /// that follow: clean-up and fallback code. Other requests are served.
    Pairs,
    /// These plans, as they are.
    Plans(Vec<Plan>),
}

impl Strategy {
    /// The requests to fail, of those of a fault-free run, in order. None for strategies that do
    /// not choose single requests.
    pub(crate) fn choose(&self, requests: &[Traced]) -> Vec<u64> {
        let all = || 0..requests.len() as u64;
        match self {
            Self::EveryRequest => all().collect(),
            Self::UniqueSites { per_site } => unique_sites(requests, *per_site),
            Self::Sample { count, .. } if *count >= requests.len() => all().collect(),
            Self::Sample { count, seed } => sample(requests.len() as u64, *count, *seed),
            Self::Pairs | Self::Plans(_) => Vec::new(),
        }
    }
}

/// The requests of each call stack, by the order of its first one. One whose stack is not known
/// stands for itself.
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
        // The first, the last, and as many between as there are left.
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

/// Which failed operations are retried without faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retry {
    /// Every failed operation.
    Every,
    /// The operation that failed under the first plan for each call stack.
    FirstPerSite,
    /// No failed operation.
    Never,
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EveryRequest => f.write_str("every-request"),
            Self::UniqueSites { per_site } => write!(f, "unique-sites:{per_site}"),
            Self::Sample { count, seed } => write!(f, "sample:{count},seed={seed}"),
            Self::Pairs => f.write_str("pairs"),
            Self::Plans(plans) => {
                let plans: Vec<_> = plans.iter().map(ToString::to_string).collect();
                f.write_str(&plans.join(";"))
            }
        }
    }
}

/// Why a text is no [`Strategy`], in a line that says which texts are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseStrategyError {
    text: String,
    why: String,
}

impl Error for ParseStrategyError {}

impl fmt::Display for ParseStrategyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, why } = self;
        write!(
            f,
            "strategy {text:?}: {why}; a strategy is every-request | unique-sites[:PER_SITE] | \
             sample:COUNT[,seed=SEED] | pairs | PLAN[;PLAN…]"
        )
    }
}

impl FromStr for Strategy {
    type Err = ParseStrategyError;

    fn from_str(text: &str) -> Result<Self, ParseStrategyError> {
        parse(text).map_err(|why| ParseStrategyError { text: text.to_owned(), why })
    }
}

fn parse(text: &str) -> Result<Strategy, String> {
    let (name, details) = match text.split_once(':') {
        Some((name, details)) => (name, Some(details)),
        None => (text, None),
    };
    match (name, details) {
        ("every-request", None) => Ok(Strategy::EveryRequest),
        ("pairs", None) => Ok(Strategy::Pairs),
        ("unique-sites", None) => Ok(Strategy::UniqueSites { per_site: 1 }),
        ("unique-sites", Some(per_site)) => match number(per_site)? {
            0 => Err("of each site at least 1 request is failed".to_owned()),
            per_site => Ok(Strategy::UniqueSites { per_site }),
        },
        ("sample", Some(details)) => {
            let (count, seed) = match details.split_once(",seed=") {
                Some((count, seed)) => (number(count)?, number(seed)?),
                None => (number(details)?, 0),
            };
            Ok(Strategy::Sample { count, seed })
        }
        ("every-request" | "pairs", Some(_)) => Err(format!("{name} stands alone")),
        ("sample", None) => Err("of how many requests?".to_owned()),
        _ => {
            let plans: Result<Vec<Plan>, _> = text.split(';').map(str::parse).collect();
            plans.map(Strategy::Plans).map_err(|error| error.to_string())
        }
    }
}

fn number<T: FromStr>(text: &str) -> Result<T, String> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = is_plain.then(|| text.parse().ok()).flatten();
    number.ok_or_else(|| format!("expected a number, found {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alloc::Request;

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
        let chosen = |per_site| Strategy::UniqueSites { per_site }.choose(&requests);
        assert_eq!(chosen(1), [0, 2, 5, 7]);
        assert_eq!(chosen(2), [0, 2, 5, 6, 7]);
        assert_eq!(chosen(3), [0, 2, 3, 5, 6, 7]);
        assert_eq!(chosen(usize::MAX), [0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn a_sample_is_of_its_size_and_depends_on_its_seed_alone() {
        let requests = requests(&[1; 1000]);
        let chosen = |count, seed| Strategy::Sample { count, seed }.choose(&requests);
        let sample = chosen(100, 1);
        assert!(sample.len() == 100 && sample.is_sorted() && sample[99] < 1000);
        assert_eq!(sample, chosen(100, 1));
        assert_ne!(sample, chosen(100, 2));
        assert_eq!(chosen(2000, 1).len(), 1000);
        assert_eq!(chosen(0, 1), [0; 0]);
    }

    #[test]
    fn strategies_are_read_as_they_are_written() {
        for text in ["every-request", "unique-sites:3", "sample:100,seed=42", "pairs"] {
            assert_eq!(text.parse::<Strategy>().unwrap().to_string(), text);
        }
        let plans = "nth:3;budget:4096/fail-all".parse::<Strategy>().unwrap();
        assert_eq!(plans.to_string(), "nth:3/succeed;budget:4096/fail-all");
        assert_eq!("sample:7".parse(), Ok(Strategy::Sample { count: 7, seed: 0 }));
    }

    #[test]
    fn what_is_no_strategy_is_refused_in_a_line() {
        for (text, part) in [
            ("unique-sites:0", "at least 1"),
            ("sample", "of how many"),
            ("sample:x", "found \"x\""),
            ("sample:-1", "found \"-1\""),
            ("pairs:2", "stands alone"),
            ("every", "expected"),
            ("", "expected"),
        ] {
            let error = text.parse::<Strategy>().unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains('\n'), "{text}: {error}");
        }
    }
}
