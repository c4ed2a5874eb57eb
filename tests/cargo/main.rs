//! Tests `cargo oom-sweep` from outside: runs the real program in crates that each test makes.
//!
//! These crates depend on this one by its path. They are built offline in one shared folder, with
//! the versions of this crate's lock file.

#![cfg(all(feature = "cli", feature = "subjects", unix))]

mod adopter;
mod init;
mod members;
mod repro;
mod run;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use tempfile::TempDir;

/// The folder of this crate.
pub(crate) const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// The shared build folder. Other output is in each crate's own `target`.
const BUILD: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/crates");

/// A folder for crates, which is removed on drop.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// A folder with an empty library crate. The crate is named after the test: two crates with one
    /// name would overwrite each other's builds.
    pub(crate) fn with_library(name: &str) -> Self {
        let place = Self::new();
        let words = ["init", "--quiet", "--vcs", "none", "--lib", "--name", name, "."];
        place.cargo(&words).expect_code(0);
        fs::copy(Path::new(ROOT).join("Cargo.lock"), place.path("Cargo.lock")).expect("a copy");
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        let path = self.path(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Writes a file and creates its folders.
    pub(crate) fn write(&self, name: &str, text: &str) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, text).expect("a file");
        self
    }

    /// Every file in the folder, with its content.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        let mut folders = vec![self.0.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => files.push((path.clone(), fs::read(path).expect("a file"))),
                }
            }
        }
        files.sort();
        files
    }

    /// Runs `cargo oom-sweep` in the folder.
    pub(crate) fn oom_sweep(&self, words: &[&str]) -> Ran {
        self.run(Path::new(env!("CARGO_BIN_EXE_cargo-oom-sweep")), words)
    }

    pub(crate) fn cargo(&self, words: &[&str]) -> Ran {
        self.run(&cargo(), words)
    }

    pub(crate) fn run(&self, program: &Path, words: &[&str]) -> Ran {
        Ran::of(self.command(program).args(words))
    }

    /// A command that runs a program in the folder as a user would.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        for (name, _) in env::vars().filter(|(name, _)| name.starts_with("OOM_SWEEP_")) {
            command.env_remove(name);
        }
        command.current_dir(self.0.path()).stdin(Stdio::null()).env("CARGO_NET_OFFLINE", "true");
        command.env_remove("CARGO_TARGET_DIR").env("CARGO_BUILD_BUILD_DIR", BUILD);
        command
    }
}

/// The path of Cargo.
pub(crate) fn cargo() -> PathBuf {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into()).into()
}

/// The result of a command.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().expect("it runs");
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        Self { code: output.status.code(), stdout, stderr }
    }

    #[track_caller]
    pub(crate) fn expect_code(&self, code: i32) -> &Self {
        let Self { stdout, stderr, .. } = self;
        assert_eq!(self.code, Some(code), "stdout:\n{stdout}\nstderr:\n{stderr}");
        self
    }

    /// The only line on standard error, which is an error.
    #[track_caller]
    pub(crate) fn error(&self) -> &str {
        self.expect_code(2);
        let line = self.stderr.strip_suffix('\n').and_then(|text| text.strip_prefix("error: "));
        let line = line.filter(|line| !line.contains('\n'));
        line.unwrap_or_else(|| panic!("not one line: {}", self.stderr))
    }
}
