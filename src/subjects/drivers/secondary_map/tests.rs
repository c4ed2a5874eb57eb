//! The seeds of the target in words, and what is special to it: modules, and the old layout.
//!
//! The tests of `modelled` run the target like all others of its kind. What only a ceiling refuses
//! is done in `tests/secondary_map_target.rs`.

use super::super::erased_steps::State;
use super::super::modelled::Seed;
use super::*;
use crate::Steps;
use proptest::prelude::*;
use std::fs;
use std::path::PathBuf;

/// Operand b counts up with operand a in a range: from 64 on through the edges, from 80 on through
/// numbers that say nothing.
pub(super) const SEEDS: &[Seed] = &[
    (
        "keys",
        "insert 0..9 80 3, insert_or_return 9 80 5, insert_or_return 2 80 6, get 3, get 50, index 3, index 50, get_each 7 0 96, get_mut 2 0 7, get_mut 50 0 7, remove 3, remove 3, remove 55, swap_ends, reverse, insert 44 1 2, resize 40, resize 9, with_default 0 0 4, insert 12 0 1, remove 12, resize 63",
    ),
    (
        "makers",
        "from_vec 0 0 197, iterate, reverse, clone, into_iter, compare 9, compare 3, debug, new, insert 5 0 3, default, with_capacity 9, extend 5 0 174, extend 20 128 118, from_iter 9 128 101, extend 40 0 253, clear, compare 0, swap_ends",
    ),
    (
        "edges",
        "insert 2 0 5, get 0..16 64, index 0..16 64, get_mut 0..16 64 3, remove 0..16 64, insert 0..16 64 6, insert_or_return 0..16 64 2, get_each 0 77 96, iterate, into_iter, clone, clear, compare 0..16 64, extend 0 79 140, extend 0 206 140, from_iter 0 79 140, with_capacity 0..16 64, resize 0..16 64, iterate, reverse, swap_ends, debug",
    ),
];

/// Takes all steps that are not refused, and checks often.
fn run(name: &str, bytes: &[u8]) -> State<String> {
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
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(NAME);
    fs::read(corpus.join(name)).unwrap()
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
    let steps = decode(&module("source-map.wasm")).unwrap();
    let mut state = steps.setup();
    for index in 0..3 {
        steps.step(&mut state, index).unwrap();
    }
    assert_eq!(
        steps.view(&mut state),
        "{types: {len: 3, default: 4294967295, k0..=k2: as read}, \
         names: {len: 0, default: \"<unnamed>\"}}"
    );
}

/// In both layouts.
#[test]
fn steps_are_described() {
    let old = [0x1d, 0, 0, 17, 3, 0xef, 3, 15, 0xb2, 31, 0, 0, 0, 7, 0b110, 1, 0, 11, 0, 0, 1, 2];
    let new = [0x21, 0, 17, 80, 3, 47, 0, 207, 242, 7, 1, 1, 0, 11, 0, 0, 1];
    for bytes in [&old[..], &new] {
        assert_eq!(
            format!("{:?}", decode(bytes).unwrap()),
            "[\"insert(k17, 3)\", \"extend([(k0, 2), (k2, 3), (k4, 4), (k6, 5), (k8, 6), (k10, 7), \
             (k12, 0), (k(usize::MAX), 1)].with_huge_size_hint()) // refused\", \"resize(257)\", \
             \"with_default(1)\"]"
        );
    }
    let steps = decode(&module("web-tree-sitter.debug.wasm")).unwrap();
    assert!(steps.describe(1).starts_with("names.insert(k0, \""), "{}", steps.describe(1));
    assert_eq!(steps.describe(usize::MAX), format!("no step {}", usize::MAX));
}

#[test]
fn sequences_are_bounded() {
    let many = [&[0x20][..], &[8; 4 * 1000]].concat();
    assert_eq!(decode(&many).unwrap().len(), 256);
    // Copies of a map of 4,001 values; the bound is four times 4,096.
    let copies = [&[0x20, 7 | 32, 0xa1, 0xf, 0][..], &[14, 0, 0, 0].repeat(5)].concat();
    assert_eq!(decode(&copies).unwrap().len(), 4);
}

#[test]
fn wrong_answers_and_contents_are_noticed() {
    let mut maps = Maps::<u32>::with_default(0);
    assert_eq!(maps.insert(2, 1), Ok(Ok(())));
    assert_eq!(maps.check(), Ok(()));
    maps.damage(|map| assert_eq!(map.insert(Key(2), 2), Ok(Some(1))));
    assert_eq!(maps.check(), Err("k2 is 2, and not 1".into()));
    assert_eq!(maps.get(2), Ok(Err("`get` gives another value".into())));
    assert_eq!(maps.insert(2, 1), Ok(Err("another value before".into())));
    maps.damage(|map| map.resize(4).unwrap());
    assert_eq!(maps.check(), Err("length 4, and not 3".into()));
}

#[test]
fn a_refused_step_must_not_succeed() {
    struct Empty;
    impl Pair for Empty {
        const OPERATIONS: &'static [Operation<Self>] = &[Operation::new("do", |_, _| Ok(Ok(())))];
        fn new() -> Self {
            Self
        }
        fn is_refused(name: &str, o: Operands) -> bool {
            name == "do" && o.a == 1
        }
        fn check(&self) -> ClaimResult {
            Ok(())
        }
        fn view(&self) -> String {
            String::new()
        }
    }
    let target = Modelled {
        name: "twin",
        version: 1,
        kinds: const { &[Kind::of::<Empty>("empty")] },
        bombs: None,
        seeds: &[],
    };
    let steps = target.decode(&[0x10, 0, 0, 0, 0, 0, 1, 0, 0]).unwrap();
    let mut state = steps.setup();
    steps.step(&mut state, 0).unwrap();
    assert_eq!(steps.check(&mut state), Ok(()));
    steps.step(&mut state, 1).unwrap();
    let wrong = steps.check(&mut state).unwrap_err();
    assert!(wrong.starts_with("do // refused: it succeeded"), "{wrong}");
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
    fn any_old_operations_agree_with_the_model(
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
