//! The command line of `cargo oom-sweep`: [`Args`]. Only this file uses clap, and `options`, which
//! tells this program's options from Cargo's.

use std::ffi::{OsStr, OsString};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use super::options;
use crate::cli::shared::args::{DiffArgs, KnownArgs, MergeArgs, Refusal};
use crate::harness::plan::Strategy;
use crate::harness::plan::duration;
use crate::harness::report::Shard;

/// What to do.
#[derive(Debug)]
pub(super) struct Args {
    pub(super) command: Command,
}

#[derive(Debug)]
pub(super) enum Command {
    Run(RunArgs),
    Init(InitArgs),
    Repro(ReproArgs),
    Diff(DiffArgs),
    Merge(MergeArgs),
    Known(KnownArgs),
}

/// Runs a crate's tests, and judges, shows and keeps the findings of all sweeps in them
#[derive(Debug, Parser)]
#[command(name = "cargo oom-sweep", bin_name = "cargo oom-sweep", version, max_term_width = 100)]
#[command(
    override_usage = "cargo oom-sweep [OPTIONS] [ARGS OF CARGO TEST]... [-- ARGS OF TESTS]...
       cargo oom-sweep <COMMAND>"
)]
#[command(subcommand_negates_reqs = true, after_help = HELP)]
struct Definition {
    #[command(flatten)]
    run: RunArgs,
    #[command(subcommand)]
    command: Option<Word>,
}

#[derive(Debug, Subcommand)]
enum Word {
    /// Write a first sweep, tests/oom.rs, and add the dev-dependency that it needs
    #[command(after_help = INIT_HELP)]
    Init(InitArgs),
    /// Run a finding again: its test, with the plan that shows it
    #[command(after_help = REPRO_HELP)]
    Repro(ReproArgs),
    /// Compare reports: new, known and gone findings, and new sites
    Diff(DiffArgs),
    /// Join the reports of shards into one report for each sweep
    Merge(MergeArgs),
    /// Print the findings of reports as a list of known findings, for --known
    Known(KnownArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct RunArgs {
    /// Run the tests with cargo-nextest, each in its own process
    #[arg(long)]
    pub(super) nextest: bool,
    /// File of known findings, which do not fail the run; --update-known or `known` writes it
    #[arg(long, value_name = "FILE")]
    pub(super) known: Option<PathBuf>,
    /// Write the findings to the file of --known, so that none of them fails the run
    #[arg(long, requires = "known")]
    pub(super) update_known: bool,
    /// Which shard of each sweep's plans to run, as in 2/3; `merge` joins the reports of all shards
    #[arg(long, value_name = "K/N")]
    pub(super) shard: Option<Shard>,
    /// How long each sweep may take, as in 30s; a sweep that runs out of time is partial
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    pub(super) time_budget: Option<Duration>,
    /// Which requests to fail: every-request, unique-sites[:PER_SITE], sample:COUNT[,seed=SEED]
    /// or pairs [default: as each sweep says]
    #[arg(long, value_name = "STRATEGY")]
    pub(super) strategy: Option<Strategy>,
    /// How many processes each sweep runs at a time [default: the number of cores]
    #[arg(long, value_name = "N")]
    pub(super) jobs: Option<NonZeroUsize>,
    /// Exit with 3 if the sweeps failed less than this percentage of all sites, as in 90
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub(super) min_site_coverage: Option<f64>,
    /// Exit with 0 instead of 3 if nothing was found but not every plan ran
    #[arg(long)]
    pub(super) allow_partial: bool,
    /// Open the HTML page of the reports in a browser
    #[arg(long)]
    pub(super) open: bool,
    /// What to print; github prints annotations and writes the job's summary in GitHub Actions
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    /// Words that this program does not know, for `cargo test` or `cargo nextest run`.
    #[arg(skip)]
    pub(super) others: Vec<OsString>,
}

/// How to print results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For a terminal
    Text,
    /// For a comment on a pull request
    Markdown,
    /// For GitHub Actions
    Github,
}

#[derive(Debug, clap::Args)]
pub(super) struct InitArgs {
    /// Write a workflow for this service too
    #[arg(long, value_enum, value_name = "SERVICE")]
    pub(super) ci: Option<Service>,
    /// Overwrite files that exist
    #[arg(long)]
    pub(super) force: bool,
    /// Depend on the oom-sweep in this folder, instead of the published one of this version
    #[arg(long, value_name = "DIR")]
    pub(super) path: Option<PathBuf>,
    /// Depend on the oom-sweep in this git repository
    #[arg(long, value_name = "URL", conflicts_with = "path")]
    pub(super) git: Option<String>,
    /// The crate's Cargo.toml [default: the one that Cargo finds from the current folder]
    #[arg(long, value_name = "FILE")]
    pub(super) manifest_path: Option<PathBuf>,
}

/// Which continuous integration to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Service {
    /// .github/workflows/oom-sweep.yml
    Github,
}

#[derive(Debug, clap::Args)]
pub(super) struct ReproArgs {
    /// The finding: its number in the last run's report, counted from 1, its site, as in 9f3c21d0,
    /// or its kind, as in PartialUpdate
    #[arg(value_name = "SITE|FINDING")]
    pub(super) finding: String,
    /// Reports that have the finding [default: report.json of the last run]
    #[arg(long, value_name = "FILE")]
    pub(super) report: Option<PathBuf>,
    /// Words for `cargo test`, the same as in that run: features, a package, a profile
    #[arg(value_name = "ARGS OF CARGO TEST", trailing_var_arg = true, allow_hyphen_values = true)]
    pub(super) others: Vec<OsString>,
}

fn percent(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.strip_suffix('%').unwrap_or(text).parse().ok();
    let is_part = |number: &f64| (0.0..=100.0).contains(number);
    number.filter(is_part).ok_or_else(|| "write a percentage from 0 to 100, as in 90".to_owned())
}

/// Returns the definition of this program's options and commands.
pub(super) fn definition() -> clap::Command {
    Definition::command()
}

impl Args {
    /// Parses the program's words. Cargo adds `oom-sweep` to them.
    ///
    /// # Errors
    /// If they ask for help, or are a mistake.
    pub(super) fn read(words: impl IntoIterator<Item = OsString>) -> Result<Self, Refusal> {
        let mut words: Vec<_> = words.into_iter().collect();
        if words.get(1).is_some_and(|word| word == OsStr::new("oom-sweep")) {
            words.remove(1);
        }
        let mut definition = Definition::command();
        let (own, others) = options::split(&definition, words);
        if let Some(mistake) = options::misspelled(&definition, &others) {
            let error = definition.error(ErrorKind::UnknownArgument, mistake);
            return Err(Refusal::new(error));
        }
        let read = definition.try_get_matches_from(own);
        let read = read.and_then(|matches| Definition::from_arg_matches(&matches));
        let Definition { run, command } = read.map_err(Refusal::new)?;
        let command = match command {
            None => Command::Run(RunArgs { others, ..run }),
            Some(Word::Init(args)) => Command::Init(args),
            Some(Word::Repro(args)) => Command::Repro(args),
            Some(Word::Diff(args)) => Command::Diff(args),
            Some(Word::Merge(args)) => Command::Merge(args),
            Some(Word::Known(args)) => Command::Known(args),
        };
        Ok(Self { command })
    }
}

const HELP: &str = "\
All other words go to `cargo test`, or to `cargo nextest run`: features, packages, names of tests.
The reports are in the folder oom-sweep in Cargo's target folder: report.json, report.html,
junit.xml, report.sarif, known.json, and tests.log, which has the output of the tests.

Examples:
  Write a first sweep, and run all sweeps:
    cargo oom-sweep init
    cargo oom-sweep
  Run the sweeps of one integration test, with features:
    cargo oom-sweep -p store --features oom --test oom
  Fail only for new findings:
    cargo oom-sweep --known oom-known.json --update-known
    cargo oom-sweep --known oom-known.json
  Give each sweep a minute, but require that 90 % of all sites were failed:
    cargo oom-sweep --time-budget 1m --allow-partial --min-site-coverage 90
  Run the first finding again:
    cargo oom-sweep repro 1

Exit codes:
  0  nothing was found
  1  there are new findings
  2  bad usage, bad input, tests that fail without a finding, or the harness could not work
  3  nothing was found, but not every plan ran, a sweep's process died, or coverage is too low
  If several apply, the worst counts: 2 before 1 before 3.";

const INIT_HELP: &str = "\
Existing files are not changed unless --force is given; Cargo.toml only gets the dev-dependency. A
crate without a library gets the same file, with a note that tests cannot call its code.

Examples:
  cargo oom-sweep init --path ../oom-sweep
  cargo oom-sweep init --ci github";

const REPRO_HELP: &str = "\
Exits with 1 if the finding reproduces, with 0 if it does not, and with 2 if its sweep could not
run.

Examples:
  Run the second finding of the last run again:
    cargo oom-sweep repro 2
  Run all findings of a site; this program's options come before Cargo's:
    cargo oom-sweep repro 9f3c21d0 --report main.json --features oom";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &str) -> Result<Command, Refusal> {
        let words = words.split_whitespace().map(OsString::from);
        Args::read(words).map(|args| args.command)
    }

    fn run(words: &str) -> RunArgs {
        match read(words).unwrap() {
            Command::Run(args) => args,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_definition_is_consistent() {
        Definition::command().debug_assert();
    }

    #[test]
    fn cargo_or_a_person_may_call_it() {
        for words in ["cargo-oom-sweep oom-sweep --nextest", "cargo-oom-sweep --nextest"] {
            let args = run(words);
            assert!(args.nextest && args.others.is_empty(), "{args:?}");
        }
    }

    #[test]
    fn unknown_options_go_to_cargo() {
        let words = "x -p store --known k.json --features=oom name --format markdown --shard=2/3 \
                     -j 4 -- --known --exact";
        let args = run(words);
        let cargos = ["-p", "store", "--features=oom", "name", "-j", "4", "--", "--known"];
        assert_eq!(args.others[..8], cargos);
        assert_eq!((args.known, args.format), (Some("k.json".into()), Format::Markdown));
        assert_eq!(args.shard.map(Shard::count), Some(3));
    }

    #[test]
    fn subcommands_have_their_own_words() {
        assert!(matches!(read("x diff a b"), Ok(Command::Diff(_))));
        let Ok(Command::Init(args)) = read("x init --ci github --force") else { panic!() };
        assert!(args.force && args.ci == Some(Service::Github));
        let Ok(Command::Repro(args)) = read("x repro 1 -p a --test oom") else { panic!() };
        assert_eq!(args.others, ["-p", "a", "--test", "oom"]);
    }

    #[test]
    fn mistakes_are_one_line() {
        for (words, part) in [
            ("x --known", "a value is required"),
            ("x --update-known", "--known <FILE>"),
            ("x --shard 5/4", "there are 4 shards"),
            ("x --min-site-coverage 101", "write a percentage from 0 to 100"),
            ("x --min-site-coverage NaN", "write a percentage from 0 to 100"),
            ("x --format xml", "[possible values: text, markdown, github]"),
            ("x --time-budget 0s", "0s is no time"),
            ("x init --ci gitlab", "[possible values: github]"),
            ("x --knwon k.json", "there is no option --knwon: did you mean --known?"),
            ("x -p store --formt=text", "there is no option --formt: did you mean --format?"),
            ("x mrege a b --json c", "there is no command mrege: did you mean merge?"),
            ("x repro", "<SITE|FINDING>"),
            ("x merge", "<REPORT|DIR>"),
        ] {
            let line = read(words).unwrap_err().line();
            assert!(line.contains(part) && !line.contains('\n'), "{words}: {line}");
        }
    }
}
