//! Tests `cargo oom-sweep run`, under libtest and under nextest, and with every kind of bad input.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use oom_sweep::FindingKind;
use oom_sweep::report::{Document, KnownFindings};

use crate::{Place, ROOT, Ran};

const MANIFEST: &str = "\
[dev-dependencies]
oom-sweep = { path = \"ROOT\", features = [\"serde\"] }
";

/// A crate with tests that sweep.
struct Subject(Place);

impl Subject {
    fn new(name: &str) -> Self {
        let place = Place::with_library(name);
        let manifest = place.read("Cargo.toml").replace("[dependencies]\n", "");
        place.write("Cargo.toml", &(manifest + &MANIFEST.replace("ROOT", ROOT)));
        let tests = include_str!("subject/oom.rs").replace("SUBJECT::", &format!("{name}::"));
        place.write("src/lib.rs", include_str!("subject/lib.rs")).write("tests/oom.rs", &tests);
        Self(place)
    }

    /// Runs the sweep with these tests going wrong.
    fn sweep(&self, wrong: &str, words: &[&str]) -> Ran {
        Ran::of(self.command(wrong).args(words))
    }

    fn command(&self, wrong: &str) -> Command {
        let mut command = self.0.command(Path::new(env!("CARGO_BIN_EXE_cargo-oom-sweep")));
        command.arg("oom-sweep").env("SUBJECT", wrong);
        command
    }

    fn artefact(&self, name: &str) -> PathBuf {
        self.0.path("target/oom-sweep").join(name)
    }

    fn document(&self) -> Document {
        Document::read(&self.artefact("report.json")).unwrap()
    }

    fn names(&self) -> Vec<String> {
        self.document().reports.iter().map(|report| report.name().to_owned()).collect()
    }
}

/// The error lines of `oom-sweep` in the output of Cargo.
fn troubles(ran: &Ran) -> Vec<&str> {
    ran.stderr.lines().filter_map(|line| line.strip_prefix("error: ")).collect()
}

#[test]
fn sound_code_is_clean_and_every_artefact_is_there() {
    let subject = Subject::new("run_sound");
    let ran = subject.sweep("", &[]);
    ran.expect_code(0);
    assert!(ran.stdout.starts_with("sweep "), "{}", ran.stdout);
    assert!(ran.stdout.contains("\n1 sweep "), "{}", ran.stdout);
    assert!(ran.stderr.contains("sweep 1 grow: PASS, 2 runs, no findings"), "{}", ran.stderr);
    for name in
        ["report.json", "report.html", "junit.xml", "report.sarif", "known.json", "tests.log"]
    {
        assert!(fs::metadata(subject.artefact(name)).unwrap().len() > 0, "{name}");
        assert!(ran.stdout.contains(name), "{}", ran.stdout);
    }
}

#[test]
fn both_runners_find_the_same_and_name_the_test() {
    let subject = Subject::new("run_runners");
    let mut found = Vec::new();
    for words in [&[][..], &["--nextest"]] {
        let ran = subject.sweep("swallow", words);
        ran.expect_code(1);
        assert!(troubles(&ran).is_empty(), "{}", ran.stderr);
        assert!(ran.stdout.contains("[1] SwallowedOom: "), "{}", ran.stdout);
        let reports = subject.document().reports;
        let report = reports.iter().find(|report| !report.is_clean()).unwrap();
        assert_eq!(report.origin().unwrap().test(), Some("swallow"));
        let findings = report.findings().iter();
        found.push(findings.map(|found| (found.kind(), found.site())).collect::<Vec<_>>());
        let junit = fs::read_to_string(subject.artefact("junit.xml")).unwrap();
        assert!(junit.contains("SwallowedOom"), "{junit}");
    }
    assert_eq!(found[0], found[1]);
    assert_eq!(found[0][0].0, FindingKind::SwallowedOom);
}

#[test]
fn known_findings_are_written_down_and_fail_no_more() {
    let subject = Subject::new("run_known");
    let words = ["--known", "known.json", "--update-known"];
    let ran = subject.sweep("swallow", &words);
    ran.expect_code(0);
    let file = subject.0.path("known.json");
    let known = KnownFindings::read(&file).unwrap();
    assert_eq!(known.as_slice()[0].sweep, "run_known::oom::swallow::swallow");
    subject.sweep("swallow", &words[..2]).expect_code(0);
    // A sweep that did not run keeps its known findings. A complete sweep without them removes
    // them.
    subject.sweep("", &words).expect_code(0);
    assert_eq!(KnownFindings::read(&file).unwrap(), known);

    let ran = subject.sweep("swallow", &["--known", "none.json"]);
    assert!(ran.error().starts_with("cannot read none.json: "), "{ran:?}");
    let other = subject.0.read("known.json").replace("\"schema\": 2", "\"schema\": 9");
    subject.0.write("other.json", &other);
    let ran = subject.sweep("swallow", &["--known", "other.json", "--update-known"]);
    assert!(ran.error().contains("other.json: the file has schema 9"), "{ran:?}");
    assert_eq!(subject.0.read("other.json"), other);
}

#[test]
fn what_is_not_its_own_goes_to_cargo() {
    let subject = Subject::new("run_words");
    let words = ["--strategy", "sample:1", "--test", "oom", "--jobs=1", "grow", "--", "--exact"];
    subject.sweep("swallow", &words).expect_code(0);
    assert_eq!(subject.names(), ["grow"]);
    assert!(subject.document().reports[0].strategy().starts_with("sample:1"));

    subject.sweep("", &["--shard", "1/2", "grow"]).expect_code(0);
    assert_eq!(subject.document().reports[0].shard().map(|shard| shard.count()), Some(2));
}

#[test]
fn formats_are_for_their_readers() {
    let subject = Subject::new("run_formats");
    let ran = subject.sweep("swallow", &["--format", "markdown"]);
    ran.expect_code(1);
    assert!(ran.stdout.starts_with("### oom-sweep: "), "{}", ran.stdout);

    let summary = subject.0.path("summary.md");
    let mut command = subject.command("swallow");
    command.args(["--format", "github"]).env("GITHUB_STEP_SUMMARY", &summary);
    let ran = Ran::of(&mut command);
    ran.expect_code(1);
    assert!(ran.stdout.contains("\n::error file=src/lib.rs,line=15,title="), "{}", ran.stdout);
    assert!(fs::read_to_string(summary).unwrap().contains("SwallowedOom"));
}

/// The lines outside of what the fence encloses.
fn commands(stdout: &str) -> Vec<&str> {
    let lines: Vec<_> = stdout.lines().collect();
    let token = lines[0].strip_prefix("::stop-commands::").expect("the first line is the fence");
    let end = format!("::{token}::");
    let at = lines.iter().position(|line| *line == end).expect("the fence ends");
    lines[at + 1..].to_vec()
}

#[test]
fn hostile_names_and_panics_are_no_commands_and_run_again() {
    let subject = Subject::new("run_hostile");
    let ran = subject.sweep("hostile", &["--format", "github"]);
    ran.expect_code(1);
    let found = commands(&ran.stdout);
    assert_eq!(found.len(), 1, "{}", ran.stdout);
    assert!(found[0].starts_with("::error file="), "{}", ran.stdout);
    assert!(!ran.stderr.lines().any(|line| line.trim_start().starts_with("::")), "{ran:?}");
    let again = subject.sweep("hostile", &["--format", "github"]);
    assert_ne!(again.stdout.lines().next(), ran.stdout.lines().next(), "the fence can be guessed");
    let hidden = |text: &str| text.contains(['\u{202e}', '\u{2028}']);
    assert!(!hidden(&ran.stdout) && !hidden(&ran.stderr), "{ran:?}");
    for name in ["report.html", "junit.xml", "report.sarif"] {
        assert!(!hidden(&fs::read_to_string(subject.artefact(name)).unwrap()), "{name}");
    }
    let markdown = subject.sweep("hostile", &["--format", "markdown"]).stdout;
    assert!(markdown.contains("from a name") && !hidden(&markdown), "{markdown}");

    // The command that is printed runs it again, once.
    let reports = subject.document().reports;
    let replay = reports.iter().find_map(|report| report.findings().first()).unwrap().replay();
    assert!(!replay.contains('\n') && ran.stdout.contains(replay), "{replay}");
    let mut shell = subject.0.command(Path::new("sh"));
    let shown = Ran::of(shell.args(["-c", replay]).env("SUBJECT", "hostile"));
    shown.expect_code(101);
    assert_eq!(shown.stderr.matches("[1] Panicked: ").count(), 1, "{}", shown.stderr);
    let ran = subject.sweep("hostile", &["repro", "1"]);
    ran.expect_code(1);
    assert!(ran.stdout.contains("\nreproduces: finding 1, Panicked in it's ::warning"), "{ran:?}");
    assert_eq!(ran.stderr.matches("[1] Panicked: ").count(), 1, "{}", ran.stderr);
}

#[test]
fn the_command_that_runs_it_again_keeps_the_options_of_the_build() {
    let subject = Subject::new("run_again");
    let manifest = subject.0.read("Cargo.toml") + "\n[features]\nbroken = []\n";
    subject.0.write("Cargo.toml", &manifest);
    let library = subject.0.read("src/lib.rs").replace(
        "let _ = bytes.try_reserve(100);",
        "if cfg!(feature = \"broken\") {\n        let _ = bytes.try_reserve(100);\n    }",
    );
    subject.0.write("src/lib.rs", &library);
    let words = ["--features", "broken", "--test=oom", "--color", "never", "swallow"];
    let ran = subject.sweep("swallow", &words);
    ran.expect_code(1);
    let again = "run again: cargo oom-sweep repro 1 --features broken --test=oom";
    assert!(ran.stdout.lines().any(|line| line == again), "{}", ran.stdout);
    let words: Vec<_> = again.split(' ').skip(4).collect();
    subject.sweep("swallow", &words).expect_code(1);
    subject.sweep("swallow", &["repro", "1"]).expect_code(0);
}

#[test]
fn a_process_that_is_killed_leaves_the_rest_judged() {
    let subject = Subject::new("run_killed");
    for words in [&["--", "--test-threads=1"][..], &["--nextest"]] {
        let ran = subject.sweep("killed", words);
        ran.expect_code(3);
        let [line] = troubles(&ran)[..] else { panic!("{}", ran.stderr) };
        assert!(line.contains("the process died (") && line.contains("SIGKILL"), "{line}");
        assert!(line.contains("): killed; "), "{line}");
        assert_eq!(subject.names(), ["grow", "killed"]);
        assert_eq!(
            subject.document().reports[1].error().map(|error| &error[..21]),
            Some("the sweep did not end")
        );
    }
    subject.sweep("killed,swallow", &["--nextest"]).expect_code(1);
    assert_eq!(subject.names(), ["grow", "swallow", "killed"]);
    let ran = subject.sweep("killed,swallow,plain", &["--nextest"]);
    ran.expect_code(2);
    assert!(troubles(&ran)[0].starts_with("plain failed, but not because of a finding"), "{ran:?}");
}

#[test]
fn tests_that_fail_without_a_sweep_are_named() {
    let subject = Subject::new("run_plain");
    for words in [
        &[][..],
        &["--no-fail-fast", "--", "--test-threads=1"],
        &["--nextest"],
        &["--nextest", "--max-fail", "9"],
    ] {
        let ran = subject.sweep("plain,swallow", words);
        ran.expect_code(2);
        let [line] = troubles(&ran)[..] else { panic!("{}", ran.stderr) };
        assert!(
            line.starts_with("plain failed, but not because of a finding; its output is in "),
            "{line}"
        );
        assert!(ran.stdout.contains("SwallowedOom"), "{}", ran.stdout);
    }
}

#[test]
fn what_cannot_be_swept_is_a_line() {
    let subject = Subject::new("run_nothing");
    subject.sweep("", &[]).expect_code(0);
    let last = subject.document();
    for (words, part) in [
        (&["no_such_test"][..], "no test's name contains no_such_test, and it is no command of "),
        (&["--nextest", "no_such_test"], "no test's name contains no_such_test, and it is no "),
        (&["list"], "no test's name contains list, and it is no command of cargo oom-sweep"),
        (&["mrege"], "no test's name contains mrege: did you mean `cargo oom-sweep merge`?"),
        (&["plain"], "no sweep ran in these tests: write a first one with `cargo oom-sweep init`"),
    ] {
        let ran = subject.sweep("", words);
        ran.expect_code(2);
        let [line] = troubles(&ran)[..] else { panic!("{}", ran.stderr) };
        assert!(line.starts_with(part), "{line}");
        assert_eq!(subject.document(), last, "the last report stays");
    }
    let ran = subject.sweep("", &["mrege", "a", "b"]);
    assert_eq!(
        ran.error(),
        "there is no command mrege: did you mean merge?; --help shows examples"
    );
    let ran = subject.sweep("", &["--knwon", "known.json"]);
    assert!(
        ran.error().starts_with("there is no option --knwon: did you mean --known?"),
        "{ran:?}"
    );
    let ran = subject.sweep("", &["--no-such-option"]);
    ran.expect_code(2);
    let line = "`cargo test` refuses these words: see the error above; nothing was swept";
    assert_eq!(troubles(&ran).last(), Some(&line), "{}", ran.stderr);

    subject.0.write("src/lib.rs", "pub fn grow( {}");
    let ran = subject.sweep("", &[]);
    ran.expect_code(2);
    let line = "the tests do not build: see the errors above; nothing was swept";
    assert_eq!(troubles(&ran).last(), Some(&line), "{}", ran.stderr);
    assert!(ran.stdout.is_empty());

    let nowhere = Place::new();
    let ran = nowhere.oom_sweep(&[]);
    assert!(ran.error().starts_with("could not find `Cargo.toml`"), "{ran:?}");
}

#[test]
fn a_decoder_that_can_fail_is_an_error_that_names_what_takes_it() {
    let subject = Subject::new("run_decoder");
    let test = "struct Steps;\n\
                fn decode(_: &[u8]) -> Result<Steps, String> { Ok(Steps) }\n\
                fn main() { let _ = oom_sweep::Sweep::new(\"x\").run_steps(&decode(b\"\")); }\n";
    subject.0.write("tests/oom.rs", test);
    let ran = subject.0.cargo(&["test", "--no-run", "--test", "oom"]);
    ran.expect_code(101);
    assert!(ran.stderr.contains("`Result<Steps, String>` is not a sequence of steps"), "{ran:?}");
    assert!(ran.stderr.contains("Target::try_steps"), "{ran:?}");
}

#[test]
fn what_is_judged_is_shown_though_it_cannot_be_written() {
    let subject = Subject::new("run_folder");
    let mut command = subject.command("swallow");
    command.args(["--format", "github"]).env("GITHUB_STEP_SUMMARY", subject.0.path("src"));
    let ran = Ran::of(&mut command);
    ran.expect_code(2);
    let [line] = troubles(&ran)[..] else { panic!("{}", ran.stderr) };
    assert!(line.starts_with("cannot write ") && line.contains("src: "), "{line}");
    assert!(ran.stdout.contains("[1] SwallowedOom: "), "{}", ran.stdout);
    assert_eq!(subject.names(), ["grow", "swallow"]);

    let ran = subject.sweep("swallow", &["--known", "none/known.json", "--update-known"]);
    assert!(ran.error().ends_with("none/known.json: its folder does not exist"), "{ran:?}");
}

#[test]
fn a_dependency_without_its_feature_is_told() {
    let subject = Subject::new("run_feature");
    let manifest = subject.0.read("Cargo.toml").replace(", features = [\"serde\"]", "");
    subject.0.write("Cargo.toml", &manifest);
    let ran = subject.sweep("", &[]);
    ran.expect_code(2);
    let [line] = troubles(&ran)[..] else { panic!("{}", ran.stderr) };
    assert!(line.starts_with("no sweep could write its report: "), "{line}");
    assert!(line.contains("`serde`"), "{line}");
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let subject = Subject::new("run_unwritable");
    subject.0.write("file", "");
    let target = subject.0.path("file/target");
    let ran = Ran::of(subject.command("").env("CARGO_TARGET_DIR", target));
    assert!(ran.error().starts_with("cannot write to "), "{ran:?}");
    assert!(ran.error().contains("file/target/oom-sweep"), "{ran:?}");
}

#[test]
fn without_debug_info_the_report_says_how_to_get_lines() {
    let subject = Subject::new("run_stripped");
    let profile = "\n[profile.dev.package.run_stripped]\ndebug = false\n";
    subject.0.write("Cargo.toml", &(subject.0.read("Cargo.toml") + profile));
    let ran = subject.sweep("swallow", &["swallow"]);
    ran.expect_code(1);
    assert!(ran.stdout.contains("set debug = \"limited\" and strip = false"), "{}", ran.stdout);
    assert!(ran.stdout.contains("run_stripped::swallow"), "{}", ran.stdout);
}

/// The output without the parts that differ between runs: times, the hash of the binary, the width
/// of columns, and the token of the fence.
fn lasting(printed: &str) -> String {
    let is_time = |word: &str| word.starts_with(|c: char| c.is_ascii_digit() || c == '*');
    let is_unit = |word: &str| matches!(word.trim_matches('*'), "ms" | "s");
    let line = |line: &str| {
        let words: Vec<_> = line.split_whitespace().collect();
        let mut lasting = Vec::new();
        for (index, &word) in words.iter().enumerate() {
            let next = words.get(index + 1);
            match word {
                _ if is_time(word) && next.is_some_and(|&unit| is_unit(unit)) => {}
                _ if is_unit(word) => lasting.push("TIME".to_owned()),
                _ => lasting.push(match word.split_once("/deps/oom-") {
                    Some((folder, _)) if folder.starts_with('/') => "BINARY".to_owned(),
                    _ => word.to_owned(),
                }),
            }
        }
        lasting.join(" ") + "\n"
    };
    printed.lines().map(line).map(|line| without_token(&line)).collect()
}

/// The fence has another token in each run.
fn without_token(line: &str) -> String {
    let is_token = |c: char| c.is_ascii_hexdigit();
    match line.split_once("oom-sweep-") {
        Some((start, token)) if line.starts_with("::") && !line.starts_with("::error") => {
            format!("{start}oom-sweep-TOKEN{}", token.trim_start_matches(is_token))
        }
        _ => line.to_owned(),
    }
}

#[test]
fn the_outputs_read_well() {
    let subject = Subject::new("run_output");
    let ran = subject.sweep("swallow", &[]);
    insta::assert_snapshot!("text", lasting(&ran.stdout));
    insta::assert_snapshot!(
        "markdown",
        lasting(&subject.sweep("swallow", &["--format=markdown"]).stdout)
    );
    insta::assert_snapshot!(
        "github",
        lasting(&subject.sweep("swallow", &["--format=github"]).stdout)
    );
    let ran = Ran::of(subject.command("swallow").args(["repro", "1"]));
    let last = ran.stdout.lines().last().unwrap_or_default();
    insta::assert_snapshot!("repro", last);
}
