//! Splits a sweep into shards and joins them. The joined report must equal that of the whole sweep.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::program::{Folder, Ran, fixtures, oom_sweep, own_targets};
use super::resume::{assert_same, timeless};

const INPUTS: [(&str, &str); 3] = [
    ("1-a", "keep one\nhasty two\nidle\nswallow three\nkeep a longer one\ntolerate it\nkeep x\n"),
    ("2-b", "keep aa\nleak bb\npanic cc\nfirst dd\nhasty ff\nswallow gg\n"),
    ("3-c", "log 1\nlog 2\nlog 3\nlog 4\nkeep 5\n"),
];

/// A folder with inputs, the report of the whole sweep, and its known findings.
fn stage() -> Folder {
    let folder = Folder::new();
    for (name, text) in INPUTS {
        folder.write(&format!("corpus/script/{name}"), text);
    }
    folder.run(&fixtures(), "sweep script --json first.json").assert_code(1);
    let known = folder.run(&fixtures(), "known first.json").assert_code(0).stdout;
    // One finding is new, and one known finding no longer occurs.
    let known = known.replacen("\"kind\": \"Leaked\"", "\"kind\": \"Hung\"", 1);
    folder.write("known.json", known);
    folder
}

fn shards(folder: &Folder, count: usize, more: &str) -> Vec<String> {
    let shard = |index: usize| {
        let name = format!("{index}-of-{count}.json");
        let words = format!("sweep script {more} --shard {index}/{count} --json {name}");
        let ran = folder.run(&fixtures(), &words);
        assert!(matches!(ran.code, Some(0 | 1)) && ran.troubles().is_empty(), "{ran:#?}");
        name
    };
    (1..=count).map(shard).collect()
}

#[test]
fn joined_shards_equal_the_sweep_in_one_piece() {
    let folder = stage();
    let wishes: [(&str, &[usize]); 5] = [
        ("--isolation worker --known known.json", &[1, 2, 3, 7]),
        ("--isolation snapshot", &[7]),
        ("--isolation worker --strategy pairs", &[3]),
        ("--isolation worker --after forbid --requests 1..4", &[2]),
        ("--isolation worker --plan nth:3 --plan nth:1/fail-all --plan size:1 --plan none", &[2]),
    ];
    for (more, counts) in wishes {
        let ran = folder.run(&fixtures(), &format!("sweep script {more} --json whole.json"));
        let (whole, code) = (timeless(&folder.read("whole.json")), ran.code.unwrap());
        for &count in counts {
            let parts = shards(&folder, count, more).join(" ");
            let words = format!("merge {parts} --json all.json");
            let merged = folder.run(&oom_sweep(), &words).assert_code(code).stdout;
            let what = format!("{more}, {count} shards");
            assert_same(&timeless(&folder.read("all.json")), &whole, &what);
            assert_same(&headless(&merged), &headless(&ran.stdout), &what);
        }
    }
}

/// The output without the lines about times. Repeated spaces are collapsed, because times change
/// the width of columns.
fn headless(text: &str) -> String {
    let is_timed = |line: &&str| [" ms", " s", " tolerated"].iter().any(|end| line.ends_with(end));
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    text.lines().filter(|line| !is_timed(line)).map(|line| words(line) + "\n").collect()
}

#[test]
fn a_missing_doubled_or_foreign_shard_is_refused_and_nothing_is_written() {
    let folder = stage();
    let [one, two, three] = &shards(&folder, 3, "")[..] else { panic!("three") };
    let halves = shards(&folder, 2, "");
    // Another input in the same place counts as other code.
    fs::rename(folder.path().join("corpus"), folder.path().join("old")).unwrap();
    for (name, text) in INPUTS {
        folder.write(&format!("corpus/script/{name}"), text.replacen("keep", "hasty", 1) + "keep");
    }
    folder.run(&fixtures(), "sweep script --shard 3/3 --json foreign.json").assert_code(1);
    folder.run(&fixtures(), "sweep script --shard 3/3 --after forbid --json other.json");
    folder.write("all.json", "what was there");
    let mut refusals = vec![
        (format!("{one} {three}"), vec!["shard 2/3 is missing"]),
        (three.clone(), vec!["shards 1/3, 2/3 are missing"]),
        (format!("{one} {two} {two} {three}"), vec!["both have shard 2/3"]),
        (format!("{one} {two} {three} {one}"), vec!["both have shard 1/3"]),
        (format!("{one} {two} {}", halves[1]), vec!["the numbers of shards differ"]),
        (format!("{one} {two} {three} first.json"), vec!["first.json", "the whole sweep"]),
    ];
    let both = ["shard 1/3 (1-of-3.json)", "shard 3/3 (foreign.json)", "fault-free runs"];
    refusals.push((format!("{one} {two} foreign.json"), both.to_vec()));
    refusals.push((format!("{one} {two} other.json"), vec!["shard 3/3 (other.json)", "different"]));
    for (words, parts) in refusals {
        let words = format!("merge {words} --json all.json");
        let ran = folder.run(&oom_sweep(), &words).assert_trouble(&parts);
        assert_eq!((ran.stdout.as_str(), folder.read("all.json").as_str()), ("", "what was there"));
    }
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts")
}

/// Runs commands in a shell as a reader would, with one of our programs.
fn shell(folder: &Folder, text: &str, program: &Path) -> Ran {
    let mut command = folder.command("bash".as_ref(), "-euo pipefail -c");
    command.arg(text).env("OOM_SWEEP_BIN", program);
    Ran::of(command.output())
}

/// The commands of the README of `scripts`, except that the program is already built.
#[test]
fn the_scripts_by_hand_join_what_they_split() {
    let readme = fs::read_to_string(scripts().join("README.md")).unwrap();
    let (_, after) = readme.split_once("By hand, for a try:").expect("it says how");
    let block = after.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let is_ours = |line: &&str| !line.starts_with("cargo ") && !line.starts_with("export ");
    let commands: Vec<_> = block.lines().filter(is_ours).collect();
    assert_eq!(commands.len(), 2, "{block}");

    let folder = Folder::new();
    folder.write("corpus/journal/a", "one\ntwo\n").write("corpus/hasty_journal/b", "one\ntwo\n");
    folder.run(&own_targets(), "sweep --json first.json").assert_code(1);
    std::os::unix::fs::symlink(scripts(), folder.path().join("scripts")).unwrap();
    let ran = shell(&folder, &commands.join("\n"), &own_targets());
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    assert_eq!(ran.stdout.matches(" is done (exit code ").count(), 3, "{ran:#?}");
    assert!(ran.stdout.contains("\n2 sweeps "), "{ran:#?}");
    let whole = folder.document("first.json").reports;
    let merged = folder.document("merged.json").reports;
    assert_eq!(merged.len(), whole.len());
    for (merged, whole) in merged.iter().zip(&whole) {
        assert_eq!((merged.runs(), merged.plans()), (whole.runs(), whole.plans()));
        assert_eq!(merged.findings(), whole.findings());
    }

    // Sweeping a shard again replaces its report. A lost report is detected.
    let again = "scripts/sweep-shard.sh --shard 2/3 reports >/dev/null 2>&1
                 scripts/merge-shards.sh reports";
    assert_eq!(shell(&folder, again, &own_targets()).code, Some(1));
    let lost = "rm reports/shard-2-of-3.json; scripts/merge-shards.sh reports merged.json";
    shell(&folder, lost, &own_targets()).assert_trouble(&["shard 2/3 is missing"]);
    assert_eq!(folder.document("merged.json").reports.len(), 2);
}

/// The second form of the script, for sweeps in tests. Here the program takes the place of the
/// tests.
#[test]
fn the_scripts_join_what_tests_leave_in_a_folder() {
    let folder = stage();
    std::os::unix::fs::symlink(scripts(), folder.path().join("scripts")).unwrap();
    let text = "for k in 1 2; do
        scripts/sweep-shard.sh --shard $k/2 reports -- \"$OOM_SWEEP_BIN\" sweep script || test $? = 1
    done
    scripts/merge-shards.sh reports merged.json";
    let ran = shell(&folder, text, &fixtures());
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    let (whole, merged) = (folder.document("first.json"), folder.document("merged.json"));
    let runs = |document: &oom_sweep::report::Document| {
        document.reports.iter().map(|report| (report.name().to_owned(), report.runs())).collect()
    };
    let (whole, merged): (Vec<_>, Vec<_>) = (runs(&whole), runs(&merged));
    assert_eq!(merged, whole);
}

/// Another build of the same commit only leads to a note.
#[test]
fn another_build_of_the_same_commit_is_a_note() {
    let folder = stage();
    let commit = ("GIT_COMMIT", "0123456789abcdef0123456789abcdef01234567");
    let rebuilt = folder.path().join("cli_fixtures");
    fs::copy(fixtures(), &rebuilt).unwrap();
    let mut file = fs::OpenOptions::new().append(true).open(&rebuilt).unwrap();
    std::io::Write::write_all(&mut file, b"another build").unwrap();
    drop(file);
    for (index, program) in [(1, fixtures()), (2, rebuilt)] {
        let words = format!("sweep script --shard {index}/2 --json {index}.json");
        let mut command: Command = folder.command(&program, &words);
        Ran::of(command.env(commit.0, commit.1).output()).assert_code(1);
    }
    let ran = folder.run(&oom_sweep(), "merge 1.json 2.json").assert_code(1);
    let note = "note: shards 1/2 and 2/2 were run by different builds of the same commit";
    assert_eq!(ran.stdout.matches(note).count(), INPUTS.len(), "{}", ran.stdout);
}
