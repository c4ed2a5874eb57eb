//! The fuzz targets' bodies over the corpus, as `cargo fuzz` calls them, without libFuzzer.
//!
//! Modules are left out: two fault-free runs of each are the business of other tests. So are
//! all other plans: the sweep's.

#![cfg(feature = "targets")]

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};

use oom_sweep::{FaultAlloc, targets};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

/// What libFuzzer would be guided by.
static COUNTERS: [AtomicU8; 1 << 12] = [const { AtomicU8::new(0) }; 1 << 12];

#[test]
fn the_corpus_is_clean_under_the_plans_that_it_spells_out() {
    for target in targets::TABLE {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name());
        let mut inputs = 0;
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "bin") {
                let bytes = fs::read(&path).unwrap();
                targets::fuzz(target, &bytes, &COUNTERS);
                // Each kind of fault, each under another sequel.
                for kinds in [0o00, 0o43, 0o64, 0o05, 0o46, 0o67] {
                    targets::fuzz(target, &[&bytes[..], &[0, 9, 7, kinds]].concat(), &COUNTERS);
                }
                inputs += 1;
            }
        }
        assert!(inputs > 0, "{}", folder.display());
    }
    let marked = COUNTERS.iter().filter(|counter| counter.load(Ordering::Relaxed) > 0).count();
    assert!(marked > targets::TABLE.len(), "a fuzzer is told of {marked} failures in all");
}

#[test]
fn bytes_that_are_no_input_are_of_no_interest() {
    for target in targets::TABLE {
        targets::fuzz(target, b"", &[]);
        targets::fuzz(target, b"\xff\xff\xff\xff", &[]);
    }
}
