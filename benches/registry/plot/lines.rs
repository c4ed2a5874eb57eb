//! Panels of times on a logarithmic scale, with a line for each layout.

use super::frame::{Area, Frame, PALETTE, name_of};
use super::{Outcome, on_axis};
use crate::layouts::{Each, LAYOUTS};
use plotters::prelude::*;
use std::path::Path;

/// A panel with a time of each layout at each position.
pub(super) struct Lines {
    pub(super) title: String,
    /// The label of the horizontal axis.
    pub(super) of: &'static str,
    pub(super) x: Vec<String>,
    pub(super) y: Each<Vec<f64>>,
}

/// Draws a page of panels, which all have the same scale.
pub(super) fn lines(path: &Path, title: &str, panels: &[Lines]) -> Outcome {
    let colours = LAYOUTS.into_iter().zip(PALETTE);
    let frame = Frame::new(path, title, panels.len(), colours)?;
    let times = || panels.iter().flat_map(|panel| panel.y.iter().flatten()).copied();
    // The scale covers whole decades. Times too short to measure are drawn at the bottom.
    let least = times().fold(f64::INFINITY, f64::min).max(0.1);
    let most = times().fold(least, f64::max);
    let scale = 10_f64.powf(least.log10().floor())..10_f64.powf(most.log10().ceil());
    for (area, panel) in frame.panels.iter().zip(panels) {
        draw(area, panel, scale.clone())?;
    }
    frame.finish()
}

fn draw(area: &Area<'_>, panel: &Lines, scale: std::ops::Range<f64>) -> Outcome {
    let bottom = scale.start;
    let mut chart = ChartBuilder::on(area)
        .caption(&panel.title, ("sans-serif", 17))
        .margin(8)
        .x_label_area_size(48)
        .y_label_area_size(64)
        .build_cartesian_2d((0..panel.x.len() - 1).into_segmented(), scale.log_scale())?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(panel.x.len())
        .x_desc(panel.of)
        .axis_desc_style(("sans-serif", 13))
        .x_label_formatter(&|place| name_of(place, &panel.x))
        .y_label_formatter(&|time| on_axis(*time))
        .label_style(("sans-serif", 12))
        .draw()?;
    // Draws the last line first and widest, so that lines on top of each other are all visible.
    for (i, (times, colour)) in panel.y.iter().zip(PALETTE).enumerate().rev() {
        let width = 2 + i as u32;
        let point =
            |(place, time): (usize, &f64)| (SegmentValue::CenterOf(place), time.max(bottom));
        let points: Vec<_> = times.iter().enumerate().map(point).collect();
        chart.draw_series(LineSeries::new(points.clone(), colour.stroke_width(width)))?;
        chart.draw_series(
            points.into_iter().map(|at| Circle::new(at, 2 + width, colour.filled())),
        )?;
    }
    Ok(())
}
