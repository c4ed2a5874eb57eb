//! Writes a minimised input to its file. It never overwrites another file.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Checks that a file that the user named can be written, before any work is done for it.
///
/// # Errors
/// In one line, if it exists.
pub(super) fn check(path: &Path) -> Result<(), String> {
    match path.symlink_metadata() {
        Ok(_) => Err(taken(path)),
        Err(_) => Ok(()),
    }
}

/// Writes a file that the user named.
///
/// # Errors
/// In one line, if it exists or cannot be written.
pub(super) fn write_to(path: &Path, bytes: &[u8]) -> Result<(), String> {
    write(path, bytes).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => taken(path),
        _ => cannot(path, &error),
    })
}

/// Writes a file of this name, and returns its path. If another input has the name, it appends a
/// number. It does not write an input twice.
///
/// # Errors
/// In one line, if it cannot be written.
pub(super) fn write_in(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, String> {
    fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))?;
    let mut number = 1;
    loop {
        let suffix = if number == 1 { String::new() } else { format!("-{number}") };
        let path = folder.join(format!("{name}{suffix}.bin"));
        match write(&path, bytes) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                if fs::read(&path).is_ok_and(|there| there == bytes) {
                    return Ok(path);
                }
            }
            Err(error) => return Err(cannot(&path, &error)),
        }
        number += 1;
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    File::create_new(path)?.write_all(bytes)
}

fn taken(path: &Path) -> String {
    format!("{}: the file exists: name another --output, or remove it", path.display())
}

fn cannot(path: &Path, error: &io::Error) -> String {
    format!("{}: cannot be written: {error}", path.display())
}
