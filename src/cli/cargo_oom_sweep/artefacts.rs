//! The files that a run writes: [`Artefacts`], each whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::cli::shared::console;
use crate::harness::report::{self, Document, KnownDocument, KnownFindings, Report};

/// The files made of the reports.
const NAMES: [&str; 5] = ["report.html", "report.json", "junit.xml", "report.sarif", "known.json"];

/// Owns the folder that the files are written to. Only one run uses the folder at a time.
pub(super) struct Artefacts {
    folder: PathBuf,
    /// Holds the lock on the folder while it is open.
    _lock: File,
}

impl Artefacts {
    /// Creates the folder, and an empty folder for reports in it.
    ///
    /// # Errors
    /// In one line: if it cannot be written to, or another run uses it.
    pub(super) fn open(folder: PathBuf) -> Result<Self, String> {
        let lock = folder.join(".lock");
        let opened = fs::create_dir_all(&folder).and_then(|()| File::create(&lock));
        let file = opened.map_err(|error| unwritable(&folder, &error))?;
        match file.try_lock() {
            Err(fs::TryLockError::WouldBlock) => {
                let shown = folder.display();
                return Err(format!(
                    "{shown}: another `cargo oom-sweep` uses the folder: wait until it ends"
                ));
            }
            // Some file systems have no locks.
            Ok(()) | Err(fs::TryLockError::Error(_)) => {}
        }
        let artefacts = Self { folder, _lock: file };
        let reports = artefacts.reports();
        let removed = match fs::remove_dir_all(&reports) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => fs::create_dir(&reports),
        };
        removed.map_err(|error| unwritable(&reports, &error))?;
        Ok(artefacts)
    }

    /// Returns the folder that sweeps write their reports to.
    pub(super) fn reports(&self) -> PathBuf {
        self.folder.join("reports")
    }

    /// Returns the file of what the tests print.
    pub(super) fn log(&self) -> PathBuf {
        self.folder.join("tests.log")
    }

    /// Returns the file of all reports, of this run or of the last.
    pub(super) fn report(&self) -> PathBuf {
        report_in(&self.folder)
    }

    /// Returns the HTML page.
    pub(super) fn page(&self) -> PathBuf {
        self.folder.join("report.html")
    }

    /// Writes all files, if a sweep ran. Then none of the last run stays. Paths of sources are shown
    /// relative to `root`.
    ///
    /// # Errors
    /// In one line, with the first file that cannot be written.
    pub(super) fn write(&self, reports: &[Report], root: &Path) -> Result<(), String> {
        if reports.is_empty() {
            return Ok(());
        }
        self.remove()?;
        Document::new(reports.to_vec()).write(&self.report())?;
        write_known(&self.folder.join("known.json"), &KnownFindings::of(reports))?;
        for (name, text) in [
            ("report.html", report::html(reports, None)),
            ("junit.xml", report::junit(reports, root)),
            ("report.sarif", report::sarif(reports, root)),
        ] {
            let path = self.folder.join(name);
            report::write_text(&path, &text)?;
        }
        Ok(())
    }

    fn remove(&self) -> Result<(), String> {
        for path in NAMES.map(|name| self.folder.join(name)) {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(unwritable(&path, &error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Lists the files, one a line, without a newline at the end.
    pub(super) fn list(&self) -> String {
        let names = NAMES.into_iter().chain(["tests.log"]);
        let what = ["page", "json", "junit", "sarif", "known", "tests"];
        let line = |(what, name)| format!("{what:<6} {}", console::path(&self.folder.join(name)));
        what.into_iter().zip(names).map(line).collect::<Vec<_>>().join("\n")
    }
}

/// Returns the file of all reports in the folder of the artefacts.
pub(super) fn report_in(folder: &Path) -> PathBuf {
    folder.join("report.json")
}

/// Writes a list of known findings.
///
/// # Errors
/// In one line, which names the file.
pub(super) fn write_known(path: &Path, known: &KnownFindings) -> Result<(), String> {
    KnownDocument::new(known).write(path)
}

/// Appends to the file that GitHub shows as the job's summary, if this runs in a job.
///
/// # Errors
/// In one line, which names the file.
pub(super) fn append_job_summary(text: &str) -> Result<(), String> {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let file = File::options().append(true).create(true).open(&path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| format!("cannot write {}: {error}", Path::new(&path).display()))
}

fn unwritable(folder: &Path, error: &io::Error) -> String {
    let elsewhere = "set CARGO_TARGET_DIR to another folder";
    format!("cannot write to {}: {error}; {elsewhere}", folder.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::report::samples;

    #[test]
    fn one_run_has_the_folder_and_the_next_finds_it_empty() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("a/oom-sweep");
        let first = Artefacts::open(below.clone()).unwrap();
        fs::write(first.reports().join("old.json"), "{}").unwrap();
        let error = Artefacts::open(below.clone()).err().unwrap();
        assert!(error.contains("another `cargo oom-sweep` uses the folder"), "{error}");
        drop(first);
        let second = Artefacts::open(below).unwrap();
        assert_eq!(fs::read_dir(second.reports()).unwrap().count(), 0);
    }

    #[test]
    fn every_file_that_is_listed_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let artefacts = Artefacts::open(folder.path().to_owned()).unwrap();
        fs::write(artefacts.log(), "").unwrap();
        artefacts.write(&samples::varied(), Path::new("/home/x")).unwrap();
        for line in artefacts.list().lines() {
            let path = line.split_once(' ').unwrap().1.trim();
            assert!(Path::new(path).is_file(), "{path}");
        }
        assert_eq!(Document::read(&artefacts.report()).unwrap().reports, samples::varied());
        assert!(fs::read_to_string(artefacts.page()).unwrap().starts_with("<!doctype html>"));
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Artefacts::open(file.join("oom-sweep")).err().unwrap();
        assert!(error.starts_with("cannot write to ") && error.contains("file/oom-sweep"));
    }
}
