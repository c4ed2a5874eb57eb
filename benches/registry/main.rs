//! `cargo bench --bench registry`: compares the four layouts of the type registry. The array of
//! structs is the baseline.
//!
//! Every round runs each layout in turn, in one process, with the system's allocator. Figures are
//! medians over the rounds. `-- --test` runs everything once with small inputs. `-- NAME` runs the
//! parts whose name contains NAME. A full run writes its plots into `benches/registry/plots`.

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

/// The parts of the benchmark.
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
    // The figures of a smoke run have no meaning.
    if scale == Scale::Full {
        targets.print();
    }
}

/// Loads modules of all kinds and plots the results. A smoke run draws them into a temporary
/// folder.
fn load(scale: Scale, targets: &mut Targets) {
    let cells = load::run(scale, targets);
    let smoke = tempfile::tempdir().expect("a folder");
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/registry/plots");
    plot::draw(&cells, scale.pick(kept.as_path(), smoke.path())).expect("plots");
}
