//! Sweeps the targets of the type registry over their seeds: every request fails, transiently and
//! persistently, and there must be no finding. Also checks that operations that promise to make no
//! request make none.
//!
//! Each theme runs in two of the layouts, each with another history. Most modules are swept with
//! one fault per site. `oom-sweep sweep` in a release build covers the rest.

#![cfg(feature = "subjects")]

use std::fs;
use std::path::Path;

use oom_sweep::{AfterFault, FaultAlloc, Report, Strategy, Sweep, Target, targets};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

const OPERATIONS: &Target = &targets::type_registry::TARGET;
const MODULES: &Target = &targets::type_registry_wasm::TARGET;
const THREADS: &Target = &targets::type_registry_threads::TARGET;

const THEMES: [&str; 8] =
    ["shapes", "cycles", "subtypes", "deep", "trampolines", "modules", "refused", "lives"];
const LAYOUTS: [&str; 4] = ["dense", "hashed", "ordered", "structs"];
const SURROUNDINGS: [&str; 3] = ["cold", "warmed", "crowded"];

fn seed(target: &Target, name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name());
    fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[track_caller]
fn sweep(target: &Target, name: &str, strategy: Strategy, after: &[AfterFault]) -> Report {
    let sweep =
        after.iter().fold(Sweep::new(name).strategy(strategy), |sweep, after| sweep.after(*after));
    let report = target.sweep(&seed(target, name), sweep).unwrap();
    report.assert_clean();
    assert!(report.is_complete() && report.requests() > 0, "{report}");
    report
}

/// The seeds of a theme in two of the layouts, each with another history.
fn seeds(theme: usize) -> [String; 2] {
    [theme, theme + 2].map(|place| {
        let (layout, surroundings) = (LAYOUTS[place % 4], SURROUNDINGS[place % 3]);
        format!("{}-{layout}-{surroundings}.bin", THEMES[theme])
    })
}

#[test]
fn operations_survive_every_request() {
    for name in (0..THEMES.len()).flat_map(seeds) {
        let _ = sweep(
            OPERATIONS,
            &name,
            Strategy::EveryRequest,
            &[AfterFault::Succeed, AfterFault::FailAll],
        );
    }
}

/// Rollbacks and drops make no request.
#[test]
fn nothing_is_requested_after_a_failure() {
    for name in (0..THEMES.len()).map(|theme| seeds(theme)[0].clone()) {
        let _ = sweep(OPERATIONS, &name, Strategy::EveryRequest, &[AfterFault::Forbid]);
    }
    let _ = sweep(MODULES, "exceptions.wasm", Strategy::EveryRequest, &[AfterFault::Forbid]);
}

#[test]
fn modules_survive_every_request() {
    let both = [AfterFault::Succeed, AfterFault::FailAll];
    let _ = sweep(MODULES, "exceptions.wasm", Strategy::EveryRequest, &both);
    for name in [
        "chain.wasm",
        "cycle.wasm",
        "trampolines.wasm",
        "plain.wasm",
        "few-dense.bin",
        "some-hashed.bin",
        "some-ordered.bin",
        "many-structs.bin",
    ] {
        survives_at_every_site(MODULES, name);
    }
}

/// Sweeps one fault per site, for inputs with many requests or long runs.
fn survives_at_every_site(target: &Target, name: &str) {
    let both = [AfterFault::Succeed, AfterFault::FailAll];
    let _ = sweep(target, name, Strategy::UniqueSites { per_site: 1 }, &both);
}

#[test]
fn threads_that_take_turns_survive_at_every_site() {
    for name in [
        "cascade.bin",
        "exceptions.bin",
        "given-away.bin",
        "last-drop.bin",
        "modules.bin",
        "one-by-one.bin",
        "roots.bin",
        "trampolines.bin",
    ] {
        survives_at_every_site(THREADS, name);
    }
}

/// Sweeps the input at every site without a finding. Returns its number of requests, which may be
/// 0.
fn requests_survived(target: &Target, name: &str) -> u64 {
    let strategy = Strategy::UniqueSites { per_site: 1 };
    let sweep = Sweep::new(name).strategy(strategy).after(AfterFault::Succeed);
    let report = target.sweep(&seed(target, name), sweep.after(AfterFault::FailAll)).unwrap();
    report.assert_clean();
    assert!(report.is_complete(), "{report}");
    report.requests()
}

#[test]
fn what_a_fuzzer_found_is_survived_at_every_site() {
    let mut found = 0;
    for target in [OPERATIONS, MODULES, THREADS] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name());
        for entry in fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().to_string_lossy().into_owned();
            if name.starts_with("fuzzed-") {
                found += requests_survived(target, &name);
            }
        }
    }
    assert!(found > 0);
}

/// The code of the operation of this name.
fn code(name: &str) -> u8 {
    let is_it = |code: &u8| {
        let decoded = OPERATIONS.decode(&[0x10, *code, 0, 0, 0]).unwrap();
        !decoded.is_empty() && decoded.describe(0).split('(').next() == Some(name)
    };
    (0..32).find(is_it).unwrap_or_else(|| panic!("no operation is called {name}"))
}

/// The number of requests of these operations in a registry of this kind.
fn requests(kind: u8, operations: &[(&str, [u8; 3])]) -> u64 {
    let records = operations.iter().flat_map(|(name, [a, b, c])| [code(name), *a, *b, *c]);
    let bytes: Vec<u8> = [0x10 | kind].into_iter().chain(records).collect();
    let sweep = Sweep::new("requests").strategy(Strategy::Plans(Vec::new()));
    let report = OPERATIONS.sweep(&bytes, sweep).unwrap();
    report.assert_clean();
    report.requests()
}

#[test]
fn what_promises_no_request_makes_none() {
    let loud = [
        ("family", [2, 14, 0]),
        ("chain", [3, 2, 0]),
        ("function", [1, 14, 0]),
        ("module", [1, 0, 0]),
    ];
    let quiet = [
        ("again", [0, 0, 0]),
        ("again", [2, 0, 0]),
        ("root", [1, 0, 0]),
        ("root", [5, 0, 0]),
        ("root_of_none", [0, 0, 0]),
        ("clone", [0, 0, 0]),
        ("clone", [5, 0, 0]),
        ("clone_registry", [0, 0, 0]),
        ("is_subtype", [7, 6, 0]),
        ("query", [3, 0, 0]),
        ("query_none", [0, 0, 0]),
        ("get", [4, 0, 0]),
        ("types", [0, 0, 0]),
        ("stats", [0, 0, 0]),
        ("below_final", [0, 0, 0]),
        ("drop", [0, 0, 0]),
        ("drop_some", [0, 0x55, 0]),
        ("drop_collection", [0, 0, 0]),
        ("drop_all", [0, 0, 0]),
        ("stats", [0, 0, 0]),
    ];
    for kind in 0..12 {
        let before = requests(kind, &loud);
        assert!(before > 0);
        assert_eq!(requests(kind, &[&loud[..], &quiet].concat()), before, "kind {kind}");
    }
}
