//! The executables of a crate's tests: [`build`] makes Cargo build them, [`of`] picks some.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::super::workspace::cargo;
use crate::harness::report::{Origin, binary_name};

/// A test binary.
#[derive(Clone, Debug)]
pub(super) struct Binary {
    pub(super) executable: PathBuf,
    /// The folder of its package, in which tests run.
    pub(super) folder: PathBuf,
}

/// A binary, and which of its tests to run.
#[derive(Debug)]
pub(super) struct Candidate<'a> {
    pub(super) binary: &'a Binary,
    /// Without one, all of them.
    pub(super) test: Option<String>,
}

impl Candidate<'_> {
    /// Describes it for people.
    pub(super) fn describe(&self) -> String {
        let file = self.binary.executable.display();
        match &self.test {
            Some(test) => format!("{test} of {file}"),
            None => file.to_string(),
        }
    }
}

/// A line of Cargo's JSON output.
#[derive(Deserialize)]
struct Message {
    reason: String,
    manifest_path: Option<PathBuf>,
    executable: Option<PathBuf>,
    profile: Option<Profile>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

/// Builds the tests that these words for `cargo test` select. The compiler prints to standard
/// error.
///
/// # Errors
/// In one line, if they do not build.
pub(super) fn build(words: &[OsString]) -> Result<Vec<Binary>, String> {
    let mut command = cargo();
    command.args(["test", "--no-run", "--message-format", "json-render-diagnostics"]).args(words);
    command.stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().map_err(|error| format!("cannot run cargo: {error}"))?;
    if !output.status.success() {
        return Err(
            "the tests do not build: see the errors of `cargo test --no-run` above".to_owned()
        );
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().filter_map(binary).collect())
}

/// Returns the binary of a line, if it has one.
fn binary(line: &str) -> Option<Binary> {
    let message: Message = serde_json::from_str(line).ok()?;
    let is_test = message.profile.is_some_and(|profile| profile.test);
    if message.reason != "compiler-artifact" || !is_test {
        return None;
    }
    let folder = message.manifest_path?.parent()?.to_owned();
    Some(Binary { executable: message.executable?, folder })
}

/// Returns the binaries that may contain a sweep of this origin, with its test. If no binary has
/// the test any more, or the test is not known, it returns whole binaries.
///
/// # Errors
/// In one line, if there is none.
pub(super) fn of<'a>(
    origin: Option<&Origin>,
    binaries: &'a [Binary],
) -> Result<Vec<Candidate<'a>>, String> {
    let name = origin.and_then(Origin::binary);
    let is_named = |binary: &&Binary| match name {
        Some(name) => binary_name(&binary.executable).as_deref() == Some(name),
        None => true,
    };
    let named: Vec<_> = binaries.iter().filter(is_named).collect();
    if named.is_empty() {
        return Err(format!(
            "`cargo test` builds no test binary{}: name the package and the features that the \
             report is of",
            name.map_or_else(String::new, |name| format!(" {name}"))
        ));
    }
    let with_test = |test: &str| {
        let listing = named.iter().filter(|binary| lists(&binary.executable, &binary.folder, test));
        let candidate = |&binary| Candidate { binary, test: Some(test.to_owned()) };
        listing.map(candidate).collect::<Vec<_>>()
    };
    let listing = origin.and_then(Origin::test).map(with_test).unwrap_or_default();
    Ok(match listing.is_empty() {
        false => listing,
        true => named.into_iter().map(|binary| Candidate { binary, test: None }).collect(),
    })
}

/// Whether a binary lists the test.
fn lists(executable: &Path, folder: &Path, test: &str) -> bool {
    let mut command = Command::new(executable);
    command.args(["--list", "--exact", test]).current_dir(folder);
    command.stdin(Stdio::null()).stderr(Stdio::null());
    let output = command.output().map(|output| output.stdout).unwrap_or_default();
    let line = format!("{test}: test");
    String::from_utf8_lossy(&output).lines().any(|listed| listed == line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARTIFACT: &str = r#"{"reason":"compiler-artifact","manifest_path":"/w/a/Cargo.toml",
        "target":{"name":"oom"},"profile":{"test":TEST},"executable":EXECUTABLE}"#;

    fn message(test: &str, executable: &str) -> String {
        ARTIFACT.replace("TEST", test).replace("EXECUTABLE", executable)
    }

    #[test]
    fn lines_about_tests_are_recognised() {
        let found = binary(&message("true", "\"/t/debug/deps/oom-1a2b3c4d5e6f7081\"")).unwrap();
        assert_eq!(found.executable, Path::new("/t/debug/deps/oom-1a2b3c4d5e6f7081"));
        assert_eq!(found.folder, Path::new("/w/a"));
        for line in [
            &*message("false", "\"/t/debug/tool\""),
            &*message("true", "null"),
            r#"{"reason":"build-finished","success":true}"#,
            "no JSON",
        ] {
            assert!(binary(line).is_none(), "{line}");
        }
    }

    #[test]
    fn a_binary_is_known_by_its_name_and_the_tests_that_it_lists() {
        let this = std::env::current_exe().unwrap();
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let other = PathBuf::from("/none/other-1a2b3c4d5e6f7081");
        let binaries = [&other, &this]
            .map(|executable| Binary { executable: executable.clone(), folder: folder.clone() });
        let mut origin = Origin { binary: binary_name(&this), ..Origin::default() };
        for (test, filter) in [
            (None, None),
            (Some("none::of::these"), None),
            (Some("cli::shared::console::tests::any_text_is_one_line"), Some(())),
        ] {
            origin.test = test.map(str::to_owned);
            let found = of(Some(&origin), &binaries).unwrap();
            assert_eq!((found.len(), &found[0].binary.executable), (1, &this));
            assert_eq!(found[0].test.as_deref(), filter.and(test));
        }
        assert_eq!(of(None, &binaries).unwrap().len(), 2);
        origin.binary = Some("gone".to_owned());
        let error = of(Some(&origin), &binaries).unwrap_err();
        assert!(error.starts_with("`cargo test` builds no test binary gone: "), "{error}");
    }
}
