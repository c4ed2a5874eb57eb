//! `cargo oom-sweep` itself: from the build of the tests to the exit code.

use std::fs;
use std::ops::Range;
use std::path::Path;

use super::args::{Format, RunArgs};
use super::artefacts::{self, Artefacts};
use super::suite::{Ending, Suite};
use super::suite_verdict::{Facts, Partial, Requirements, SuiteVerdict, failing_tests};
use super::watch::{Expected, Watch};
use super::workspace::Workspace;
use crate::cli::shared::console;
use crate::harness::report::{self, Document, FolderReader, KnownFindings, Outcome, Report};

/// Builds the tests, runs them, judges the reports of their sweeps, and shows them.
///
/// # Errors
/// In one line, if there is nothing to judge: no crate, tests that do not compile, or no folder to
/// write to. Errors after the tests have run are printed beside the results.
pub(super) fn run(args: &RunArgs) -> Result<Outcome, String> {
    let known = known(args)?;
    let workspace = Workspace::find(&args.others)?;
    let artefacts = Artefacts::open(workspace.artefacts())?;
    let suite = Suite::new(args, artefacts.reports())?;
    suite.build()?;

    let last = Document::read(&artefacts.report()).ok();
    let expected = last.and_then(|last| Expected::of(&last.reports));
    artefacts.remove()?;
    let mut folder_reader = FolderReader::new(&artefacts.reports());
    let status = Watch::new(&mut folder_reader, expected).wait(suite.start(&artefacts.log())?)?;
    let printed = fs::read(artefacts.log()).unwrap_or_default();
    let ending = &Ending::new(status, &String::from_utf8_lossy(&printed));

    let FinalReports { mut reports, unfinished, unreadable } = FinalReports::of(folder_reader);
    let failing = failing_tests(&reports);
    let updated = update_known(args, known, &mut reports);
    let (failing, log) = (failing.as_slice(), console::path(&artefacts.log()));
    let facts = Facts { reports: &reports, unfinished, unreadable, ending, failing, log };
    let mut verdict = SuiteVerdict::new(&facts, requirements(args));
    let unfinished = facts.unfinished;
    reports.extend(unfinished.iter().map(|name| Report::unfinished(name)));
    verdict.add(updated);
    verdict.add(artefacts.write(&reports, workspace.checkout()));
    print(args.format, &reports, &artefacts, workspace.checkout());
    verdict.add(report_to_github(args.format, &verdict.errors, &reports, workspace.checkout()));
    verdict.errors.iter().for_each(|error| console::error(error));
    open(args, &artefacts);
    Ok(verdict.outcome)
}

/// The final content of the folder of reports.
struct FinalReports {
    reports: Vec<Report>,
    /// The names of sweeps without a report.
    unfinished: Vec<String>,
    /// Why other reports cannot be read.
    unreadable: Vec<String>,
}

impl FinalReports {
    fn of(folder_reader: FolderReader) -> Self {
        let unfinished = folder_reader.unfinished().map(|(name, _)| console::line(&name)).collect();
        let (mut reports, mut unreadable) = (Vec::new(), Vec::new());
        for read in folder_reader.documents.into_values() {
            match read {
                Ok(document) => reports.extend(document.reports),
                Err(error) => unreadable.push(error),
            }
        }
        Self { reports, unfinished, unreadable }
    }
}

fn requirements(args: &RunArgs) -> Requirements {
    let partial = if args.allow_partial { Partial::Allowed } else { Partial::Reported };
    Requirements { partial, min_site_coverage: args.min_site_coverage }
}

/// Reads the known findings before anything runs. Otherwise each sweep would report the same error.
fn known(args: &RunArgs) -> Result<KnownFindings, String> {
    match &args.known {
        Some(file) if !args.update_known || file.exists() => KnownFindings::read(file),
        Some(file) => match file.parent() {
            Some(folder) if folder != Path::new("") && !folder.is_dir() => {
                Err(format!("cannot write {}: its folder does not exist", file.display()))
            }
            _ => Ok(KnownFindings::default()),
        },
        None => Ok(KnownFindings::default()),
    }
}

/// With `--update-known`, writes the findings to the file of known ones. It keeps known findings of
/// sweeps that did not run in full.
fn update_known(
    args: &RunArgs,
    before: KnownFindings,
    reports: &mut [Report],
) -> Result<(), String> {
    let Some(file) = args.known.as_deref().filter(|_| args.update_known) else { return Ok(()) };
    let known = KnownFindings::of(reports).keep_unjudged(before, reports);
    artefacts::write_known(file, &known)?;
    reports.iter_mut().for_each(|report| report::mark_known(report, &known));
    Ok(())
}

/// Prints the results, if a sweep ran.
fn print(format: Format, reports: &[Report], artefacts: &Artefacts, root: &Path) {
    match format {
        _ if reports.is_empty() => {}
        Format::Markdown => console::result(report::markdown(reports, root)),
        Format::Text | Format::Github => print_text(reports, artefacts),
    }
}

/// Prints reports that did not pass, then a table of all, then the paths of the files. The caller
/// prints errors.
fn print_text(reports: &[Report], artefacts: &Artefacts) {
    let mut number = 1;
    for report in reports {
        let first = number;
        number += report.findings().len();
        let is_silent = report.error().is_some() && report.findings().is_empty();
        if report.outcome() != Outcome::Pass && !is_silent {
            console::result(format_args!("{report}"));
            console::result(format_args!("{}\n", repro_command(first..number)));
        }
    }
    console::result(format_args!("{}\n\n{}", report::summary(reports), artefacts.list()));
}

/// Returns the command that runs these findings again. A report counts its own findings from 1.
fn repro_command(numbers: Range<usize>) -> String {
    let first = numbers.start;
    match numbers.len() {
        0 => String::new(),
        1 => format!("run again: cargo oom-sweep repro {first}"),
        count => {
            let last = numbers.end - 1;
            format!("run again: cargo oom-sweep repro {first} for [1], … {last} for [{count}]")
        }
    }
}

/// With the format for GitHub, prints annotations and writes the job's summary.
fn report_to_github(
    format: Format,
    errors: &[String],
    reports: &[Report],
    root: &Path,
) -> Result<(), String> {
    if format != Format::Github {
        return Ok(());
    }
    let annotations = report::github_annotations(reports, root);
    let errors = errors.iter().map(|error| report::github_error(error));
    let lines: Vec<_> = errors.chain(Some(annotations)).filter(|text| !text.is_empty()).collect();
    console::result(lines.join("\n"));
    artefacts::append_job_summary(&report::github_summary(reports, root))
}

/// With `--open`, opens the page. An error here is not an error of the run.
fn open(args: &RunArgs, artefacts: &Artefacts) {
    let page = artefacts.page();
    if args.open
        && page.exists()
        && let Err(error) = opener::open(&page)
    {
        console::progress(&format!("cannot open {}: {error}", page.display()));
    }
}
