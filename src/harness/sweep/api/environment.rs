//! The environment's options for a sweep: [`Environment`]. Only this file reads the variables
//! `OOM_SWEEP_…`.
//!
//! They override the options of the builder. So one test binary serves a developer, several
//! machines that share a sweep, and a short time budget. A value that cannot be read becomes the
//! error of the report.

use std::env;
use std::ffi::OsString;
use std::num::NonZeroUsize;
#[cfg(feature = "serde")]
use std::path::PathBuf;
use std::time::Duration;

use super::builder::Sweep;
use super::options::ChosenBy;
#[cfg(feature = "serde")]
use super::options::Detail;
use super::options::RunOutput;
use super::replay::{self, ReplayRequest};
use crate::harness::plan::Strategy;
use crate::harness::plan::duration;
use crate::harness::report::{Origin, Shard};

const SHARD: &str = "OOM_SWEEP_SHARD";
const STRATEGY: &str = "OOM_SWEEP_STRATEGY";
const KNOWN: &str = "OOM_SWEEP_KNOWN";
pub(crate) const REPORT_DIR: &str = "OOM_SWEEP_REPORT_DIR";

/// The options that are set.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Environment {
    pub(crate) replay_request: ReplayRequest,
    shard: Option<Shard>,
    time_budget: Option<Duration>,
    strategy: Option<Strategy>,
    jobs: Option<NonZeroUsize>,
    #[cfg(feature = "serde")]
    known: Option<PathBuf>,
    #[cfg(feature = "serde")]
    pub(crate) report_dir: Option<PathBuf>,
}

impl Environment {
    /// Reads the variables, for the sweep with this name.
    ///
    /// # Errors
    /// One line, which begins with the variable that cannot be read.
    pub(crate) fn read(name: &str) -> Result<Self, String> {
        Self::parse(name, |variable| env::var_os(variable))
    }

    fn parse(name: &str, lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, String> {
        let variables = Variables { lookup };
        #[cfg(not(feature = "serde"))]
        variables.refuse(&[KNOWN, REPORT_DIR])?;
        let replay_request = variables
            .read(replay::VARIABLE, |text| replay::parse(text, Origin::names_here().id(name)))?;
        Ok(Self {
            replay_request: replay_request.unwrap_or_default(),
            shard: variables.read(SHARD, parsed)?,
            time_budget: variables.read("OOM_SWEEP_TIME_BUDGET", duration::parse)?,
            strategy: variables.read(STRATEGY, parsed)?,
            jobs: variables.read("OOM_SWEEP_JOBS", |text| {
                let expected = |_| format!("expected a number of at least 1, found {text:?}");
                text.parse().map_err(expected)
            })?,
            #[cfg(feature = "serde")]
            known: variables.path(KNOWN)?,
            #[cfg(feature = "serde")]
            report_dir: variables.path(REPORT_DIR)?,
        })
    }

    /// Applies the options to a sweep.
    pub(crate) fn apply(&self, sweep: &mut Sweep) {
        if let ReplayRequest::Only(plan) = &self.replay_request {
            // The user wants to see this plan, whatever else is set.
            sweep.strategy = Strategy::Plans(vec![plan.clone()]);
            (sweep.shard, sweep.requests, sweep.time_budget) = (None, None, None);
            sweep.run_output = RunOutput::Show;
            #[cfg(feature = "serde")]
            sweep.known.clear();
            return;
        }
        if let Some(shard) = self.shard {
            sweep.shard = Some((shard.index(), shard.count()));
        }
        if let Some(strategy) = &self.strategy {
            sweep.strategy = strategy.clone();
            sweep.chosen_by = ChosenBy::Invocation;
        }
        #[cfg(feature = "serde")]
        if let Some(path) = &self.known {
            sweep.known = vec![path.clone()];
        }
        #[cfg(feature = "serde")]
        if self.report_dir.is_some() {
            sweep.detail = Detail::ForPrograms;
        }
        sweep.time_budget = self.time_budget.or(sweep.time_budget);
        sweep.jobs = self.jobs.map(NonZeroUsize::get).or(sweep.jobs);
    }
}

/// A text of all variables that affect the verdicts of a sweep. A journal's verdicts under one text
/// are not valid under another.
#[cfg(feature = "cli")]
pub(crate) fn shape() -> String {
    let known = env::var_os(KNOWN).map(|path| std::fs::read(path).ok());
    let others = [SHARD, STRATEGY, replay::VARIABLE].map(env::var_os);
    match (&known, &others) {
        (None, [None, None, None]) => String::new(),
        _ => format!("{others:?} {known:?}"),
    }
}

fn parsed<T: std::str::FromStr<Err: ToString>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// Where the variables come from.
struct Variables<F> {
    lookup: F,
}

impl<F: Fn(&str) -> Option<OsString>> Variables<F> {
    fn read<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, String> {
        let Some(value) = (self.lookup)(name) else { return Ok(None) };
        let text = value.to_str().ok_or_else(|| format!("{name}: {value:?} is not UTF-8"))?;
        parse(text).map(Some).map_err(|error| format!("{name}: {error}"))
    }

    /// These variables name files of JSON.
    #[cfg(not(feature = "serde"))]
    fn refuse(&self, names: &[&str]) -> Result<(), String> {
        match names.iter().find(|name| (self.lookup)(name).is_some()) {
            Some(name) => Err(format!("{name}: it needs the feature `serde` of oom-sweep")),
            None => Ok(()),
        }
    }

    #[cfg(feature = "serde")]
    fn path(&self, name: &str) -> Result<Option<PathBuf>, String> {
        match (self.lookup)(name) {
            Some(value) if value.is_empty() => {
                Err(format!("{name}: it is empty: set it to a path, or unset it"))
            }
            value => Ok(value.map(PathBuf::from)),
        }
    }
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use super::*;
    use crate::harness::plan::{AfterFault, Plan};

    fn parse(variables: &[(&str, &str)]) -> Result<Environment, String> {
        let value = |name: &str| variables.iter().find(|(other, _)| *other == name);
        Environment::parse("grow", |name| value(name).map(|(_, value)| OsString::from(value)))
    }

    const ALL: [(&str, &str); 6] = [
        ("OOM_SWEEP_SHARD", "2/3"),
        ("OOM_SWEEP_TIME_BUDGET", "30s"),
        ("OOM_SWEEP_STRATEGY", "unique-sites:2"),
        ("OOM_SWEEP_JOBS", "4"),
        ("OOM_SWEEP_KNOWN", "known.json"),
        ("OOM_SWEEP_REPORT_DIR", "reports"),
    ];

    #[test]
    fn what_is_set_overrides_the_builder() {
        let built = || Sweep::new("grow").jobs(1).shard(1, 2).known("old.json").requests(3..4);
        let mut sweep = built();
        parse(&ALL).unwrap().apply(&mut sweep);
        assert_eq!((sweep.shard, sweep.jobs, sweep.requests), (Some((2, 3)), Some(4), Some(3..4)));
        assert_eq!(sweep.time_budget, Some(Duration::from_secs(30)));
        assert_eq!(sweep.strategy, Strategy::UniqueSites { per_site: 2 });
        assert_eq!(sweep.known, [PathBuf::from("known.json")]);

        let mut sweep = built();
        parse(&[]).unwrap().apply(&mut sweep);
        assert_eq!((sweep.shard, sweep.jobs), (Some((1, 2)), Some(1)));
        assert_eq!(sweep.known, [PathBuf::from("old.json")]);
    }

    #[test]
    fn a_replay_is_of_its_plan_whatever_else_is_set() {
        let replay = ("OOM_SWEEP_REPLAY", "grow=nth:7/fail-all");
        let variables: Vec<_> = ALL.into_iter().chain([replay]).collect();
        let mut sweep = Sweep::new("grow").requests(3..4);
        parse(&variables).unwrap().apply(&mut sweep);
        let plan = Plan::nth(7, AfterFault::FailAll);
        assert_eq!(sweep.strategy, Strategy::Plans(vec![plan]));
        assert_eq!((sweep.shard, sweep.requests, sweep.time_budget), (None, None, None));
        assert!(sweep.known.is_empty());

        let other = parse(&[("OOM_SWEEP_REPLAY", "shrink=nth:7")]).unwrap();
        assert_eq!(other.replay_request, ReplayRequest::Nothing);
    }

    #[test]
    fn what_cannot_be_read_is_one_line_that_names_the_variable() {
        for (name, value, part) in [
            ("OOM_SWEEP_SHARD", "5/4", "shard 5/4: there are 4"),
            ("OOM_SWEEP_SHARD", "", "as in 2/3"),
            ("OOM_SWEEP_TIME_BUDGET", "0", "as in 10s"),
            ("OOM_SWEEP_TIME_BUDGET", "0s", "no time"),
            ("OOM_SWEEP_STRATEGY", "some", "a strategy is"),
            ("OOM_SWEEP_JOBS", "0", "at least 1"),
            ("OOM_SWEEP_JOBS", "all", "found \"all\""),
            ("OOM_SWEEP_KNOWN", "", "it is empty"),
            ("OOM_SWEEP_REPORT_DIR", "", "it is empty"),
            ("OOM_SWEEP_REPLAY", "grow", "<sweep>=<plan>"),
        ] {
            let error = parse(&[(name, value)]).unwrap_err();
            assert!(error.starts_with(&format!("{name}: ")) && error.contains(part), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_text_may_be_a_path_and_nothing_else() {
        use std::os::unix::ffi::OsStringExt;
        let odd = || OsString::from_vec(vec![b'a', 0xff]);
        let of = |wanted| Environment::parse("x", move |name| (name == wanted).then(odd));
        assert_eq!(of("OOM_SWEEP_KNOWN").unwrap().known, Some(PathBuf::from(odd())));
        assert!(of("OOM_SWEEP_JOBS").unwrap_err().contains("is not UTF-8"));
    }
}

#[cfg(all(test, not(feature = "serde")))]
mod tests {
    use super::*;

    #[test]
    fn a_variable_for_files_of_json_says_which_feature_it_needs() {
        for name in [KNOWN, REPORT_DIR] {
            let set = |variable: &str| (variable == name).then(|| "x".into());
            let error = Environment::parse("grow", set).unwrap_err();
            assert_eq!(error, format!("{name}: it needs the feature `serde` of oom-sweep"));
        }
    }
}
