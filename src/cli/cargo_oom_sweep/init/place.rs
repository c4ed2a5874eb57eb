//! Finds out where everything goes: [`Place`]. It asks Cargo and looks at folders.
//!
//! It writes nothing.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::manifest;
use crate::cli::cargo_oom_sweep::workspace::{Package, Workspace, cargo, repository};

/// The crate, and the folders around it. All paths are absolute.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) package: String,
    pub(super) manifest: PathBuf,
    /// The text of the manifest.
    pub(super) text: String,
    pub(super) folder: PathBuf,
    /// The library's name in tests, if there is one.
    pub(super) library: Option<String>,
    /// The file of the sweeps.
    pub(super) sweeps: PathBuf,
    pub(super) workspace: PathBuf,
    /// The root of the repository, or else of the workspace.
    pub(super) repository: PathBuf,
}

impl Place {
    /// Finds the place of this manifest, or of the one that Cargo finds from the current folder.
    ///
    /// # Errors
    /// In one line: if there is none, if it cannot be read, or if it is only a workspace's.
    pub(super) fn find(manifest: Option<&Path>) -> Result<Self, String> {
        let manifest = locate(manifest)?;
        let name = manifest.display();
        let text = fs::read_to_string(&manifest);
        let text = text.map_err(|error| format!("cannot read {name}: {error}"))?;
        if !manifest::has_package(&manifest, &text)? {
            return Err(format!(
                "{name} is a workspace without a package of its own: run this in a member's \
                 folder, or name its Cargo.toml by --manifest-path"
            ));
        }
        let words = ["--manifest-path".into(), OsString::from(&manifest)];
        let Workspace { root, packages, .. } = Workspace::find(&words)?;
        let is_it = |package: &Package| package.manifest_path == manifest;
        let package = packages.into_iter().find(is_it);
        let package = package.ok_or_else(|| format!("`cargo metadata` does not know {name}"))?;
        Ok(Self::new(package, manifest, text, root))
    }

    fn new(package: Package, manifest: PathBuf, text: String, workspace: PathBuf) -> Self {
        let folder = manifest.parent().unwrap_or(Path::new("/")).to_owned();
        let mut targets = package.targets.iter();
        let library = targets.find(|target| target.is_any_of(&["lib", "rlib", "dylib"]));
        let library = library.map(|library| library.name.replace('-', "_"));
        // A test of this name may be anywhere, and a second one would be an error.
        let mut targets = package.targets.iter();
        let sweeps = targets.find(|test| test.is_any_of(&["test"]) && test.name == "oom");
        let sweeps = sweeps.map_or_else(|| folder.join("tests/oom.rs"), |it| it.src_path.clone());
        let repository = repository(&folder).unwrap_or(&workspace).to_owned();
        let package = package.name;
        Self { package, manifest, text, folder, library, sweeps, workspace, repository }
    }
}

/// Returns the manifest that Cargo finds.
fn locate(manifest: Option<&Path>) -> Result<PathBuf, String> {
    let mut command = cargo();
    command.args(["locate-project", "--message-format", "plain"]).stdin(Stdio::null());
    if let Some(manifest) = manifest {
        command.arg("--manifest-path").arg(manifest);
    }
    let output = command.output().map_err(|error| format!("cannot run cargo: {error}"))?;
    let text = |bytes| String::from_utf8_lossy(bytes).trim().to_owned();
    match output.status.success() {
        true => Ok(PathBuf::from(text(&output.stdout))),
        false => {
            let said = text(&output.stderr);
            let said = said.trim_start_matches("error: ");
            Err(format!("{said}: run this in a crate, or create one with `cargo new --lib`"))
        }
    }
}
