//! The common parts of all plots: an opaque page, a title, panels beside each other, and a legend
//! below.

use super::Outcome;
use plotters::coord::Shift;
use plotters::prelude::*;
use std::path::Path;

/// Colours that colour-blind readers can distinguish.
pub(super) const PALETTE: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(230, 159, 0),
    RGBColor(0, 158, 115),
    RGBColor(213, 94, 0),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(120, 120, 120),
];

/// A part of a page.
pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// A page.
pub(super) struct Frame<'a> {
    page: Area<'a>,
    pub(super) panels: Vec<Area<'a>>,
}

/// The label of a position on a horizontal axis; empty between two positions.
pub(super) fn name_of(place: &SegmentValue<usize>, names: &[impl AsRef<str>]) -> String {
    match place {
        SegmentValue::CenterOf(place) => names.get(*place).map(|name| name.as_ref().to_owned()),
        _ => None,
    }
    .unwrap_or_default()
}

const SIZE: (u32, u32) = (1_200, 440);
const LEGEND: u32 = 40;

impl<'a> Frame<'a> {
    /// Makes a page with this number of panels and a legend of the colours.
    pub(super) fn new<'n>(
        path: &'a Path,
        title: &str,
        panels: usize,
        colours: impl Iterator<Item = (&'n str, RGBColor)>,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let page = SVGBackend::new(path, SIZE).into_drawing_area();
        page.fill(&WHITE)?;
        let below = page.titled(title, ("sans-serif", 22).into_font().color(&BLACK))?;
        let (plots, legend) = below.split_vertically(below.dim_in_pixel().1 - LEGEND);
        Self::explain(&legend, colours)?;
        Ok(Self { page, panels: plots.split_evenly((1, panels)) })
    }

    /// Draws the legend from left to right: a square of each colour and its meaning.
    fn explain<'n>(
        legend: &Area<'_>,
        colours: impl Iterator<Item = (&'n str, RGBColor)>,
    ) -> Outcome {
        let mut left = 60;
        for (name, colour) in colours {
            legend.draw(&Rectangle::new([(left, 12), (left + 14, 26)], colour.filled()))?;
            let font = ("sans-serif", 15).into_font().color(&BLACK);
            legend.draw(&Text::new(name.to_owned(), (left + 20, 12), font))?;
            // An estimate: the width of the reader's font is unknown.
            left += 48 + 8 * name.len() as i32;
        }
        Ok(())
    }

    /// Writes the file.
    pub(super) fn finish(self) -> Outcome {
        Ok(self.page.present()?)
    }
}
