//! Tests the command line from outside: real programs, their output, their exit codes.
//!
//! Besides this crate's own program it runs `examples/own_targets.rs`, which has a planted finding,
//! and `tests/cli/fixtures.rs`, whose targets cannot be swept. `tests/cli/records.rs` tests the
//! commands on reports.

#![cfg(all(feature = "cli", feature = "subjects", unix))]

#[path = "cli/emitted.rs"]
mod emitted;
#[path = "cli/explain.rs"]
mod explain;
#[path = "cli/minimize.rs"]
mod minimize;
#[path = "cli/outcomes.rs"]
mod outcomes;
#[path = "cli/planted.rs"]
mod planted;
#[path = "cli/program.rs"]
mod program;
mod random;
#[path = "cli/records.rs"]
mod records;
#[path = "cli/resume.rs"]
mod resume;
#[path = "cli/shards.rs"]
mod shards;
#[expect(dead_code, reason = "only the tests of twins use it")]
#[path = "planted/subjects/mod.rs"]
mod subjects;
#[path = "cli/types.rs"]
mod types;

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::ptr;

use minimize::TARGETS;
use oom_sweep::{FaultAlloc, FindingKind, Outcome};
use program::{Folder, Ran, fixtures, oom_sweep, own_targets};

/// Needed by the test in `cli/emitted.rs`, which the command line prints.
#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

const LINES: &str = "one\ntwo two\nthree three three\n";

#[test]
fn help_has_examples_for_each_command() {
    let folder = Folder::new();
    for command in [
        "",
        "list",
        "sweep",
        "repro",
        "minimize",
        "merge",
        "known",
        "diff",
        "explain",
        "completions",
        "man",
    ] {
        let words = &format!("{command} --help");
        let help = folder.run(&own_targets(), words).assert_code(0).stdout;
        let (_, examples) = help.split_once("Examples:\n").expect("there are examples");
        assert!(examples.contains("  own_targets ") && !examples.contains("PROGRAM"), "{help}");
    }
    let version = folder.run(&oom_sweep(), "--version").assert_code(0).stdout;
    assert!(version.contains(env!("CARGO_PKG_VERSION")));
    let help = folder.run(&oom_sweep(), "");
    assert_eq!((help.code, help.stderr.contains("Usage:")), (Some(2), true));
}

#[test]
fn the_list_has_targets_and_their_inputs() {
    let folder = Folder::new();
    folder.write("corpus/journal/a", LINES).write("corpus/journal/regressions/b", LINES);
    let list = folder.run(&own_targets(), "list").assert_code(0).stdout;
    let lines: Vec<_> = list.lines().collect();
    assert_eq!(
        lines,
        [
            "journal          2 inputs  appending to a journal",
            "hasty_journal   no inputs  the same, but it counts before it reserves memory",
        ]
    );
    let list = folder.run(&oom_sweep(), "list").assert_code(0).stdout;
    let lines: Vec<_> = list.lines().collect();
    assert_eq!(lines.len(), oom_sweep::targets::TABLE.len());
    assert!(lines[0].starts_with("secondary_map ") && lines[0].contains(" no inputs  "), "{list}");
    assert!(lines[0].ends_with("(--wasm)") && !lines[1].ends_with("(--wasm)"), "{list}");
}

#[test]
fn a_sweep_of_the_corpus_reports_each_input() {
    let folder = Folder::new();
    folder.copy("gaps-u32.bin", "corpus/secondary_map/gaps.bin");
    folder.copy("source-map.wasm", "corpus/secondary_map/source-map.wasm");
    folder.copy("remove-u32.bin", "corpus/secondary_map/regressions/crash-1");
    folder.write("corpus/secondary_map/README.md", "not an input");
    folder.write("corpus/secondary_map/.gitkeep", "");
    let ran = folder.run(&oom_sweep(), "sweep secondary_map --json all.json").assert_code(0);

    let reports = folder.document("all.json").reports;
    let names: Vec<_> = reports.iter().map(|report| report.name()).collect();
    let expected = ["gaps.bin", "source-map.wasm", "regressions/crash-1"];
    assert_eq!(names, expected.map(|name| format!("secondary_map/{name}")));
    assert!(reports.iter().all(|report| report.outcome() == Outcome::Pass && report.runs() > 0));
    // Each result is printed when it arrives, and again in the table.
    for name in names {
        assert_eq!(ran.stdout.matches(name).count(), 2, "{}", ran.stdout);
    }
    assert!(ran.stdout.contains("\n3 sweeps "), "{}", ran.stdout);
    assert_eq!(ran.stderr.lines().last(), Some("sweep 3/3 secondary_map/regressions/crash-1"));
}

#[test]
fn inputs_plans_and_conditions_can_be_named() {
    let folder = Folder::new();
    folder.copy("source-map.wasm", "module").write("lines.txt", LINES);
    let words = "sweep secondary_map --wasm module --json m.json --after forbid --time-limit 90s";
    folder.run(&oom_sweep(), words).assert_code(0);
    let [report] = &folder.document("m.json").reports[..] else { panic!("one report") };
    assert_eq!((report.name(), report.plans()), ("secondary_map/module", report.requests()));

    let words = "sweep hasty_journal --input lines.txt --json l.json --isolation in-process \
                 --plan nth:0 --plan none";
    let ran = folder.run(&own_targets(), words).assert_code(1);
    assert!(!ran.stdout.contains("1 sweep "), "a table for a single sweep: {}", ran.stdout);
    let [report] = &folder.document("l.json").reports[..] else { panic!("one report") };
    assert_eq!((report.runs(), report.executor()), (2, "in-process"));
    let finding = &report.findings()[0];
    assert!(finding.replay().ends_with(" --isolation in-process --plan nth:0/succeed"));
}

/// Replaying from the record and with the printed command both show the same kind.
#[test]
fn a_planted_finding_is_found_and_replayed() {
    let folder = Folder::new();
    folder.write("it's here.txt", LINES);
    let sweep = |target: &str| {
        let mut command = folder.command(&own_targets(), "sweep --json found.json");
        Ran::of(command.args([target, "--input", "it's here.txt"]).output())
    };
    sweep("journal").assert_code(0);
    let ran = sweep("hasty_journal").assert_code(1);
    let [report] = &folder.document("found.json").reports[..] else { panic!("one report") };
    assert_eq!(report.findings()[0].kind(), FindingKind::PartialUpdate);

    for (index, finding) in report.findings().iter().enumerate() {
        let words = format!("repro found.json --finding {}", index + 1);
        let replayed = folder.run(&own_targets(), &words).assert_code(1).stdout;
        let last = replayed.lines().last().unwrap();
        assert!(last.starts_with("reproduces: "), "{replayed}");
        assert!(last.contains(&finding.kind().to_string()), "{replayed}");
        let step = finding.step().expect("it is a request of a step");
        let line =
            format!(">    {step}  append {:?}  <- request ", LINES.lines().nth(step).unwrap());
        assert!(replayed.contains(&line) && replayed.contains("append_hastily"), "{replayed}");

        assert!(ran.stdout.contains(finding.replay()), "{}", ran.stdout);
        let mut shell = folder.command("sh".as_ref(), "-c");
        let shown = Ran::of(shell.arg(finding.replay()).output()).assert_code(1).stdout;
        assert!(shown.contains(&format!("] {}: ", finding.kind())), "{shown}");
    }

    let repaired = folder.read("found.json").replace("--target hasty_journal", "--target journal");
    folder.write("repaired.json", repaired);
    let ran = folder.run(&own_targets(), "repro repaired.json --finding 1").assert_code(0);
    assert!(ran.stdout.contains("does not reproduce"), "{}", ran.stdout);
}

#[test]
fn what_is_allowed_passes_and_is_replayed_all_the_same() {
    let folder = Folder::new();
    folder.write("input", "x");
    folder.run(&fixtures(), "sweep allowed --input input --json a.json").assert_code(0);
    let ran = folder.run(&fixtures(), "repro a.json").assert_code(1);
    assert!(ran.stdout.ends_with("reproduces: SwallowedOom\n"), "{}", ran.stdout);
}

/// Each case: the program, its arguments, and what the error line must contain. They run in a
/// folder with the files that are made below.
#[test]
fn bad_input_is_one_line_and_code_2() {
    let folder = Folder::new();
    folder.copy("source-map.wasm", "whole.wasm").write("lines.txt", LINES);
    let module = fs::read(folder.path().join("whole.wasm")).unwrap();
    folder.write("cut.wasm", &module[..module.len() - 7]).write("text.wasm", "(module)");
    folder.write("empty.bin", "").write("old.bin", [0x30, 1, 2]).write("corpus/x/y", "");
    folder
        .run(&own_targets(), "sweep hasty_journal --input lines.txt --json found.json")
        .assert_code(1);
    let found = folder.read("found.json");
    let report = &folder.document("found.json").reports[0];
    let (replay, plan) = (report.findings()[0].replay(), report.findings()[0].plan().to_string());
    folder.write("schema.json", found.replace("\"schema\": 2", "\"schema\": 99"));
    folder.write("cut.json", &found[..found.len() / 2]).write("other.json", "{\"a\": 1}");
    folder.write("plan.json", found.replacen(&format!("\"{plan}\""), "\"nth:x\"", 1));
    folder.write("test.json", found.replace(replay, "OOM_SWEEP_REPLAY=a=none/succeed deps/x"));
    folder.write("gone.json", found.replace("--input lines.txt", "--input gone.txt"));
    let ours: &[(&str, &[&str])] = &[
        ("sweep secondary_map --wasm cut.wasm", &["cut.wasm: ", "at offset 0x"]),
        (
            "sweep secondary_map --wasm lines.txt",
            &["lines.txt: ", "not a WebAssembly module", "\"one\\n\""],
        ),
        ("sweep secondary_map --input text.wasm", &["text.wasm: ", "not a WebAssembly module"]),
        ("sweep secondary_map --input empty.bin", &["empty.bin: ", "the file is empty"]),
        ("sweep secondary_map --input corpus", &["corpus: ", "it is a folder"]),
        ("sweep secondary_map --input missing.bin", &["missing.bin: ", "cannot be read"]),
        ("sweep secondary_map --input lines.txt/x", &["lines.txt/x: ", "cannot be read"]),
        ("sweep secondary_map --input old.bin", &["old.bin: ", "version"]),
        ("sweep secondary_map", &["corpus/secondary_map", "is missing", "--input"]),
        ("sweep secondary-map", &["\"secondary-map\"", "did you mean secondary_map?"]),
        ("sweep --plan nth:x", &["\"nth:x\"", "at position 4", "a plan is"]),
        ("sweep --plan nht:1", &["\"nht:1\"", "at position 0", "a plan is"]),
        ("sweep secondary_map --input whole.wasm --json no/f.json", &["no/f.json", "cannot write"]),
        ("sweep secondary_map --input whole.wasm --json corpus", &["corpus", "cannot write"]),
        ("repro missing.json", &["missing.json", "cannot read"]),
        ("repro corpus", &["corpus", "cannot read"]),
        ("repro cut.json", &["cut.json:", ": EOF while parsing"]),
        ("repro plan.json", &["plan.json:", "plans[0]", "at position 4"]),
        ("repro other.json", &["other.json", "no schema"]),
        ("repro schema.json", &["schema.json", "schema 99", "sweep again"]),
        ("repro found.json --finding 9", &["found.json", "no finding 9"]),
        (
            "repro found.json --finding 1",
            &["no target is called \"hasty_journal\"", "secondary_map"],
        ),
        ("repro test.json --finding 1", &["test.json", "run its command: OOM_SWEEP_REPLAY="]),
        ("repro --target secondary_map --input whole.wasm", &["--plan <PLAN>"]),
    ];
    for (words, parts) in ours {
        let ran = folder.run(&oom_sweep(), words).assert_trouble(parts);
        assert_eq!(ran.stdout, "", "{words}");
    }
    let theirs: &[(&str, &[&str])] = &[
        (
            "sweep panicking_setup --input lines.txt",
            &["lines.txt: ", "set-up panicked", "is broken"],
        ),
        ("sweep picky --input lines.txt", &["lines.txt: ", "byte 0: expected k and nothing else"]),
        ("sweep sound --wasm whole.wasm", &["--wasm: sound reads no modules"]),
        ("sweep --wasm whole.wasm", &["--wasm: none of this program's targets"]),
        ("sweep --input lines.txt", &["--input needs a TARGET", "sound, panicking_setup"]),
        ("repro --target picky --input lines.txt --plan none", &["lines.txt: ", "byte 0"]),
    ];
    for (words, parts) in theirs {
        folder.run(&fixtures(), words).assert_trouble(parts);
    }
    folder
        .run(&own_targets(), "repro gone.json --finding 1")
        .assert_trouble(&["gone.txt: ", "cannot be read"]);
    let ran = folder.run(&fixtures(), "sweep panicking_decode --input lines.txt");
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("error: lines.txt: panicking_decode panicked"), "{ran:#?}");
}

/// Valid inputs are swept and recorded even if other inputs are bad. Exit code 2 wins over 1.
#[test]
fn bad_input_stops_nothing_else() {
    let folder = Folder::new();
    folder.write("corpus/hasty_journal/1-empty", "").write("corpus/hasty_journal/2-lines", LINES);
    folder.write("corpus/journal/lines", LINES);
    let ran = folder.run(&own_targets(), "sweep jornal hasty_journal journal --json all.json");
    assert_eq!((ran.code, ran.troubles().len()), (Some(2), 2), "{ran:#?}");
    let reports = folder.document("all.json").reports;
    let outcomes: Vec<_> = reports.iter().map(|report| (report.name(), report.outcome())).collect();
    assert_eq!(
        outcomes,
        [
            ("jornal", Outcome::Error),
            ("hasty_journal/1-empty", Outcome::Error),
            ("hasty_journal/2-lines", Outcome::Fail),
            ("journal/lines", Outcome::Pass),
        ]
    );
    assert!(reports[1].error().is_some_and(|error| error.contains("corpus/hasty_journal/1-empty")));
}

/// Reading the second input blocks, so the program is killed while it works.
#[test]
fn killing_a_sweep_loses_nothing_that_was_judged() {
    let folder = Folder::new();
    folder.write("lines.txt", LINES);
    let made = Command::new("mkfifo").arg(folder.path().join("fifo")).status();
    assert!(made.unwrap().success());
    let words = "sweep hasty_journal --input lines.txt fifo --json out.json";
    let mut child = folder
        .command(&own_targets(), words)
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let second = lines.into_iter().find(|line| line.starts_with("sweep 2/2 "));
    assert_eq!(second.as_deref(), Some("sweep 2/2 hasty_journal/fifo"));
    child.kill().unwrap();
    child.wait().unwrap();

    let reports = folder.document("out.json").reports;
    assert_eq!((reports.len(), reports[0].outcome()), (1, Outcome::Fail));
    assert!(reports[0].is_complete());
    folder.run(&own_targets(), "repro out.json --finding 1").assert_code(1);
}

#[test]
fn a_reader_that_goes_away_does_not_end_the_sweep() {
    let folder = Folder::new();
    folder.write("a", LINES).write("b", LINES);
    let mut command = folder.command(&own_targets(), "sweep journal --input a b --json out.json");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(folder.document("out.json").reports.len(), 2);
}

#[test]
fn a_terminal_shows_a_progress_bar_and_removes_it() {
    use std::fs::File;
    use std::io::Read;
    use std::os::fd::FromRawFd;

    let folder = Folder::new();
    folder.write("lines.txt", LINES);
    let (mut ours, mut theirs) = (-1, -1);
    let (name, settings, size) = (ptr::null_mut(), ptr::null(), ptr::null());
    // SAFETY: both descriptors are writable, and the other arguments may be null.
    let opened = unsafe { libc::openpty(&mut ours, &mut theirs, name, settings, size) };
    assert_eq!(opened, 0, "a terminal");
    // SAFETY: they were just opened and have no other owner.
    let (mut ours, theirs) = unsafe { (File::from_raw_fd(ours), File::from_raw_fd(theirs)) };
    let words = "sweep hasty_journal --input lines.txt";
    let mut command = folder.command(&own_targets(), words);
    command.env("TERM", "xterm").stdout(Stdio::null()).stderr(theirs);
    let mut child = command.spawn().unwrap();
    drop(command); // closes our copy of the other end
    let mut shown = Vec::new();
    let _ = ours.read_to_end(&mut shown); // reading a terminal without a writer ends with an error
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let shown = String::from_utf8_lossy(&shown);
    assert!(
        shown.contains("1/1 hasty_journal/lines.txt [") && shown.contains(" runs, "),
        "{shown:?}"
    );
    let (_, rest) = shown.rsplit_once("\u{1b}[2K").expect("it was cleared");
    assert!(!rest.contains("hasty"), "{shown:?}");
}

/// If no process can be created, each sweep reports it, and the other sweeps are still tried.
#[cfg(target_os = "linux")]
#[test]
fn a_system_without_fork_is_said_for_each_input() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;

    let folder = Folder::new();
    folder.write("a", LINES).write("b", LINES);
    let program = folder.path().join("program");
    fs::copy(own_targets(), &program).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = folder.command(&program, "sweep journal --input a b");
    // SAFETY: the closure only makes system calls.
    unsafe {
        if libc::geteuid() == 0 {
            command.uid(65534); // the limit does not bind root
        }
        command.pre_exec(|| {
            let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
            libc::setrlimit(libc::RLIMIT_NPROC, &none);
            Ok(())
        });
    }
    let Ok(output) = command.output() else {
        eprintln!("skipped: this system lets nobody take another user's place");
        return;
    };
    let ran = Ran::of(Ok(output));
    assert_eq!(ran.code, Some(2), "{ran:#?}");
    let troubles = ran.troubles();
    assert_eq!(troubles.len(), 2, "{ran:#?}");
    for (line, file) in troubles.into_iter().zip(["a", "b"]) {
        assert!(line.starts_with(&format!("error: {file}: cannot fork")), "{line}");
    }
}
