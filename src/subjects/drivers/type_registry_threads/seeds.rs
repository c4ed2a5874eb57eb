//! The seeds of the corpus: programs as text, and pseudo-random orders.
//!
//! After a change, write them again with `WRITE_SEEDS=1 cargo test --lib
//! type_registry_threads::seeds`.

use super::super::modelled::VERSION;
use super::super::seeds::hold;
use super::super::type_registry_wasm::noise;
use super::program::{MOST, Operation};
use super::{Case, NAME};
use std::collections::BTreeSet;

/// Each entry: the name, the layout of tables, the programs, and the number of bytes of the order.
const SEEDS: &[(&str, u8, &[&str], usize)] = &[
    ("one-by-one", 0, &["register 4, look 0, drop 0", "register 4, subtype 0, drop 0"], 0),
    (
        "last-drop",
        0,
        &["register 1, drop 0, register 1", "register 1, drop 0", "root 0, look 0, register 7"],
        90,
    ),
    (
        "cascade",
        1,
        &["register 2, refer 0, drop 0, drop 0", "register 2, refer 0, subtype 0, drop_all"],
        80,
    ),
    (
        "modules",
        2,
        &["module 0, look 0, drop 0", "module 0, clone 0, drop 0", "register 3, root 3, module 3"],
        140,
    ),
    (
        "trampolines",
        3,
        &["module 2, drop 0, register 4", "register 4, drop 0, register 7", "module 2, look 0"],
        140,
    ),
    (
        "given-away",
        0,
        &["register 5, give 0, take 0, look 0", "take 0, register 5, clone 0, give 1", "take 0"],
        100,
    ),
    (
        "roots",
        1,
        &["register 2, root 0, drop 0, drop 0", "root 1, look 0, subtype 0, root 2", "root 5"],
        100,
    ),
    ("exceptions", 2, &["register 6, refer 0, module 3", "module 3, drop 0, register 6"], 70),
];

/// Encodes a seed.
pub(super) fn encode(layout: u8, programs: &[&str], order: &[u8]) -> Vec<u8> {
    let programs: Vec<Vec<_>> = programs.iter().map(|words| words.split(", ").collect()).collect();
    let length = programs.iter().map(Vec::len).max().unwrap_or_default();
    assert!(programs.len() == 2 || programs.len() == 3, "the number of tasks is 2 or 3");
    assert!((1..=MOST).contains(&length), "a program of {length} operations");
    let first = ((programs.len() - 2) | ((length - 1) << 1)) as u8;
    let mut bytes = vec![VERSION << 4 | layout, first];
    for program in &programs {
        let left_out = std::iter::repeat([15, 0]);
        let steps = program.iter().map(|words| step(words)).chain(left_out);
        bytes.extend(steps.take(length).flatten());
    }
    [&bytes, order].concat()
}

/// Encodes an operation from its text.
fn step(words: &str) -> [u8; 2] {
    let (name, a) = words.split_once(' ').unwrap_or((words, "0"));
    let code = Operation::ALL.iter().position(|(known, _)| *known == name);
    let code = code.unwrap_or_else(|| panic!("no operation is called {name}"));
    [code as u8, a.parse().expect("a number")]
}

/// The file names and contents of the seeds.
pub(super) fn seeds() -> impl Iterator<Item = (String, Vec<u8>)> {
    SEEDS.iter().map(|(name, layout, programs, count)| {
        let order: Vec<u8> = noise(*count as u64).take(*count).collect();
        (format!("{name}.bin"), encode(*layout, programs, &order))
    })
}

#[test]
fn the_corpus_equals_the_seeds_in_this_file() {
    hold(NAME, seeds());
}

#[test]
fn every_operation_is_in_a_seed() {
    let cases: Vec<_> = seeds().map(|(_, bytes)| Case::read(&bytes[1..])).collect();
    let steps = cases.iter().flat_map(|case| case.programs.iter().flatten());
    let used: BTreeSet<_> = steps.map(|step| format!("{:?}", step.operation)).collect();
    assert_eq!(used.len(), Operation::ALL.len(), "{used:?}");
}
