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
        .mut_subcommand("types", |command| command.after_help(with(TYPES_HELP)))
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
  What can be swept:
    PROGRAM list
  Everything, on the committed corpus:
    PROGRAM sweep
  One target, with a record of what is found, and then a finding of it again:
    PROGRAM sweep TARGET --json found.json
    PROGRAM repro found.json --finding 1
  What that kind of finding means:
    PROGRAM explain partial-update

Exit codes:
  0  nothing was found
  1  there are new findings; a finding was reproduced
  2  bad usage, bad input, or the harness could not work
  3  nothing was found, but not every plan ran
  Where several apply, the worst counts: 2 before 1 before 3.";

const LIST_HELP: &str = "\
Examples:
  PROGRAM list
  PROGRAM list --corpus fuzz/corpus";

const SWEEP_HELP: &str = "\
A target's inputs are the files in the folder of its name in the corpus, and those in that folder's
`regressions`, but for hidden ones and README.md. Reports go to standard output. What cannot be
swept is said on standard error, and the rest is swept.

Examples:
  Everything, on the committed corpus:
    PROGRAM sweep
    PROGRAM sweep --json found.json
  What a fuzzer has left behind:
    PROGRAM sweep TARGET --input fuzz/artifacts/TARGET/*
  A module, by every target that reads modules:
    PROGRAM sweep --wasm module.wasm
  Some plans alone:
    PROGRAM sweep TARGET --input FILE --plan set:3,5 --plan budget:4096/fail-all
  No request after a failed one:
    PROGRAM sweep TARGET --after forbid --time-limit 2s
  What half a minute allows, new call stacks first:
    PROGRAM sweep --time-budget 30s --allow-partial
  The second of three machines' share:
    PROGRAM sweep --shard 2/3 --json shard-2.json
  Through the night, whatever happens; the same words go on after a kill:
    PROGRAM sweep --journal night.journal --resume
  Nothing but what is new:
    PROGRAM sweep --known known.json";

const REPRO_HELP: &str = "\
Exits with 1 if it reproduces, and with 0 if it does not. Inputs are found by the paths that the
sweep was given: run it in the same folder.

Examples:
  The only finding of a file, or one of several:
    PROGRAM repro found.json
    PROGRAM repro found.json --finding 2
  What a fuzzer has left behind:
    PROGRAM repro fuzz/artifacts/TARGET/crash-0123abcd --target TARGET
  One that is not recorded:
    PROGRAM repro --target TARGET --input FILE --plan nth:17/fail-all";

const MINIMIZE_HELP: &str = "\
Keeps what is wrong, at the same call stack, while bytes, operations and faults become fewer, each
try in a forked process. The result goes to the regressions of the target's corpus, which `sweep`
sweeps, and spells its own plan out, which `repro` reads. No file is overwritten. Exits with 0, or
with 2 if there is nothing wrong with the file.

Examples:
  From a crash to a regression in one command:
    PROGRAM minimize fuzz/artifacts/TARGET/crash-0123abcd --target TARGET
  With a test for it, which wants FaultAlloc to be the global allocator:
    PROGRAM minimize CRASH_FILE --target TARGET --emit-test >> tests/regressions.rs
  A finding of a sweep:
    PROGRAM minimize FILE --target TARGET --plan nth:17/fail-all --output small.bin";

const MERGE_HELP: &str = "\
A folder's reports are all its files *.json, and those of the folders in it. A sweep that
OOM_SWEEP_REPORT_DIR says was started, without a report, is missing. Exits as `sweep` does.

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

const TYPES_HELP: &str = "\
The list has each recursion group once, with how many of the modules' groups are that one: its
uses. A type is called as the registry calls it; `rec.0` is the first type of its own group. `-` are
types that no module defines: functions whose references differ are called through them. Of a
struct, an array or an exception the bytes and the fields' offsets are those of the registry's own
layout. Tables are counted without what their entries point to.

Examples:
  PROGRAM types module.wasm
  What three modules have in common:
    PROGRAM types one.wasm two.wasm three.wasm
  For a program:
    PROGRAM types module.wasm --json";

const EXPLAIN_HELP: &str = "\
Pages are Markdown. Each has a small program that shows the kind and no other, and the same
repaired.

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
  A page for each command as well:
    PROGRAM man --output ~/.local/share/man/man1";
