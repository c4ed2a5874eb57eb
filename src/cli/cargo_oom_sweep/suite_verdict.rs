//! The result of a run of all tests: [`SuiteVerdict`], from the sweeps' reports and the way the
//! tests ended.
//!
//! A test that fails because of a finding is no separate error. Everything else is an error, with
//! one line each: a test that fails for another reason, a sweep that died, too few failed sites. A
//! test is identified by its binary and its name, as far as the binary is known.

use super::suite::{Ending, TestName};
use crate::harness::report::{Names, Origin, Outcome, Report};

/// An outcome, and the errors that the reports do not contain.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SuiteVerdict {
    pub(super) outcome: Outcome,
    pub(super) errors: Vec<String>,
}

/// The input of the verdict.
pub(super) struct Facts<'a> {
    pub(super) reports: &'a [Report],
    /// The name under which each is shown.
    pub(super) names: &'a Names<'a>,
    /// The names of sweeps that started but wrote no report.
    pub(super) unfinished: Vec<String>,
    /// Why reports cannot be read, one line each.
    pub(super) unreadable: Vec<String>,
    pub(super) ending: &'a Ending,
    /// What was asked for that no test is called.
    pub(super) asked: Asked,
    /// The origins of the sweeps that failed when they ended, before --update-known.
    pub(super) failing: &'a [Origin],
    /// The file of the tests' output.
    pub(super) log: String,
}

/// The words for Cargo that are names of tests.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) names: Vec<String>,
    /// The command of this program that the first of them resembles.
    pub(super) command: Option<String>,
}

/// What the user requires.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Requirements {
    pub(super) partial: Partial,
    /// The percentage of all sites that must be failed.
    pub(super) min_site_coverage: Option<f64>,
}

/// Whether a sweep that did not run every plan is good enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Partial {
    Allowed,
    Reported,
}

impl SuiteVerdict {
    /// Makes the worst verdict of all checks.
    pub(super) fn new(facts: &Facts<'_>, requirements: Requirements) -> Self {
        let judged = facts.reports.iter().map(Report::outcome).max().unwrap_or(Outcome::Pass);
        let judged = match (judged, requirements.partial) {
            (Outcome::Partial, Partial::Allowed) => Outcome::Pass,
            (outcome, _) => outcome,
        };
        let found = [
            (Outcome::Error, facts.unjudged()),
            (Outcome::Error, facts.unreadable.clone()),
            (Outcome::Error, facts.no_sweep().into_iter().collect()),
            (Outcome::Error, facts.unexplained().into_iter().collect()),
            (Outcome::Error, facts.died_elsewhere().into_iter().collect()),
            (Outcome::Error, facts.no_plan().into_iter().collect()),
            (Outcome::Empty, facts.empty().into_iter().collect()),
            (Outcome::Partial, facts.died_sweeping().into_iter().collect()),
            (Outcome::Partial, facts.uncovered(requirements).into_iter().collect()),
        ];
        let outcomes = found.iter().filter(|(_, lines)| !lines.is_empty());
        let outcome = outcomes.map(|(outcome, _)| *outcome).fold(judged, Outcome::max);
        Self { outcome, errors: found.into_iter().flat_map(|(_, lines)| lines).collect() }
    }
}

impl SuiteVerdict {
    /// Adds an error that happened after the verdict.
    pub(super) fn add(&mut self, result: Result<(), String>) {
        if let Err(error) = result {
            self.outcome = self.outcome.max(Outcome::Error);
            self.errors.push(error);
        }
    }
}

/// Returns the origins of the sweeps that fail, with their tests.
pub(super) fn failing_tests(reports: &[Report]) -> Vec<Origin> {
    let origin = |report: &Report| report.origin().cloned().unwrap_or_default();
    reports.iter().filter(|report| !report.is_clean()).map(origin).collect()
}

/// Whether a sweep of this origin ran in the test.
fn is_in(origin: &Origin, test: &TestName) -> bool {
    let is_place = |place: &str| origin.id("").is_place(place);
    origin.test() == Some(&test.name) && test.place.as_deref().is_none_or(is_place)
}

impl Facts<'_> {
    /// Returns the sweeps that had an error of the harness.
    fn unjudged(&self) -> Vec<String> {
        let of = |report: &Report| Some(format!("{}: {}", self.names.of(report), report.error()?));
        self.reports.iter().filter_map(of).collect()
    }

    fn no_sweep(&self) -> Option<String> {
        let is_none = self.reports.is_empty() && self.unfinished.is_empty();
        let Ending { status, refusal, counts, .. } = self.ending;
        match (refusal, counts) {
            _ if !is_none || !self.unreadable.is_empty() => None,
            // What the sweeps themselves report, such as a missing feature.
            (Some(refusal), _) => Some(format!("no sweep could write its report: {refusal}")),
            (None, _) if !status.success() => None,
            (None, (0, left_out @ 1..)) => Some(self.no_match(*left_out)),
            (None, _) => Some(
                "no sweep ran in these tests: write a first one with `cargo oom-sweep init`"
                    .to_owned(),
            ),
        }
    }

    /// Says that no test matches.
    fn no_match(&self, left_out: u64) -> String {
        let Asked { names, command } = &self.asked;
        let what = match names.as_slice() {
            [] => "no test matches the words for `cargo test`".to_owned(),
            names => format!("no test's name contains {}", names.join(" or ")),
        };
        let meant = match (command, names.as_slice()) {
            (Some(command), _) => format!(": did you mean `cargo oom-sweep {command}`?"),
            (None, []) => String::new(),
            (None, _) => ", and it is no command of cargo oom-sweep: --help lists them".to_owned(),
        };
        format!("{what}{meant} (all {left_out} tests were left out; the last report is unchanged)")
    }

    /// Returns an error if the strategy of the environment selects no plan of any sweep. A sweep that
    /// chooses no plan by itself is empty.
    fn no_plan(&self) -> Option<String> {
        let requests = self.reports.iter().map(Report::requests).max().unwrap_or(0);
        let is_idle = |report: &Report| {
            report.outcome() == Outcome::Pass && report.plans() == 0 && report.all_plans() == 0
        };
        let strategy = self.reports.first()?.strategy();
        (requests > 0 && self.reports.iter().all(is_idle)).then(|| {
            format!("`{strategy}` selects no plan: the sweeps make at most {requests} requests")
        })
    }

    /// Counts the sweeps that tested nothing.
    fn empty(&self) -> Option<String> {
        let is_empty = |report: &&Report| report.outcome() == Outcome::Empty;
        let empty = self.reports.iter().filter(is_empty);
        let names: Vec<_> = empty.map(|report| self.names.of(report)).collect();
        let (empty, all) = (names.len(), self.reports.len());
        (empty > 0).then(|| format!("{empty} of {all} sweeps tested nothing: {}", names.join(", ")))
    }

    /// Returns tests that failed without a finding. A failed sweep whose test is not known explains
    /// one.
    fn unexplained(&self) -> Option<String> {
        let Ending { status, failed, died, error, signal, refusal, .. } = self.ending;
        if status.success() || (refusal.is_some() && self.reports.is_empty()) {
            return None;
        }
        // If sweeps died, their tests died with them.
        let died: &[TestName] = if self.unfinished.is_empty() { died } else { &[] };
        let all: Vec<_> = failed.iter().chain(died).collect();
        let is_of_sweep = |test: &TestName| self.failing.iter().any(|origin| is_in(origin, test));
        let others: Vec<_> = all.iter().filter(|test| !is_of_sweep(test)).collect();
        let others: Vec<_> = others.into_iter().map(|test| self.shown(test, &all)).collect();
        let is_test = |origin: &Origin| all.iter().any(|test| is_in(origin, test));
        let unknown = self.failing.iter().filter(|origin| !is_test(origin)).count();
        let log = &self.log;
        match others.as_slice() {
            [] if all.is_empty()
                && unknown == 0
                && self.unfinished.is_empty()
                && signal.is_none() =>
            {
                let why = error.clone().unwrap_or_else(|| status.to_string());
                Some(format!("the tests failed: {why}; their output is in {log}"))
            }
            some if some.len() <= unknown => None,
            [one] => {
                Some(format!("{one} failed, but not because of a finding; its output is in {log}"))
            }
            many => {
                let (number, names) = (many.len(), many.join(", "));
                let found = if unknown == 0 { "none" } else { &unknown.to_string() };
                Some(format!(
                    "{number} tests failed, {found} of them because of a finding: {names}; their \
                     output is in {log}"
                ))
            }
        }
    }

    /// Returns the name of a test, with its binary if another test of its name failed too.
    fn shown(&self, test: &TestName, all: &[&TestName]) -> String {
        let is_alone = all.iter().filter(|other| other.name == test.name).count() == 1;
        match &test.place {
            Some(place) if !is_alone => format!("{place}::{}", test.name),
            _ => test.name.clone(),
        }
    }

    /// Reports a process that died between sweeps. The sweeps that did not start are unknown.
    fn died_elsewhere(&self) -> Option<String> {
        let Ending { died, signal, .. } = self.ending;
        let signal = signal.as_ref().filter(|_| self.unfinished.is_empty() && died.is_empty())?;
        Some(format!(
            "a test's process died outside of any sweep ({signal}): later tests in it did not run; \
             the tests' output is in {}",
            self.log
        ))
    }

    fn died_sweeping(&self) -> Option<String> {
        if self.unfinished.is_empty() {
            return None;
        }
        let (names, log) = (self.unfinished.join(", "), &self.log);
        let signal =
            self.ending.signal.as_ref().map_or(String::new(), |signal| format!(" ({signal})"));
        Some(format!(
            "sweeps did not end, because the process died{signal}: {names}; all others were judged; \
             the tests' output is in {log}"
        ))
    }

    fn uncovered(&self, requirements: Requirements) -> Option<String> {
        let least = requirements.min_site_coverage?;
        let sum = |number: fn(&Report) -> u64| self.reports.iter().map(number).sum::<u64>();
        let (sites, failed) = (sum(Report::sites), sum(|report| report.coverage().sites().len()));
        let part = 100.0 * failed as f64 / sites.max(1) as f64;
        (sites > 0 && part < least).then(|| {
            format!(
                "site coverage is {part:.1} %, less than {least} %: {failed} of {sites} sites were \
                 failed"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use std::process::ExitStatus;

    use super::*;
    use crate::harness::report::{Origin, samples};

    fn failed_status() -> ExitStatus {
        std::process::Command::new("false").status().unwrap()
    }

    /// Makes a test's name of `grow` or `store::oom grow`.
    fn test_name(text: &str) -> TestName {
        let (place, name) = match text.split_once(' ') {
            Some((place, name)) => (Some(place.to_owned()), name),
            None => (None, text),
        };
        TestName { place, name: name.to_owned() }
    }

    fn ending(status: ExitStatus, failed: &[&str]) -> Ending {
        let failed = failed.iter().map(|&name| test_name(name)).collect();
        Ending {
            status,
            failed,
            died: Vec::new(),
            signal: None,
            refusal: None,
            error: None,
            counts: (1, 0),
        }
    }

    const PLAIN: Requirements =
        Requirements { partial: Partial::Reported, min_site_coverage: None };

    fn judge(
        reports: &[Report],
        unfinished: &[&str],
        ending: &Ending,
        requirements: Requirements,
    ) -> (Outcome, String) {
        let unfinished = unfinished.iter().map(|&name| name.to_owned()).collect();
        let log = "tests.log".to_owned();
        let failing = failing_tests(reports);
        let failing = failing.as_slice();
        let (names, asked) = (&Names::new(reports), Asked::default());
        let unreadable = Vec::new();
        let facts = Facts { reports, names, unfinished, unreadable, ending, asked, failing, log };
        let verdict = SuiteVerdict::new(&facts, requirements);
        (verdict.outcome, verdict.errors.join("\n"))
    }

    fn in_test(report: Report, test: &str) -> Report {
        let origin = Origin { test: Some(test.to_owned()), ..Origin::default() };
        Report { origin: Some(origin), ..report }
    }

    #[test]
    fn a_suite_that_tested_nothing_does_not_pass() {
        let success = ending(ExitStatus::default(), &[]);
        let empty = Report { empty: Some("no request".to_owned()), plans: 0, ..samples::clean() };
        let (outcome, said) = judge(&[samples::clean(), empty], &[], &success, PLAIN);
        assert_eq!(outcome, Outcome::Empty);
        assert_eq!(said, "1 of 2 sweeps tested nothing: table::insert");

        let strategy = "pairs".to_owned();
        let idle = Report { plans: 0, runs: 0, strategy, ..samples::clean() };
        let (outcome, said) = judge(std::slice::from_ref(&idle), &[], &success, PLAIN);
        assert_eq!(outcome, Outcome::Error);
        assert_eq!(said, "`pairs` selects no plan: the sweeps make at most 12 requests");
        // Some sweeps may have no such plan.
        let (outcome, _) = judge(&[idle, samples::clean()], &[], &success, PLAIN);
        assert_eq!(outcome, Outcome::Pass);
    }

    #[test]
    fn only_tests_that_fail_without_a_finding_are_errors() {
        let reports = [in_test(samples::example(), "grow"), samples::clean()];
        let (outcome, said) = judge(&reports, &[], &ending(failed_status(), &["grow"]), PLAIN);
        assert_eq!((outcome, said.as_str()), (Outcome::Fail, ""));
        let both = ending(failed_status(), &["grow", "other"]);
        let (outcome, said) = judge(&reports, &[], &both, PLAIN);
        assert_eq!(outcome, Outcome::Error);
        assert_eq!(said, "other failed, but not because of a finding; its output is in tests.log");
    }

    #[test]
    fn a_finding_in_one_binary_explains_no_failed_test_of_its_name_in_another() {
        let mut report = in_test(samples::example(), "grow");
        let origin = report.origin.as_mut().unwrap();
        (origin.package, origin.binary) = (Some("store".to_owned()), Some("oom".to_owned()));
        let reports = [report];
        let both = ending(failed_status(), &["log::oom grow", "store::oom grow"]);
        let (outcome, said) = judge(&reports, &[], &both, PLAIN);
        assert_eq!(outcome, Outcome::Error);
        assert!(
            said.starts_with("log::oom::grow failed, but not because of a finding; "),
            "{said}"
        );
        let one = ending(failed_status(), &["store::oom grow"]);
        assert_eq!(judge(&reports, &[], &one, PLAIN), (Outcome::Fail, String::new()));
    }

    #[test]
    fn a_failed_sweep_without_a_test_explains_one_test() {
        let reports = [samples::example()];
        let (outcome, _) = judge(&reports, &[], &ending(failed_status(), &["grow"]), PLAIN);
        assert_eq!(outcome, Outcome::Fail);
        let (outcome, said) = judge(&reports, &[], &ending(failed_status(), &["a", "b"]), PLAIN);
        assert_eq!(outcome, Outcome::Error);
        assert!(
            said.starts_with("2 tests failed, 1 of them because of a finding: a, b; "),
            "{said}"
        );
    }

    #[test]
    fn a_process_that_dies_between_sweeps_is_an_error() {
        let reports = [in_test(samples::example(), "grow"), samples::clean()];
        let mut of_binary = ending(failed_status(), &["grow"]);
        of_binary.signal = Some("signal: 9, SIGKILL: kill".to_owned());
        let (outcome, said) = judge(&reports, &[], &of_binary, PLAIN);
        assert_eq!(outcome, Outcome::Error);
        assert!(said.contains("outside of any sweep (signal: 9, SIGKILL: kill)"), "{said}");

        let of_test = Ending { died: vec![test_name("plain")], ..of_binary };
        let (outcome, said) = judge(&reports, &[], &of_test, PLAIN);
        assert_eq!(outcome, Outcome::Error);
        assert!(said.starts_with("plain failed, but not because of a finding; "), "{said}");
    }

    #[test]
    fn a_sweep_that_died_explains_no_failed_test() {
        let mut ending = ending(failed_status(), &["plain"]);
        (ending.died, ending.signal) = (vec![test_name("grow")], Some("SIGKILL".to_owned()));
        let (outcome, said) = judge(&[samples::clean()], &["grow"], &ending, PLAIN);
        assert_eq!(outcome, Outcome::Error);
        let lines: Vec<_> = said.lines().collect();
        assert!(lines[0].starts_with("plain failed, ") && lines[1].contains("(SIGKILL): grow; "));
    }

    #[test]
    fn an_error_of_the_sweeps_is_passed_on() {
        let mut ending = ending(failed_status(), &["grow"]);
        ending.refusal = Some("OOM_SWEEP_REPORT_DIR: turn on the feature `serde`".to_owned());
        let (outcome, said) = judge(&[], &[], &ending, PLAIN);
        assert_eq!(outcome, Outcome::Error);
        assert!(said.ends_with("turn on the feature `serde`") && !said.contains('\n'), "{said}");
    }

    #[test]
    fn an_error_of_the_harness_names_its_sweep() {
        let report = Report { error: Some("no fork".to_owned()), ..samples::clean() };
        let name = report.name().to_owned();
        let (outcome, said) = judge(&[report], &[], &ending(ExitStatus::default(), &[]), PLAIN);
        assert_eq!((outcome, said), (Outcome::Error, format!("{name}: no fork")));
    }

    #[test]
    fn tests_that_fail_silently_are_an_error() {
        let reports = [samples::clean()];
        let mut ending = ending(failed_status(), &[]);
        ending.error = Some("no test target named `oom`".to_owned());
        let (outcome, said) = judge(&reports, &[], &ending, PLAIN);
        assert_eq!(outcome, Outcome::Error);
        assert!(said.contains("no test target named `oom`; their output"), "{said}");
    }

    #[test]
    fn no_sweep_is_an_error_that_says_how_to_get_one() {
        let (outcome, said) = judge(&[], &[], &ending(ExitStatus::default(), &[]), PLAIN);
        assert_eq!(outcome, Outcome::Error);
        assert!(said.contains("cargo oom-sweep init"), "{said}");
    }

    #[test]
    fn a_sweep_that_died_leaves_the_rest_judged() {
        let mut ending = ending(failed_status(), &[]);
        ending.signal = Some("signal: 9, SIGKILL: kill".to_owned());
        let allowed = Requirements { partial: Partial::Allowed, ..PLAIN };
        for requirements in [PLAIN, allowed] {
            let (outcome, said) = judge(&[samples::clean()], &["grow"], &ending, requirements);
            assert_eq!(outcome, Outcome::Partial);
            assert!(said.contains("(signal: 9, SIGKILL: kill): grow; all others"), "{said}");
        }
        let (outcome, _) = judge(&[samples::example()], &["grow"], &ending, PLAIN);
        assert_eq!(outcome, Outcome::Fail);
    }

    #[test]
    fn coverage_may_be_asked_for_and_partial_sweeps_allowed() {
        let partial = Report { runs: 0, ..samples::clean() };
        let reports = [Report { sites: 3, coverage: Default::default(), ..partial }];
        let success = ending(ExitStatus::default(), &[]);
        let requirements = |partial, min_site_coverage| Requirements { partial, min_site_coverage };
        let outcome = |requirements| judge(&reports, &[], &success, requirements);
        assert_eq!(outcome(PLAIN).0, Outcome::Partial);
        assert_eq!(
            outcome(requirements(Partial::Allowed, Some(0.0))),
            (Outcome::Pass, String::new())
        );
        let (outcome, said) = outcome(requirements(Partial::Allowed, Some(90.0)));
        assert_eq!(outcome, Outcome::Partial);
        assert!(said.contains("0.0 %, less than 90 %: 0 of 3 sites"), "{said}");
    }
}
