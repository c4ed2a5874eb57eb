//! `list`: the targets, with the number of inputs in their corpora.

use super::args::ListArgs;
use super::{Target, console, input};
use crate::harness::report::Outcome;

pub(super) fn run(args: &ListArgs, targets: &[Target]) -> Result<Outcome, String> {
    let width = targets.iter().map(|target| target.name().len()).max().unwrap_or(0);
    for target in targets {
        let inputs = match input::in_corpus(target, &args.corpus.folder) {
            Ok(inputs) if inputs.len() == 1 => "1 input".to_owned(),
            Ok(inputs) => format!("{} inputs", inputs.len()),
            Err(_) => "no inputs".to_owned(),
        };
        let about = match (target.description(), target.reads_wasm()) {
            (about, false) => about.to_owned(),
            ("", true) => "(reads modules: use --wasm)".to_owned(),
            (about, true) => format!("{about} (--wasm)"),
        };
        let line = format!("{:width$}  {inputs:>10}  {about}", target.name());
        console::result(line.trim_end());
    }
    Ok(Outcome::Pass)
}
