//! The tree agrees with itself: lists, files and words that are said in more than one place.

#![cfg(feature = "targets")]

mod docs;
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
fn readme_table_fuzz_targets_and_corpus_name_the_same_targets() {
    let table: BTreeSet<_> =
        oom_sweep::targets::TABLE.iter().map(|target| target.name().to_owned()).collect();
    let readme = read("README.md");
    let rows = readme.split("<!-- targets -->").nth(1).unwrap().split("\n\n").nth(1).unwrap();
    let named = rows.lines().skip(2).map(|row| row.split('`').nth(1).unwrap().to_owned());
    assert_eq!(named.collect::<BTreeSet<_>>(), table);
    assert_eq!(stems("fuzz/fuzz_targets", "rs"), table);
    let folders = fs::read_dir(root().join("corpus")).unwrap().map(|entry| entry.unwrap());
    let corpus: BTreeSet<_> = folders
        .filter(|entry| entry.path().is_dir() && entry.file_name() != "licences")
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(corpus, table);
}

#[test]
fn readme_explains_every_kind() {
    let readme = read("README.md");
    for kind in oom_sweep::FindingKind::ALL {
        assert!(readme.contains(&format!("| `{kind}` |")), "{kind}");
    }
}

#[test]
fn readme_lists_every_variable_and_strategy() {
    let readme = read("README.md");
    let mut variables = BTreeSet::new();
    for path in files("src/sweep") {
        let text = read(&path);
        let is_of_name = |c: char| c.is_ascii_uppercase() || c == '_';
        let rests = text.split("\"OOM_SWEEP_").skip(1);
        let names = rests.filter_map(|rest| rest.split_once('"')).map(|(name, _)| name);
        variables.extend(names.filter(|name| name.chars().all(is_of_name)).map(str::to_owned));
    }
    assert_eq!(variables.len(), 7, "{variables:?}");
    for name in variables {
        assert!(readme.contains(&format!("\n| `OOM_SWEEP_{name}` |")), "{name}");
    }
    let (_, table) = readme.split_once("| strategy | written |").expect("the table of strategies");
    let rows = table.lines().skip(2).map_while(|row| row.trim().strip_prefix('|'));
    let written: Vec<_> = rows.map(|row| row.split('`').nth(3).expect("its text form")).collect();
    assert_eq!(written.len(), 5, "{written:?}");
    for text in written {
        assert!(text.parse::<oom_sweep::Strategy>().is_ok(), "{text}");
    }
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
fn scripts_are_listed() {
    let list = read("scripts/README.md");
    for path in files("scripts") {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(name == "README.md" || list.contains(&format!("`{name}")), "{name}");
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
