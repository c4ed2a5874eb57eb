//! `cargo oom-sweep` itself: the tests from their build to the exit code.

use std::fs;
use std::path::Path;

use super::args::{Format, RunArgs};
use super::artefacts::{self, Artefacts};
use super::suite::{Ending, Suite};
use super::verdict::{Demands, Facts, Partial, Verdict, failing_tests};
use super::watch::{Expected, Watch};
use super::workspace::Workspace;
use crate::cli::console;
use crate::report::{self, Document, Gathering, KnownFindings, Outcome, Report};

/// # Errors
/// In one line, if there is nothing to judge: no crate, tests that do not compile, no folder to
/// write to.
pub(super) fn run(args: &RunArgs) -> Result<Outcome, String> {
    let known = known(args)?;
    let workspace = Workspace::find(&args.others)?;
    let artefacts = Artefacts::open(workspace.artefacts())?;
    let suite = Suite::new(args, artefacts.reports())?;
    suite.build()?;

    let last = Document::read(&artefacts.report()).ok();
    let expected = last.and_then(|last| Expected::of(&last.reports));
    let mut gathering = Gathering::new(&artefacts.reports());
    let status = Watch::new(&mut gathering, expected).wait(suite.start(&artefacts.log())?)?;
    let printed = fs::read(artefacts.log()).unwrap_or_default();
    let ending = Ending::new(status, &String::from_utf8_lossy(&printed));

    let unended = gathering.unended().map(|(name, _)| console::line(&name)).collect();
    let (mut reports, mut unreadable) = (Vec::new(), Vec::new());
    for read in gathering.documents.into_values() {
        match read {
            Ok(document) => reports.extend(document.reports),
            Err(error) => unreadable.push(error),
        }
    }
    let failing = failing_tests(&reports);
    if args.update_known {
        update_known(args, known, &mut reports)?;
    }
    let log = artefacts::shown(&artefacts.log());
    let (ending, failing) = (&ending, failing.as_slice());
    let facts = Facts { reports: &reports, unended, unreadable, ending, failing, log };
    let verdict = Verdict::new(&facts, demands(args));
    show(args, &reports, &artefacts, &workspace.root)?;
    verdict.troubles.iter().for_each(|trouble| console::error(trouble));
    Ok(verdict.outcome)
}

fn demands(args: &RunArgs) -> Demands {
    let partial = if args.allow_partial { Partial::Allowed } else { Partial::Reported };
    Demands { partial, min_site_coverage: args.min_site_coverage }
}

/// What is known already; read before anything is run, for each sweep would only say the same.
fn known(args: &RunArgs) -> Result<KnownFindings, String> {
    match &args.known {
        Some(file) if !args.update_known || file.exists() => KnownFindings::read(file),
        _ => Ok(KnownFindings::default()),
    }
}

/// Writes down what is found now, and what was known of sweeps that were not judged whole. From
/// then on it is known.
fn update_known(
    args: &RunArgs,
    before: KnownFindings,
    reports: &mut [Report],
) -> Result<(), String> {
    let Some(file) = &args.known else { return Ok(()) };
    let known = KnownFindings::of(reports).and_unjudged(before, reports);
    artefacts::write_known(file, &known)?;
    reports.iter_mut().for_each(|report| report::mark_known(report, &known));
    Ok(())
}

/// Writes the artefacts, if any sweep ran at all, and prints the results.
fn show(
    args: &RunArgs,
    reports: &[Report],
    artefacts: &Artefacts,
    root: &Path,
) -> Result<(), String> {
    if reports.is_empty() {
        return Ok(());
    }
    artefacts.write(reports, root)?;
    match args.format {
        Format::Text => print(reports, artefacts),
        Format::Markdown => console::result(report::markdown(reports, root)),
        Format::Github => {
            print(reports, artefacts);
            console::result(report::github_annotations(reports, root));
            artefacts::append_job_summary(&report::github_summary(reports, root))?;
        }
    }
    if args.open {
        let page = artefacts.page();
        opener::open(&page).map_err(|error| format!("cannot open {}: {error}", page.display()))?;
    }
    Ok(())
}

/// What is wrong in full, then all in a table, then where more is to be seen. What the harness could
/// not do follows as trouble.
fn print(reports: &[Report], artefacts: &Artefacts) {
    let is_silent = |report: &Report| report.error().is_some() && report.findings().is_empty();
    let is_told = |report: &&Report| report.outcome() != Outcome::Pass && !is_silent(report);
    for report in reports.iter().filter(is_told) {
        console::result(format_args!("{report}\n"));
    }
    console::result(format_args!("{}\n\n{}", report::summary(reports), artefacts.list()));
}
