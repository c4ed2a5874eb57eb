//! `cargo bench --bench collections`: the OOM-handling collections against those that abort.
//!
//! Compares interleaved, A B A B …, in one process, under the system's allocator, and prints
//! ratios of medians: A is ours, B the reference. `-- --test` runs everything once, small;
//! `-- NAME` runs the collections whose name contains that.

#[path = "../measure/mod.rs"]
mod measure;
mod try_btree_map;

/// How much work a benchmark does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// To be measured.
    Full,
    /// To see that it runs.
    Smoke,
}

/// The collections, and what measures them.
const TABLE: &[(&str, fn(Scale))] = &[("try_btree_map", try_btree_map::run)];

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
