//! Tests the commands on reports: known findings, comparisons, shards, the folder of reports, the
//! journal.

use std::fs;
use std::path::Path;

use oom_sweep::report::Document;
use oom_sweep::{FindingKind, Outcome};

use super::LINES;
use super::program::{Folder, Ran, oom_sweep, own_targets};

/// A folder with an input and the record of a sweep with findings.
fn found() -> Folder {
    let folder = Folder::new();
    folder.write("lines.txt", LINES);
    let words = "sweep hasty_journal --input lines.txt --json found.json";
    folder.run(&own_targets(), words).assert_code(1);
    folder
}

impl Folder {
    /// Writes the record as if it were that of this shard.
    fn write_shard(&self, name: &str, shard: &str) -> &Self {
        let record = self.read("found.json");
        assert!(record.contains("\"shard\": null"));
        self.write(name, record.replace("\"shard\": null", &format!("\"shard\": \"{shard}\"")))
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path().join(folder)).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into()).collect();
        names.sort();
        names
    }

    fn run_with(&self, variable: (&str, &str), program: &Path, words: &str) -> Ran {
        Ran::of(self.command(program, words).env(variable.0, variable.1).output())
    }
}

#[test]
fn known_findings_do_not_fail_new_ones_do_and_vanished_ones_are_noted() {
    let folder = found();
    let known = folder.run(&own_targets(), "known found.json").assert_code(0).stdout;
    folder.write("known.json", &known);
    let words = "sweep hasty_journal --input lines.txt --json again.json";
    let ran = folder.run(&own_targets(), &format!("{words} --known known.json")).assert_code(0);
    assert!(ran.stdout.contains("  KNOWN\n") && !ran.stdout.contains("view  "), "{}", ran.stdout);
    let report = &folder.document("again.json").reports[0];
    assert_eq!((report.new_findings(), report.known_findings()), (0, report.findings().len()));
    // Known findings stay in the list.
    assert_eq!(folder.run(&own_targets(), "known again.json").assert_code(0).stdout, known);

    folder.write("few.json", known.replacen("PartialUpdate", "WrongError", 1));
    let few = folder.path().join("few.json");
    let ran = folder.run_with(("OOM_SWEEP_KNOWN", &few.to_string_lossy()), &own_targets(), words);
    let ran = ran.assert_code(1);
    assert!(ran.stdout.contains("note: known WrongError at "), "{}", ran.stdout);
    assert!(ran.stdout.contains(" matched no finding: remove it"), "{}", ran.stdout);
}

#[test]
fn a_comparison_tells_new_from_old() {
    let folder = found();
    folder.run(&own_targets(), "sweep journal --input lines.txt --json other.json").assert_code(0);
    let sound = folder.read("other.json").replace("\"journal/", "\"hasty_journal/");
    folder.write("sound.json", sound);
    let ran = folder.run(&own_targets(), "diff sound.json found.json").assert_code(1);
    assert!(
        ran.stdout.contains("\nNEW      hasty_journal/lines.txt  PartialUpdate at "),
        "{ran:?}"
    );
    let ran = folder.run(&own_targets(), "diff found.json sound.json").assert_code(0);
    assert!(ran.stdout.contains("\nGONE     hasty_journal/lines.txt  PartialUpdate"), "{ran:?}");
    let ran = folder.run(&own_targets(), "diff found.json found.json --markdown").assert_code(0);
    assert!(ran.stdout.starts_with("### oom-sweep: 0 new findings, "), "{ran:?}");
    assert!(ran.stdout.contains("\n| KNOWN | hasty\\_journal/lines.txt | PartialUpdate at "));
}

#[test]
fn shards_are_joined() {
    let folder = found();
    folder.write_shard("one.json", "1/2").write_shard("more/two.json", "2/2");
    let words = "merge more one.json --json all.json";
    let ran = folder.run(&oom_sweep(), words).assert_code(1);
    let (part, all) = (&folder.document("one.json"), &folder.document("all.json"));
    let ([part], [all]) = (&part.reports[..], &all.reports[..]) else { panic!("{ran:?}") };
    assert_eq!((all.runs(), all.shard()), (2 * part.runs(), None));
    assert_eq!(all.findings(), part.findings());
    assert!(ran.stdout.starts_with("FAIL hasty_journal/lines.txt "), "{}", ran.stdout);
    assert!(part.to_string().contains(", complete, shard 1/2, "), "{part}");
}

#[test]
fn what_cannot_be_joined_is_one_line_and_nothing_is_written() {
    let folder = found();
    folder.write_shard("one.json", "1/2").write_shard("two.json", "2/2");
    folder.write_shard("third.json", "3/3").write("all.json", "old").write("empty/x", "");
    let two = folder.read("two.json");
    folder.write("cut.json", &two[..two.len() / 2]);
    let baseline = two.find("\"commit\": ").expect("there is an origin");
    let end = baseline + two[baseline..].find(",\n").unwrap();
    let commit = format!("\"commit\": \"{}\"", "1".repeat(40));
    folder.write("foreign.json", format!("{}{commit}{}", &two[..baseline], &two[end..]));
    folder.write("none.json", {
        let value = serde_json::to_value(Document::new(vec![])).unwrap();
        value.to_string()
    });
    let commits: &[&str] = match two[baseline..end].contains("null") {
        true => &["hasty_journal/lines.txt: "], // this tree is no repository
        false => &["different commits", "1111", "(one.json)", "(foreign.json)"],
    };
    let refusals: &[(&str, &[&str])] = &[
        ("merge one.json", &["hasty_journal/lines.txt: shard 2/2 is missing"]),
        ("merge one.json two.json one.json", &["both have shard 1/2"]),
        ("merge one.json third.json", &["the numbers of shards differ"]),
        ("merge one.json found.json", &["one.json", "found.json", "the whole sweep"]),
        ("merge one.json cut.json", &["cut.json:", "EOF"]),
        ("merge empty", &["empty", "no report"]),
        ("merge none.json", &["none.json: there is no report"]),
        ("merge missing", &["missing", "cannot read"]),
        ("merge one.json two.json --json empty", &["cannot write empty"]),
        ("known cut.json", &["cut.json:"]),
        ("diff found.json empty", &["empty", "no report"]),
    ];
    for (words, parts) in refusals {
        let words = match words.contains("--json") || !words.starts_with("merge") {
            true => (*words).to_owned(),
            false => format!("{words} --json all.json"),
        };
        let ran = folder.run(&oom_sweep(), &words).assert_trouble(parts);
        assert_eq!(ran.stdout, "", "{words}");
        assert_eq!(folder.read("all.json"), "old");
    }
    if commits.len() > 1 {
        folder.run(&oom_sweep(), "merge one.json foreign.json").assert_trouble(commits);
    }
}

#[test]
fn each_sweep_leaves_a_marker_and_its_report_in_the_folder() {
    let folder = Folder::new();
    folder.write("a", LINES);
    let dir = ("OOM_SWEEP_REPORT_DIR", "reports/here");
    let sweep = |words: &str| folder.run_with(dir, &own_targets(), words);
    sweep("sweep journal --input a").assert_code(0);
    sweep("sweep hasty_journal journal --input a").assert_code(1);
    let stems = ["hasty_journal%2Fa@", "journal%2Fa@#2", "journal%2Fa@"];
    let names = stems
        .map(|stem| ["json", "started"].map(|end| format!("oom-sweep@own_targets@{stem}.{end}")));
    assert_eq!(folder.names("reports/here"), names.as_flattened());
    let document = folder.document("reports/here/oom-sweep@own_targets@journal%2Fa@#2.json");
    assert_eq!(document.reports[0].name(), "journal/a#2");
    assert_eq!(
        document.reports[0].origin().and_then(|origin| origin.binary()),
        Some("own_targets")
    );

    // Replays, and sweeps that are not run, leave nothing.
    sweep("repro --target journal --input a --plan nth:0").assert_code(0);
    let mut other = folder.command(&own_targets(), "sweep journal --input a");
    let other = other.env(dir.0, dir.1).env("OOM_SWEEP_REPLAY", "x=none");
    Ran::of(other.output()).assert_code(0);
    assert_eq!(folder.names("reports/here"), names.as_flattened());

    let ran = folder.run(&oom_sweep(), "merge reports --json all.json").assert_code(1);
    assert!(ran.stdout.contains("\n3 sweeps "), "{}", ran.stdout);
    folder.write("reports/here/own_targets-gone.started", "gone\n");
    let parts = ["reports: started, but did not end: gone (", "own_targets-gone.started"];
    folder.run(&oom_sweep(), "merge reports").assert_trouble(&parts);
    let sharded = folder.command(&own_targets(), "sweep journal --input a --shard 1/2");
    let ran = Ran::of({ sharded }.env(dir.0, dir.1).output()).assert_code(0);
    assert!(ran.stdout.contains(", shard 1/2, "), "{}", ran.stdout);
    assert!(
        folder.path().join("reports/here/oom-sweep@own_targets@journal%2Fa@.1-of-2.json").exists()
    );
}

#[test]
fn invalid_settings_are_one_line_and_nothing_is_written() {
    let folder = found();
    let record = folder.read("found.json");
    folder.write("a", LINES).write("full.journal", "not a journal\n").write("no.journal", "");
    for (words, parts) in [
        ("--shard 5/4", ["--shard", "there are 4 shards"]),
        ("--time-budget 0", ["--time-budget", "as in 10s"]),
        ("--time-budget 0s", ["--time-budget", "0s is no time"]),
        ("--requests 7..7", ["--requests", "7..7 has no request"]),
        ("--strategy every", ["--strategy", "a strategy is"]),
        ("--known missing.json", ["missing.json", "cannot read"]),
        ("--known found.json", ["found.json", "not a list of known findings"]),
        ("--journal full.journal", ["full.journal", "--resume"]),
        ("--journal full.journal --resume", ["full.journal:1", "not a journal"]),
        ("--journal none/j", ["none/j", "cannot open"]),
        ("--resume", ["--journal", "not provided"]),
    ] {
        let words = format!("sweep journal --input a --json found.json {words}");
        let ran = folder.run(&own_targets(), &words).assert_trouble(&parts);
        assert_eq!((ran.stdout.as_str(), folder.read("found.json") == record), ("", true));
    }
    assert_eq!(folder.read("full.journal"), "not a journal\n");
    for (name, value, part) in [
        ("OOM_SWEEP_SHARD", "5/4", "there are 4 shards"),
        ("OOM_SWEEP_TIME_BUDGET", "0", "as in 10s"),
        ("OOM_SWEEP_STRATEGY", "every", "a strategy is"),
        ("OOM_SWEEP_JOBS", "0", "at least 1"),
        ("OOM_SWEEP_KNOWN", "missing.json", "missing.json"),
        ("OOM_SWEEP_REPORT_DIR", "found.json", "OOM_SWEEP_REPORT_DIR: cannot write found.json"),
    ] {
        let ran = folder.run_with((name, value), &own_targets(), "sweep journal --input a");
        ran.assert_trouble(&["error: a: ", part]);
    }
}

#[test]
fn a_journal_is_gone_on_with_and_finished_sweeps_are_taken_from_it() {
    let folder = Folder::new();
    folder.write("a", LINES).write("b", "x\n");
    let words = |json: &str, more: &str| {
        format!("sweep hasty_journal journal --input a b --journal j {more} --json {json}")
    };
    // The first run also has --resume, as in a script that is started repeatedly.
    folder.run(&own_targets(), &words("one.json", "--resume")).assert_code(1);
    let journal = folder.read("j");
    folder.run(&own_targets(), &words("x.json", "")).assert_trouble(&["j: the journal exists"]);
    assert!(!folder.path().join("x.json").exists());
    folder.run(&own_targets(), &words("two.json", "--resume")).assert_code(1);
    // Times are equal too, because nothing was run again.
    assert_eq!((folder.read("one.json"), folder.read("j")), (folder.read("two.json"), journal));

    let torn = folder.read("j");
    folder.write("j", &torn[..torn.len() - 30]);
    let ran = folder.run(&own_targets(), &words("three.json", "--resume"));
    let [note] = ran.troubles()[..] else { panic!("{ran:#?}") };
    assert!(note.starts_with("note: j:") && note.contains("incomplete"), "{note}");
    assert_eq!(folder.document("three.json").reports.len(), 4);

    folder.write("b", "y\n");
    let ran = folder.run(&own_targets(), &words("four.json", "--resume"));
    assert_eq!((ran.code, ran.troubles().len()), (Some(2), 2), "{ran:#?}");
    let reports = folder.document("four.json").reports;
    let outcomes: Vec<_> = reports.iter().map(|report| report.outcome()).collect();
    assert_eq!(outcomes, [Outcome::Fail, Outcome::Error, Outcome::Pass, Outcome::Error]);
    assert_eq!(reports[0].findings()[0].kind(), FindingKind::PartialUpdate);

    folder.copy("source-map.wasm", "m.wasm");
    let words = "sweep secondary_map --wasm m.wasm --journal j --resume";
    folder.run(&oom_sweep(), words).assert_trouble(&["j:1: the journal is of another build"]);
}

/// A journal has all that the record of a command that resumes it shows.
#[test]
fn a_journal_without_a_record_is_resumed_to_one_with_its_origin() {
    let folder = Folder::new();
    folder.write("a", LINES);
    let words = "sweep journal --input a --journal j";
    folder.run(&own_targets(), words).assert_code(0);
    folder.run(&own_targets(), &format!("{words} --resume --json out.json")).assert_code(0);
    let report = &folder.document("out.json").reports[0];
    assert_eq!(report.origin().and_then(|origin| origin.binary()), Some("own_targets"));
    assert!(report.profile().is_some() && !report.site_ids().is_empty());
}

#[test]
fn what_cannot_be_printed_is_an_error() {
    let folder = found();
    for words in [
        "sweep journal --input lines.txt",
        "list",
        "diff found.json found.json",
        "merge found.json",
        "known found.json",
        "explain",
        "--help",
    ] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ran = Ran::of(folder.command(&own_targets(), words).stdout(full).output());
        ran.assert_trouble(&["cannot ", "No space left on device"]);
    }
}

#[test]
fn a_list_of_known_findings_has_an_end() {
    let folder = found();
    let words = "sweep journal --input lines.txt --known";
    let ran = folder.run(&own_targets(), &format!("{words} /dev/zero"));
    ran.assert_trouble(&["/dev/zero: it is larger than 256 MiB"]);
}

/// A limit on the size of files simulates a full disk.
#[test]
fn a_full_disk_ends_the_command_and_the_journal_can_be_resumed() {
    let folder = Folder::new();
    folder.write("a", LINES).write("b", LINES);
    let words = "sweep hasty_journal --input a b --journal j --resume";
    let mut shell = folder.command("sh".as_ref(), "-c");
    // In the shell's blocks of 512 bytes: enough for the header but not for a report.
    let script = format!("trap '' XFSZ; ulimit -f 2; exec '{}' {words}", own_targets().display());
    let ran = Ran::of(shell.arg(script).output());
    assert_eq!(ran.code, Some(2), "{ran:#?}");
    let [error] = ran.troubles()[..] else { panic!("{ran:#?}") };
    assert!(error.contains("cannot write j: ") && error.contains("--resume"), "{error}");
    assert!(folder.read("j").ends_with("}\n"), "no torn line: {:?}", folder.read("j"));
    let ran = folder.run(&own_targets(), &format!("{words} --json out.json")).assert_code(1);
    assert_eq!(folder.document("out.json").reports.len(), 2, "{ran:?}");
}
