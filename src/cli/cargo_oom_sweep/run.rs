//! `cargo oom-sweep` itself: from the build of the tests to the exit code.

use std::fs;
use std::ops::Range;
use std::path::Path;

use super::args::{self, Format, RunArgs};
use super::artefacts::{self, Artefacts};
use super::binaries::{self, Binary};
use super::options;
use super::suite::{Ending, Suite};
use super::suite_verdict::{Asked, Facts, Partial, Requirements, SuiteVerdict, failing_tests};
use super::watch::{Expected, Watch};
use super::workspace::Workspace;
use crate::cli::shared::console;
use crate::harness::report::{
    self, Document, Fence, FolderReader, KnownFindings, Names, Outcome, Report,
};
use crate::harness::sweep::quote;

/// Builds the tests, runs them, judges the reports of their sweeps, and shows them. The files of
/// the last run stay until a sweep has run.
///
/// # Errors
/// In one line, if there is nothing to judge: no crate, tests that do not compile, or no folder to
/// write to. Errors after the tests have run are printed beside the results.
pub(super) fn run(args: &RunArgs) -> Result<Outcome, String> {
    let known = known(args)?;
    let workspace = Workspace::find(&args.others)?;
    let artefacts = Artefacts::open(workspace.artefacts())?;
    let suite = Suite::new(args, artefacts.reports())?;
    let fence = Fenced::begin(args.format);
    let binaries = suite.build(&workspace)?;

    let last = Document::read(&artefacts.report()).ok();
    let expected = last.and_then(|last| Expected::of(&last.reports));
    let mut folder_reader = FolderReader::new(&artefacts.reports());
    let status = Watch::new(&mut folder_reader, expected).wait(suite.start(&artefacts.log())?)?;
    let printed = fs::read(artefacts.log()).unwrap_or_default();
    let ending = &Ending::new(status, &String::from_utf8_lossy(&printed), &binaries);

    let FinalReports { mut reports, unfinished, unreadable } =
        FinalReports::of(folder_reader, &binaries);
    let failing = failing_tests(&reports);
    let updated = update_known(args, known, &mut reports);
    let names = Names::new(reports.iter().chain(&unfinished));
    let facts = Facts {
        reports: &reports,
        names: &names,
        unfinished: unfinished.iter().map(|one| console::line(names.of(one))).collect(),
        unreadable,
        ending,
        asked: asked(args),
        failing: &failing,
        log: console::path(&artefacts.log()),
    };
    let mut verdict = SuiteVerdict::new(&facts, requirements(args));
    reports.extend(unfinished);
    verdict.add(updated);
    verdict.add(artefacts.write(&reports, workspace.checkout()));
    print(args, &reports, &artefacts, workspace.checkout());
    verdict.errors.iter().for_each(|error| console::error(error));
    drop(fence);
    let shown = verdict.errors.len();
    verdict.add(report_to_github(args.format, &verdict.errors, &reports, workspace.checkout()));
    verdict.errors[shown..].iter().for_each(|error| console::error(error));
    open(args, &artefacts);
    Ok(verdict.outcome)
}

/// Returns the names of tests that were asked for.
fn asked(args: &RunArgs) -> Asked {
    let names = options::names(&args.others);
    let names: Vec<_> = names.into_iter().map(|name| name.to_string_lossy().into_owned()).collect();
    let definition = args::definition();
    let command = names.first().and_then(|name| options::nearest_command(&definition, name));
    Asked { command: command.map(str::to_owned), names }
}

/// Output for GitHub, in which no line is a command of its runner until this is dropped.
struct Fenced(Option<Fence>);

impl Fenced {
    fn begin(format: Format) -> Self {
        let fence = (format == Format::Github).then(Fence::new);
        fence.iter().for_each(|fence| console::result(fence.begin()));
        Self(fence)
    }
}

impl Drop for Fenced {
    fn drop(&mut self) {
        self.0.iter().for_each(|fence| console::result(fence.end()));
    }
}

/// The final content of the folder of reports.
struct FinalReports {
    reports: Vec<Report>,
    /// Sweeps without a report.
    unfinished: Vec<Report>,
    /// Why other reports cannot be read.
    unreadable: Vec<String>,
}

impl FinalReports {
    fn of(folder_reader: FolderReader, binaries: &[Binary]) -> Self {
        let mut unfinished: Vec<_> = folder_reader.unfinished().map(|(report, _)| report).collect();
        let (mut reports, mut unreadable) = (Vec::new(), Vec::new());
        for read in folder_reader.documents.into_values() {
            match read {
                Ok(document) => reports.extend(document.reports),
                Err(error) => unreadable.push(error),
            }
        }
        binaries::complete(&mut reports, binaries);
        binaries::complete(&mut unfinished, binaries);
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
fn print(args: &RunArgs, reports: &[Report], artefacts: &Artefacts, root: &Path) {
    match args.format {
        _ if reports.is_empty() => {}
        Format::Markdown => console::result(report::markdown(reports, root)),
        Format::Text | Format::Github => print_text(args, reports, artefacts),
    }
}

/// Prints reports that did not pass, then a table of all, then the paths of the files. The caller
/// prints errors.
fn print_text(args: &RunArgs, reports: &[Report], artefacts: &Artefacts) {
    let names = Names::new(reports);
    let mut number = 1;
    for report in reports {
        let first = number;
        number += report.findings().len();
        let is_silent = report.error().is_some() && report.findings().is_empty();
        if report.outcome() != Outcome::Pass && !is_silent {
            let shown = Report { name: names.of(report).to_owned(), ..report.clone() };
            console::result(shown);
            console::result(format_args!("{}\n", repro_command(args, first..number)));
        }
    }
    console::result(format_args!("{}\n\n{}", report::summary(reports), artefacts.list()));
}

/// Returns the command that runs these findings again, with the same build. A report counts its own
/// findings from 1.
fn repro_command(args: &RunArgs, numbers: Range<usize>) -> String {
    let words = options::for_build(&args.others, args.nextest);
    let words: String =
        words.iter().map(|word| format!(" {}", quote(&word.to_string_lossy()))).collect();
    let first = numbers.start;
    match numbers.len() {
        0 => String::new(),
        1 => format!("run again: cargo oom-sweep repro {first}{words}"),
        count => {
            let last = numbers.end - 1;
            format!(
                "run again: cargo oom-sweep repro {first}{words} for [1], … {last}{words} for \
                 [{count}]"
            )
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
