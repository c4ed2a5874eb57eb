//! A folder into which every sweep of a test run writes its report: [`Entry`], [`read_folder`].
//!
//! A sweep first writes a marker, `<binary>-<sweep>.started`, then its report beside it, as
//! `.json`. The report is written whole or not at all. A marker without a report means that the
//! process died during the sweep. Where several machines share a folder, the file names contain the
//! shard: `<binary>-<sweep>.2-of-3.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{Document, Origin, Report, Shard};

/// The greatest number of bytes of a sweep's name in a file name; most systems allow 255 for the
/// whole name.
const MOST_BYTES: usize = 160;
const STARTED: &str = "started";
const REPORT: &str = "json";

/// A sweep's files in a folder, from its start to its end.
#[derive(Debug)]
pub(crate) struct Entry {
    name: String,
    report: PathBuf,
}

impl Entry {
    /// Writes the marker, and creates the folder if it is missing. The second sweep of one name is
    /// called `name#2`.
    ///
    /// # Errors
    /// In one line, which names the file.
    pub(crate) fn begin(folder: &Path, sweep: &str, shard: Option<Shard>) -> Result<Self, String> {
        let origin = Origin::of_this_process(None);
        let binary = file_name(origin.binary().unwrap_or("unknown"));
        let shard = shard.map(|shard| format!(".{}-of-{}", shard.index(), shard.count()));
        let shard = shard.unwrap_or_default();
        let with_path = |path: &Path, error| format!("cannot write {}: {error}", path.display());
        fs::create_dir_all(folder).map_err(|error| with_path(folder, error))?;
        for number in 1.. {
            let suffix = if number == 1 { String::new() } else { format!("#{number}") };
            let stem = format!("{binary}-{}{suffix}{shard}", file_name(sweep));
            let marker = folder.join(format!("{stem}.{STARTED}"));
            let name = format!("{sweep}{suffix}");
            match File::create_new(&marker).and_then(|mut file| writeln!(file, "{name}")) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(with_path(&marker, error)),
                Ok(()) => {
                    return Ok(Self { name, report: folder.join(format!("{stem}.{REPORT}")) });
                }
            }
        }
        unreachable!("there is always a next number")
    }

    /// Returns the sweep's name in its report.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Writes the report.
    ///
    /// # Errors
    /// In one line, which names the file.
    pub(crate) fn finish(self, report: &Report) -> Result<(), String> {
        Document::new(vec![report.clone()]).write(&self.report)
    }
}

/// Turns a name into part of a file name that every system accepts. Different names stay different.
fn file_name(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' => text.push(byte.into()),
            _ => text += &format!("%{byte:02X}"),
        }
    }
    if text.len() > MOST_BYTES {
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3) // FNV-1a
        });
        text.truncate(MOST_BYTES);
        text += &format!("~{hash:016x}");
    }
    text
}

/// Reads the documents in a folder and its subfolders, sorted by path. It skips hidden files.
///
/// ```no_run
/// use std::path::Path;
///
/// // The tests ran with OOM_SWEEP_REPORT_DIR=reports.
/// for (path, document) in oom_sweep::report::read_folder(Path::new("reports"))? {
///     println!("{}: {} reports", path.display(), document.reports.len());
/// }
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
/// In one line: if a document cannot be read, if there is none, or if a sweep started and did not
/// end.
pub fn read_folder(folder: &Path) -> Result<Vec<(PathBuf, Document)>, String> {
    let mut folder_reader = FolderReader::new(folder);
    folder_reader.update()?;
    let shown = folder.display();
    let unfinished: Vec<_> = folder_reader
        .unfinished()
        .map(|(name, marker)| format!("{} ({})", name.escape_debug(), marker.display()))
        .collect();
    if !unfinished.is_empty() {
        let unfinished = unfinished.join(", ");
        return Err(format!("{shown}: started, but did not end: {unfinished}: run again"));
    }
    let documents = folder_reader.documents.into_iter().map(|(path, read)| Ok((path, read?)));
    let documents = documents.collect::<Result<Vec<_>, String>>()?;
    match documents.is_empty() {
        true => Err(format!("{shown}: the folder has no report")),
        false => Ok(documents),
    }
}

/// A folder that sweeps are writing their reports to.
#[derive(Debug)]
pub(crate) struct FolderReader {
    folder: PathBuf,
    markers: BTreeSet<PathBuf>,
    /// What each file holds, or why it cannot be read.
    pub(crate) documents: BTreeMap<PathBuf, Result<Document, String>>,
}

impl FolderReader {
    pub(crate) fn new(folder: &Path) -> Self {
        let (markers, documents) = (BTreeSet::new(), BTreeMap::new());
        Self { folder: folder.to_owned(), markers, documents }
    }

    /// Reads the files that are new since the last call, and returns the paths of new reports.
    ///
    /// # Errors
    /// In one line, if the folder cannot be read.
    pub(crate) fn update(&mut self) -> Result<Vec<PathBuf>, String> {
        let with_path = |error| format!("cannot read {}: {error}", self.folder.display());
        let mut new = Vec::new();
        for path in files_below(&self.folder).map_err(with_path)? {
            if path.extension() == Some(OsStr::new(STARTED)) {
                self.markers.insert(path);
            } else if path.extension() == Some(OsStr::new(REPORT))
                && !self.documents.contains_key(&path)
            {
                self.documents.insert(path.clone(), Document::read(&path));
                new.push(path);
            }
        }
        Ok(new)
    }

    /// Returns the sweeps that have not written a report, with their markers.
    pub(crate) fn unfinished(&self) -> impl Iterator<Item = (String, &Path)> {
        let is_left =
            |marker: &&PathBuf| !self.documents.contains_key(&marker.with_extension(REPORT));
        self.markers.iter().filter(is_left).map(|marker| {
            let name = fs::read_to_string(marker).unwrap_or_default();
            (name.trim_end().to_owned(), marker.as_path())
        })
    }
}

fn files_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        // Do not follow links: they can form cycles.
        match entry.file_type()? {
            _ if is_hidden => {}
            kind if kind.is_dir() => files.extend(files_below(&entry.path())?),
            _ => files.push(entry.path()),
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::report::samples;

    fn names(folder: &Path) -> Vec<String> {
        let files = files_below(folder).unwrap();
        let name = |path: PathBuf| path.strip_prefix(folder).unwrap().display().to_string();
        let binary = Origin::of_this_process(None).binary().unwrap().to_owned();
        files.into_iter().map(|path| name(path).replace(&binary, "bin")).collect()
    }

    #[test]
    fn a_report_follows_its_marker_and_equal_names_are_numbered() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("a/b");
        let first = Entry::begin(&below, "grow", None).unwrap();
        let second = Entry::begin(&below, "grow", None).unwrap();
        let shard = Entry::begin(&below, "grow", Some("2/3".parse().unwrap())).unwrap();
        assert_eq!([first.name(), second.name(), shard.name()], ["grow", "grow#2", "grow"]);

        let error = read_folder(folder.path()).unwrap_err();
        assert!(error.contains("did not end: grow#2 (") && error.contains(", grow ("), "{error}");
        for entry in [shard, second, first] {
            let report = Report { name: entry.name().to_owned(), ..samples::clean() };
            entry.finish(&report).unwrap();
        }
        assert_eq!(
            names(&below),
            [
                "bin-grow#2.json",
                "bin-grow#2.started",
                "bin-grow.2-of-3.json",
                "bin-grow.2-of-3.started",
                "bin-grow.json",
                "bin-grow.started",
            ]
        );
        let read = read_folder(folder.path()).unwrap();
        assert_eq!(read[0].1.reports[0].name(), "grow#2");
    }

    #[test]
    fn any_name_makes_a_file_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let long = "ü".repeat(300);
        for name in ["a/b", "a:b", "a b", "", "..", "a#2", "é", &long, &format!("{long}x")] {
            let entry = Entry::begin(folder.path(), name, None).unwrap();
            assert_eq!(entry.name(), name);
            entry.finish(&samples::clean()).unwrap();
        }
        assert_eq!(names(folder.path()).len(), 18);
    }

    #[test]
    fn a_folder_that_cannot_be_used_is_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Entry::begin(&file, "grow", None).unwrap_err();
        assert!(error.starts_with("cannot write ") && !error.contains('\n'), "{error}");
        assert!(read_folder(folder.path()).unwrap_err().ends_with("the folder has no report"));
        let error = read_folder(&folder.path().join("none")).unwrap_err();
        assert!(error.starts_with("cannot read "), "{error}");
    }
}
