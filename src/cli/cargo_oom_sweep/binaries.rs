//! The executables of a crate's tests, as Cargo names them: [`read`] finds them in its messages.
//!
//! A process does not know whether it is a library's unit tests or a program's of the same name. So
//! [`complete`] adds to each report what Cargo knows about its binary. `repro` finds the binary of a
//! report by the same names.

use std::path::PathBuf;

use serde::Deserialize;

use super::workspace::Workspace;
use crate::harness::report::{Origin, Report, binary_name, hash_of};

/// A test binary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Binary {
    pub(super) executable: PathBuf,
    /// The folder of its package, in which tests run.
    pub(super) folder: PathBuf,
    pub(super) package: String,
    /// The name that nextest gives it.
    pub(super) id: String,
}

/// A line of Cargo's JSON output.
#[derive(Deserialize)]
struct Message {
    reason: String,
    manifest_path: Option<PathBuf>,
    target: Option<MessageTarget>,
    executable: Option<PathBuf>,
    profile: Option<Profile>,
}

#[derive(Deserialize)]
struct MessageTarget {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

/// Finds the test binaries in the output of `cargo test --message-format json`.
pub(super) fn read(messages: &[u8], workspace: &Workspace) -> Vec<Binary> {
    let text = String::from_utf8_lossy(messages);
    text.lines().filter_map(|line| binary(line, workspace)).collect()
}

/// Returns the binary of a line, if it has one.
fn binary(line: &str, workspace: &Workspace) -> Option<Binary> {
    let message: Message = serde_json::from_str(line).ok()?;
    let is_test = message.profile.is_some_and(|profile| profile.test);
    if message.reason != "compiler-artifact" || !is_test {
        return None;
    }
    let manifest = message.manifest_path?;
    let package = workspace.packages.iter().find(|package| package.manifest_path == manifest)?;
    let package = package.name.clone();
    let id = id(&package, &message.target?);
    Some(Binary {
        executable: message.executable?,
        folder: manifest.parent()?.to_owned(),
        package,
        id,
    })
}

/// Names a binary as nextest does.
fn id(package: &str, target: &MessageTarget) -> String {
    let name = &target.name;
    match target.kind.first().map(String::as_str) {
        Some("test") => format!("{package}::{name}"),
        Some(kind @ ("bin" | "example" | "bench" | "proc-macro")) => {
            format!("{package}::{kind}/{name}")
        }
        // A library of any kind: a package has only one.
        _ => package.to_owned(),
    }
}

impl Binary {
    /// Whether it may be the binary of this origin, maybe of another build.
    pub(super) fn may_be_of(&self, origin: &Origin) -> bool {
        let is = |known: Option<&str>, this: &str| known.is_none_or(|known| known == this);
        let stem = binary_name(&self.executable).unwrap_or_default();
        is(origin.binary(), &stem)
            && is(origin.package(), &self.package)
            && is(origin.binary_id(), &self.id)
    }
}

/// Adds to the origins of reports what Cargo knows about their binaries.
pub(super) fn complete(reports: &mut [Report], binaries: &[Binary]) {
    for origin in reports.iter_mut().filter_map(|report| report.origin.as_mut()) {
        // Documentation tests have no binary here.
        let is_known = origin.binary_id.is_some() || origin.binary.is_none();
        let candidates = binaries.iter().filter(|binary| !is_known && binary.may_be_of(origin));
        let candidates: Vec<_> = candidates.collect();
        let is_build = |binary: &&&Binary| hash_of(&binary.executable).ok() == origin.build;
        let found = match candidates.as_slice() {
            [one] => Some(*one),
            several => several.iter().find(is_build).copied(),
        };
        if let Some(Binary { package, id, .. }) = found {
            (origin.package, origin.binary_id) = (Some(package.clone()), Some(id.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::harness::report::samples;

    const ARTIFACT: &str = r#"{"reason":"compiler-artifact","manifest_path":"/w/a/Cargo.toml",
        "target":{"name":"oom","kind":["KIND"]},"profile":{"test":TEST},"executable":EXECUTABLE}"#;

    fn workspace() -> Workspace {
        let metadata = r#"{"workspace_root":"/w","target_directory":"/t","packages":[
            {"name":"store","manifest_path":"/w/a/Cargo.toml","targets":[]}]}"#;
        serde_json::from_str(metadata).unwrap()
    }

    fn message(kind: &str, test: &str, executable: &str) -> String {
        let artifact = ARTIFACT.replace('\n', "").replace("TEST", test).replace("KIND", kind);
        artifact.replace("EXECUTABLE", executable)
    }

    #[test]
    fn lines_about_tests_are_recognised() {
        let executable = "\"/t/debug/deps/oom-1a2b3c4d5e6f7081\"";
        for (kind, id) in [
            ("test", "store::oom"),
            ("lib", "store"),
            ("rlib", "store"),
            ("bin", "store::bin/oom"),
            ("example", "store::example/oom"),
        ] {
            let line = message(kind, "true", executable);
            let [found] = &read(line.as_bytes(), &workspace())[..] else { panic!("{line}") };
            assert_eq!(found.executable, Path::new("/t/debug/deps/oom-1a2b3c4d5e6f7081"));
            assert_eq!((&*found.folder, &*found.package), (Path::new("/w/a"), "store"));
            assert_eq!(found.id, id);
        }
        for line in [
            &*message("test", "false", "\"/t/debug/tool\""),
            &*message("test", "true", "null"),
            r#"{"reason":"build-finished","success":true}"#,
            "no JSON",
        ] {
            assert_eq!(read(line.as_bytes(), &workspace()), [], "{line}");
        }
    }

    #[test]
    fn a_report_learns_its_binary_and_two_of_one_name_are_told_apart_by_their_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let binary = |name: &str, package: &str, id: &str| {
            let executable = folder.path().join(name);
            std::fs::write(&executable, id).unwrap();
            let (folder, package, id) = (PathBuf::new(), package.to_owned(), id.to_owned());
            Binary { executable, folder, package, id }
        };
        let binaries = [
            binary("store-0000000000000001", "store", "store"),
            binary("store-0000000000000002", "store", "store::bin/store"),
            binary("oom-0000000000000003", "store", "store::oom"),
            binary("oom-0000000000000004", "log", "log::oom"),
        ];
        let text = |text: &str| Some(text.to_owned());
        let learnt = |package: Option<&str>, stem: &str, build: Option<String>| {
            let package = package.map(str::to_owned);
            let origin = Origin { package, binary: text(stem), build, ..Origin::default() };
            let mut reports = [Report { origin: Some(origin), ..samples::clean() }];
            complete(&mut reports, &binaries);
            reports[0].origin().unwrap().binary_id().map(str::to_owned)
        };
        assert_eq!(learnt(Some("log"), "oom", None), text("log::oom"));
        assert_eq!(learnt(None, "oom", None), None);
        assert_eq!(learnt(Some("store"), "store", None), None);
        let build = hash_of(&binaries[1].executable).ok();
        assert_eq!(learnt(Some("store"), "store", build), text("store::bin/store"));
    }
}
