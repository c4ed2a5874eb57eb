//! A panel of bytes: a stacked bar of tables for each layout.

use super::Outcome;
use super::frame::{Area, PALETTE, name_of};
use crate::layouts::LAYOUTS;
use crate::load::Cell;
use crate::table::TABLES;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// The lengths of the bars of a cell.
pub(super) fn lengths(cell: &Cell) -> impl Iterator<Item = f64> {
    cell.room.iter().map(|room| room.stats.total() as f64 / cell.types as f64)
}

/// Draws the bars on a scale with room for `most` and a figure beside it.
pub(super) fn draw(area: &Area<'_>, title: &str, cell: &Cell, most: f64) -> Outcome {
    // Positions go upwards, and the first layout should be at the top.
    let names: Vec<_> = LAYOUTS.into_iter().rev().collect();
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 17))
        .margin(8)
        .x_label_area_size(36)
        .y_label_area_size(110)
        .build_cartesian_2d(0.0..most * 1.25, (0..LAYOUTS.len() - 1).into_segmented())?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .x_labels(5)
        .y_labels(LAYOUTS.len())
        .x_label_formatter(&|bytes| format!("{bytes:.0} B"))
        .y_label_formatter(&|place| name_of(place, &names))
        .label_style(("sans-serif", 13))
        .draw()?;
    for (place, room) in cell.room.iter().rev().enumerate() {
        let mut end = 0.0;
        for ((_, of), colour) in TABLES.iter().zip(PALETTE) {
            let start = end;
            end += of(&room.stats) as f64 / cell.types as f64;
            let corners =
                [(start, SegmentValue::Exact(place)), (end, SegmentValue::Exact(place + 1))];
            let mut bar = Rectangle::new(corners, colour.filled());
            bar.set_margin(12, 12, 0, 0);
            chart.draw_series([bar])?;
        }
        let font = ("sans-serif", 13).into_font().color(&BLACK);
        let font = font.pos(Pos::new(HPos::Left, VPos::Center));
        let total = EmptyElement::at((end, SegmentValue::CenterOf(place)))
            + Text::new(format!("{end:.0} B"), (6, 0), font);
        chart.draw_series([total])?;
    }
    Ok(())
}
