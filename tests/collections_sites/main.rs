//! Checks that the sweeps fail every request in `src/subjects/collections`. A new request without a
//! seed, or without a case below, fails this test.
//!
//! The test records the call stacks of all requests that the seeds and the cases make without
//! faults. The sweeps, in `tests/collections_sweep.rs`, `tests/secondary_map_sweep.rs` and here,
//! fail each of those requests. The expected sites come from the source: every `?` in a function
//! that may return an `OutOfMemory`, and every such function. Bodies of macros are not examined.

#![cfg(feature = "subjects")]

mod cases;
mod recorder;
mod source;

use std::fs;
use std::path::Path;

use oom_sweep::{FaultAlloc, Isolation, Strategy, Sweep, targets};
use recorder::Recorder;
use source::{Site, What};

#[global_allocator]
static ALLOC: FaultAlloc<Recorder> = FaultAlloc::new(Recorder);

/// A source file and a line in it.
type Line = (String, u32);

/// The folder of the sources, as it appears in debug information.
const FOLDER: &str = "src/subjects/collections/";

/// Functions that return an `OutOfMemory` but make no request.
const WITHOUT_REQUESTS: &[(&str, &str, &str)] = &[
    ("grow.rs", "total", "overflows"),
    ("primary_map/bulk.rs", "keys_suffice", "counts keys"),
    ("try_arc/mod.rs", "try_clone", "counts an owner"),
    ("try_btree_map/append.rs", "insert_all", "what it takes is in reserve"),
    ("try_btree_map/insert.rs", "insert_at", "what it takes is in reserve"),
    ("try_clone_owned.rs", "try_clone", "of a string is its `copy`"),
];

/// Functions with a `?` through which no failed request returns.
const OTHER_ERRORS: &[(&str, &str, &str)] = &[
    ("grow.rs", "fill_from", "the items come from elsewhere"),
    ("grow.rs", "reserve_more", "overflows"),
    ("primary_map/mod.rs", "reserve_exact", "overflows"),
    ("secondary_map/mod.rs", "extend_to", "overflows"),
    ("secondary_map/mod.rs", "reserve_exact", "overflows"),
    ("try_arc/block.rs", "new", "stands a line below the request"),
    ("try_box.rs", "new_uninit", "stands a line below the request"),
    ("try_btree_map/node/mod.rs", "allocate", "stands a line below the request"),
    ("try_iter.rs", "try_from_iter", "ends the items"),
    ("try_string/mod.rs", "reserve_exact", "overflows"),
    ("try_vec/mod.rs", "reserve_exact", "overflows"),
    ("try_vec/mod.rs", "resize_with", "there is room"),
];

#[test]
fn every_request_site_is_failed() {
    for target in targets::TABLE {
        for bytes in seeds(target.name()) {
            // Runs the seed without faults.
            let sweep = Sweep::new(target.name()).isolation(Isolation::InProcess);
            let counted = || target.sweep(&bytes, sweep.strategy(Strategy::Plans(Vec::new())));
            recorder::record(counted).unwrap().assert_clean();
        }
    }
    for (name, case) in cases::ALL {
        let report = Sweep::new(*name).run(case);
        report.assert_clean();
        assert!(report.is_complete() && report.requests() > 0, "{report}");
        recorder::record(case).expect("there is memory");
    }
    let reached = recorder::lines();
    let missed: Vec<String> = source::sites()
        .into_iter()
        .filter(|site| !site.is_reached(&reached) && !is_exempt(site))
        .map(|site| site.to_string())
        .collect();
    assert!(
        missed.is_empty(),
        "these sites have no failed request in any sweep:\n{}",
        missed.join("\n")
    );
}

fn is_exempt(site: &Site) -> bool {
    let lists = match site.what {
        What::Body => [WITHOUT_REQUESTS, &[]],
        What::Try => [WITHOUT_REQUESTS, OTHER_ERRORS],
    };
    let is_it =
        |(file, function, _): &(&str, &str, &str)| site.file == *file && site.function == *function;
    lists.concat().iter().any(is_it)
}

/// The hand-written inputs of a target.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_seed = |path: &std::path::PathBuf| path.extension().is_some_and(|end| end == "bin");
    files.filter(is_seed).map(|path| fs::read(path).unwrap()).collect()
}
