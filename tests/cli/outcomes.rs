//! Tests exit codes, and the use of known findings as a ratchet.

use super::program::{Folder, Ran, fixtures, oom_sweep};
use super::resume::{assert_same, timeless};

/// The lines of a correct script that takes some time.
const SOUND: &str = "keep one\nkeep two\nkeep three\n";

fn sweep(folder: &Folder, words: &str) -> Ran {
    folder.run(&fixtures(), &format!("sweep {words}"))
}

#[test]
fn a_budget_that_ends_exits_with_3_and_says_what_was_left_out() {
    let folder = Folder::new();
    folder.write("a", SOUND);
    let words = "slow_script --input a --time-budget 1ms --json a.json";
    let ran = sweep(&folder, words).assert_code(3);
    assert!(ran.stdout.starts_with("PARTIAL slow_script/a "), "{}", ran.stdout);
    let report = &folder.document("a.json").reports[0];
    assert!(report.is_clean() && !report.is_complete() && report.plans() > report.runs());
    sweep(&folder, &format!("{words} --allow-partial")).assert_code(0);
    folder.run(&oom_sweep(), "merge a.json").assert_code(3);
    folder.run(&oom_sweep(), "merge a.json --allow-partial").assert_code(0);
    // A large budget is like no budget.
    sweep(&folder, "slow_script --input a --time-budget 60m").assert_code(0);
}

/// A budget changes the order of runs but not the report, if all runs were made.
#[test]
fn a_budget_that_is_enough_changes_nothing() {
    let folder = Folder::new();
    let steps = ["hasty one\n", "swallow two\n", "keep three\n", "first four\n"];
    folder.write("a", steps.concat().repeat(20));
    let words = "script --input a --isolation worker --json a.json";
    sweep(&folder, words).assert_code(1);
    let expected = timeless(&folder.read("a.json"));
    sweep(&folder, &format!("{words} --time-budget 60m")).assert_code(1);
    assert_same(&timeless(&folder.read("a.json")), &expected, "under a budget");
}

/// The folder of an input is not part of the sweep's name.
#[test]
fn inputs_of_one_name_are_two_sweeps() {
    let folder = Folder::new();
    folder.write("one/a", "hasty one\n").write("two/a", SOUND);
    let words = "sweep script --input one/a two/a --journal j --resume --json all.json";
    folder.run(&fixtures(), words).assert_code(1);
    let record = folder.read("all.json");
    let reports = folder.document("all.json").reports;
    assert_eq!((reports[0].name(), reports[1].name()), ("script/a", "script/a#2"));
    folder.run(&fixtures(), words).assert_code(1);
    assert_eq!(folder.read("all.json"), record, "taken from the journal");
    folder.run(&oom_sweep(), "merge all.json").assert_code(1);
}

/// One sweep is always partial. The journal has the findings of the other.
#[test]
fn findings_count_more_than_what_was_left_out_and_trouble_more_than_both() {
    let folder = Folder::new();
    folder.write("a", "hasty one\n").write("b", SOUND);
    sweep(&folder, "slow_script --input a --journal j --json a.json").assert_code(1);
    let words = "slow_script --input a b --journal j --resume --time-budget 1ms --json all.json";
    let ran = sweep(&folder, words).assert_code(1);
    assert!(ran.stdout.contains("FAIL slow") && ran.stdout.contains("PARTIAL slow"), "{ran:?}");
    sweep(&folder, &format!("{words} --allow-partial")).assert_code(1);
    assert_eq!(sweep(&folder, &words.replace("a b", "a b c")).code, Some(2));
    sweep(&folder, "slow_script --input b --time-budget 1ms --json b.json").assert_code(3);
    folder.run(&oom_sweep(), "merge a.json b.json --allow-partial").assert_code(1);
}

#[test]
fn a_time_limit_below_a_fault_free_run_is_one_line() {
    let folder = Folder::new();
    folder.write("a", SOUND);
    let parts = ["error: a: the time limit of 1ms is below the ", "raise it"];
    sweep(&folder, "slow_script --input a --time-limit 1ms").assert_trouble(&parts);
}

/// The two files would overwrite each other.
#[test]
fn one_file_is_not_both_record_and_journal_or_known_findings() {
    let folder = Folder::new();
    folder.write("a", SOUND);
    let words = "script --input a --json j --journal ./j";
    sweep(&folder, words).assert_trouble(&["j: --json and --journal are the same file"]);
    assert!(!folder.path().join("j").exists());
    sweep(&folder, "script --input a --json a.json").assert_code(0);
    let known = folder.run(&fixtures(), "known a.json").assert_code(0).stdout;
    folder.write("known.json", &known);
    let words = "script --input a --json known.json --known known.json";
    sweep(&folder, words).assert_trouble(&["--json and --known are the same file"]);
    assert_eq!(folder.read("known.json"), known);
}

/// A journal is valid only for the settings of its sweeps, whether they were given as options or as
/// variables.
#[test]
fn a_journal_is_not_taken_for_one_under_other_variables() {
    let folder = Folder::new();
    folder.write("a", SOUND).write("known.json", "{\"schema\": 2, \"known\": []}");
    let words = "sweep script --input a --journal j --resume";
    folder.run(&fixtures(), words).assert_code(0);
    for (name, value) in [
        ("OOM_SWEEP_SHARD", "1/2"),
        ("OOM_SWEEP_STRATEGY", "unique-sites"),
        ("OOM_SWEEP_KNOWN", "known.json"),
    ] {
        let ran = Ran::of(folder.command(&fixtures(), words).env(name, value).output());
        ran.assert_trouble(&["j: the journal has script/a with another input or other settings"]);
    }
    for more in ["--shard 1/2", "--after forbid", "--requests 0..1", "--time-limit 20s"] {
        let ran = folder.run(&fixtures(), &format!("{words} {more}"));
        ran.assert_trouble(&["j: the journal has script/a with another input or other settings"]);
    }
    // Time budget and number of processes do not change a verdict.
    folder.run(&fixtures(), &format!("{words} --jobs 1 --time-budget 9s")).assert_code(0);
}

#[test]
fn the_ratchet_lets_old_findings_pass_and_stops_new_ones() {
    let folder = Folder::new();
    let words = "script --input a --json now.json";
    // Start with known findings, which are not repaired yet.
    folder.write("a", "hasty one\nswallow two\nkeep three\n");
    sweep(&folder, words).assert_code(1);
    let known = folder.run(&fixtures(), "known now.json").assert_code(0).stdout;
    folder.write("known.json", &known).write("old.json", folder.read("now.json"));
    let ran = sweep(&folder, &format!("{words} --known known.json")).assert_code(0);
    assert_eq!(ran.stdout.matches("  KNOWN\n").count(), 5, "{}", ran.stdout);
    assert!(ran.stdout.starts_with("PASS ") && !ran.stdout.contains("note:"), "{}", ran.stdout);

    // Later there is one new finding, and one is repaired.
    folder.write("a", "hasty one\nleak two\nkeep three\n");
    let ran = sweep(&folder, &format!("{words} --known known.json")).assert_code(1);
    assert_eq!(ran.stdout.matches("  KNOWN\n").count(), 4, "{}", ran.stdout);
    assert!(ran.stdout.contains("] Leaked: "), "{}", ran.stdout);
    let gone = "note: known SwallowedOom at ";
    assert_eq!(ran.stdout.matches(gone).count(), 1, "{}", ran.stdout);

    let ran = folder.run(&fixtures(), "diff old.json now.json").assert_code(1);
    let rows: Vec<_> = ran.stdout.lines().skip(2).map(|line| &line[..7]).collect();
    let known = ["KNOWN  "; 4];
    let expected = [&["NEW    "][..], &known, &["GONE   ", "SITES  "]].concat();
    assert_eq!(rows, expected, "{}", ran.stdout);
    let ran = folder.run(&fixtures(), "diff old.json now.json --markdown").assert_code(1);
    assert!(ran.stdout.starts_with("### oom-sweep: 1 new finding, 4 known, 1 gone; "), "{ran:?}");
    assert!(ran.stdout.contains("\n| **NEW** | script/a | Leaked at "), "{}", ran.stdout);
    // When the new finding is known too, nothing is new.
    folder.run(&fixtures(), "diff now.json now.json").assert_code(0);
}

#[test]
fn a_choice_that_no_sweep_has_is_bad_usage() {
    let folder = Folder::new();
    folder.write("a", "keep one\nkeep two\n");
    for choice in ["--requests 100..200", "--plan nth:100"] {
        let ran = folder.run(&fixtures(), &format!("sweep script --input a {choice}"));
        assert_eq!(ran.code, Some(2), "{ran:#?}");
        let said = format!("error: {choice}");
        assert!(ran.stderr.contains(&said) && ran.stderr.contains("selects no plan: "), "{ran:#?}");
        assert!(ran.stderr.contains("make at most "), "{ran:#?}");
    }
    // One of the sweeps has such a request.
    folder.write("b", "keep one\nkeep two\n".repeat(60));
    folder.run(&fixtures(), "sweep script --input a --input b --plan nth:100").assert_code(0);
}

#[test]
fn a_target_whose_inputs_have_nothing_to_fail_is_empty() {
    let folder = Folder::new();
    folder.write("idle", "idle one\n").write("a", "keep one\n");
    let ran = folder.run(&fixtures(), "sweep script --input idle");
    assert_eq!(ran.code, Some(3), "{ran:#?}");
    assert_eq!(ran.troubles(), ["error: EMPTY script: its input has no request to fail"]);
    folder.run(&fixtures(), "sweep script --input idle --input a").assert_code(0);
}
