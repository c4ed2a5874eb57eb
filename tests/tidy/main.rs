//! The tree agrees with itself: lists, files and words that are said in more than one place.

#![cfg(feature = "subjects")]

mod imports;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Files below a folder of the tree, but for what is built.
fn files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let is_built = path.ends_with("target") || path.ends_with("fuzz/corpus");
            match path.is_dir() {
                true if !is_built => folders.push(path),
                false => found.push(path),
                true => {}
            }
        }
    }
    found
}

fn stems(folder: &str, extension: &str) -> BTreeSet<String> {
    let named = files(folder)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|found| found == extension));
    named.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn fuzz_targets_and_corpus_are_those_of_the_table() {
    let table: BTreeSet<_> =
        oom_sweep::targets::TABLE.iter().map(|target| target.name().to_owned()).collect();
    assert_eq!(stems("fuzz/fuzz_targets", "rs"), table);
    let folders = fs::read_dir(root().join("corpus")).unwrap().map(|entry| entry.unwrap());
    let corpus: BTreeSet<_> = folders
        .filter(|entry| entry.path().is_dir() && entry.file_name() != "licences")
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(corpus, table);
}

#[test]
fn every_source_file_says_what_it_is_for() {
    for folder in ["src", "tests", "benches", "examples", "fuzz/fuzz_targets"] {
        for path in files(folder) {
            if path.extension().is_some_and(|extension| extension == "rs") {
                let text = read(&path);
                assert!(text.starts_with("//!"), "{} does not open with //!", path.display());
            }
        }
    }
}

#[test]
fn licences_lie_beside_the_modules() {
    for path in files("corpus") {
        if path.extension().is_some_and(|extension| extension == "wasm") {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            assert!(read("corpus/README.md").contains(&name), "{name}");
        }
    }
}
