//! Finds the finding that the user names by a number, a site or a kind: [`choose`].

use std::fmt;

use crate::cli::shared::console;
use crate::cli::shared::shell::split;
use crate::harness::oracle::{Finding, FindingKind};
use crate::harness::report::{Names, Origin, Report, describe_choice, unnumbered};
use crate::harness::sweep::REPLAY;

/// A finding to run again.
#[derive(Clone, Debug)]
pub(super) struct Wanted<'a> {
    /// Its number among the findings of all reports, counted from 1.
    number: usize,
    report: &'a Report,
    /// The name under which the sweep is shown.
    name: &'a str,
    pub(super) finding: &'a Finding,
}

impl Wanted<'_> {
    pub(super) fn origin(&self) -> Option<&Origin> {
        self.report.origin()
    }

    /// Returns the value of the environment variable that makes the sweep run it, `<sweep>=<plan>`.
    ///
    /// # Errors
    /// In one line, if no test found it.
    pub(super) fn replay(&self) -> Result<String, String> {
        let command = self.finding.replay();
        match self.assignment() {
            Some(_) => Ok(format!("{}={}", self.sweep(), self.finding.plan())),
            None => Err(format!("{self}: no test found it: run its command: {command}")),
        }
    }

    /// Returns the sweep's name in the code. The report's name may have a number, if a folder had
    /// two.
    pub(super) fn sweep(&self) -> String {
        let plan = format!("={}", self.finding.plan());
        let name = self.assignment();
        let name = name.and_then(|text| text.strip_suffix(&plan).map(str::to_owned));
        name.unwrap_or_else(|| unnumbered(self.report.name()).to_owned())
    }

    /// Returns the variable's value in the replay command.
    fn assignment(&self) -> Option<String> {
        let first = split(self.finding.replay()).into_iter().next()?;
        Some(first.strip_prefix(REPLAY)?.strip_prefix('=')?.to_owned())
    }
}

/// Writes the finding as the start of a line.
impl fmt::Display for Wanted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = console::line(self.name);
        let (kind, plan) = (self.finding.kind(), self.finding.plan());
        write!(f, "finding {}, {kind} in {name} under {plan}", self.number)
    }
}

/// Returns the findings that a word selects: at least one.
///
/// # Errors
/// In one line, with the choice, if it selects none.
pub(super) fn choose<'a>(
    reports: &'a [Report],
    names: &'a Names<'_>,
    word: &str,
) -> Result<Vec<Wanted<'a>>, String> {
    let named = |report: &'a Report| report.findings().iter().map(move |found| (report, found));
    let all: Vec<_> = reports.iter().flat_map(named).enumerate().collect();
    let all: Vec<_> = all
        .into_iter()
        .map(|(index, (report, finding))| Wanted {
            number: index + 1,
            report,
            name: names.of(report),
            finding,
        })
        .collect();
    if all.is_empty() {
        return Err("the report has no finding: there is nothing to reproduce".to_owned());
    }
    let number = word.parse::<usize>().ok();
    let kind = FindingKind::named(word);
    let has_site = |wanted: &Wanted<'_>| {
        let site = wanted.finding.site().map(|site| site.to_string());
        site.is_some_and(|site| site.eq_ignore_ascii_case(word))
    };
    // A site may look like a number, but no report has so many findings.
    let is_meant = |wanted: &Wanted<'_>| {
        number == Some(wanted.number) || has_site(wanted) || kind == Some(wanted.finding.kind())
    };
    let meant: Vec<_> = all.iter().filter(|wanted| is_meant(wanted)).cloned().collect();
    if !meant.is_empty() {
        return Ok(meant);
    }
    let choice = describe_choice(all.iter().map(|one| (one.name, one.finding)));
    let what = match (number, kind) {
        (Some(number), _) if all.len() == 1 => {
            format!("there is no finding {number}: the report has 1")
        }
        (Some(number), _) => {
            format!("there is no finding {number}: the numbers are 1 to {}", all.len())
        }
        (None, Some(kind)) => format!("there is no finding of the kind {kind}"),
        (None, None) => format!("{word} is not the number, site or kind of a finding"),
    };
    Err(format!("{what}: {choice}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::report::samples;

    fn numbers(reports: &[Report], word: &str) -> Vec<usize> {
        let names = Names::new(reports);
        choose(reports, &names, word).unwrap().iter().map(|wanted| wanted.number).collect()
    }

    fn refusal(reports: &[Report], word: &str) -> String {
        choose(reports, &Names::new(reports), word).unwrap_err()
    }

    #[test]
    fn findings_are_counted_over_all_reports() {
        let reports = [samples::clean(), samples::example(), samples::example()];
        let len = reports[1].findings().len();
        assert_eq!(numbers(&reports, "1"), [1]);
        assert_eq!(numbers(&reports, &(2 * len).to_string()), [2 * len]);
        let error = refusal(&reports, &(2 * len + 1).to_string());
        assert!(error.contains(&format!("the numbers are 1 to {}: 1 is ", 2 * len)), "{error}");
        let error = refusal(&reports, "0");
        assert!(error.starts_with("there is no finding 0: "), "{error}");
    }

    #[test]
    fn a_site_and_a_kind_mean_all_that_have_it() {
        let reports = [samples::example(), samples::example()];
        let finding = &reports[0].findings()[0];
        let len = reports[0].findings().len();
        let site = finding.site().unwrap().to_string();
        for word in [&*site, &*site.to_uppercase(), "PartialUpdate", "partial-update"] {
            let found = numbers(&reports, word);
            assert!(found.contains(&1) && found.contains(&(len + 1)), "{word}: {found:?}");
        }
        let error = refusal(&reports, "hung");
        assert!(error.starts_with("there is no finding of the kind Hung: 1 is "), "{error}");
        let error = refusal(&reports, "deadbeef");
        assert!(
            error.starts_with("deadbeef is not the number, site or kind of a finding: "),
            "{error}"
        );
        let error = refusal(&[samples::clean()], "1");
        assert_eq!(error, "the report has no finding: there is nothing to reproduce");
    }

    #[test]
    fn a_sweep_is_called_as_its_code_calls_it() {
        let mut report = samples::example();
        report.name = "a#2".to_owned();
        let plan = report.findings[0].plan().clone();
        for (replay, sweep) in [
            (format!("OOM_SWEEP_REPLAY='x=1={plan}' target/debug/deps/oom-1"), "x=1"),
            (format!("OOM_SWEEP_REPLAY='b#2={plan}' y --exact"), "b#2"),
            ("OOM_SWEEP_REPLAY=odd y".to_owned(), "a"),
        ] {
            report.findings[0].replay = replay;
            let reports = [report.clone()];
            let names = Names::new(&reports);
            let wanted = choose(&reports, &names, "1").unwrap();
            assert_eq!(wanted[0].sweep(), sweep);
            assert_eq!(wanted[0].replay().unwrap(), format!("{sweep}={plan}"));
        }
        report.findings[0].replay = "oom-sweep repro --target x".to_owned();
        let reports = [report];
        let names = Names::new(&reports);
        let error = choose(&reports, &names, "1").unwrap()[0].replay().unwrap_err();
        assert!(error.ends_with("run its command: oom-sweep repro --target x"), "{error}");
    }
}
