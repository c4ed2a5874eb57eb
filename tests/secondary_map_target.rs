//! Runs the target `secondary_map` without faults but with a ceiling, over its whole corpus and
//! arbitrary bytes. So operations whose requests exceed the ceiling are covered.
//!
//! This binary has an allocator with such a ceiling. The sweeps cover faults.

#![cfg(feature = "subjects")]

use oom_sweep::Steps;
use oom_sweep::targets::secondary_map::{CEILING, NAME, decode};
use proptest::prelude::*;
use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::path::PathBuf;

struct Ceiling;

#[global_allocator]
static ALLOC: Ceiling = Ceiling;

// SAFETY: every block is the system allocator's; requests above the ceiling get null, which a
// caller of `alloc` and `realloc` has to expect.
unsafe impl GlobalAlloc for Ceiling {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() > CEILING {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promise is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size > CEILING {
            return std::ptr::null_mut();
        }
        // SAFETY: as above; the block came from the system allocator.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}

/// Runs every step. A step that fails must leave the view as it was, and must fail again.
fn run(name: &str, bytes: &[u8]) {
    let steps = decode(bytes).unwrap();
    let mut state = steps.setup();
    for index in 0..steps.len() {
        let what = steps.describe(index);
        let refused = what.ends_with("// refused");
        let before = refused.then(|| steps.view(&mut state));
        for _ in 0..if refused { 2 } else { 1 } {
            let result = steps.step(&mut state, index);
            assert_eq!(result.is_err(), refused, "{name}: {what}: {result:?}");
        }
        if before.is_some() {
            assert_eq!(before, Some(steps.view(&mut state)), "{name}: {what}");
            steps.check(&mut state).unwrap_or_else(|wrong| panic!("{name}: {what}: {wrong}"));
        }
    }
    steps.check(&mut state).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
}

#[test]
fn the_corpus_runs_under_the_ceiling() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(NAME);
    let mut files = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue; // `tests/regressions.rs` has those
        }
        run(&path.display().to_string(), &fs::read(&path).unwrap());
        files += 1;
    }
    assert!(files > 32);
}

/// How many steps `bytes` decode to, and a hash (FNV-1a) of their descriptions, a line each.
fn meaning(bytes: &[u8], hash: u64) -> (usize, u64) {
    let steps = decode(bytes).unwrap();
    let lines = (0..steps.len()).map(|index| steps.describe(index) + "\n").collect::<String>();
    let add = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    (steps.len(), lines.bytes().fold(hash, add))
}

/// The table has what the decoder of layout version 1 made of the corpus and of drawn inputs,
/// before version 2: a file or a kind, the number of its steps, and the hash of their descriptions
/// in today's words. Its last lines are for drawn inputs.
#[test]
fn inputs_in_version_1_mean_what_they_meant() {
    const START: u64 = 0xcbf2_9ce4_8422_2325;
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(NAME);
    let mut seed = 1_u64;
    let mut files = 0;
    for line in include_str!("secondary_map_version_1.txt").lines() {
        let name = line.split(' ').next().unwrap();
        let (steps, hash) = if let Some(kind) = name.strip_prefix("random-") {
            let kind = u8::from_str_radix(kind, 16).unwrap();
            (0..512).fold((0, START), |(steps, hash), _| {
                let mut bytes = vec![kind];
                bytes.resize_with(25, || {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005);
                    seed = seed.wrapping_add(1_442_695_040_888_963_407);
                    (seed >> 56) as u8
                });
                let (more, hash) = meaning(&bytes, hash);
                (steps + more, hash)
            })
        } else {
            match fs::read(corpus.join(name)) {
                Ok(bytes) => meaning(&bytes, START),
                // Minimising the corpus may remove what fuzzing has found.
                Err(_) if name.starts_with("fuzzed-") => continue,
                Err(error) => panic!("{name}: {error}"),
            }
        };
        assert_eq!(format!("{name} {steps} {hash:016x}"), line);
        files += 1;
    }
    assert!(files > 38, "{files} of the table's lines were compared");
}

proptest! {
    #[test]
    fn any_operations_run_under_the_ceiling(
        kind in prop_oneof![0x10..0x14_u8, 0x20..0x24_u8],
        records in proptest::collection::vec(any::<[u8; 4]>(), 0..100),
    ) {
        run("any bytes", &[&[kind][..], records.as_flattened()].concat());
    }
}
