//! Which plans a sweep runs: [`Strategy`], and its text form.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use super::Plan;

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
    /// of the sweep.
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
        /// How many requests; all if there are fewer.
        count: usize,
        /// The generator's seed.
        seed: u64,
    },
    /// Two faults in one run. The first fault is the first request of each distinct call stack of
    /// the fault-free run. The second is one request of each distinct call stack among the requests
    /// that follow: clean-up and fallback code. Other requests are served.
    Pairs,
    /// Exactly these plans.
    Plans(Vec<Plan>),
}

impl Strategy {
    /// Returns why no plan can be selected, whatever the code does.
    pub(crate) fn selects_nothing(&self) -> Option<&'static str> {
        match self {
            Self::UniqueSites { per_site: 0 } => {
                Some("the strategy unique-sites:0 selects no request: use at least 1")
            }
            Self::Sample { count: 0, .. } => {
                Some("the strategy sample:0 selects no request: use at least 1")
            }
            Self::Plans(plans) if plans.is_empty() => Some("the strategy has no plans"),
            Self::EveryRequest
            | Self::UniqueSites { .. }
            | Self::Sample { .. }
            | Self::Pairs
            | Self::Plans(_) => None,
        }
    }
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

/// Why a text is not a [`Strategy`], in one line with the texts that are.
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
            0 => Err("expected at least 1 request of each site".to_owned()),
            per_site => Ok(Strategy::UniqueSites { per_site }),
        },
        ("sample", Some(details)) => {
            let (count, seed) = match details.split_once(",seed=") {
                Some((count, seed)) => (number(count)?, number(seed)?),
                None => (number(details)?, 0),
            };
            match count {
                0 => Err("expected a sample of at least 1 request".to_owned()),
                count => Ok(Strategy::Sample { count, seed }),
            }
        }
        ("every-request" | "pairs", Some(_)) => Err(format!("{name} takes no value")),
        ("sample", None) => {
            Err("expected a number of requests, as in sample:100,seed=1".to_owned())
        }
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
            ("sample", "a number of requests"),
            ("sample:0", "at least 1"),
            ("sample:0,seed=1", "at least 1"),
            ("sample:x", "found \"x\""),
            ("sample:-1", "found \"-1\""),
            ("pairs:2", "takes no value"),
            ("every", "expected"),
            ("", "expected"),
        ] {
            let error = text.parse::<Strategy>().unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains('\n'), "{text}: {error}");
        }
    }

    #[test]
    fn strategies_that_select_nothing_say_so() {
        let selects = ["every-request", "unique-sites:1", "sample:1,seed=0", "pairs"];
        for strategy in selects.map(|text| text.parse::<Strategy>().expect("a strategy")) {
            assert_eq!(strategy.selects_nothing(), None, "{strategy}");
        }
        assert_eq!(Strategy::Plans(vec![Plan::none()]).selects_nothing(), None);
        for strategy in [
            Strategy::UniqueSites { per_site: 0 },
            Strategy::Sample { count: 0, seed: 1 },
            Strategy::Plans(Vec::new()),
        ] {
            let why = strategy.selects_nothing().expect("it selects nothing");
            assert!(why.starts_with("the strategy "), "{why}");
        }
    }
}
