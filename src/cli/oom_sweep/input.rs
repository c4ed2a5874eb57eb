//! Files whose bytes a target reads: [`Input`], named by the user or found in a corpus.
//!
//! A corpus has a folder for each target. The files in it, and in its `regressions`, are inputs.
//! Each file is read when its turn comes, so one that cannot be read does not stop the others. The
//! target decodes the bytes; this file checks only that a module is a module.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::cli::Target;

/// A larger file is not an input: a sweep of it would never end.
const MOST_BYTES: u64 = 256 << 20;
/// The first bytes of every WebAssembly module.
const WASM_MAGIC: &[u8] = b"\0asm";

/// One file.
#[derive(Clone, Debug)]
pub(super) struct Input {
    pub(super) path: PathBuf,
    /// Its name beside the target's name.
    pub(super) label: String,
    format: Format,
}

/// What the bytes must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Any,
    Wasm,
}

impl Input {
    /// Makes an input of a file. It must be a module if its name says so and the target reads
    /// modules.
    pub(super) fn new(path: &Path, target: &Target) -> Self {
        let format = match has_wasm_name(path) && target.reads_wasm() {
            true => Format::Wasm,
            false => Format::Any,
        };
        Self { format, ..Self::module(path) }
    }

    /// Makes an input that must be a module, whatever its name.
    pub(super) fn module(path: &Path) -> Self {
        let label = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        Self { path: path.to_owned(), label, format: Format::Wasm }
    }

    /// Reads its bytes.
    ///
    /// # Errors
    /// Says what is wrong and what to do, without the path.
    pub(super) fn read(&self) -> Result<Vec<u8>, String> {
        let is_folder = fs::metadata(&self.path).is_ok_and(|metadata| metadata.is_dir());
        if is_folder {
            return Err("it is a folder: name its files".to_owned());
        }
        let bytes = read_bounded(&self.path).map_err(|error| format!("cannot be read: {error}"))?;
        match self.format {
            _ if bytes.is_empty() => {
                Err("the file is empty: remove it or write it again".to_owned())
            }
            _ if bytes.len() as u64 > MOST_BYTES => {
                Err(format!("the file is larger than {} MiB: use a smaller one", MOST_BYTES >> 20))
            }
            Format::Wasm if !bytes.starts_with(WASM_MAGIC) => Err(format!(
                "it is not a WebAssembly module: it starts with \"{}\" and not with \"\\0asm\"",
                bytes[..bytes.len().min(WASM_MAGIC.len())].escape_ascii()
            )),
            Format::Any | Format::Wasm => Ok(bytes),
        }
    }
}

fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Returns the folder of a target's inputs.
pub(super) fn corpus_of(target: &Target, folder: &Path) -> PathBuf {
    folder.join(target.name())
}

/// Returns the inputs that a corpus has for a target, by name, regressions last.
///
/// # Errors
/// In one line: if there are none, or if the folder cannot be read.
pub(super) fn in_corpus(target: &Target, folder: &Path) -> Result<Vec<Input>, String> {
    let corpus = corpus_of(target, folder);
    let mut inputs = in_folder(target, &corpus, "").map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("{} is missing: {NO_CORPUS}", corpus.display()),
        _ => format!("{} cannot be read: {error}", corpus.display()),
    })?;
    let regressions = corpus.join("regressions");
    match in_folder(target, &regressions, "regressions/") {
        Ok(more) => inputs.extend(more),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(format!("{} cannot be read: {error}", regressions.display())),
    }
    if inputs.is_empty() {
        return Err(format!("{} has no input: {NO_CORPUS}", corpus.display()));
    }
    Ok(inputs)
}

const NO_CORPUS: &str =
    "add inputs to it, name inputs with --input, or name another corpus with --corpus";

fn in_folder(target: &Target, folder: &Path, prefix: &str) -> io::Result<Vec<Input>> {
    let mut inputs = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let input = Input::new(&path, target);
        let is_hidden = input.label.starts_with('.') || input.label == "README.md";
        let is_foreign = has_wasm_name(&path) && !target.reads_wasm();
        if !path.is_dir() && !is_hidden && !is_foreign {
            inputs.push(Input { label: format!("{prefix}{}", input.label), ..input });
        }
    }
    inputs.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(inputs)
}

fn has_wasm_name(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "wasm")
}
