//! `cargo bench --bench registry`: the type registry in its four layouts, array of structs being
//! the baseline.
//!
//! Each layout has its turn in every round, in one process, under the system's allocator; figures
//! are medians over the rounds. `-- --test` runs everything once, small; `-- NAME` runs the parts
//! whose name contains that. A full run leaves its plots in `benches/registry/plots`.

mod chains;
mod duplicates;
#[path = "../measure/heap.rs"]
mod heap;
mod layouts;
mod load;
#[path = "../measure/mod.rs"]
#[expect(dead_code, reason = "the tables here have a column for each layout")]
mod measure;
mod modules;
mod plot;
mod queries;
#[path = "../measure/scale.rs"]
mod scale;
mod table;
mod targets;
mod threads;
mod timing;

use scale::Scale;
use std::path::Path;
use targets::Targets;

type Part = (&'static str, fn(Scale, &mut Targets));

/// The parts, and what measures them.
const PARTS: &[Part] = &[
    ("load", load),
    ("chains", chains::run),
    ("duplicates", duplicates::run),
    ("threads", threads::run),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let scale = if arguments.iter().any(|a| a == "--test") { Scale::Smoke } else { Scale::Full };
    let wanted = arguments.iter().find(|a| !a.starts_with("--"));
    let mut targets = Targets::default();
    for (name, run) in PARTS {
        if wanted.is_none_or(|wanted| name.contains(wanted.as_str())) {
            run(scale, &mut targets);
        }
    }
    // A smoke's figures say nothing.
    if scale == Scale::Full {
        targets.print();
    }
}

/// Loads modules of all kinds, and plots what came of it: a smoke's plots go with its figures.
fn load(scale: Scale, targets: &mut Targets) {
    let cells = load::run(scale, targets);
    let smoke = tempfile::tempdir().expect("a folder");
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/registry/plots");
    plot::draw(&cells, scale.pick(kept.as_path(), smoke.path())).expect("plots");
}
