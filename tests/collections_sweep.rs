//! Sweeps every collection that has a model, over the seeds of its target: fails every request,
//! transiently and persistently, and then every pair of requests. There must be no finding.
//!
//! The seeds cover every operation and every type of values; a test beside them checks that.
//! `SecondaryMap` and the type registry have their own files.

#![cfg(feature = "subjects")]

use std::fs;
use std::path::Path;

use oom_sweep::{FaultAlloc, Strategy, Sweep, Target, targets};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

/// Sweeps each seed of a target. Only hand-written seeds are swept under pairs of faults.
fn sweep_corpus(name: &str, strategy: Strategy) {
    let target = target(name);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let mut requests = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let seed = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_left_out = seed.starts_with("fuzzed-") && strategy == Strategy::Pairs;
        if path.is_dir() || is_left_out {
            continue; // `tests/regressions.rs` has those in folders
        }
        let sweep = Sweep::new(format!("{name}/{seed}")).strategy(strategy.clone());
        let report = target.sweep(&fs::read(&path).unwrap(), sweep).unwrap();
        report.assert_clean();
        assert!(report.is_complete(), "{report}");
        requests += report.requests();
    }
    assert!(requests > 0, "{name} makes no request");
}

fn target(name: &str) -> &'static Target {
    targets::TABLE.iter().find(|target| target.name() == name).unwrap()
}

macro_rules! collections {
    ($($name:ident)*) => {
        const SWEPT: &[&str] = &[$(stringify!($name)),*];

        mod every_request {$(
            #[test]
            fn $name() {
                super::sweep_corpus(stringify!($name), super::Strategy::EveryRequest);
            }
        )*}

        mod pairs {$(
            #[test]
            fn $name() {
                super::sweep_corpus(stringify!($name), super::Strategy::Pairs);
            }
        )*}
    };
}

collections!(secondary_map_serde primary_map slab try_arc try_box try_btree_map try_hash_map try_hash_set try_string try_vec);

#[test]
fn every_collection_is_swept() {
    // Readers make no request.
    let others = ["secondary_map", "plan_text", "report_json"];
    let is_elsewhere = |name: &str| others.contains(&name) || name.starts_with("type_registry");
    let table = targets::TABLE.iter().map(Target::name).filter(|name| !is_elsewhere(name));
    assert_eq!(table.collect::<Vec<_>>(), SWEPT);
}
