//! `sweep`: targets on their inputs, one report each.

use std::collections::HashSet;

use super::args::SweepArgs;
use super::input::{self, Input};
use super::job::{Job, Unfit};
use super::progress::Progress;
use super::results::Results;
use super::{Target, choice};
use crate::report::{Outcome, Report};
use crate::sweep::Strategy;

/// # Errors
/// If the command as a whole makes no sense, or its record cannot be written; nothing was swept.
pub(super) fn run(args: &SweepArgs, targets: &[Target]) -> Result<Outcome, String> {
    let jobs = jobs(args, targets)?;
    let mut results = Results::open(args.json.as_deref())?;
    let count = jobs.iter().filter(|job| job.is_ok()).count();
    let mut number = 0;
    for job in jobs {
        results.add(job.map_or_else(Unfit::report, |job| {
            number += 1;
            sweep(args, &job, number, count)
        }));
    }
    Ok(match results.finish() {
        Outcome::Partial if args.allow_partial => Outcome::Pass,
        outcome => outcome,
    })
}

fn sweep(args: &SweepArgs, job: &Job<'_>, number: usize, count: usize) -> Report {
    let progress = Progress::start(number, count, &job.name());
    let strategy = match args.plans.as_slice() {
        [] => Strategy::EveryRequest,
        plans => Strategy::Plans(plans.to_vec()),
    };
    let report = match job.decode() {
        Ok(decoded) => job.sweep(&decoded, strategy, progress.listener(), |sweep| {
            let sweep = args.after.iter().fold(sweep, |sweep, &after| sweep.after(after));
            if args.json.is_some() { sweep.for_programs() } else { sweep }
        }),
        Err(error) => Unfit { name: job.name(), error }.report(),
    };
    progress.end();
    report
}

/// What there is to sweep, in order.
type Jobs<'a> = Vec<Result<Job<'a>, Unfit>>;

fn jobs<'a>(args: &'a SweepArgs, targets: &'a [Target]) -> Result<Jobs<'a>, String> {
    let (chosen, mut jobs) = choose(args, targets)?;
    for target in chosen {
        let job = |input| Ok(Job { target, input, conditions: &args.conditions });
        match inputs(args, target) {
            Ok(inputs) => jobs.extend(inputs.into_iter().map(job)),
            Err(error) => jobs.push(Err(Unfit { name: target.name().to_owned(), error })),
        }
    }
    Ok(jobs)
}

/// The targets that are meant, each once, and what to say of each name that is none.
fn choose<'a>(
    args: &SweepArgs,
    targets: &'a [Target],
) -> Result<(Vec<&'a Target>, Jobs<'a>), String> {
    if !args.targets.is_empty() {
        let mut seen = HashSet::new();
        let names = args.targets.iter().filter(|name| seen.insert(*name));
        let (mut chosen, mut unknown) = (Vec::new(), Vec::new());
        for name in names {
            match choice::find(targets, name) {
                Ok(target) => chosen.push(target),
                Err(error) => unknown.push(Err(Unfit { name: name.clone(), error })),
            }
        }
        return Ok((chosen, unknown));
    }
    if !args.input.is_empty() && targets.len() > 1 {
        let names = choice::names(targets);
        return Err(format!("--input needs a TARGET that reads it: one of {names}"));
    }
    let is_meant = |target: &&Target| args.wasm.is_empty() || target.reads_wasm();
    let chosen: Vec<_> = targets.iter().filter(is_meant).collect();
    match chosen.is_empty() {
        true if targets.is_empty() => Err("this program has no targets".to_owned()),
        true => Err("--wasm: none of this program's targets reads modules".to_owned()),
        false => Ok((chosen, Vec::new())),
    }
}

/// The files that were named, or else the corpus.
fn inputs(args: &SweepArgs, target: &Target) -> Result<Vec<Input>, String> {
    if args.input.is_empty() && args.wasm.is_empty() {
        return input::in_corpus(target, &args.corpus.folder);
    }
    if !args.wasm.is_empty() && !target.reads_wasm() {
        return Err(format!("--wasm: {} reads no modules: use --input", target.name()));
    }
    let named = args.input.iter().map(|path| Input::new(path, target));
    let modules = args.wasm.iter().map(|path| Input::module(path, target));
    Ok(named.chain(modules).collect())
}
