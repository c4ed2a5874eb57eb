//! The figures as plots.
use crate::load::Cell;
use std::path::Path;
pub(crate) fn draw(_: &[Cell], _: &Path) -> Result<(), Box<dyn std::error::Error>> {
    Ok(())
}
