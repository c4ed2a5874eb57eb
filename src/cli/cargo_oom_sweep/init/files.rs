//! Writes several files, or none of them: [`write`].
//!
//! It first writes each file beside its place, where most errors happen, and then renames all. If a
//! rename fails, it undoes the others.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::harness::report::Staged;

/// A file to write; it may replace an old one.
#[derive(Debug)]
pub(super) struct NewFile {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// Writes the files, and creates their folders.
///
/// # Errors
/// In one line, which names the file. Then nothing has changed.
pub(super) fn write(files: &[NewFile]) -> Result<(), String> {
    let mut made = Folders::default();
    let mut staged = Vec::new();
    for NewFile { path, text } in files {
        let with_path = |error| format!("cannot write {}: {error}", path.display());
        let before = before(path).map_err(with_path)?;
        made.make(path.parent().unwrap_or(Path::new("/"))).map_err(with_path)?;
        staged.push((path, before, Staged::write(path, text.as_bytes()).map_err(with_path)?));
    }
    let mut done: Vec<(&PathBuf, Option<Vec<u8>>)> = Vec::new();
    for (path, before, file) in staged {
        if let Err(error) = file.put() {
            done.into_iter().rev().for_each(|(path, before)| restore(path, before));
            return Err(format!("cannot write {}: {error}", path.display()));
        }
        done.push((path, before));
    }
    made.keep();
    Ok(())
}

/// Returns the content of the file, if it exists.
fn before(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::metadata(path) {
        Ok(there) if !there.is_file() => Err(io::Error::other("it exists and is not a file")),
        Ok(there) if there.permissions().readonly() => Err(io::Error::other("it is read-only")),
        Ok(_) => fs::read(path).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Restores a file as far as possible: the error of one file may also stop another.
fn restore(path: &Path, before: Option<Vec<u8>>) {
    let _ = match before {
        Some(bytes) => fs::write(path, bytes),
        None => fs::remove_file(path),
    };
}

/// New folders, the outermost first. Dropping this removes them, unless `keep` was called.
#[derive(Default)]
struct Folders(Vec<PathBuf>);

impl Folders {
    fn make(&mut self, folder: &Path) -> io::Result<()> {
        let missing: Vec<_> = folder.ancestors().take_while(|folder| !folder.exists()).collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(folder)?;
            self.0.push(folder.to_owned());
        }
        Ok(())
    }

    fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        // A folder that is no longer empty stays.
        self.0.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: PathBuf, text: &str) -> NewFile {
        NewFile { path, text: text.to_owned() }
    }

    /// Returns every file and folder below, with its content.
    fn tree(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => {
                    found.push((path.clone(), Vec::new()));
                    found.extend(tree(&path));
                }
                false => found.push((path.clone(), fs::read(&path).unwrap())),
            }
        }
        found.sort();
        found
    }

    #[test]
    fn all_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old"), folder.path().join("a/b/new"));
        fs::write(&old, "before").unwrap();
        write(&[file(new.clone(), "new"), file(old.clone(), "after")]).unwrap();
        assert_eq!(fs::read(new).unwrap(), b"new");
        assert_eq!(fs::read(old).unwrap(), b"after");
        assert_eq!(tree(folder.path()).len(), 4);
    }

    #[test]
    fn one_that_cannot_be_written_undoes_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("old"), "before").unwrap();
        fs::create_dir(path("folder")).unwrap();
        let before = tree(folder.path());
        for name in ["old/below", "folder"] {
            let files = [file(path("a/new"), ""), file(path("old"), ""), file(path(name), "")];
            let error = write(&files).unwrap_err();
            let start = format!("cannot write {}: ", path(name).display());
            assert!(error.starts_with(&start) && !error.contains('\n'), "{error}");
            assert_eq!(tree(folder.path()), before);
        }
    }

    #[test]
    fn a_failure_at_the_end_is_undone_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("old"), "before").unwrap();
        let before = tree(folder.path());
        // The third file's folder appears after the second file was checked.
        let files = ["old", "a/new", "a/new/below"].map(|name| file(path(name), "after"));
        let error = write(&files).unwrap_err();
        assert!(
            error.starts_with(&format!("cannot write {}: ", path("a/new").display())),
            "{error}"
        );
        assert_eq!(tree(folder.path()), before);
    }
}
