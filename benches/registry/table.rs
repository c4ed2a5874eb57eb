//! Prints figures as rows of a table: a column for each layout, and its ratio to the array of
//! structs.

use crate::layouts::{Each, LAYOUTS};
use crate::load::{Cell, Room};
use crate::queries::QUERIES;
use oom_sweep::registry::Stats;

/// The name of a table of a registry, and a function that returns its bytes.
pub(crate) type Part = (&'static str, fn(&Stats) -> usize);

/// The tables of all layouts, in the order in which bars are stacked.
pub(crate) const TABLES: [Part; 7] = [
    ("types", |stats| stats.tables.types),
    ("groups", |stats| stats.tables.groups),
    ("supertypes", |stats| stats.tables.supertypes),
    ("trampolines", |stats| stats.tables.trampolines),
    ("layouts", |stats| stats.tables.layouts),
    ("set of groups", |stats| stats.group_set),
    ("drop stack", |stats| stats.drop_stack),
];

/// Prints the header of a table.
pub(crate) fn head(title: &str) {
    print!("\n{title:<46}");
    LAYOUTS.iter().for_each(|layout| print!(" {layout:>16}"));
    println!("   beside the last");
}

/// Prints a row of figures, formatted by `write`, and the ratios to the baseline if that is not 0.
pub(crate) fn row(name: &str, figures: Each<f64>, write: fn(f64) -> String) {
    print!("{name:<46}");
    figures.iter().for_each(|figure| print!(" {:>16}", write(*figure)));
    let [others @ .., baseline] = figures;
    if baseline > 0.0 {
        others.iter().for_each(|figure| print!(" {:>6.2}", figure / baseline));
    }
    println!();
}

pub(crate) fn print(cell: &Cell) {
    let Cell { types, gc_percent, room, speed } = cell;
    head(&format!("{} types, {gc_percent} % GC types", grouped(*types)));
    let bytes = |name: &str, of: &dyn Fn(&Room) -> usize| {
        let figures = room.each_ref().map(|room| of(room) as f64 / *types as f64);
        row(&format!("bytes a type: {name}"), figures, |bytes| format!("{bytes:.1} B"));
    };
    for (name, of) in TABLES {
        bytes(name, &|room| of(&room.stats));
    }
    bytes("all tables", &|room| room.stats.total());
    bytes("what rows point to", &|room| room.heap - room.stats.total());
    let time = |name: &str, figures| row(name, figures, nanos);
    for (name, i) in [("median", 0), ("p99.9", 3), ("worst", 6)] {
        let of = speed.each_ref().map(|speed| speed.registration[i]);
        time(&format!("registration: {name}"), of);
    }
    time("registration of modules, a type", speed.each_ref().map(|speed| speed.module));
    time("release, a type", speed.each_ref().map(|speed| speed.release));
    for (i, (question, order)) in QUERIES.iter().enumerate() {
        time(
            &format!("{}, {}", question.name(), order.name()),
            speed.each_ref().map(|speed| speed.queries[i]),
        );
    }
}

/// Formats a time with three digits in a suitable unit.
pub(crate) fn nanos(nanos: f64) -> String {
    let (figure, unit) = match nanos {
        ..1e3 => (nanos, "ns"),
        ..1e6 => (nanos / 1e3, "µs"),
        _ => (nanos / 1e6, "ms"),
    };
    let digits = match figure {
        ..10.0 => 2,
        ..100.0 => 1,
        _ => 0,
    };
    format!("{figure:.digits$} {unit}")
}

/// Formats a number with a comma before every three digits.
pub(crate) fn grouped(number: usize) -> String {
    match number / 1_000 {
        0 => number.to_string(),
        thousands => format!("{},{:03}", grouped(thousands), number % 1_000),
    }
}
