//! `types`: the types of modules as a registry stores them: each group once, what modules share,
//! and the size of the tables in each layout.
//!
//! `survey` registers the modules and collects the facts, `text` prints them for people. All facts
//! about a type come from the registry.

mod survey;
mod text;

use std::io::{self, Write};
use std::path::Path;

use super::args::TypesArgs;
use super::input::Input;
use crate::cli::shared::console;
use crate::harness::report::Outcome;
use crate::registry::ModuleTypes;
use survey::Survey;

/// A file that cannot be shown gets a line on standard error; the others are shown.
///
/// # Errors
/// In one line, if there is no memory for the registry, or if JSON cannot be printed, which the
/// user wants to keep.
pub(super) fn run(args: &TypesArgs) -> Result<Outcome, String> {
    let mut modules = Vec::new();
    let mut outcome = Outcome::Pass;
    for path in &args.files {
        match read(path) {
            Ok(module) => modules.push((path.display().to_string(), module)),
            Err(error) => {
                console::error(&format!("{}: {error}", path.display()));
                outcome = Outcome::Error;
            }
        }
    }
    if modules.is_empty() {
        return Ok(outcome);
    }
    let survey = Survey::new(&modules)?;
    if args.json {
        let text = serde_json::to_string_pretty(&survey).map_err(|error| error.to_string())?;
        let mut out = io::stdout();
        let printed = writeln!(out, "{text}").and_then(|()| out.flush());
        printed.map_err(|error| format!("cannot print the types: {error}"))?;
    } else {
        console::result(&survey);
    }
    Ok(outcome)
}

fn read(path: &Path) -> Result<ModuleTypes, String> {
    let bytes = Input::module(path).read()?;
    ModuleTypes::parse(&bytes).map_err(|error| error.to_string())
}
