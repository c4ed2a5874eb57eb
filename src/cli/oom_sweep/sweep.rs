//! `sweep`: targets on their inputs, with one report for each.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use super::args::SweepArgs;
use super::input::{self, Input};
use super::job::{InvalidSweep, Job};
use super::journal::{JournalWriter, Start};
use super::progress::Progress;
use super::targets_tested::TargetsTested;
use super::{Target, choice};
use crate::cli::shared::console;
use crate::cli::shared::results::Results;
use crate::harness::plan::Strategy;
use crate::harness::report::{KnownFindings, Outcome, Report};
use crate::harness::sweep::{Sweep, shape};

/// # Errors
/// If the options contradict each other, or the record cannot be written. Then nothing was swept.
pub(super) fn run(args: &SweepArgs, targets: &[Target]) -> Result<Outcome, String> {
    let jobs = jobs(args, targets)?;
    // Check the file before anything is written. Each sweep reads it again.
    let known = args.known.as_deref().map(KnownFindings::read).transpose()?;
    check_distinct_files(args)?;
    let settings = Settings { args, known: known.unwrap_or_default() };
    let start = if args.resume { Start::Resume } else { Start::Anew };
    let journal =
        args.journal.as_deref().map(|path| JournalWriter::open(path, start)).transpose()?;
    let mut results = Results::open(args.json.as_deref())?;
    let count = jobs.iter().filter(|job| job.is_ok()).count();
    let mut number = 0;
    let mut tested = TargetsTested::default();
    for job in jobs {
        let target = job.as_ref().ok().map(|job| job.target);
        let report = job.map_or_else(InvalidSweep::report, |job| {
            number += 1;
            let progress = Progress::start(number, count, &job.name());
            let report = sweep(&settings, &job, &progress, journal.as_ref());
            progress.end();
            report.unwrap_or_else(|error| InvalidSweep { name: job.name(), error }.report())
        });
        if let Some(target) = target.filter(|target| !target.allows_empty()) {
            tested.add(target.name(), &report);
        }
        // A sweep that could not start belongs to the shard, too.
        results.add(Report { shard: report.shard.or(args.shard), ..report });
        if journal.as_ref().is_some_and(JournalWriter::is_broken) {
            break; // what follows could not be resumed
        }
    }
    let outcome = results.finish();
    if let (Some(error), false) = (tested.missed_choice(args), outcome >= Outcome::Fail) {
        return Err(error);
    }
    let empty = tested.empty_targets();
    empty.iter().for_each(|line| console::error(line));
    Ok(match outcome.max(if empty.is_empty() { Outcome::Pass } else { Outcome::Empty }) {
        Outcome::Partial if args.allow_partial => Outcome::Pass,
        outcome => outcome,
    })
}

/// # Errors
/// In one line, if two options name the same file.
fn check_distinct_files(args: &SweepArgs) -> Result<(), String> {
    let Some(json) = args.json.as_deref() else { return Ok(()) };
    let others = [("--journal", &args.journal), ("--known", &args.known)];
    let is_json = |other: &Path| match (fs::canonicalize(json), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        // Two files that do not exist yet.
        _ => std::path::absolute(json).ok() == std::path::absolute(other).ok(),
    };
    match others.into_iter().find(|(_, other)| other.as_deref().is_some_and(is_json)) {
        Some((word, _)) => Err(format!("{}: --json and {word} are the same file", json.display())),
        None => Ok(()),
    }
}

/// # Errors
/// In one line, if the sweep cannot start.
fn sweep(
    settings: &Settings<'_>,
    job: &Job<'_>,
    progress: &Progress,
    journal: Option<&JournalWriter>,
) -> Result<Report, String> {
    let bytes = job.read()?;
    let Some(journal) = journal else {
        let decoded = job.decode_bytes(&bytes)?;
        let configure = |sweep| settings.configure(sweep);
        return Ok(job.sweep(&decoded, settings.strategy(), progress.listener(), configure));
    };
    if let Some(report) = journal.turn_to(&job.name(), &settings.subject(&bytes))? {
        return Ok(report);
    }
    let decoded = job.decode_bytes(&bytes)?;
    let configure = |sweep| settings.configure(sweep).journal_to(Box::new(journal.clone()));
    let mut report = job.sweep(&decoded, settings.strategy(), progress.listener(), configure);
    if let Err(error) = journal.end(&report) {
        report.error.get_or_insert(error);
    }
    Ok(report)
}

/// The options of the command line.
struct Settings<'a> {
    args: &'a SweepArgs,
    known: KnownFindings,
}

impl Settings<'_> {
    fn strategy(&self) -> Strategy {
        match self.args.plans.as_slice() {
            [] => self.args.strategy.clone().unwrap_or_default(),
            plans => Strategy::Plans(plans.to_vec()),
        }
    }

    /// Returns the sweep, with all options but its strategy and conditions.
    fn configure(&self, sweep: Sweep) -> Sweep {
        let args = self.args;
        let mut sweep = args.after.iter().fold(sweep, |sweep, &after| sweep.after(after));
        if args.strategy.is_some() || args.requests.is_some() || !args.plans.is_empty() {
            sweep = sweep.chosen_by_invocation();
        }
        if let Some(requests) = &args.requests {
            sweep = sweep.requests(requests.clone());
        }
        if let Some(jobs) = args.jobs {
            sweep = sweep.jobs(jobs.get());
        }
        if let Some(budget) = args.time_budget {
            sweep = sweep.time_budget(budget);
        }
        if let Some(shard) = args.shard {
            sweep = sweep.shard(shard.index(), shard.count());
        }
        if let Some(known) = &args.known {
            sweep = sweep.known(known);
        }
        // A journal may be resumed by a command that writes a record.
        match args.json.is_some() || args.journal.is_some() {
            true => sweep.for_programs(),
            false => sweep,
        }
    }

    /// Returns a hash of everything that affects the verdicts on an input, so without the time
    /// limit and the number of jobs.
    fn subject(&self, input: &[u8]) -> String {
        let Self { args, known } = self;
        let SweepArgs { after, requests, shard, conditions, .. } = args;
        let settings =
            format!("{:?}", (self.strategy(), after, requests, shard, conditions.words(), known));
        let settings = settings + &shape();
        // FNV-1a
        let hash = |bytes: &[u8]| {
            bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, &byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            })
        };
        format!("{:016x}-{:016x}", hash(input), hash(settings.as_bytes()))
    }
}

/// The sweeps to run, in order.
type Jobs<'a> = Vec<Result<Job<'a>, InvalidSweep>>;

fn jobs<'a>(args: &'a SweepArgs, targets: &'a [Target]) -> Result<Jobs<'a>, String> {
    let (chosen, mut jobs) = choose(args, targets)?;
    for target in chosen {
        let job = |input| Ok(Job { target, input, conditions: &args.conditions });
        match inputs(args, target) {
            Ok(inputs) => jobs.extend(inputs.into_iter().map(job)),
            Err(error) => jobs.push(Err(InvalidSweep { name: target.name().to_owned(), error })),
        }
    }
    number_duplicates(&mut jobs);
    Ok(jobs)
}

/// Numbers files of one name in different folders: `name`, `name#2`.
fn number_duplicates(jobs: &mut Jobs<'_>) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for job in jobs.iter_mut().flatten() {
        let count = seen.entry(job.name()).or_default();
        *count += 1;
        if *count > 1 {
            job.input.label += &format!("#{count}");
        }
    }
}

/// Returns the chosen targets, each once, and an error for each unknown name.
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
                Err(error) => unknown.push(Err(InvalidSweep { name: name.clone(), error })),
            }
        }
        return Ok((chosen, unknown));
    }
    if !args.input.is_empty() && targets.len() > 1 {
        let names = choice::names(targets);
        return Err(format!("--input needs a TARGET: one of {names}"));
    }
    let is_meant = |target: &&Target| args.wasm.is_empty() || target.reads_wasm();
    let chosen: Vec<_> = targets.iter().filter(is_meant).collect();
    match chosen.is_empty() {
        true if targets.is_empty() => Err("this program has no targets".to_owned()),
        true => Err("--wasm: none of this program's targets reads modules".to_owned()),
        false => Ok((chosen, Vec::new())),
    }
}

/// Returns the files that the user named, or else the corpus.
fn inputs(args: &SweepArgs, target: &Target) -> Result<Vec<Input>, String> {
    if args.input.is_empty() && args.wasm.is_empty() {
        return input::in_corpus(target, &args.corpus.folder);
    }
    if !args.wasm.is_empty() && !target.reads_wasm() {
        return Err(format!("--wasm: {} reads no modules: use --input", target.name()));
    }
    let named = args.input.iter().map(|path| Input::new(path, target));
    let modules = args.wasm.iter().map(|path| Input::module(path));
    Ok(named.chain(modules).collect())
}
