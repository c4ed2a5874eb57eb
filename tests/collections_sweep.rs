//! Every collection that has a model, swept: over the seeds of its target's corpus every request
//! fails, transient and persistent, and then every pair of requests; nothing may be found.
//!
//! The seeds cover every operation and every type of values (a test beside them sees to that).
//! `SecondaryMap`, whose target came first, and the type registry have files of their own.

#![cfg(feature = "targets")]

use std::fs;
use std::path::Path;

use oom_sweep::{FaultAlloc, Strategy, Sweep, Target, targets};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

/// Sweeps each seed of a target in turn.
fn sweep_corpus(name: &str, strategy: Strategy) {
    let target = target(name);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let mut requests = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue; // `tests/regressions.rs` has those
        }
        let seed = path.file_name().unwrap().to_string_lossy().into_owned();
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
    // The last two make no request.
    let others =
        ["secondary_map", "type_registry", "type_registry_wasm", "plan_text", "report_json"];
    let table = targets::TABLE.iter().map(Target::name).filter(|name| !others.contains(name));
    assert_eq!(table.collect::<Vec<_>>(), SWEPT);
}
