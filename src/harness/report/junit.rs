//! Reports as JUnit XML, the format in which continuous integration reads test results: [`junit`].
//!
//! `quick-junit` defines the format; nextest writes and reads with it too. The document contains no
//! time of day, so the same reports give the same text.

use std::path::Path;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};

use super::text::{self, count, printable};
use super::{Outcome, Report};
use crate::harness::oracle::{Finding, Status};

/// The suite of sweeps whose binary is not known, and the name of the document.
const TOOL: &str = env!("CARGO_PKG_NAME");

/// Writes these reports as a JUnit document. Files below `root`, the workspace, are named relative
/// to it.
///
/// A sweep is a test case, named with its test: `grows::grow`, or `grow` if both have one name. A
/// test binary is a suite and the class, named with its package: `store::oom`. New findings make the case a failure; its
/// type is the kind of the most severe one. An error of the harness makes it an error. The text of
/// both is the whole report. If a sweep passes, in full or in part, the report is its standard
/// output. `assertions` counts the plans that were judged.
///
/// ```
/// # use std::path::Path;
/// assert!(oom_sweep::report::junit(&[], Path::new("/code")).contains("<testsuites"));
/// ```
///
/// # Panics
/// Never: it writes to memory.
#[must_use]
pub fn junit(reports: &[Report], root: &Path) -> String {
    document(reports, root).to_string().expect("memory takes every write")
}

fn document(reports: &[Report], root: &Path) -> quick_junit::Report {
    let mut document = quick_junit::Report::new(TOOL);
    document.set_time(reports.iter().map(Report::elapsed).fold(Duration::ZERO, saturating_sum));
    let mut suites: Vec<(String, TestSuite)> = Vec::new();
    for report in reports {
        let binary = binary_of(report);
        let index = match suites.iter().position(|(name, _)| *name == binary) {
            Some(index) => index,
            None => {
                suites.push((binary.clone(), TestSuite::new(&binary)));
                suites.len() - 1
            }
        };
        let suite = &mut suites[index].1;
        let time = suite.time.unwrap_or_default();
        suite.set_time(saturating_sum(time, report.elapsed));
        suite.add_test_case(case(report, &binary, root));
    }
    document.add_test_suites(suites.into_iter().map(|(_, suite)| suite));
    document
}

fn saturating_sum(one: Duration, other: Duration) -> Duration {
    one.saturating_add(other)
}

fn binary_of(report: &Report) -> String {
    xml(report.id().place().as_deref().unwrap_or(TOOL))
}

fn case(report: &Report, binary: &str, root: &Path) -> TestCase {
    let text = xml_of_lines(&text::render(report, Some(root)));
    let status = match report.outcome() {
        Outcome::Pass | Outcome::Partial => TestCaseStatus::success(),
        Outcome::Fail | Outcome::Empty => failure(report, &text),
        Outcome::Error => error(report, &text),
    };
    let is_success = matches!(status, TestCaseStatus::Success { .. });
    let name = match report.id().test.filter(|&test| test != report.name) {
        Some(test) => format!("{test}::{}", report.name),
        None => report.name.clone(),
    };
    let mut case = TestCase::new(xml(&name), status);
    case.set_classname(binary).set_time(report.elapsed);
    case.set_assertions(usize::try_from(report.runs).unwrap_or(usize::MAX));
    if is_success {
        case.set_system_out(text);
    }
    case.add_properties(properties(report));
    case
}

fn failure(report: &Report, text: &str) -> TestCaseStatus {
    let mut new = report.findings.iter().filter(|finding| finding.status == Status::New);
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    // They are sorted by severity.
    if let Some(worst) = new.next() {
        let message = match new.count() {
            0 => describe(worst),
            more => {
                let findings = count(more as u64 + 1, "new finding");
                format!("{findings}, the most severe: {}", describe(worst))
            }
        };
        status.set_type(worst.kind.to_string()).set_message(xml(&message));
    }
    if let (Some(reason), Outcome::Empty) = (report.empty(), report.outcome()) {
        let message = format!("nothing was tested: {reason}");
        status.set_type("Empty").set_message(xml(&message));
    }
    status.set_description(text);
    status
}

fn describe(finding: &Finding) -> String {
    format!("{}: {}", finding.kind, finding.message.lines().next().unwrap_or_default())
}

fn error(report: &Report, text: &str) -> TestCaseStatus {
    let message: Vec<_> = report.error().unwrap_or_default().split_whitespace().collect();
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type("HarnessError").set_message(xml(&message.join(" "))).set_description(text);
    status
}

/// The figures that viewers show beside a case.
fn properties(report: &Report) -> Vec<Property> {
    let Report { requests, sites, plans, runs, executor, strategy, .. } = report;
    let figures = [
        ("outcome", report.outcome().to_string()),
        ("requests", requests.to_string()),
        ("sites", sites.to_string()),
        ("plans", plans.to_string()),
        ("runs", runs.to_string()),
        ("executor", xml(executor)),
        ("strategy", xml(strategy)),
    ];
    let told = figures.into_iter().filter(|(_, value)| !value.is_empty());
    told.map(|(name, value)| Property::new(name, value)).collect()
}

/// Turns a line into one that XML can hold: it escapes control characters, and replaces the two
/// other characters that XML forbids.
fn xml(line: &str) -> String {
    let is_forbidden = |c: char| matches!(c, '\u{fffe}' | '\u{ffff}');
    printable(line).replace(is_forbidden, "\u{fffd}")
}

fn xml_of_lines(text: &str) -> String {
    text.lines().map(xml).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quick_junit::XmlString;

    use super::*;
    use crate::harness::report::{Origin, samples};

    fn root() -> &'static Path {
        Path::new("/code/store")
    }

    fn cases(reports: &[Report]) -> Vec<TestCase> {
        read_back(&junit(reports, root()))
            .test_suites
            .into_iter()
            .flat_map(|suite| suite.test_cases)
            .collect()
    }

    /// Parses with the library that nextest uses.
    fn read_back(text: &str) -> quick_junit::Report {
        quick_junit::Report::deserialize_from_str(text).unwrap()
    }

    #[test]
    fn nothing_is_lost_in_reading() {
        let text = junit(&samples::varied(), root());
        let read = read_back(&text);
        assert_eq!(read.to_string().unwrap(), text);
        assert_eq!((read.tests, read.failures, read.errors), (9, 3, 1));
    }

    #[test]
    fn a_suite_is_a_binary() {
        let read = document(&samples::varied(), root());
        let suites: Vec<_> =
            read.test_suites.iter().map(|suite| (&*suite.name, suite.tests)).collect();
        assert_eq!(suites, [("oom-sweep", 8), ("store::big", 1)]);
        assert_eq!(read.test_suites[1].time, Some(samples::sampled().elapsed));
    }

    #[test]
    fn equal_names_in_two_packages_are_two_cases() {
        let of = |package: &str, test: &str| {
            let text = |text: &str| Some(text.to_owned());
            let (package, binary, test) = (text(package), text("oom"), text(test));
            let origin = Origin { package, binary, test, ..Origin::default() };
            Report { name: "grow".to_owned(), origin: Some(origin), ..samples::clean() }
        };
        let cases = cases(&[of("store", "grows"), of("log", "grows"), of("log", "grow")]);
        let names: Vec<_> = cases
            .iter()
            .map(|case| (case.classname.as_deref().unwrap_or_default(), &*case.name))
            .collect();
        let expected =
            [("store::oom", "grows::grow"), ("log::oom", "grows::grow"), ("log::oom", "grow")];
        assert_eq!(names, expected);
    }

    #[test]
    fn new_findings_are_a_failure_of_the_worst_kind_with_the_whole_report() {
        let cases = cases(&[samples::several()]);
        let TestCaseStatus::NonSuccess { kind, message, ty, description, .. } = &cases[0].status
        else {
            panic!("{:?}", cases[0]);
        };
        assert_eq!(*kind, NonSuccessKind::Failure);
        assert_eq!(ty.as_deref(), Some("Panicked"));
        assert_eq!(
            message.as_deref(),
            Some(
                "2 new findings, the most severe: Panicked: panicked at src/store.rs:77:9: \
                 assertion `left == right` failed"
            )
        );
        let text = text::render(&samples::several(), Some(root()));
        assert_eq!(description.as_deref(), Some(&*text));
        assert_eq!(cases[0].assertions, Some(98));
    }

    #[test]
    fn a_sweep_that_passes_keeps_its_report() {
        for report in [samples::clean(), samples::partial(), samples::sampled()] {
            let case = cases(std::slice::from_ref(&report)).remove(0);
            assert_eq!(case.status, TestCaseStatus::success());
            let text = text::render(&report, Some(root()));
            assert_eq!(case.system_out.as_deref(), Some(&*text));
        }
    }

    #[test]
    fn an_error_of_the_harness_is_an_error() {
        let cases = cases(&[samples::error()]);
        let TestCaseStatus::NonSuccess { kind, message, .. } = &cases[0].status else {
            panic!("an error passes");
        };
        assert_eq!(*kind, NonSuccessKind::Error);
        let message = message.as_deref().unwrap();
        assert!(message.starts_with("a fault-free run hung in a child: it waits for"), "{message}");
    }

    proptest! {
        /// Names and messages come from the code under test.
        #[test]
        fn any_text_is_read_back(name in any::<String>(), message in any::<String>()) {
            let finding = Finding { message, ..samples::partial_update() };
            let report = Report { name, findings: vec![finding], ..samples::example() };
            let text = junit(&[report], root());
            prop_assert_eq!(read_back(&text).to_string().unwrap(), text);
        }
    }

    #[test]
    fn characters_that_xml_forbids_are_escaped() {
        assert_eq!(xml("a\u{0}\u{ffff}\n"), "a\\u{0}\u{fffd}\\n");
        assert_eq!(XmlString::new(xml("\u{1b}[31mred")).as_str(), "\\u{1b}[31mred");
    }
}
