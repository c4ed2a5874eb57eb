//! The command line: [`Args`], and [`Refusal`] for help and mistakes. Only this folder uses clap.
//! `help` has the examples, and `completions` makes completions and man pages of the definition.
//!
//! Names of targets are plain words here; `choice` looks them up.

mod completions;
mod help;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use clap::{FromArgMatches, Parser, Subcommand, ValueEnum};
pub(super) use completions::{CompletionsArgs, ExplainArgs, ManArgs};

use super::Target;
use crate::cli::shared::args::{DiffArgs, KnownArgs, MergeArgs, Refusal};
use crate::harness::plan::Strategy;
use crate::harness::plan::duration;
use crate::harness::plan::{AfterFault, Plan};
use crate::harness::report::Shard;
use crate::harness::sweep::{Isolation, Sweep};

/// Proves that code survives allocation failure: fails each request in turn, survives crashes, and
/// judges every run
#[derive(Debug, Parser)]
#[command(name = "oom-sweep", version, max_term_width = 100)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the targets, with the number of inputs in their corpora
    List(ListArgs),
    /// Sweep targets: fail each request of each input in turn, and judge every run
    Sweep(SweepArgs),
    /// Run a finding again: show the operations, the failed request with its stack, and the verdict
    Repro(ReproArgs),
    /// Shrink a fuzzer's crash file, both its operations and its faults, and keep it in the corpus
    Minimize(MinimizeArgs),
    /// Join the reports of shards into one report for each sweep
    Merge(MergeArgs),
    /// Print the findings of reports as a list of known findings, for `sweep --known`
    Known(KnownArgs),
    /// Compare reports: new, known and gone findings, and new sites
    Diff(DiffArgs),
    /// Explain a kind of finding, with an example and the usual repair
    Explain(ExplainArgs),
    /// Print a shell's completions for this program
    Completions(CompletionsArgs),
    /// Print this program's man page
    Man(ManArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    pub(super) corpus: CorpusArg,
}

#[derive(Debug, clap::Args)]
pub(super) struct CorpusArg {
    /// Folder that has a folder of inputs for each target
    #[arg(long = "corpus", value_name = "DIR", default_value = "corpus")]
    pub(super) folder: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct SweepArgs {
    /// Targets to sweep [default: all]
    #[arg(value_name = "TARGET")]
    pub(super) targets: Vec<String>,
    /// Inputs to sweep instead of the corpus
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(super) input: Vec<PathBuf>,
    /// WebAssembly modules to sweep instead of the corpus, for targets that read modules
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(super) wasm: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) corpus: CorpusArg,
    /// Write all reports to this file as JSON, again after each sweep
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
    /// Run only this plan, as in nth:17/fail-all; may be repeated
    #[arg(long = "plan", value_name = "PLAN")]
    pub(super) plans: Vec<Plan>,
    /// What requests after the failed one get, one pass for each: succeed, fail-all, fail-next:N or
    /// forbid [default: succeed,fail-all]
    #[arg(long, value_name = "AFTER", value_delimiter = ',', conflicts_with = "plans")]
    pub(super) after: Vec<AfterFault>,
    /// Which requests to fail: every-request, unique-sites[:PER_SITE], sample:COUNT[,seed=SEED]
    /// or pairs [default: every-request]
    #[arg(long, value_name = "STRATEGY", conflicts_with = "plans")]
    pub(super) strategy: Option<Strategy>,
    /// Fail only requests with these numbers, as in 100..200, where 199 is the last
    #[arg(long, value_name = "A..B", value_parser = range, conflicts_with = "plans")]
    pub(super) requests: Option<Range<u64>>,
    #[command(flatten)]
    pub(super) conditions: Conditions,
    /// How many processes run at a time [default: the number of cores]
    #[arg(long, value_name = "N")]
    pub(super) jobs: Option<NonZeroUsize>,
    /// How long each sweep may take, as in 30s. New sites come first; a sweep that runs out of time
    /// is partial
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    pub(super) time_budget: Option<Duration>,
    /// Which shard of the plans to run, as in 2/3; `merge` joins the reports of all shards
    #[arg(long, value_name = "K/N")]
    pub(super) shard: Option<Shard>,
    /// File of known findings, which do not fail the sweep; `known` writes it
    #[arg(long, value_name = "FILE")]
    pub(super) known: Option<PathBuf>,
    /// Append every verdict to this file at once
    #[arg(long, value_name = "FILE")]
    pub(super) journal: Option<PathBuf>,
    /// Continue where the journal ends, if the file exists
    #[arg(long, requires = "journal")]
    pub(super) resume: bool,
    /// Exit with 0 instead of 3 if nothing was found but not every plan ran
    #[arg(long)]
    pub(super) allow_partial: bool,
}

/// Parses a range of request numbers with at least one number.
fn range(text: &str) -> Result<Range<u64>, String> {
    let number = |text: &str| {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
        is_plain.then(|| text.parse().ok()).flatten()
    };
    let ends = text.split_once("..").and_then(|(a, b)| Some((number(a)?, number(b)?)));
    match ends {
        Some((start, end)) if start < end => Ok(start..end),
        Some(_) => Err(format!("{text} has no request")),
        None => Err("write requests as in 100..200".to_owned()),
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct ReproArgs {
    /// Reports or a finding, as `sweep --json` writes them; with --target, a fuzzer's crash file
    #[arg(value_name = "FINDING.json|CRASH_FILE", required_unless_present = "input")]
    #[arg(conflicts_with = "input")]
    pub(super) file: Option<PathBuf>,
    /// Which of the file's findings, counted from 1; not needed if there is only one
    #[arg(long, value_name = "N", requires = "file", conflicts_with = "target")]
    pub(super) finding: Option<usize>,
    /// The target of the crash file or of the input
    #[arg(long)]
    pub(super) target: Option<String>,
    /// The target's input
    #[arg(long, value_name = "FILE", requires_all = ["target", "plan"])]
    pub(super) input: Option<PathBuf>,
    /// The plan, as in nth:17/fail-all [default for a crash file: its last four bytes]
    #[arg(long, requires = "target")]
    pub(super) plan: Option<Plan>,
    #[command(flatten)]
    pub(super) conditions: Conditions,
}

#[derive(Debug, clap::Args)]
pub(super) struct MinimizeArgs {
    /// A fuzzer's crash file, or any other input
    #[arg(value_name = "CRASH_FILE")]
    pub(super) file: PathBuf,
    /// The target that reads the file
    #[arg(long)]
    pub(super) target: String,
    /// The plan, as in nth:17/fail-all [default: the file's last four bytes]
    #[arg(long)]
    pub(super) plan: Option<Plan>,
    /// File to write; it must not exist [default: <corpus>/<target>/regressions/<finding>.bin]
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    #[command(flatten)]
    pub(super) corpus: CorpusArg,
    /// Print a test that replays the result, instead of the report
    #[arg(long)]
    pub(super) emit_test: bool,
    #[command(flatten)]
    pub(super) conditions: Conditions,
}

/// Options for all runs. A replay command repeats them.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Conditions {
    /// Where runs take place
    #[arg(long, value_enum)]
    isolation: Option<Place>,
    /// How long a run may take, as in 500ms, 10s or 2m [default: 100 fault-free runs, at least
    /// 10s]
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    time_limit: Option<Duration>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Place {
    /// Workers or snapshots, whichever is faster, if the platform can fork
    Auto,
    /// This process: the first abort ends it
    InProcess,
    /// Forked processes, which may abort, crash and hang
    Worker,
    /// One pass over the code, which forks at each request
    Snapshot,
}

impl Conditions {
    /// Returns the sweep with these options.
    pub(super) fn configure(&self, sweep: Sweep) -> Sweep {
        let sweep = match self.isolation {
            None => sweep,
            Some(Place::Auto) => sweep.isolation(Isolation::Auto),
            Some(Place::InProcess) => sweep.isolation(Isolation::InProcess),
            Some(Place::Worker) => sweep.isolation(Isolation::Worker),
            Some(Place::Snapshot) => sweep.isolation(Isolation::Snapshot),
        };
        match self.time_limit {
            None => sweep,
            Some(limit) => sweep.time_limit(limit),
        }
    }

    /// Returns the same options, with this time limit if they have none.
    pub(super) fn or_limit(&self, limit: Duration) -> Self {
        Self { time_limit: self.time_limit.or(Some(limit)), ..self.clone() }
    }

    /// Returns the words that set these options.
    pub(super) fn words(&self) -> Vec<String> {
        let place = self.isolation.and_then(|place| place.to_possible_value());
        let isolation = place.map(|place| ["--isolation".to_owned(), place.get_name().to_owned()]);
        let limit = self.time_limit.map(|limit| ["--time-limit".to_owned(), duration::text(limit)]);
        isolation.into_iter().chain(limit).flatten().collect()
    }
}

impl Args {
    /// Parses the program's words; the first is its own name.
    pub(super) fn read(
        words: impl IntoIterator<Item = OsString>,
        targets: &[Target],
    ) -> Result<Self, Refusal> {
        let words: Vec<_> = words.into_iter().collect();
        let matches = help::command(&words, targets).try_get_matches_from(words);
        matches.and_then(|matches| Self::from_arg_matches(&matches)).map_err(Refusal::new)
    }
}

#[cfg(all(test, feature = "subjects"))]
mod tests {
    use super::*;

    fn read(words: &str) -> Result<Args, Refusal> {
        Args::read(words.split(' ').map(OsString::from), crate::subjects::drivers::TABLE)
    }

    #[test]
    fn the_definition_is_consistent() {
        help::command(&[], crate::subjects::drivers::TABLE).debug_assert();
        help::command(&[], &[]).debug_assert();
    }

    #[test]
    fn mistakes_are_one_line() {
        for (words, part) in [
            ("x sweep --plan nth:x", "expected a number at position 4, found \"x\""),
            ("x sweep --after never", "expected succeed, fail-all, fail-next or forbid"),
            ("x sweep --plan none --after forbid", "cannot be used with"),
            ("x sweep --isolation far", "[possible values: auto, in-process, worker, snapshot]"),
            ("x sweep --strategy most", "a strategy is every-request"),
            ("x sweep --strategy pairs --plan none", "cannot be used with"),
            ("x sweep --requests 7", "as in 100..200"),
            ("x sweep --requests 7..7", "7..7 has no request"),
            ("x sweep --requests 7..=9", "as in 100..200"),
            ("x sweep --shard 5/4", "there are 4 shards"),
            ("x sweep --time-budget 0", "a time is"),
            ("x sweep --jobs 0", "'--jobs <N>'"),
            ("x sweep --resume", "--journal <FILE>"),
            ("x merge", "<REPORT|DIR>"),
            ("x diff a", "<NEW>"),
            ("x sweep --time-limit 0s", "0s is no time"),
            ("x sweep --time-limit 0", "a time is"),
            ("x sweep --jsn f", "'--json'"),
            ("x sweeep", "'sweep'"),
            ("x repro", "<FINDING.json|CRASH_FILE>"),
            ("x repro --target t", "<FINDING.json|CRASH_FILE>"),
            ("x repro --target t --input i", "--plan <PLAN>"),
            ("x repro f.json --target t --input i --plan none", "cannot be used with"),
            ("x repro --finding 1", "<FINDING.json|CRASH_FILE>"),
            ("x repro f --plan none", "--target <TARGET>"),
            ("x repro f --target t --finding 1", "cannot be used with"),
            ("x minimize f", "--target <TARGET>"),
            ("x explain partal-update", "value exists: 'PartialUpdate'"),
            ("x explain hung --list", "cannot be used with"),
            ("x completions dash", "[possible values: bash, "),
        ] {
            let line = read(words).unwrap_err().line();
            assert!(line.contains(part) && !line.contains('\n'), "{words}: {line}");
        }
    }

    #[test]
    fn conditions_are_written_as_they_are_parsed() {
        let words = "x sweep --isolation in-process --time-limit 1500ms";
        let Command::Sweep(args) = read(words).unwrap().command else { panic!("{words}") };
        let said = args.conditions.words().join(" ");
        assert_eq!(said, "--isolation in-process --time-limit 1500ms");
    }
}
