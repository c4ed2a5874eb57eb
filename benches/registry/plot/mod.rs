//! Draws the figures as plots, one file each.
//!
//! Relies on `plotters`, whose SVG backend needs nothing from the system. Text uses the reader's
//! sans-serif font.

mod bars;
mod frame;
mod lines;

use crate::load::{Cell, SHARES, Speed};
use crate::queries::{Order, QUERIES};
use crate::table::{TABLES, grouped, nanos};
use crate::timing::QUANTILES;
use frame::{Frame, PALETTE};
use lines::{Lines, lines};
use std::error::Error;
use std::path::Path;

type Outcome = Result<(), Box<dyn Error>>;

/// Draws all plots into a folder.
pub(crate) fn draw(cells: &[Cell], folder: &Path) -> Outcome {
    let most = cells.iter().map(|cell| cell.types).max().expect("a size");
    let largest: Vec<_> = cells.iter().filter(|cell| cell.types == most).collect();
    bytes(&largest, &folder.join("bytes.svg"))?;
    registration(&largest, &folder.join("registration.svg"))?;
    queries(cells, &folder.join("queries.svg"))?;
    release(cells, &folder.join("release.svg"))
}

/// Bars of the bytes of tables, for each layout and percentage of GC types.
fn bytes(cells: &[&Cell], path: &Path) -> Outcome {
    let types = grouped(cells[0].types);
    let title = format!("Bytes a type by table, at {types} types");
    let colours = TABLES.iter().zip(PALETTE).map(|((name, _), colour)| (*name, colour));
    let frame = Frame::new(path, &title, SHARES.len(), colours)?;
    let most = cells.iter().flat_map(|cell| bars::lengths(cell)).fold(0.0, f64::max);
    for (panel, cell) in frame.panels.iter().zip(cells) {
        bars::draw(panel, &of_share(cell.gc_percent), cell, most)?;
    }
    frame.finish()
}

/// The times of registrations, from the median to the worst.
fn registration(cells: &[&Cell], path: &Path) -> Outcome {
    let types = grouped(cells[0].types);
    let title = format!("Time to register a type, of {types} one after the other");
    // Rounded, to remove digits from inexact multiplication.
    let x = QUANTILES.map(|share| ((share * 1e5).round() / 1e3).to_string());
    let panels = cells.iter().map(|cell| Lines {
        title: of_share(cell.gc_percent),
        of: "percentile; 100 is the worst",
        x: x.to_vec(),
        y: cell.speed.each_ref().map(|speed| speed.registration.to_vec()),
    });
    lines(path, &title, &panels.collect::<Vec<_>>())
}

/// The times of queries by the number of types, with half of the types being GC types.
fn queries(cells: &[Cell], path: &Path) -> Outcome {
    let most = SHARES[SHARES.len() - 1];
    let title = format!("Time of a query through a guard, all types at random, {most} % GC types");
    let wanted = QUERIES.iter().enumerate().filter(|(_, (_, order))| *order == Order::Random);
    let panels = wanted.map(|(i, (question, _))| {
        by_size(cells, most, question.name().to_owned(), &|speed| speed.queries[i])
    });
    lines(path, &title, &panels.collect::<Vec<_>>())
}

/// The time to release a type, by the number of types.
fn release(cells: &[Cell], path: &Path) -> Outcome {
    let panels = SHARES.map(|share| by_size(cells, share, of_share(share), &|speed| speed.release));
    lines(path, "Time to release a type, all modules dropped", &panels)
}

/// A figure by the number of types, at one percentage of GC types.
fn by_size(
    cells: &[Cell],
    gc_percent: usize,
    title: String,
    figure: &dyn Fn(&Speed) -> f64,
) -> Lines {
    let cells: Vec<_> = cells.iter().filter(|cell| cell.gc_percent == gc_percent).collect();
    Lines {
        title,
        of: "types in the registry",
        x: cells.iter().map(|cell| grouped(cell.types)).collect(),
        y: std::array::from_fn(|i| cells.iter().map(|cell| figure(&cell.speed[i])).collect()),
    }
}

fn of_share(gc_percent: usize) -> String {
    match gc_percent {
        0 => "no GC types".to_owned(),
        share => format!("{share} % GC types"),
    }
}

/// The label of a time on an axis.
fn on_axis(figure: f64) -> String {
    nanos(figure).replace(".00", "").replace(".0", "")
}
