//! `types`: the types of modules as a registry has them: each group once, what is shared, and what
//! the tables take in each layout.
//!
//! `survey` registers and gathers, `text` prints for people. Relies on the registry for everything
//! that is said about a type.

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

/// Every file that cannot be shown is a line of trouble; the others are shown.
///
/// # Errors
/// In one line, if there is no memory for the registry, or JSON cannot be printed: somebody means
/// to keep it.
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
