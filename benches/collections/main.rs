//! `cargo bench --bench collections`: compares the OOM-handling collections with collections that
//! abort.
//!
//! Runs the two in turn, A B A B …, in one process, with the system's allocator, and prints ratios
//! of medians. A is ours, B the reference. `-- --test` runs everything once with small inputs. `--
//! NAME` runs the collections whose name contains NAME.

mod bytes;
#[path = "../measure/heap.rs"]
mod heap;
#[path = "../measure/mod.rs"]
mod measure;
#[path = "../measure/scale.rs"]
mod scale;
mod secondary_map;
mod slab;
mod try_arc;
mod try_btree_map;
mod try_hash_map;
mod try_vec;

use scale::Scale;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// The time to make a value, without its drop.
pub(crate) fn timed<T>(make: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    let value = black_box(make());
    let elapsed = start.elapsed();
    drop(value);
    elapsed
}

type Benchmark = (&'static str, fn(Scale));

/// The collections and their benchmarks.
const TABLE: &[Benchmark] = &[
    ("secondary_map", secondary_map::run),
    ("slab", slab::run),
    ("try_arc", try_arc::run),
    ("try_btree_map", try_btree_map::run),
    ("try_hash_map", try_hash_map::run),
    ("try_vec", try_vec::run),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let scale = if arguments.iter().any(|a| a == "--test") { Scale::Smoke } else { Scale::Full };
    let wanted = arguments.iter().find(|a| !a.starts_with("--"));
    measure::head();
    for (name, run) in TABLE {
        if wanted.is_none_or(|wanted| name.contains(wanted.as_str())) {
            run(scale);
        }
    }
}
