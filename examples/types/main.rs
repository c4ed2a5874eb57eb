//! Shows the types of WebAssembly modules as a type registry has them: each group once, what
//! modules share, and the bytes of the registry's tables in each layout.
//!
//! ```sh
//! cargo run --features registry,serde --example types -- [--json] FILE.wasm…
//! ```

mod summary;
mod text;

use std::io::{self, Write};
use std::process::ExitCode;
use std::{env, fs};

use oom_sweep::registry::ModuleTypes;
use summary::Summary;

/// Shows every module that can be read. Each other file is one line on standard error, and the
/// exit code is 2.
fn main() -> ExitCode {
    let (options, files): (Vec<_>, Vec<_>) = env::args().skip(1).partition(|word| word == "--json");
    let mut code = ExitCode::SUCCESS;
    let mut modules = Vec::new();
    for file in &files {
        match read(file) {
            Ok(module) => modules.push((file.clone(), module)),
            Err(error) => {
                eprintln!("error: {file}: {error}");
                code = ExitCode::from(2);
            }
        }
    }
    if files.is_empty() {
        eprintln!("error: name at least one FILE.wasm");
        return ExitCode::from(2);
    }
    if modules.is_empty() {
        return code;
    }
    match show(&modules, !options.is_empty()) {
        Ok(()) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn read(file: &str) -> Result<ModuleTypes, String> {
    let bytes = fs::read(file).map_err(|error| format!("cannot be read: {error}"))?;
    if !bytes.starts_with(b"\0asm") {
        return Err("it is not a WebAssembly module".to_owned());
    }
    ModuleTypes::parse(&bytes).map_err(|error| error.to_string())
}

fn show(modules: &[(String, ModuleTypes)], as_json: bool) -> Result<(), String> {
    let summary = Summary::new(modules)?;
    let text = match as_json {
        true => serde_json::to_string_pretty(&summary).map_err(|error| error.to_string())? + "\n",
        false => summary.to_string(),
    };
    let mut out = io::stdout();
    let printed = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    printed.map_err(|error| format!("cannot print the types: {error}"))
}
