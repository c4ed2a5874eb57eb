//! The performance targets of the registry, and whether they are met.

use crate::layouts::{Each, LAYOUTS};
use crate::load::Cell;
use crate::table::{grouped, nanos};

const DENSE: usize = 0;
const ARRAY_OF_STRUCTS: usize = LAYOUTS.len() - 1;

/// The verdicts, in order.
#[derive(Default)]
pub(crate) struct Targets {
    lines: Vec<String>,
}

impl Targets {
    /// Judges whether a figure is at most `most`, at the printed precision.
    fn judge(&mut self, what: &str, figure: f64, most: f64, write: fn(f64) -> String) {
        let is_met = (figure * 100.0).round() <= most * 100.0;
        let verdict = if is_met { "met" } else { "missed" };
        let (figure, most) = (write(figure), write(most));
        self.lines.push(format!("{verdict:<7} {what}: {figure} (target {most})"));
    }

    /// Without GC types, dense tables use no memory for them and are no worse than the baseline.
    pub(crate) fn judge_load(&mut self, cell: &Cell) {
        if cell.gc_percent > 0 {
            return;
        }
        let at = format!("at {} types without GC types", grouped(cell.types));
        let dense = cell.room[DENSE].stats.tables;
        let unneeded = dense.supertypes + dense.trampolines + dense.layouts;
        let what = format!("dense tables of supertypes, trampolines and layouts {at}");
        self.judge(&what, unneeded as f64, 0.0, |bytes| format!("{bytes:.0} B"));

        let bytes = cell.room.each_ref().map(|room| room.stats.total() as f64);
        let median = cell.speed.each_ref().map(|speed| speed.registration[0]);
        let module = cell.speed.each_ref().map(|speed| speed.module);
        let figures = [
            ("bytes of tables", bytes),
            ("median registration", median),
            ("registration of modules", module),
        ];
        for (what, figures) in figures {
            let ratio = figures[DENSE] / figures[ARRAY_OF_STRUCTS];
            let what = format!("{what}, dense beside array of structs, {at}");
            self.judge(&what, ratio, 1.0, |ratio| format!("{ratio:.2}"));
        }
    }

    /// A subtype query takes at most 3 ns.
    pub(crate) fn judge_subtypes(&mut self, depth: usize, figures: Each<f64>) {
        let what = format!("`is_subtype` through a guard, dense, {depth} supertypes");
        self.judge(&what, figures[DENSE], 3.0, nanos);
    }

    /// Longer chains do not make it slower; 10% is noise.
    pub(crate) fn judge_depth(&mut self, shallowest: Each<f64>, deepest: Each<f64>) {
        let what = "`is_subtype` through a guard, dense, longest chain beside shortest";
        self.judge(what, deepest[DENSE] / shallowest[DENSE], 1.1, |ratio| format!("{ratio:.2}"));
    }

    /// Duplicates leave nothing in the registry.
    pub(crate) fn judge_duplicates(&mut self, surviving: Each<f64>) {
        let what = "requests that survive a duplicate's registration, in all layouts";
        self.judge(what, surviving.iter().sum(), 0.0, |requests| format!("{requests:.0}"));
    }

    pub(crate) fn print(&self) {
        println!();
        self.lines.iter().for_each(|line| println!("{line}"));
    }
}
