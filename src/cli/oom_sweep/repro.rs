//! `repro`: one input under one plan, with everything that helps to understand what happens.

use std::path::{Path, PathBuf};

use super::args::{Conditions, ReproArgs};
use super::input::Input;
use super::job::Job;
use super::{Target, choice, console, crash, repro_command};
use crate::fuzzing::{Decoded, listing};
use crate::harness::oracle::{Finding, FindingKind, Status};
use crate::harness::plan::Plan;
use crate::harness::plan::Strategy;
use crate::harness::report::{Outcome, Report, read_finding};
use crate::harness::sweep::Sweep;

/// What to run again.
struct Wanted {
    target: String,
    input: PathBuf,
    plan: Option<Plan>,
    conditions: Conditions,
    origin: Origin,
}

/// Where it comes from.
enum Origin {
    /// The command line names target, input and plan.
    Arguments,
    /// A file of reports, which says what was found at that time.
    Record(FindingKind),
    /// A fuzzer's crash file.
    Crash,
}

/// # Errors
/// In one line, if the finding cannot be determined or cannot be run.
pub(super) fn run(args: &ReproArgs, targets: &[Target]) -> Result<Outcome, String> {
    let wanted = wanted(args, targets)?;
    let target = choice::find(targets, &wanted.target)?;
    let input = Input::new(&wanted.input, target);
    let job = Job { target, input, conditions: &wanted.conditions };
    let is_crash = matches!(wanted.origin, Origin::Crash);
    if is_crash {
        crash::check_place(&wanted.input, target, targets)?;
    }
    let bytes = job.read()?;
    let decoded = job.decode_bytes(&bytes)?;
    let plans = match wanted.plan {
        Some(plan) => vec![plan],
        None => crash::plans(&job, &decoded, &bytes)?,
    };
    let shape = if is_crash { crash::shape } else { Sweep::ignore_env };
    let report = job.sweep(&decoded, Strategy::Plans(plans.clone()), |_| (), shape);

    show(&job, &decoded, &plans, &report);
    if let Some(error) = report.error() {
        return Err(error.to_owned());
    }
    Ok(conclude(&wanted.origin, &plans, &report))
}

/// Prints the operations and the report.
pub(super) fn show(job: &Job<'_>, decoded: &Decoded, plans: &[Plan], report: &Report) {
    console::result(format_args!("{} under {}\n", job.name(), crash::list(plans)));
    let describe = |index| console::line(&decoded.describe(index));
    let operations = listing::operations(decoded.len(), report, describe);
    console::result(format_args!("{operations}\n{report}\n"));
}

fn wanted(args: &ReproArgs, targets: &[Target]) -> Result<Wanted, String> {
    let ReproArgs { target, input, plan, conditions, .. } = args;
    let (plan, conditions) = (plan.clone(), conditions.clone());
    match (&args.file, target, input) {
        (None, Some(target), Some(input)) => {
            let (target, input) = (target.clone(), input.clone());
            Ok(Wanted { target, input, plan, conditions, origin: Origin::Arguments })
        }
        (Some(file), Some(target), _) => {
            let (target, input) = (target.clone(), file.clone());
            Ok(Wanted { target, input, plan, conditions, origin: Origin::Crash })
        }
        (Some(file), None, _) if !conditions.words().is_empty() => Err(format!(
            "{}: a finding runs again with its own options: remove {}, or add --target if the \
             file is a crash file",
            file.display(),
            conditions.words().join(" ")
        )),
        (Some(file), None, _) => recorded(file, args.finding, targets),
        (None, _, _) => {
            Err("name a finding, a crash file, or a target, an input and a plan".to_owned())
        }
    }
}

/// Returns what a finding in a file says.
fn recorded(file: &Path, number: Option<usize>, targets: &[Target]) -> Result<Wanted, String> {
    let (_, finding) = read_finding(file, number)?;
    let wanted =
        repro_command::read(finding.replay(), targets).and_then(|args| wanted(&args, targets));
    let wanted = wanted.map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(Wanted { origin: Origin::Record(finding.kind()), ..wanted })
}

/// Prints whether it reproduces. A finding that sweeps allow counts as reproduced, except for a
/// crash file: a fuzzer does not stop at an allowed finding.
fn conclude(origin: &Origin, plans: &[Plan], report: &Report) -> Outcome {
    let is_crash = matches!(origin, Origin::Crash);
    let counts = |finding: &&Finding| !is_crash || finding.status() == Status::New;
    let found: Vec<_> = report.findings().iter().filter(counts).map(Finding::kind).collect();
    let names = || found.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match origin {
        _ if found.is_empty() => {
            let plans = crash::list(plans);
            console::result(format_args!("does not reproduce: no finding under {plans}"));
            return Outcome::Pass;
        }
        Origin::Record(kind) if !found.contains(kind) => {
            console::result(format_args!("reproduces as {}, not as {kind}", names()));
        }
        _ => console::result(format_args!("reproduces: {}", names())),
    }
    Outcome::Fail
}
