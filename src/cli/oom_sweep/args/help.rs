//! The examples in the help. They use the program's own name and its first target.

use std::ffi::OsString;
use std::path::Path;

use clap::CommandFactory;

use super::{Args, Target};

/// Returns the definition of the command line, with examples.
pub(super) fn command(words: &[OsString], targets: &[Target]) -> clap::Command {
    let program = program(words);
    let target = targets.first().map_or("TARGET", Target::name);
    let with = |help: &str| help.replace("PROGRAM", program).replace("TARGET", target);
    Args::command()
        .after_help(with(HELP))
        .mut_subcommand("list", |command| command.after_help(with(LIST_HELP)))
        .mut_subcommand("sweep", |command| command.after_help(with(SWEEP_HELP)))
        .mut_subcommand("repro", |command| command.after_help(with(REPRO_HELP)))
        .mut_subcommand("minimize", |command| command.after_help(with(MINIMIZE_HELP)))
        .mut_subcommand("merge", |command| command.after_help(with(MERGE_HELP)))
        .mut_subcommand("known", |command| command.after_help(with(KNOWN_HELP)))
        .mut_subcommand("diff", |command| command.after_help(with(DIFF_HELP)))
        .mut_subcommand("explain", |command| command.after_help(with(EXPLAIN_HELP)))
        .mut_subcommand("completions", |command| command.after_help(with(COMPLETIONS_HELP)))
        .mut_subcommand("man", |command| command.after_help(with(MAN_HELP)))
}

/// Returns the name that the program was called by.
pub(super) fn program(words: &[OsString]) -> &str {
    let program = words.first().and_then(|word| Path::new(word).file_name()?.to_str());
    program.unwrap_or("oom-sweep")
}

const HELP: &str = "\
Examples:
  List the targets:
    PROGRAM list
  Sweep all targets on the committed corpus:
    PROGRAM sweep
  Sweep one target, write a report, and run its first finding again:
    PROGRAM sweep TARGET --json found.json
    PROGRAM repro found.json --finding 1
  Explain a kind of finding:
    PROGRAM explain partial-update

Exit codes:
  0  nothing was found
  1  there are new findings, or repro reproduced a finding
  2  bad usage, bad input, or the harness could not work
  3  nothing was found, but not every plan ran
  If several apply, the worst counts: 2 before 1 before 3.";

const LIST_HELP: &str = "\
Examples:
  PROGRAM list
  PROGRAM list --corpus fuzz/corpus";

const SWEEP_HELP: &str = "\
A target's inputs are the files in its folder in the corpus, and in that folder's `regressions`.
Hidden files and README.md are ignored. Reports go to standard output. An input that cannot be swept
gets an error on standard error, and the others are swept.

Examples:
  Sweep all targets on the committed corpus:
    PROGRAM sweep
    PROGRAM sweep --json found.json
  Sweep a fuzzer's crash files:
    PROGRAM sweep TARGET --input fuzz/artifacts/TARGET/*
  Sweep a module with every target that reads modules:
    PROGRAM sweep --wasm module.wasm
  Run only some plans:
    PROGRAM sweep TARGET --input FILE --plan set:3,5 --plan budget:4096/fail-all
  Forbid requests after a failed one:
    PROGRAM sweep TARGET --after forbid --time-limit 2s
  Sweep for half a minute, new sites first:
    PROGRAM sweep --time-budget 30s --allow-partial
  Run the second of three shards:
    PROGRAM sweep --shard 2/3 --json shard-2.json
  Keep a journal; the same command continues after a kill:
    PROGRAM sweep --journal night.journal --resume
  Fail only for new findings:
    PROGRAM sweep --known known.json";

const REPRO_HELP: &str = "\
Exits with 1 if the finding reproduces, and with 0 if it does not. Paths of inputs are those of the
sweep: run this in the same folder.

Examples:
  Run the only finding of a file, or one of several:
    PROGRAM repro found.json
    PROGRAM repro found.json --finding 2
  Run a fuzzer's crash file:
    PROGRAM repro fuzz/artifacts/TARGET/crash-0123abcd --target TARGET
  Run an input under a plan:
    PROGRAM repro --target TARGET --input FILE --plan nth:17/fail-all";

const MINIMIZE_HELP: &str = "\
Removes bytes, operations and faults as long as the file shows the same kind of finding at the same
site. Each try runs in a forked process. The result goes to the regressions of the target's corpus,
which `sweep` sweeps. It contains its own plan, which `repro` reads. No file is overwritten. Exits
with 0, or with 2 if the file shows no finding.

Examples:
  Turn a crash file into a regression:
    PROGRAM minimize fuzz/artifacts/TARGET/crash-0123abcd --target TARGET
  Write a test for it too, which needs FaultAlloc as the global allocator:
    PROGRAM minimize CRASH_FILE --target TARGET --emit-test >> tests/regressions.rs
  Minimize a finding of a sweep:
    PROGRAM minimize FILE --target TARGET --plan nth:17/fail-all --output small.bin";

const MERGE_HELP: &str = "\
The reports of a folder are all files *.json in it and in its subfolders. If a sweep has a marker
`.started` there but no report, that is an error. Exits with the same codes as `sweep`.

Examples:
  PROGRAM merge shard-1.json shard-2.json shard-3.json
  PROGRAM merge reports --json all.json";

const KNOWN_HELP: &str = "\
Examples:
  PROGRAM sweep --json found.json
  PROGRAM known found.json > known.json
  PROGRAM sweep --known known.json";

const DIFF_HELP: &str = "\
Exits with 1 if there are new findings, and with 0 if there are none.

Examples:
  PROGRAM diff main.json branch.json
  PROGRAM diff main.json branch.json --markdown > comment.md
  PROGRAM diff main.json branch.json --html page.html";

const EXPLAIN_HELP: &str = "\
The pages are Markdown. Each has a small program that shows only this kind, and the repaired
program.

Examples:
  PROGRAM explain
  PROGRAM explain PartialUpdate
  PROGRAM explain swallowed-oom leaked";

const COMPLETIONS_HELP: &str = "\
Examples:
  PROGRAM completions bash > ~/.local/share/bash-completion/completions/PROGRAM
  PROGRAM completions zsh > ~/.zfunc/_PROGRAM
  PROGRAM completions fish > ~/.config/fish/completions/PROGRAM.fish";

const MAN_HELP: &str = "\
Examples:
  PROGRAM man | man -l -
  Write a page for each command:
    PROGRAM man --output ~/.local/share/man/man1";
