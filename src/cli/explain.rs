//! `explain`: what a kind of finding means, with an example and the usual repair.
//!
//! The words are the guide's: `guide::kinds`.

use super::args::ExplainArgs;
use super::console;
use crate::guide::kinds;
use crate::oracle::FindingKind;
use crate::report::Outcome;

/// Prints the page of a kind, or without one, and for `--list`, a line of each.
pub(super) fn run(args: &ExplainArgs) -> Outcome {
    match (args.kind, args.list) {
        (Some(kind), false) => console::result(kinds::page(kind).trim_end()),
        (None, _) | (_, true) => console::result(list()),
    }
    Outcome::Pass
}

/// The kinds with their summaries.
fn list() -> String {
    let names = FindingKind::ALL.map(|kind| kind.to_string());
    let width = names.iter().map(String::len).max().unwrap_or(0);
    let line = |(kind, name)| format!("{name:width$}  {}", kinds::summary(kind));
    let lines: Vec<_> = FindingKind::ALL.into_iter().zip(&names).map(line).collect();
    lines.join("\n")
}
