//! Where in the user's own code a finding is: [`Location`].
//!
//! Formats that point at files can point only at those of the workspace. Nobody edits the files of
//! std, of a registry's crate or of a build script's output. This file decides by the path alone
//! and opens no file: paths may come from another machine.

use std::path::{Component, Path};

use super::text::place_of_library;
use crate::harness::oracle::{Finding, Frame};

/// A place in a file of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Location<'a> {
    /// The path relative to the workspace, with `/` between its parts.
    pub(super) path: String,
    /// The line, counted from 1.
    pub(super) line: Option<u32>,
    /// The function there.
    pub(super) function: &'a str,
}

impl<'a> Location<'a> {
    /// Finds the first frame below `root`, the workspace: of the request, or else of the place
    /// where the code died.
    pub(super) fn of(finding: &'a Finding, root: &Path) -> Option<Self> {
        Self::first(&finding.stack, root).or_else(|| Self::first(&finding.died_at, root))
    }

    /// Finds the first of these frames that is in the workspace.
    pub(super) fn first(frames: &'a [Frame], root: &Path) -> Option<Self> {
        frames.iter().find_map(|frame| Self::of_frame(frame, root))
    }

    /// Returns the frame's location, if it is in the workspace.
    pub(super) fn of_frame(frame: &'a Frame, root: &Path) -> Option<Self> {
        let path = below(frame.file.as_deref()?, root)?;
        Some(Self { path, line: line_of(frame), function: &frame.function })
    }
}

/// Returns the frame's line. Debug info writes 0 for code that belongs to no line.
pub(super) fn line_of(frame: &Frame) -> Option<u32> {
    frame.line.filter(|&line| line > 0)
}

/// Returns the path relative to the workspace, if the file is in it. Relative paths are already
/// relative to the workspace: Cargo compiles its members from there.
pub(super) fn below(file: &str, root: &Path) -> Option<String> {
    if place_of_library(file).is_some() {
        return None;
    }
    let path = Path::new(file);
    let path = match path.is_absolute() {
        true => path.strip_prefix(root).ok()?,
        false => path,
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::CurDir => {}
            // The path leads out of the workspace.
            Component::ParentDir => {
                parts.pop()?;
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    (!parts.is_empty() && !is_built(&parts)).then(|| parts.join("/"))
}

/// Whether a build script has written the file: `target/…/build/name-hash/out/…`.
fn is_built(parts: &[&str]) -> bool {
    let mut parts = parts.iter();
    ["target", "build", "out"].iter().all(|folder| parts.any(|part| part == folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::report::samples;

    #[test]
    fn only_files_of_the_workspace_are_below_it() {
        for (file, path) in [
            ("/code/store/src/lib.rs", Some("src/lib.rs")),
            ("/code/store/tests/../src/./a b.rs", Some("src/a b.rs")),
            ("src/lib.rs", Some("src/lib.rs")),
            ("./src/lib.rs", Some("src/lib.rs")),
            ("src/../../other/lib.rs", None),
            ("/code/store2/src/lib.rs", None),
            ("/code/store/target/debug/build/x/out/gen.rs", None),
            ("/code/store/src/target/build.rs", Some("src/target/build.rs")),
            ("/code/store/.cargo/registry/src/index-01/slab-0.4.9/src/lib.rs", None),
            ("/rustc/59807616e1fa25/library/alloc/src/vec/mod.rs", None),
            ("/code/store", None),
            ("", None),
        ] {
            assert_eq!(below(file, Path::new("/code/store")).as_deref(), path, "{file}");
        }
        assert_eq!(below("/src/lib.rs", Path::new("/")).as_deref(), Some("src/lib.rs"));
    }

    #[test]
    fn the_place_of_death_replaces_a_stack_of_std() {
        let root = Path::new("/code/store");
        let finding = samples::panicked();
        let found = Location::of(&finding, root).unwrap();
        assert_eq!((&*found.path, found.line), ("src/store.rs", Some(77)));
        assert_eq!(found.function, "store::Store::commit");
        assert_eq!(Location::of(&finding, Path::new("/code/other")), None);

        let finding = samples::partial_update();
        let found = Location::of(&finding, root).unwrap();
        assert_eq!((&*found.path, found.line), ("store.rs", Some(912)));
    }

    #[test]
    fn line_0_is_none() {
        let frame = Frame { function: "f".to_owned(), file: None, line: Some(0) };
        assert_eq!(line_of(&frame), None);
    }
}
