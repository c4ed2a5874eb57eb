//! What a run of all tests came to: [`Verdict`], from the sweeps' reports and the way the tests
//! ended.
//!
//! That tests fail for a finding is the finding's affair. What is left, a test that fails for
//! another reason, a sweep that died, a call stack that no sweep has failed, is trouble, a line each.

use super::suite::Ending;
use crate::report::{Outcome, Report};

/// An outcome, and what has to be said besides the reports.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) outcome: Outcome,
    pub(super) troubles: Vec<String>,
}

/// What is judged.
pub(super) struct Facts<'a> {
    pub(super) reports: &'a [Report],
    /// Sweeps that began and left no report.
    pub(super) unended: Vec<String>,
    /// Reports that cannot be read, a line each.
    pub(super) unreadable: Vec<String>,
    pub(super) ending: &'a Ending,
    /// The tests of the sweeps that failed when they ended, whatever was made known since.
    pub(super) failing: &'a [Option<String>],
    /// Where the tests' output is.
    pub(super) log: String,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Demands {
    pub(super) partial: Partial,
    /// Part of all sites, in percent.
    pub(super) min_site_coverage: Option<f64>,
}

/// Whether sweeps that did not run every plan will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Partial {
    Allowed,
    Reported,
}

impl Verdict {
    /// The worst of all that is the matter.
    pub(super) fn new(facts: &Facts<'_>, demands: Demands) -> Self {
        let judged = facts.reports.iter().map(Report::outcome).max().unwrap_or(Outcome::Pass);
        let judged = match (judged, demands.partial) {
            (Outcome::Partial, Partial::Allowed) => Outcome::Pass,
            (outcome, _) => outcome,
        };
        let found = [
            (Outcome::Error, facts.unjudged()),
            (Outcome::Error, facts.unreadable.clone()),
            (Outcome::Error, facts.no_sweep().into_iter().collect()),
            (Outcome::Error, facts.unexplained().into_iter().collect()),
            (Outcome::Partial, facts.died().into_iter().collect()),
            (Outcome::Partial, facts.uncovered(demands).into_iter().collect()),
        ];
        let outcomes = found.iter().filter(|(_, lines)| !lines.is_empty());
        let outcome = outcomes.map(|(outcome, _)| *outcome).fold(judged, Outcome::max);
        Self { outcome, troubles: found.into_iter().flat_map(|(_, lines)| lines).collect() }
    }
}

/// The tests of the sweeps that fail, where they are known.
pub(super) fn failing_tests(reports: &[Report]) -> Vec<Option<String>> {
    let test = |report: &Report| report.origin()?.test().map(str::to_owned);
    reports.iter().filter(|report| !report.is_clean()).map(test).collect()
}

impl Facts<'_> {
    /// Sweeps that the harness could not make.
    fn unjudged(&self) -> Vec<String> {
        let of = |report: &Report| Some(format!("{}: {}", report.name(), report.error()?));
        self.reports.iter().filter_map(of).collect()
    }

    fn no_sweep(&self) -> Option<String> {
        let is_none = self.reports.is_empty() && self.unended.is_empty();
        (is_none && self.unreadable.is_empty() && self.ending.status.success()).then(|| {
            "no sweep ran in these tests: `cargo oom-sweep init` writes a first one".to_owned()
        })
    }

    /// Tests that failed, and no sweep of theirs did.
    fn unexplained(&self) -> Option<String> {
        let Ending { status, failed, error, .. } = self.ending;
        if status.success() {
            return None;
        }
        let is_anyones = self.failing.contains(&None);
        let is_explained =
            |name: &String| self.failing.iter().any(|test| test.as_ref() == Some(name));
        let others: Vec<_> = failed.iter().filter(|name| !is_explained(name)).cloned().collect();
        let log = &self.log;
        match others.as_slice() {
            _ if is_anyones || !self.unended.is_empty() => None,
            [] if !failed.is_empty() => None,
            [] => {
                let why = error.clone().unwrap_or_else(|| status.to_string());
                Some(format!("the tests ended with an error: {why}; their output is in {log}"))
            }
            [one] => Some(format!("{one} failed, and no sweep in it; its output is in {log}")),
            many => {
                let (number, names) = (many.len(), many.join(", "));
                Some(format!(
                    "{number} tests failed, and no sweep in them: {names}; their output is in {log}"
                ))
            }
        }
    }

    fn died(&self) -> Option<String> {
        if self.unended.is_empty() {
            return None;
        }
        let (names, log) = (self.unended.join(", "), &self.log);
        let signal =
            self.ending.signal.as_ref().map_or(String::new(), |signal| format!(" ({signal})"));
        Some(format!(
            "never ended, for the process died{signal}: {names}; all others are judged; the tests' \
             output is in {log}"
        ))
    }

    fn uncovered(&self, demands: Demands) -> Option<String> {
        let least = demands.min_site_coverage?;
        let sum = |number: fn(&Report) -> u64| self.reports.iter().map(number).sum::<u64>();
        let (sites, failed) = (sum(Report::sites), sum(|report| report.coverage().sites().len()));
        let part = 100.0 * failed as f64 / sites.max(1) as f64;
        (sites > 0 && part < least).then(|| {
            format!(
                "site coverage is {part:.1} %, less than {least} %: {failed} of {sites} call stacks \
                 were failed"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use std::process::ExitStatus;

    use super::*;
    use crate::report::{Origin, samples};

    fn failed_status() -> ExitStatus {
        std::process::Command::new("false").status().unwrap()
    }

    fn ending(status: ExitStatus, failed: &[&str]) -> Ending {
        let failed = failed.iter().map(|&name| name.to_owned()).collect();
        Ending { status, failed, signal: None, error: None }
    }

    const PLAIN: Demands = Demands { partial: Partial::Reported, min_site_coverage: None };

    fn judge(
        reports: &[Report],
        unended: &[&str],
        ending: &Ending,
        demands: Demands,
    ) -> (Outcome, String) {
        let unended = unended.iter().map(|&name| name.to_owned()).collect();
        let log = "tests.log".to_owned();
        let failing = failing_tests(reports);
        let failing = failing.as_slice();
        let facts = Facts { reports, unended, unreadable: Vec::new(), ending, failing, log };
        let verdict = Verdict::new(&facts, demands);
        (verdict.outcome, verdict.troubles.join("\n"))
    }

    fn in_test(report: Report, test: &str) -> Report {
        let origin = Origin { test: Some(test.to_owned()), ..Origin::default() };
        Report { origin: Some(origin), ..report }
    }

    #[test]
    fn a_test_that_fails_for_its_sweep_is_no_trouble_and_others_are() {
        let reports = [in_test(samples::example(), "grow"), samples::clean()];
        let (outcome, said) = judge(&reports, &[], &ending(failed_status(), &["grow"]), PLAIN);
        assert_eq!((outcome, said.as_str()), (Outcome::Fail, ""));
        let both = ending(failed_status(), &["grow", "other"]);
        let (outcome, said) = judge(&reports, &[], &both, PLAIN);
        assert_eq!(outcome, Outcome::Error);
        assert_eq!(said, "other failed, and no sweep in it; its output is in tests.log");
    }

    #[test]
    fn what_the_harness_could_not_do_names_its_sweep() {
        let report = Report { error: Some("no fork".to_owned()), ..samples::clean() };
        let name = report.name().to_owned();
        let (outcome, said) = judge(&[report], &[], &ending(ExitStatus::default(), &[]), PLAIN);
        assert_eq!((outcome, said), (Outcome::Error, format!("{name}: no fork")));
    }

    #[test]
    fn tests_that_end_without_a_word_are_trouble() {
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
        let allowed = Demands { partial: Partial::Allowed, ..PLAIN };
        for demands in [PLAIN, allowed] {
            let (outcome, said) = judge(&[samples::clean()], &["grow"], &ending, demands);
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
        let demands = |partial, min_site_coverage| Demands { partial, min_site_coverage };
        let outcome = |demands| judge(&reports, &[], &success, demands);
        assert_eq!(outcome(PLAIN).0, Outcome::Partial);
        assert_eq!(outcome(demands(Partial::Allowed, Some(0.0))), (Outcome::Pass, String::new()));
        let (outcome, said) = outcome(demands(Partial::Allowed, Some(90.0)));
        assert_eq!(outcome, Outcome::Partial);
        assert!(said.contains("0.0 %, less than 90 %: 0 of 3 call stacks"), "{said}");
    }
}
