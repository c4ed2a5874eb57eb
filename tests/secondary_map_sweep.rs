//! Sweeps `SecondaryMap`: every method, the four kinds of values, every request.
//!
//! The seeds name the methods and the values; a test beside them checks that they cover every
//! operation. Each seed is swept with a fault at every request, transient and persistent, and at
//! every pair of requests. There must be no finding. Last come the real modules, of which the small
//! one is swept completely.

#![cfg(feature = "subjects")]

use std::fs;
use std::path::{Path, PathBuf};

use oom_sweep::targets::secondary_map::{CEILING, decode};
use oom_sweep::{FaultAlloc, Strategy, Sweep};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/secondary_map")
}

fn sweep(path: &Path, strategy: Strategy) -> u64 {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let steps = decode(&fs::read(path).unwrap()).unwrap();
    // Values of no size make no request.
    let sweep = Sweep::new(name).allow_empty().ceiling(CEILING).strategy(strategy);
    let report = sweep.run_steps(&steps);
    report.assert_clean();
    assert!(report.is_complete(), "{report}");
    report.runs()
}

/// The number of runs.
fn sweep_seeds_of(value: &str, strategy: &Strategy) -> u64 {
    let ending = format!("-{value}.bin");
    let entries = fs::read_dir(corpus()).unwrap().map(|entry| entry.unwrap().path());
    let seeds: Vec<_> = entries.filter(|path| path.to_string_lossy().ends_with(&ending)).collect();
    assert_eq!(seeds.len(), 11, "one seed for each theme, 8 of them in layout version 1");
    seeds.iter().map(|path| sweep(path, strategy.clone())).sum()
}

#[test]
fn plain_values() {
    assert!(sweep_seeds_of("u32", &Strategy::EveryRequest) > 20);
}

#[test]
fn values_whose_clones_allocate() {
    assert!(sweep_seeds_of("bytes", &Strategy::EveryRequest) > 20);
}

#[test]
fn values_whose_default_allocates_when_cloned() {
    assert!(sweep_seeds_of("roomy", &Strategy::EveryRequest) > 20);
}

#[test]
fn values_of_no_size() {
    assert!(sweep_seeds_of("unit", &Strategy::EveryRequest) > 20);
}

#[test]
fn pairs_of_requests() {
    let values = ["u32", "bytes", "roomy", "unit"];
    let runs: u64 = values.iter().map(|value| sweep_seeds_of(value, &Strategy::Pairs)).sum();
    assert!(runs > 100, "{runs}");
}

#[test]
fn a_real_module() {
    assert!(sweep(&corpus().join("source-map.wasm"), Strategy::EveryRequest) > 0);
}
