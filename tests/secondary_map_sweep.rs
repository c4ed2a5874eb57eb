//! `SecondaryMap` swept: every method, the four kinds of values, every request.
//!
//! The seeds name the methods and the values (a test beside them sees to it that together
//! they cover every operation); here each is failed at every request, transient and persistent,
//! and must leave no finding. The real modules come at the end, the small one whole.

#![cfg(feature = "targets")]

use std::fs;
use std::path::{Path, PathBuf};

use oom_sweep::targets::secondary_map::{CEILING, decode};
use oom_sweep::{FaultAlloc, Sweep};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/secondary_map")
}

fn sweep(path: &Path) -> u64 {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let steps = decode(&fs::read(path).unwrap()).unwrap();
    let report = Sweep::new(name).ceiling(CEILING).run_steps(&steps);
    report.assert_clean();
    assert!(report.is_complete(), "{report}");
    report.runs()
}

fn sweep_seeds_of(value: &str) {
    let ending = format!("-{value}.bin");
    let entries = fs::read_dir(corpus()).unwrap().map(|entry| entry.unwrap().path());
    let seeds: Vec<_> = entries.filter(|path| path.to_string_lossy().ends_with(&ending)).collect();
    assert_eq!(seeds.len(), 8, "one seed for each theme");
    let runs: u64 = seeds.iter().map(|path| sweep(path)).sum();
    assert!(runs > 20, "{runs}");
}

#[test]
fn plain_values() {
    sweep_seeds_of("u32");
}

#[test]
fn values_whose_clones_allocate() {
    sweep_seeds_of("bytes");
}

#[test]
fn values_whose_default_allocates_when_cloned() {
    sweep_seeds_of("roomy");
}

#[test]
fn values_of_no_size() {
    sweep_seeds_of("unit");
}

#[test]
fn a_real_module() {
    assert!(sweep(&corpus().join("source-map.wasm")) > 0);
}
