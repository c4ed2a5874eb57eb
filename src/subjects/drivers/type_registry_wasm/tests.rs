//! Tests the whole target without faults, over its corpus, arbitrary bytes, and real and broken
//! modules.

use super::*;
use crate::Steps;
use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};

/// Runs all steps and checks after each. Returns the greatest number of registered types.
fn run(name: &str, bytes: &[u8]) -> usize {
    let steps = decode(bytes).unwrap();
    let mut state = steps.setup();
    let mut most = 0;
    for index in 0..steps.len() {
        let what = steps.describe(index);
        steps.step(&mut state, index).unwrap_or_else(|oom| panic!("{name}: {what}: {oom}"));
        steps.check(&mut state).unwrap_or_else(|wrong| panic!("{name}: {what}: {wrong}"));
        most = most.max(steps.view(&mut state).lines().count());
    }
    most
}

fn corpus(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(folder)
}

#[test]
fn seeds_agree_with_the_model() {
    for entry in fs::read_dir(corpus(NAME)).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue; // `tests/regressions.rs` has those
        }
        let groups = run(&path.display().to_string(), &fs::read(&path).unwrap());
        assert!(groups > 1, "{}: the module has no types", path.display());
    }
}

#[test]
fn real_modules_agree_with_the_model() {
    for name in ["source-map.wasm", "sql-wasm.wasm", "web-tree-sitter.debug.wasm"] {
        run(name, &fs::read(corpus("secondary_map").join(name)).unwrap());
    }
}

#[test]
fn steps_are_described() {
    let steps = decode(&fs::read(corpus(NAME).join("plain.wasm")).unwrap()).unwrap();
    assert_eq!(steps.len(), 24);
    assert_eq!(steps.describe(1), "cold: register the module");
    assert_eq!(steps.describe(23), "crowded: drop everything, the roots first");
}

#[test]
fn what_is_wrong_is_one_line() {
    for (bytes, expected) in [
        (&b""[..], "the input is empty"),
        (b"\x21", "byte 0 is 0x21, layout version 2, where this build reads version 1 and modules"),
        (b"\x14", "byte 0 is 0x14, layout 4 of tables, of 4"),
        (b"\0asm", "unexpected end-of-file, at offset 0x4"),
        // A function type with a parameter that is not a type.
        (b"\0asm\x01\0\0\0\x01\x05\x01\x60\x01\x01\0", "at offset 0xd"),
    ] {
        let error = decode(bytes).unwrap_err();
        assert!(error.ends_with(expected) && !error.contains('\n'), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_choices_agree_with_the_model(
        layout in 0..4_u8,
        choices in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        run("any bytes", &[&[VERSION << 4 | layout][..], &choices].concat());
    }

    #[test]
    fn broken_modules_run_or_are_refused_in_one_line(
        hits in proptest::collection::vec((8..120_usize, any::<u8>()), 1..6),
    ) {
        let mut bytes = fs::read(corpus(NAME).join("cycle.wasm")).unwrap();
        for (at, byte) in hits {
            let at = at % bytes.len();
            bytes[at.max(8)] = byte;
        }
        match decode(&bytes) {
            Ok(_) => drop(run("a broken module", &bytes)),
            Err(error) => prop_assert!(error.contains("at offset 0x") && !error.contains('\n'), "{error}"),
        }
    }
}
