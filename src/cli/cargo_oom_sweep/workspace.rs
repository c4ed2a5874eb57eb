//! What Cargo says about the crate whose tests are run: [`Workspace`].

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

/// The workspace of the crate.
#[derive(Debug, Deserialize)]
pub(super) struct Workspace {
    #[serde(rename = "workspace_root")]
    pub(super) root: PathBuf,
    #[serde(rename = "target_directory")]
    pub(super) target: PathBuf,
    /// The packages of the workspace.
    pub(super) packages: Vec<Package>,
}

/// A crate.
#[derive(Debug, Deserialize)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) manifest_path: PathBuf,
    pub(super) targets: Vec<Target>,
}

/// A library, test or other target of it.
#[derive(Debug, Deserialize)]
pub(super) struct Target {
    pub(super) name: String,
    pub(super) kind: Vec<String>,
    pub(super) src_path: PathBuf,
}

impl Target {
    pub(super) fn is_any_of(&self, kinds: &[&str]) -> bool {
        self.kind.iter().any(|kind| kinds.contains(&kind.as_str()))
    }
}

impl Workspace {
    /// Asks Cargo. It passes the words for `cargo test` that name the crate.
    ///
    /// # Errors
    /// In one line, if Cargo cannot be run, or finds no crate.
    pub(super) fn find(words: &[OsString]) -> Result<Self, String> {
        let metadata = ["metadata", "--no-deps", "--format-version", "1"];
        let mut command = cargo();
        command.args(metadata).args(manifest(words)).stdin(Stdio::null());
        let output = command.output().map_err(|error| format!("cannot run cargo: {error}"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(said.trim().trim_start_matches("error: ").to_owned());
        }
        let parsed = serde_json::from_slice(&output.stdout);
        parsed.map_err(|error| format!("cannot read what `cargo metadata` prints: {error}"))
    }

    /// Returns the folder that source paths are shown relative to.
    pub(super) fn checkout(&self) -> &Path {
        repository(&self.root).unwrap_or(&self.root)
    }

    /// Returns the folder of all files that a run writes.
    pub(super) fn artefacts(&self) -> PathBuf {
        self.target.join("oom-sweep")
    }
}

/// Returns the root of the repository: this folder or one above it.
pub(super) fn repository(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| folder.join(".git").exists())
}

/// Returns Cargo: the one that called this program.
pub(super) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Returns the words that name the manifest.
fn manifest(words: &[OsString]) -> Vec<OsString> {
    let own = words.split(|word| word == "--").next().unwrap_or_default();
    let is_option = |word: &OsString| word.to_string_lossy().starts_with("--manifest-path");
    match own.iter().position(is_option) {
        Some(at) if own[at] == "--manifest-path" => own[at..].iter().take(2).cloned().collect(),
        Some(at) => vec![own[at].clone()],
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(words: &str) -> String {
        let words: Vec<_> = words.split(' ').map(OsString::from).collect();
        manifest(&words).join(" ".as_ref()).into_string().unwrap()
    }

    #[test]
    fn a_manifest_is_found_among_other_words() {
        assert_eq!(
            found("-p a --manifest-path a/Cargo.toml --lib"),
            "--manifest-path a/Cargo.toml"
        );
        assert_eq!(found("--manifest-path=a/Cargo.toml name"), "--manifest-path=a/Cargo.toml");
        assert_eq!(found("name -- --manifest-path x"), "");
    }

    #[test]
    fn this_crate_is_found() {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let workspace = Workspace::find(&["--manifest-path".into(), manifest.into()]).unwrap();
        assert_eq!(workspace.root, PathBuf::from(env!("CARGO_MANIFEST_DIR")));
        let error = Workspace::find(&["--manifest-path=/nowhere/Cargo.toml".into()]).unwrap_err();
        assert!(error.contains("/nowhere/Cargo.toml"), "{error}");
    }
}
