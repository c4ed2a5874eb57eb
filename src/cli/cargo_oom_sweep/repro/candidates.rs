//! Which test of which executable may have found a finding: [`of`].

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use super::super::binaries::{self, Binary};
use super::super::workspace::{Workspace, cargo};
use crate::harness::report::Origin;

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

/// Builds the tests that these words for `cargo test` select. The compiler prints to standard
/// error.
///
/// # Errors
/// In one line, if they do not build.
pub(super) fn build(words: &[OsString], workspace: &Workspace) -> Result<Vec<Binary>, String> {
    let mut command = cargo();
    command.args(["test", "--no-run", "--message-format", "json-render-diagnostics"]).args(words);
    command.stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().map_err(|error| format!("cannot run cargo: {error}"))?;
    if !output.status.success() {
        return Err(
            "the tests do not build: see the errors of `cargo test --no-run` above".to_owned()
        );
    }
    Ok(binaries::read(&output.stdout, workspace))
}

/// Returns the binaries that may contain a sweep of this origin, with its test. If no binary has
/// the test any more, or the test is not known, it returns whole binaries.
///
/// # Errors
/// In one line, if there is none, or if the report does not say which of several it is.
pub(super) fn of<'a>(
    origin: Option<&Origin>,
    binaries: &'a [Binary],
) -> Result<Vec<Candidate<'a>>, String> {
    let is_meant = |binary: &&Binary| origin.is_none_or(|origin| binary.may_be_of(origin));
    let meant: Vec<_> = binaries.iter().filter(is_meant).collect();
    if meant.is_empty() {
        let name = origin.and_then(|origin| origin.id("").place());
        return Err(format!(
            "`cargo test` builds no test binary{}: name the package and the features that the \
             report is of",
            name.map_or_else(String::new, |name| format!(" {name}"))
        ));
    }
    let with_test = |test: &str| {
        let listing = meant.iter().filter(|binary| lists(&binary.executable, &binary.folder, test));
        let candidate = |&binary| Candidate { binary, test: Some(test.to_owned()) };
        listing.map(candidate).collect::<Vec<_>>()
    };
    let listing = origin.and_then(Origin::test).map(with_test).unwrap_or_default();
    match listing.as_slice() {
        [] => Ok(meant.into_iter().map(|binary| Candidate { binary, test: None }).collect()),
        [_] => Ok(listing),
        // Another sweep of this name would be run instead.
        [first, ..] => Err(format!(
            "the report does not say in which binary it is, and {} have the test {}: choose one \
             with words for `cargo test`, such as -p {} or --test NAME",
            listing.iter().map(|one| one.binary.id.as_str()).collect::<Vec<_>>().join(", "),
            first.test.as_deref().unwrap_or_default(),
            first.binary.package,
        )),
    }
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
    use std::path::PathBuf;

    use super::*;
    use crate::harness::report::binary_name;

    const TEST: &str = "cli::shared::console::tests::any_text_is_one_line";

    fn binary(executable: &Path, package: &str) -> Binary {
        let (executable, folder) = (executable.to_owned(), env!("CARGO_MANIFEST_DIR").into());
        Binary { executable, folder, package: package.to_owned(), id: package.to_owned() }
    }

    #[test]
    fn a_binary_is_known_by_its_names_and_the_tests_that_it_lists() {
        let this = std::env::current_exe().unwrap();
        let other = PathBuf::from("/none/other-1a2b3c4d5e6f7081");
        let binaries = [binary(&other, "store"), binary(&this, "store")];
        let mut origin = Origin { binary: binary_name(&this), ..Origin::default() };
        for (test, filter) in
            [(None, None), (Some("none::of::these"), None), (Some(TEST), Some(()))]
        {
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

    #[test]
    fn the_package_decides_between_binaries_of_one_name() {
        let this = std::env::current_exe().unwrap();
        let binaries = [binary(&this, "log"), binary(&this, "store")];
        let (name, test) = (binary_name(&this), Some(TEST.to_owned()));
        let mut origin = Origin { binary: name, test, ..Origin::default() };
        let error = of(Some(&origin), &binaries).unwrap_err();
        assert!(error.contains("log, store have the test ") && !error.contains('\n'), "{error}");
        origin.package = Some("store".to_owned());
        let found = of(Some(&origin), &binaries).unwrap();
        assert_eq!((found.len(), found[0].binary), (1, &binaries[1]));
    }
}
