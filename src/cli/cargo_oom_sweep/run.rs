//! `cargo oom-sweep` itself: the tests from their build to the exit code.

use std::fs;
use std::ops::Range;
use std::path::Path;

use super::args::{Format, RunArgs};
use super::artefacts::{self, Artefacts};
use super::suite::{Ending, Suite};
use super::suite_verdict::{Demands, Facts, Partial, SuiteVerdict, failing_tests};
use super::watch::{Expected, Watch};
use super::workspace::Workspace;
use crate::cli::shared::console;
use crate::harness::report::{self, Document, Gathering, KnownFindings, Outcome, Report};

/// Builds the tests, runs them, judges what their sweeps have left, and shows it.
///
/// # Errors
/// In one line, if there is nothing to judge: no crate, tests that do not compile, no folder to
/// write to. What goes wrong after the tests have run is told beside what they came to.
pub(super) fn run(args: &RunArgs) -> Result<Outcome, String> {
    let known = known(args)?;
    let workspace = Workspace::find(&args.others)?;
    let artefacts = Artefacts::open(workspace.artefacts())?;
    let suite = Suite::new(args, artefacts.reports())?;
    suite.build()?;

    let last = Document::read(&artefacts.report()).ok();
    let expected = last.and_then(|last| Expected::of(&last.reports));
    artefacts.remove()?;
    let mut gathering = Gathering::new(&artefacts.reports());
    let status = Watch::new(&mut gathering, expected).wait(suite.start(&artefacts.log())?)?;
    let printed = fs::read(artefacts.log()).unwrap_or_default();
    let ending = &Ending::new(status, &String::from_utf8_lossy(&printed));

    let Left { mut reports, unended, unreadable } = Left::of(gathering);
    let failing = failing_tests(&reports);
    let updated = update_known(args, known, &mut reports);
    let (failing, log) = (failing.as_slice(), console::path(&artefacts.log()));
    let facts = Facts { reports: &reports, unended, unreadable, ending, failing, log };
    let mut verdict = SuiteVerdict::new(&facts, demands(args));
    let unended = facts.unended;
    reports.extend(unended.iter().map(|name| Report::unended(name)));
    verdict.add(updated);
    verdict.add(artefacts.write(&reports, workspace.checkout()));
    print(args.format, &reports, &artefacts, workspace.checkout());
    verdict.add(tell(args.format, &verdict.troubles, &reports, workspace.checkout()));
    verdict.troubles.iter().for_each(|trouble| console::error(trouble));
    open(args, &artefacts);
    Ok(verdict.outcome)
}

/// What lies in the folder of reports in the end.
struct Left {
    reports: Vec<Report>,
    /// Names of sweeps without a report.
    unended: Vec<String>,
    /// Why others cannot be read.
    unreadable: Vec<String>,
}

impl Left {
    fn of(gathering: Gathering) -> Self {
        let unended = gathering.unended().map(|(name, _)| console::line(&name)).collect();
        let (mut reports, mut unreadable) = (Vec::new(), Vec::new());
        for read in gathering.documents.into_values() {
            match read {
                Ok(document) => reports.extend(document.reports),
                Err(error) => unreadable.push(error),
            }
        }
        Self { reports, unended, unreadable }
    }
}

fn demands(args: &RunArgs) -> Demands {
    let partial = if args.allow_partial { Partial::Allowed } else { Partial::Reported };
    Demands { partial, min_site_coverage: args.min_site_coverage }
}

/// What is known already; read before anything is run, for each sweep would only say the same.
fn known(args: &RunArgs) -> Result<KnownFindings, String> {
    match &args.known {
        Some(file) if !args.update_known || file.exists() => KnownFindings::read(file),
        Some(file) => match file.parent() {
            Some(folder) if folder != Path::new("") && !folder.is_dir() => {
                Err(format!("cannot write {}: its folder is missing", file.display()))
            }
            _ => Ok(KnownFindings::default()),
        },
        None => Ok(KnownFindings::default()),
    }
}

/// If that is wanted, writes down what is found now, and what was known of sweeps that were not
/// judged whole. From then on it is known.
fn update_known(
    args: &RunArgs,
    before: KnownFindings,
    reports: &mut [Report],
) -> Result<(), String> {
    let Some(file) = args.known.as_deref().filter(|_| args.update_known) else { return Ok(()) };
    let known = KnownFindings::of(reports).and_unjudged(before, reports);
    artefacts::write_known(file, &known)?;
    reports.iter_mut().for_each(|report| report::mark_known(report, &known));
    Ok(())
}

/// Prints the results, if any sweep ran at all.
fn print(format: Format, reports: &[Report], artefacts: &Artefacts, root: &Path) {
    match format {
        _ if reports.is_empty() => {}
        Format::Markdown => console::result(report::markdown(reports, root)),
        Format::Text | Format::Github => print_text(reports, artefacts),
    }
}

/// What is wrong in full, then all in a table, then where more is to be seen. What the harness could
/// not do follows as trouble.
fn print_text(reports: &[Report], artefacts: &Artefacts) {
    let mut number = 1;
    for report in reports {
        let first = number;
        number += report.findings().len();
        let is_silent = report.error().is_some() && report.findings().is_empty();
        if report.outcome() != Outcome::Pass && !is_silent {
            console::result(format_args!("{report}"));
            console::result(format_args!("{}\n", again(first..number)));
        }
    }
    console::result(format_args!("{}\n\n{}", report::summary(reports), artefacts.list()));
}

/// How findings of these numbers are shown again: reports count their own from 1.
fn again(numbers: Range<usize>) -> String {
    let first = numbers.start;
    match numbers.len() {
        0 => String::new(),
        1 => format!("again: cargo oom-sweep repro {first}"),
        count => {
            let last = numbers.end - 1;
            format!("again: cargo oom-sweep repro {first} for [1], … {last} for [{count}]")
        }
    }
}

/// Tells GitHub, if that is who reads: findings and troubles as annotations, all in the summary.
fn tell(
    format: Format,
    troubles: &[String],
    reports: &[Report],
    root: &Path,
) -> Result<(), String> {
    if format != Format::Github {
        return Ok(());
    }
    let annotations = report::github_annotations(reports, root);
    let troubles = troubles.iter().map(|trouble| report::github_trouble(trouble));
    let lines: Vec<_> = troubles.chain(Some(annotations)).filter(|text| !text.is_empty()).collect();
    console::result(lines.join("\n"));
    artefacts::append_job_summary(&report::github_summary(reports, root))
}

/// Opens the page, if that is wanted. Where it cannot be, nothing is lost.
fn open(args: &RunArgs, artefacts: &Artefacts) {
    let page = artefacts.page();
    if args.open
        && page.exists()
        && let Err(error) = opener::open(&page)
    {
        console::progress(&format!("cannot open {}: {error}", page.display()));
    }
}
