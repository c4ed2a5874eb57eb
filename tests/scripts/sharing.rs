//! Tests that the variables of each engine lead to the right shard, and that invalid settings are
//! refused with one line. Relies on a fake program that logs its arguments.

use std::fs;

use crate::{Stage, assert_status, scripts, text};

#[test]
fn each_engine_leads_to_its_share() {
    type Variables = &'static [(&'static str, &'static str)];
    let engines: [(&[&str], Variables, &str); 6] = [
        (&["--shard", "3/8"], &[], "3/8"),
        (&[], &[("OOM_SWEEP_SHARD", "1/4")], "1/4"),
        (&[], &[("JOB_COMPLETION_INDEX", "0"), ("JOB_COMPLETIONS", "8")], "1/8"),
        (&[], &[("JOB_COMPLETION_INDEX", "7"), ("JOB_COMPLETIONS", "8")], "8/8"),
        (
            &[],
            &[
                ("SLURM_ARRAY_TASK_ID", "09"),
                ("SLURM_ARRAY_TASK_MIN", "5"),
                ("SLURM_ARRAY_TASK_MAX", "12"),
                ("SLURM_ARRAY_TASK_COUNT", "8"),
            ],
            "5/8",
        ),
        // An explicit option wins over the variables of an engine.
        (&["--shard", "2/2"], &[("OOM_SWEEP_SHARD", "1/4"), ("JOB_COMPLETION_INDEX", "5")], "2/2"),
    ];
    for (words, variables, shard) in engines {
        let stage = Stage::new();
        let words = [words, &["reports", "secondary_map", "--time-limit", "2s"]].concat();
        let output = stage.run("sweep-shard.sh", &words, variables);
        assert_status(&output, 0);
        let file = format!("reports/shard-{}.json", shard.replace('/', "-of-"));
        let expected = ["sweep", "secondary_map", "--time-limit", "2s", "--shard", shard, "--json"];
        assert_eq!(stage.said()[..7], expected);
        assert_eq!(stage.said()[7..], [file.as_str(), "shard variable: none"]);
        assert!(stage.path(&file).is_file(), "{file}");
    }
}

#[test]
fn another_program_may_be_named() {
    let stage = Stage::new();
    stage.install("my targets", "#!/bin/sh\necho mine >\"$FAKE_SAID\"; exit 2\n");
    let program = stage.path("bin/my targets");
    let variables = [("OOM_SWEEP_BIN", program.to_str().expect("plain"))];
    let output = stage.run("sweep-shard.sh", &["--shard", "1/1", "reports"], &variables);
    assert_status(&output, 2);
    assert_eq!(stage.said(), ["mine"]);
}

#[test]
fn a_share_that_makes_no_sense_is_refused_in_a_line() {
    type Variables = &'static [(&'static str, &'static str)];
    let mistakes: [(&[&str], Variables, &str); 12] = [
        (&["reports"], &[], "which share?"),
        (&["--shard", "5/4", "reports"], &[], "shares 1 to 4"),
        (&["--shard", "0/4", "reports"], &[], "shares 1 to 4"),
        (&["--shard", "1", "reports"], &[], "expected K/N"),
        (&["--shard", "-1/4", "reports"], &[], "expected K/N"),
        (&["--shard", "1/4/4", "reports"], &[], "expected K/N"),
        (&["--shard"], &[], "--shard needs K/N"),
        (&["--shard", "1/4"], &[], "usage:"),
        (&["--shard", "1/4", "reports", "--"], &[], "no command"),
        (&["reports"], &[("JOB_COMPLETION_INDEX", "0")], "JOB_COMPLETIONS is not set"),
        (
            &["reports"],
            &[("JOB_COMPLETION_INDEX", "x"), ("JOB_COMPLETIONS", "8")],
            "JOB_COMPLETION_INDEX is x",
        ),
        (
            &["reports"],
            &[
                ("SLURM_ARRAY_TASK_ID", "4"),
                ("SLURM_ARRAY_TASK_MIN", "2"),
                ("SLURM_ARRAY_TASK_MAX", "8"),
                ("SLURM_ARRAY_TASK_COUNT", "4"),
            ],
            "has gaps",
        ),
    ];
    for (words, variables, part) in mistakes {
        let stage = Stage::new();
        let output = stage.run("sweep-shard.sh", words, variables);
        assert_status(&output, 2);
        let error = text(&output.stderr);
        assert!(error.contains(part) && error.lines().count() == 1, "{words:?}: {error}");
        assert_eq!(stage.said(), [""; 0], "nothing was run");
    }
}

#[test]
fn findings_are_for_the_merge_to_tell_but_trouble_is_told_at_once() {
    for (status, expected) in [("0", 0), ("1", 0), ("3", 0), ("2", 2), ("101", 101)] {
        let stage = Stage::new();
        let words = ["--shard", "1/2", "reports"];
        let output = stage.run("sweep-shard.sh", &words, &[("FAKE_STATUS", status)]);
        assert_status(&output, expected);
    }
    let stage = Stage::new();
    fs::create_dir(stage.path("reports")).expect("a folder");
    fs::write(stage.path("reports/shard-1-of-2.json"), "of an earlier try").expect("a file");
    let output =
        stage.run("sweep-shard.sh", &["--shard", "1/2", "reports"], &[("FAKE_SILENT", "1")]);
    assert_status(&output, 2);
    assert!(text(&output.stderr).contains("wrote no reports/shard-1-of-2.json"));
}

#[test]
fn tests_are_told_their_share_and_where_to_report() {
    let stage = Stage::new();
    let tests = r#"echo "$OOM_SWEEP_SHARD $OOM_SWEEP_REPORT_DIR $1"; exit 101"#;
    let words = ["reports", "--", "bash", "-c", tests, "bash", "a b"];
    let variables = [("JOB_COMPLETION_INDEX", "1"), ("JOB_COMPLETIONS", "3")];
    let output = stage.run("sweep-shard.sh", &words, &variables);
    assert_status(&output, 101);
    let folder = stage.path("reports").canonicalize().expect("it was made");
    assert_eq!(text(&output.stdout), format!("2/3 {} a b\n", folder.display()));
}

#[test]
fn a_merge_exits_as_the_program_does_and_is_the_summary() {
    let stage = Stage::new();
    fs::create_dir(stage.path("reports")).expect("a folder");
    let output = stage.run("merge-shards.sh", &["reports"], &[("FAKE_STATUS", "3")]);
    assert_status(&output, 3);
    assert_eq!(stage.said()[..2], ["merge", "reports"]);
    let summary = stage.path("summary");
    let variables =
        [("FAKE_STATUS", "1"), ("GITHUB_STEP_SUMMARY", summary.to_str().expect("plain"))];
    let output = stage.run("merge-shards.sh", &["reports", "out.json"], &variables);
    assert_status(&output, 1);
    assert_eq!(stage.said()[..4], ["merge", "reports", "--json", "out.json"]);
    assert_eq!(text(&output.stdout), "the reports\n");
    assert!(fs::read_to_string(summary).expect("it").contains("text\nthe reports\n"));
    let output = stage.run("merge-shards.sh", &["no folder"], &[]);
    assert_status(&output, 2);
}

/// A fake Slurm: runs the job at once, as the second task of an array, and prints job 42.
const SBATCH: &str = r#"#!/usr/bin/env bash
printf '%s\n' "$@" >>"$FAKE_SAID.sbatch"
for word; do
    case $word in
    --wrap=*) wrap=${word#--wrap=} ;;
    --array=1-*)
        export SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_MIN=1
        export SLURM_ARRAY_TASK_MAX=${word#*-*-*-} SLURM_ARRAY_TASK_COUNT=${word#*-*-*-}
        ;;
    esac
done
sh -c "$wrap" >&2 || exit 1
echo '42;cluster'
"#;

#[test]
fn a_slurm_array_sweeps_and_then_merges() {
    let stage = Stage::new();
    stage.install("sbatch", SBATCH);
    let words = ["3", "a folder", "--partition=short"];
    let output = stage.run("slurm-array.sh", &words, &[]);
    assert_status(&output, 0);
    let folder = stage.path("a folder").canonicalize().expect("it was made");
    let submitted = fs::read_to_string(stage.path("said.sbatch")).expect("it");
    for word in ["--array=1-3\n", "--dependency=afterany:42\n", "--partition=short\n"] {
        assert!(submitted.contains(word), "{submitted}");
    }
    assert!(folder.join("shards/shard-2-of-3.json").is_file());
    let (shards, out) = (folder.join("shards"), folder.join("merged/report.json"));
    let merge = ["merge", shards.to_str().unwrap(), "--json", out.to_str().unwrap()];
    assert_eq!(stage.said()[..4], merge);
    assert_status(&stage.run("slurm-array.sh", &["x", "folder"], &[]), 2);
}

#[test]
fn the_kubernetes_job_counts_its_shares_alike_in_both_places() {
    let job = fs::read_to_string(scripts().join("kubernetes-job.yaml")).expect("it");
    let after = |key: &str| job.split(key).nth(1).and_then(|rest| rest.lines().next());
    let completions = after("completions: ").expect("how many").to_owned();
    let value = after("name: JOB_COMPLETIONS\n").expect("the variable");
    assert_eq!(value.trim(), format!("value: \"{completions}\""));
}
