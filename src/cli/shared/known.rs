//! `known`: the findings of reports as a list of known findings.

use std::io::{self, Write};

use super::args::KnownArgs;
use super::records;
use crate::harness::report::{KnownDocument, KnownFindings, Outcome};

/// # Errors
/// In one line, if the reports cannot be read, or the list cannot be printed, which the user wants
/// to keep.
pub(crate) fn run(args: &KnownArgs) -> Result<Outcome, String> {
    let documents = records::read(&args.reports)?;
    let reports: Vec<_> = documents.into_iter().flat_map(|(_, read)| read.reports).collect();
    let document = KnownDocument::new(&KnownFindings::of(&reports));
    let text = serde_json::to_string_pretty(&document).map_err(|error| error.to_string())?;
    let mut out = io::stdout();
    let printed = writeln!(out, "{text}").and_then(|()| out.flush());
    printed.map_err(|error| format!("cannot print the list: {error}"))?;
    Ok(Outcome::Pass)
}
