//! Reads reports from files and folders: [`read`].

use std::path::{Path, PathBuf};

use super::console;
use crate::harness::report::{Document, Report, read_folder};

/// Reads the documents in these files and folders, with their names.
///
/// # Errors
/// In one line, if one cannot be read, or a sweep in a folder has not ended.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Vec<(String, Document)>, String> {
    let mut documents = Vec::new();
    for path in paths {
        let read = match path.is_dir() {
            true => read_folder(path)?,
            false => vec![(path.clone(), Document::read(path)?)],
        };
        let named = read.into_iter().map(|(path, document)| (name(&path), document));
        documents.extend(named);
    }
    Ok(documents)
}

/// Reads all reports in a file or folder.
///
/// # Errors
/// Like those of [`read`].
pub(crate) fn reports(path: &Path) -> Result<Vec<Report>, String> {
    let documents = read(&[path.to_owned()])?;
    Ok(documents.into_iter().flat_map(|(_, document)| document.reports).collect())
}

fn name(path: &Path) -> String {
    console::line(&path.display().to_string())
}
