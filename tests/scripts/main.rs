//! Tests the scripts that split a sweep over machines, and those that fuzz.
//!
//! Small shell scripts replace the engines, cargo and the program. The tests of the real program
//! cover shards and folders. `scripts/fuzz-build.sh`, which `.ci/run` runs, builds and tries the
//! real fuzzers.

#![cfg(unix)]

mod fuzzing;
mod sharing;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A fake `oom-sweep` that logs its arguments, one per line, writes the report and exits with
/// `$FAKE_STATUS`.
const PROGRAM: &str = r#"#!/usr/bin/env bash
{ printf '%s\n' "$@"; echo "shard variable: ${OOM_SWEEP_SHARD-none}"; } >"$FAKE_SAID"
while [[ $# -gt 0 ]]; do
    if [[ $1 == --json && -z ${FAKE_SILENT-} ]]; then echo '{}' >"$2"; fi
    shift
done
echo 'the reports'
exit "${FAKE_STATUS-0}"
"#;

/// A folder for all files, with a program that comes first in `PATH`.
struct Stage {
    folder: TempDir,
}

impl Stage {
    fn new() -> Self {
        let stage = Self { folder: TempDir::new().expect("a folder") };
        stage.install("oom-sweep", PROGRAM);
        stage
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn install(&self, name: &str, script: &str) {
        let path = self.path("bin").join(name);
        fs::create_dir_all(self.path("bin")).expect("a folder");
        fs::write(&path, script).expect("a script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it can be run");
    }

    fn run(&self, script: &str, words: &[&str], variables: &[(&str, &str)]) -> Output {
        let path = std::env::var("PATH").expect("a search path");
        let mut command = Command::new("bash");
        for engine in ["OOM_SWEEP_", "SLURM_", "JOB_", "GITHUB_"] {
            let names = std::env::vars().map(|(name, _)| name);
            names.filter(|name| name.starts_with(engine)).for_each(|name| {
                command.env_remove(name);
            });
        }
        command
            .arg(scripts().join(script))
            .args(words)
            .current_dir(self.folder.path())
            .env("PATH", format!("{}:{path}", self.path("bin").display()))
            .env("FAKE_SAID", self.path("said"))
            .envs(variables.iter().copied())
            .output()
            .expect("bash")
    }

    /// The arguments and the variables of the program's calls.
    fn said(&self) -> Vec<String> {
        let said = fs::read_to_string(self.path("said")).unwrap_or_default();
        said.lines().map(str::to_owned).collect()
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn scripts() -> PathBuf {
    root().join("scripts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn assert_status(output: &Output, status: i32) {
    assert_eq!(output.status.code(), Some(status), "{}", text(&output.stderr));
}

#[test]
fn every_script_can_be_parsed_and_run() {
    let files = fs::read_dir(scripts()).expect("it").map(|entry| entry.expect("it").path());
    let is_script = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "sh");
    let build = root().join(".clusterfuzzlite/build.sh");
    let all: Vec<_> = files.filter(is_script).chain([build]).collect();
    for path in &all {
        let parsed = Command::new("bash").arg("-n").arg(path).output().expect("bash");
        assert_status(&parsed, 0);
        let mode = fs::metadata(path).expect("it").permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "chmod +x {}", path.display());
    }
    // Only if shellcheck is installed.
    if let Ok(checked) = Command::new("shellcheck").args(&all).output() {
        assert!(checked.status.success(), "{}", text(&checked.stdout));
    }
}
