//! `diff`: what has changed between two sets of reports.

use super::args::DiffArgs;
use super::{console, records};
use crate::harness::report::{Comparison, Outcome, html, write_text};

/// # Errors
/// In one line, if the reports cannot be read, or the page cannot be written.
pub(crate) fn run(args: &DiffArgs) -> Result<Outcome, String> {
    let (old, new) = (records::reports(&args.old)?, records::reports(&args.new)?);
    let comparison = Comparison::new(&old, &new);
    if let Some(page) = &args.html {
        write_text(page, &html(&new, Some(&old)))?;
    }
    match args.markdown {
        true => console::result(comparison.markdown()),
        false => console::result(&comparison),
    }
    let errors: Vec<_> =
        new.iter().filter_map(|new| Some((new.full_name(), new.error()?))).collect();
    for (name, error) in &errors {
        console::error(&format!("{name}: {error}"));
    }
    Ok(match (errors.is_empty(), comparison.has_new()) {
        (false, _) => Outcome::Error,
        (true, true) => Outcome::Fail,
        (true, false) => Outcome::Pass,
    })
}
