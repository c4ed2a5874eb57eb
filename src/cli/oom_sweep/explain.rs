//! `explain`: what kinds of findings mean, each with an example and the usual repair.
//!
//! The texts are the guide's: `guide::kinds`.

use super::args::ExplainArgs;
use crate::cli::shared::console;
use crate::guide::kinds;
use crate::harness::oracle::FindingKind;
use crate::harness::report::Outcome;

/// Prints the pages of the given kinds. Without a kind, or with `--list`, it prints one line for
/// each.
pub(super) fn run(args: &ExplainArgs) -> Outcome {
    let pages: Vec<_> = args.kinds.iter().map(|&kind| kinds::page(kind)).collect();
    match pages.is_empty() {
        true => console::result(list()),
        false => console::result(pages.join("\n").trim_end()),
    }
    Outcome::Pass
}

/// Returns the kinds with their summaries.
fn list() -> String {
    let names = FindingKind::ALL.map(|kind| kind.to_string());
    let width = names.iter().map(String::len).max().unwrap_or(0);
    let line = |(kind, name)| format!("{name:width$}  {}", kinds::summary(kind));
    let lines: Vec<_> = FindingKind::ALL.into_iter().zip(&names).map(line).collect();
    lines.join("\n")
}
