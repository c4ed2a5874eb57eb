//! `init`: writes a crate's first sweep, `tests/oom.rs`, the dev-dependency that it needs, and a
//! workflow.
//!
//! `place` finds the crate, `manifest` adds the dependency, `texts` fills in the templates, `files`
//! writes all files or none. The result compiles and passes in any crate. A crate without a library
//! gets it too, with a note that tests cannot call its code.

mod files;
mod manifest;
mod place;
mod texts;

use std::path::{Path, PathBuf};

use files::NewFile;
use manifest::Source;
use place::Place;

use super::args::{InitArgs, Service};
use crate::cli::shared::console;
use crate::harness::report::Outcome;

/// Writes the files, and prints which ones and what to do next.
///
/// # Errors
/// In one line, and nothing is changed: if there is no crate, its manifest cannot be read or
/// parsed, files exist already, or a file cannot be written.
pub(super) fn run(args: &InitArgs) -> Result<Outcome, String> {
    let place = Place::find(args.manifest_path.as_deref())?;
    let source = match (&args.path, &args.git) {
        (Some(folder), _) => Source::folder(folder, &place.folder)?,
        (None, Some(url)) => Source::Git(url.clone()),
        (None, None) => Source::Published,
    };
    let mut new = vec![NewFile { path: place.sweeps.clone(), text: texts::sweeps(&place) }];
    if args.ci == Some(Service::Github) {
        let path = place.repository.join(".github/workflows/oom-sweep.yml");
        new.push(NewFile { path, text: texts::workflow(&place, &source)? });
    }
    let there: Vec<_> = new.iter().map(|file| &file.path).filter(|path| is_there(path)).collect();
    if !there.is_empty() && !args.force {
        return Err(refusal(&there));
    }

    let manifest = manifest::with_dependency(&place.manifest, &place.text, &source)?;
    let is_edited = manifest.is_some();
    // Write the manifest last: alone it does no harm, the crate only lacks a test.
    new.extend(manifest.map(|text| NewFile { path: place.manifest.clone(), text }));
    files::write(&new)?;
    for file in &new {
        console::result(format_args!("wrote {}", console::path(&file.path)));
    }
    if !is_edited {
        let manifest = console::path(&place.manifest);
        console::result(format_args!("{manifest} has the dependency already: nothing was changed"));
    }
    print_next_steps(&place);
    Ok(Outcome::Pass)
}

/// Whether the path exists; a broken link does.
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn refusal(there: &[&PathBuf]) -> String {
    let names: Vec<_> = there.iter().map(|path| console::path(path)).collect();
    let (names, be, it) = (names.join(", "), ["exists", "exist"], ["it", "them"]);
    let many = usize::from(there.len() > 1);
    let (be, it) = (be[many], it[many]);
    format!("{names} already {be}: nothing was written; use --force to overwrite {it}")
}

fn print_next_steps(place: &Place) {
    if place.library.is_none() {
        let note = "note: the crate has no library, so tests cannot call its code: move the code \
                    under test into src/lib.rs";
        console::result(note);
    }
    if manifest::finds_no_tests(&place.text) {
        console::result(
            "note: Cargo.toml has autotests = false: add [[test]] name = \"oom\" to it",
        );
    }
    let here = std::env::current_dir().and_then(|here| here.canonicalize());
    let is_here = here.is_ok_and(|here| here.starts_with(&place.folder));
    match is_here {
        true => console::result("next: cargo oom-sweep"),
        false => {
            let manifest = crate::harness::sweep::quote(&console::path(&place.manifest));
            console::result(format_args!("next: cargo oom-sweep --manifest-path {manifest}"));
        }
    }
}
