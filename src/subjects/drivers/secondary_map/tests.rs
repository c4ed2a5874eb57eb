//! The target as a whole, without faults: over its corpus, over any bytes, over broken modules.
//!
//! What only a ceiling refuses is left out here, and done in `tests/secondary_map_target.rs`.

use super::super::erased_steps::State;
use super::seeds::{folder, seeds};
use super::*;
use crate::Steps;
use proptest::prelude::*;
use std::fs;
use std::sync::Arc;

/// Takes all steps that are not refused, and checks often.
fn run(name: &str, bytes: &[u8]) -> State<View> {
    let steps = decode(bytes).unwrap();
    let mut state = steps.setup();
    let every = steps.len() / 256 + 1;
    for index in (0..steps.len()).filter(|index| !steps.is_refused(*index)) {
        let what = steps.describe(index);
        steps.step(&mut state, index).unwrap_or_else(|oom| panic!("{name}: {what}: {oom}"));
        if index % every == 0 {
            steps.check(&mut state).unwrap_or_else(|wrong| panic!("{name}: {what}: {wrong}"));
        }
    }
    steps.check(&mut state).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
    state
}

fn module(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).unwrap()
}

#[test]
fn seeds_agree_with_the_model() {
    for (name, bytes) in seeds() {
        run(&name, &bytes);
    }
}

#[test]
fn modules_agree_with_what_was_read() {
    // What a look at the sections says of them: imported and defined functions, and names.
    for (name, imported, defined, named) in [
        ("source-map.wasm", 1, 67, 0),
        ("sql-wasm.wasm", 40, 1968, 0),
        ("web-tree-sitter.debug.wasm", 11, 766, 720),
    ] {
        let bytes = module(name);
        let read = wasm::read(&bytes).unwrap();
        let with_name = read.iter().filter(|function| function.name.is_some()).count();
        assert_eq!((read.len(), with_name), (imported + defined, named), "{name}");
        run(name, &bytes);
    }
}

#[test]
fn a_view_says_what_a_module_has_become() {
    let bytes = module("source-map.wasm");
    let steps = decode(&bytes).unwrap();
    let mut state = steps.setup();
    for index in 0..3 {
        steps.step(&mut state, index).unwrap();
    }
    let view = format!("{:?}", steps.view(&mut state));
    assert_eq!(
        view,
        "{types: {len: 3, default: 4294967295, k0..=k2: as read}, \
         names: {len: 0, default: \"<unnamed>\"}}"
    );
}

#[test]
fn steps_are_described() {
    let bytes = [0x11, 0, 0, 17, 3, 0xef, 3, 15, 0xb2, 11, 0, 0, 1];
    assert_eq!(
        format!("{:?}", decode(&bytes).unwrap()),
        r#"["insert(k17, [3; 3])", "try_extend([(k0, [2; 2]), (k2, [3; 3]), (k4, [4; 8]), (k6, [5; 24]), (k8, [6; 64]), (k10, [7; 200]), (k12, []), (k(usize::MAX), [1; 1])].with_huge_size_hint()) // refused", "= SecondaryMap::with_default([1; 1])"]"#
    );
    let steps = decode(&module("web-tree-sitter.debug.wasm")).unwrap();
    assert!(steps.describe(1).starts_with("names.insert(k0, \""), "{}", steps.describe(1));
    assert_eq!(steps.describe(usize::MAX), format!("no step {}", usize::MAX));
}

#[test]
fn wrong_answers_and_contents_are_noticed() {
    let insert = |key, value| operation::Operation::Insert { key, value };
    let script = |operations| Arc::new(script::Script::new("map", vec![0_u32, 1, 2], operations));
    // A map taken through one script and checked against another.
    let mut state = script::Performance::new(script(vec![insert(2, 1)]));
    state.step(0).unwrap();
    state.check().unwrap();
    state.follow(script(vec![insert(2, 2)]));
    assert_eq!(state.check(), Err("k2 is 1, and not 2".into()));
    state.follow(script(vec![insert(3, 1), operation::Operation::Get(2)]));
    assert_eq!(state.check(), Err("length 3, and not 4".into()));
    state.step(1).unwrap();
    assert_eq!(state.check(), Err("get(k2): the answer is another value".into()));
}

#[test]
fn nothing_is_an_error() {
    assert_eq!(decode(&[]).unwrap_err(), "the input is empty");
}

/// A cut-off module either reads, if the cut is between sections, or says where it ends.
#[test]
fn truncated_modules_are_refused_in_one_line() {
    for name in ["source-map.wasm", "sql-wasm.wasm", "web-tree-sitter.debug.wasm"] {
        let bytes = module(name);
        let step = if bytes.len() > 100_000 { 1009 } else { 97 };
        for end in (4..bytes.len()).step_by(step) {
            match decode(&bytes[..end]) {
                Ok(steps) => drop(steps.describe(0)),
                Err(error) => {
                    assert!(error.contains("at offset 0x") && !error.contains('\n'), "{error}");
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn any_operations_agree_with_the_model(
        kind in 0x10..0x14_u8,
        records in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        run("any bytes", &[&[kind][..], &records].concat());
    }

    #[test]
    fn any_bytes_decode_or_are_refused_in_one_line(bytes: Vec<u8>) {
        match decode(&bytes) {
            Ok(steps) => drop(format!("{steps:?}")),
            Err(error) => prop_assert!(!error.contains('\n')),
        }
    }

    /// Hits on the framing of a small module: none panics, and what still reads still runs.
    #[test]
    fn broken_modules_run_or_are_refused(
        hits in proptest::collection::vec((8..48_526_usize, any::<u8>()), 1..8),
        near in 8..400_usize,
    ) {
        let mut bytes = module("source-map.wasm");
        for (at, byte) in hits {
            bytes[at] = byte;
            bytes[near] = byte;
        }
        match decode(&bytes) {
            Ok(_) => drop(run("a broken module", &bytes)),
            Err(error) => prop_assert!(error.contains("at offset 0x") && !error.contains('\n')),
        }
    }
}
