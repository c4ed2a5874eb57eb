//! Runs the programs of `tests/cli.rs`, each in its own folder.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use oom_sweep::report::Document;
use tempfile::TempDir;

/// The path of this crate's own program.
pub(crate) fn oom_sweep() -> PathBuf {
    env!("CARGO_BIN_EXE_oom-sweep").into()
}

/// `examples/own_targets.rs`.
pub(crate) fn own_targets() -> PathBuf {
    examples().join("own_targets")
}

/// `examples/types`.
pub(crate) fn types() -> PathBuf {
    examples().join("types")
}

/// `tests/cli/fixtures.rs`.
pub(crate) fn fixtures() -> PathBuf {
    examples().join("cli_fixtures")
}

/// The folder of the examples. Builds them first, because `cargo test --test cli` does not.
fn examples() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let test = env::current_exe().expect("a test knows its file");
        let profile = test.ancestors().nth(2).expect("the test binary is in PROFILE/deps");
        if let Some(cargo) = env::var_os("CARGO") {
            let name = profile.file_name().and_then(OsStr::to_str).expect("a name");
            let name = if name == "debug" { "dev" } else { name };
            let built = Command::new(cargo)
                .args(["build", "--quiet", "--profile", name])
                .args(["--all-features", "--example", "own_targets", "--example", "cli_fixtures"])
                .args(["--example", "types"])
                .current_dir(env!("CARGO_MANIFEST_DIR"))
                .status();
            assert!(built.is_ok_and(|status| status.success()), "the examples do not build");
        }
        profile.join("examples")
    })
}

/// A folder in which programs run; it is removed on drop.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file and creates its folders.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a file lies in a folder")).unwrap();
        std::fs::write(path, bytes).unwrap();
        self
    }

    /// Copies an input of the committed corpus.
    pub(crate) fn copy(&self, input: &str, name: &str) -> &Self {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/secondary_map");
        self.write(name, std::fs::read(corpus.join(input)).expect("the corpus has it"))
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).expect("it was written")
    }

    pub(crate) fn document(&self, name: &str) -> Document {
        Document::read(&self.path().join(name)).expect("it is a document")
    }

    /// A command of the program with these arguments, separated by spaces.
    pub(crate) fn command(&self, program: &Path, words: &str) -> Command {
        let mut command = Command::new(program);
        command.args(words.split_whitespace()).current_dir(self.path());
        for (variable, _) in env::vars_os() {
            let name = variable.to_string_lossy();
            if name.starts_with("OOM_SWEEP_") || name == "RUST_BACKTRACE" {
                command.env_remove(&variable);
            }
        }
        command
    }

    pub(crate) fn run(&self, program: &Path, words: &str) -> Ran {
        Ran::of(self.command(program, words).output())
    }
}

/// The result of a program.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(output: std::io::Result<Output>) -> Self {
        let output = output.expect("it can be started");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it is text");
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// The lines on standard error without the progress.
    pub(crate) fn troubles(&self) -> Vec<&str> {
        let is_progress = |line: &str| line.starts_with("sweep ") || line.starts_with("minimize: ");
        self.stderr.lines().filter(|line| !is_progress(line)).collect()
    }

    /// Asserts this exit code and no error lines.
    #[track_caller]
    pub(crate) fn assert_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        assert!(self.troubles().is_empty(), "{self:#?}");
        self
    }

    /// Asserts exit code 2 and one error line that contains these parts.
    #[track_caller]
    pub(crate) fn assert_trouble(self, parts: &[&str]) -> Self {
        assert_eq!(self.code, Some(2), "{self:#?}");
        let [line] = self.troubles()[..] else { panic!("not one line: {self:#?}") };
        assert!(line.starts_with("error: "), "{line}");
        for part in parts {
            assert!(line.contains(part), "no {part:?} in: {line}");
        }
        self
    }
}
