//! `repro`: one input under one plan, with all that helps to understand what happens.

use std::path::PathBuf;

use super::args::{Conditions, ReproArgs};
use super::input::Input;
use super::job::Job;
use super::{Target, choice, console, replay};
use crate::oracle::FindingKind;
use crate::plan::Plan;
use crate::report::{Outcome, Report, read_finding};
use crate::sweep::{Strategy, Sweep};
use crate::targets::Decoded;

/// Sequences of more operations are shown around the one that failed.
const MOST_OPERATIONS: usize = 256;
/// How many of them are shown before it, and after it.
const AROUND: usize = 16;

/// What is to be shown again.
struct Wanted {
    target: String,
    input: PathBuf,
    plan: Plan,
    conditions: Conditions,
    /// What was found then, if that is recorded.
    kind: Option<FindingKind>,
}

/// # Errors
/// In one line, if what is wanted cannot be found out or cannot be run.
pub(super) fn run(args: &ReproArgs, targets: &[Target]) -> Result<Outcome, String> {
    let wanted = wanted(args, targets)?;
    let target = choice::find(targets, &wanted.target)?;
    let input = Input::new(&wanted.input, target);
    let job = Job { target, input, conditions: &wanted.conditions };
    let decoded = job.decode()?;
    let strategy = Strategy::Plans(vec![wanted.plan.clone()]);
    let report = job.sweep(&decoded, strategy, |_| (), Sweep::heedless);

    console::result(format_args!("{} under {}\n", job.name(), wanted.plan));
    print_operations(&decoded, &report);
    console::result(format_args!("\n{report}\n"));
    if let Some(error) = report.error() {
        return Err(error.to_owned());
    }
    Ok(conclude(&wanted, &report))
}

fn wanted(args: &ReproArgs, targets: &[Target]) -> Result<Wanted, String> {
    let Some(file) = &args.file else {
        return stated(args, None).ok_or_else(|| "name target, input and plan".to_owned());
    };
    let (_, finding) = read_finding(file, args.finding)?;
    let replay = replay::read(finding.replay(), targets);
    let replay = replay.map_err(|error| format!("{}: {error}", file.display()))?;
    let wanted = stated(&replay, Some(finding.kind()));
    wanted.ok_or_else(|| format!("{}: its command is not whole", file.display()))
}

/// What is wanted in so many words.
fn stated(args: &ReproArgs, kind: Option<FindingKind>) -> Option<Wanted> {
    let ReproArgs { target, input, plan, conditions, .. } = args;
    Some(Wanted {
        target: target.clone()?,
        input: input.clone()?,
        plan: plan.clone()?,
        conditions: conditions.clone(),
        kind,
    })
}

/// Says whether it reproduces. What is allowed in sweeps reproduces too.
fn conclude(wanted: &Wanted, report: &Report) -> Outcome {
    let found: Vec<_> = report.findings().iter().map(|finding| finding.kind()).collect();
    let names = || found.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match wanted.kind {
        _ if found.is_empty() => {
            console::result(format_args!("does not reproduce: no finding under {}", wanted.plan));
            return Outcome::Pass;
        }
        Some(kind) if !found.contains(&kind) => {
            console::result(format_args!("reproduces, but as {} and not as {kind}", names()));
        }
        Some(_) | None => console::result(format_args!("reproduces: {}", names())),
    }
    Outcome::Fail
}

/// Lists the operations, and marks those in which a request failed.
fn print_operations(decoded: &Decoded, report: &Report) {
    let failed = |index| {
        let mut findings = report.findings().iter();
        findings.find(|finding| finding.step() == Some(index)).and_then(|finding| finding.request())
    };
    let first = report.findings().iter().find_map(|finding| finding.step()).unwrap_or(0);
    let count = decoded.len();
    let shown = match count {
        ..=MOST_OPERATIONS => 0..count,
        _ => first.saturating_sub(AROUND)..count.min(first + AROUND + 1),
    };
    console::result(format_args!("operations: {count}"));
    print_gap(shown.start);
    for index in shown.clone() {
        let what = console::line(&decoded.describe(index));
        match failed(index) {
            Some(request) => {
                let number = request.number;
                console::result(format_args!("> {index:>4}  {what}  <- request {number} failed"));
            }
            None => console::result(format_args!("  {index:>4}  {what}")),
        }
    }
    print_gap(count - shown.end);
}

fn print_gap(operations: usize) {
    if operations > 0 {
        console::result(format_args!("     …  {operations} more"));
    }
}
