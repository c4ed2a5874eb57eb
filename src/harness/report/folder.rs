//! A folder into which every sweep of a test run writes its report: [`Entry`], [`read_folder`].
//!
//! A sweep first writes a marker, `<package>@<binary>@<sweep>@<test>.started`, then its report
//! beside it, as `.json`. Parts that the process does not know are empty. The report is written
//! whole or not at all. A marker without a report means that the process died during the sweep; the
//! marker says which sweep it was. Where several machines share a folder, the file names contain
//! the shard: `….2-of-3.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::sweep_id::Names;
use super::text::printable;
use super::{Document, Origin, Report, Shard, SweepId};

/// The greatest number of bytes of a sweep's identity in a file name; most systems allow 255 for
/// the whole name.
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
    /// Writes the marker, and creates the folder if it is missing. The second sweep of one name in
    /// one test is called `name#2`.
    ///
    /// # Errors
    /// In one line, which names the file.
    pub(crate) fn begin(
        folder: &Path,
        id: SweepId<'_>,
        shard: Option<Shard>,
    ) -> Result<Self, String> {
        let shard = shard.map(|shard| format!(".{}-of-{}", shard.index(), shard.count()));
        let shard = shard.unwrap_or_default();
        let with_path = |path: &Path, error| format!("cannot write {}: {error}", path.display());
        fs::create_dir_all(folder).map_err(|error| with_path(folder, error))?;
        for number in 1.. {
            let suffix = if number == 1 { String::new() } else { format!("#{number}") };
            let stem = format!("{}{suffix}{shard}", file_name(id));
            let marker = folder.join(format!("{stem}.{STARTED}"));
            let name = format!("{}{suffix}", id.sweep);
            let text = Marker::new(id, &name).text();
            match File::create_new(&marker).and_then(|mut file| writeln!(file, "{text}")) {
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

/// The content of a marker.
#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    sweep: String,
    package: Option<String>,
    binary: Option<String>,
    binary_id: Option<String>,
    test: Option<String>,
}

impl Marker {
    fn new(id: SweepId<'_>, name: &str) -> Self {
        let SweepId { package, binary, binary_id, test, .. } = id;
        let [package, binary, binary_id, test] =
            [package, binary, binary_id, test].map(|part| part.map(str::to_owned));
        Self { sweep: name.to_owned(), package, binary, binary_id, test }
    }

    fn text(&self) -> String {
        serde_json::to_string(self).expect("texts are JSON")
    }

    /// Makes the report of a sweep that has left only its marker. The process may have died while it
    /// wrote that.
    fn report(marker: &Path) -> Report {
        let text = fs::read_to_string(marker).unwrap_or_default();
        match serde_json::from_str(&text) {
            Ok(Self { sweep, package, binary, binary_id, test }) => {
                let origin = Origin { package, binary, binary_id, test, ..Origin::UNKNOWN };
                Report::unfinished(sweep, Some(origin))
            }
            Err(_) => Report::unfinished(text.trim_end().to_owned(), None),
        }
    }
}

/// Turns an identity into a file name that every system accepts. Different ones stay different.
fn file_name(id: SweepId<'_>) -> String {
    let SweepId { package, binary, test, sweep, .. } = id;
    // Reports are listed in the order of these names.
    let parts = [package, binary, Some(sweep), test].map(|part| escaped(part.unwrap_or_default()));
    let mut text = parts.join("@");
    if text.len() > MOST_BYTES {
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3) // FNV-1a
        });
        text.truncate(MOST_BYTES);
        text += &format!("~{hash:016x}");
    }
    text
}

fn escaped(part: &str) -> String {
    let mut text = String::new();
    for byte in part.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' => text.push(byte.into()),
            _ => text += &format!("%{byte:02X}"),
        }
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
    let unfinished: Vec<_> = folder_reader.unfinished().collect();
    let names = Names::new(unfinished.iter().map(|(report, _)| report));
    let unfinished: Vec<_> = unfinished
        .iter()
        .map(|(report, marker)| format!("{} ({})", printable(names.of(report)), marker.display()))
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

    /// Returns reports of the sweeps that have not written one, with their markers.
    pub(crate) fn unfinished(&self) -> impl Iterator<Item = (Report, &Path)> {
        let is_left =
            |marker: &&PathBuf| !self.documents.contains_key(&marker.with_extension(REPORT));
        let left = self.markers.iter().filter(is_left);
        left.map(|marker| (Marker::report(marker), marker.as_path()))
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
        files.into_iter().map(name).collect()
    }

    fn id(sweep: &str) -> SweepId<'_> {
        let (package, binary, test) = (Some("store"), Some("oom"), Some("grows"));
        SweepId { package, binary, binary_id: None, test, sweep }
    }

    #[test]
    fn a_report_follows_its_marker_and_equal_names_are_numbered() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("a/b");
        let first = Entry::begin(&below, id("grow"), None).unwrap();
        let second = Entry::begin(&below, id("grow"), None).unwrap();
        let shard = Entry::begin(&below, id("grow"), Some("2/3".parse().unwrap())).unwrap();
        let elsewhere = SweepId { package: Some("log"), test: None, ..id("grow") };
        let elsewhere = Entry::begin(&below, elsewhere, None).unwrap();
        let entries = [&first, &second, &shard, &elsewhere];
        assert_eq!(entries.map(Entry::name), ["grow", "grow#2", "grow", "grow"]);

        let error = read_folder(folder.path()).unwrap_err();
        assert!(error.contains(" log::oom::grow (") && error.contains(": run again"), "{error}");
        assert!(error.contains(", grow#2 (") && error.contains(", store::oom::grows::grow ("));
        for entry in [elsewhere, shard, second, first] {
            let report = Report { name: entry.name().to_owned(), ..samples::clean() };
            entry.finish(&report).unwrap();
        }
        assert_eq!(
            names(&below),
            [
                "log@oom@grow@.json",
                "log@oom@grow@.started",
                "store@oom@grow@grows#2.json",
                "store@oom@grow@grows#2.started",
                "store@oom@grow@grows.2-of-3.json",
                "store@oom@grow@grows.2-of-3.started",
                "store@oom@grow@grows.json",
                "store@oom@grow@grows.started",
            ]
        );
        let read = read_folder(folder.path()).unwrap();
        assert_eq!(read[1].1.reports[0].name(), "grow#2");
    }

    #[test]
    fn a_marker_says_which_sweep_did_not_end() {
        let folder = tempfile::tempdir().unwrap();
        Entry::begin(folder.path(), id("a\nb"), None).unwrap();
        fs::write(folder.path().join("torn.started"), "{\"sweep\":").unwrap();
        let mut reader = FolderReader::new(folder.path());
        reader.update().unwrap();
        let names: Vec<_> = reader.unfinished().map(|(report, _)| report.full_name()).collect();
        assert_eq!(names, ["store::oom::grows::a\nb", "{\"sweep\":"]);
    }

    #[test]
    fn any_name_makes_a_file_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let long = "ü".repeat(300);
        for name in ["a/b", "a:b", "a b", "", "..", "a#2", "é", "a@b", &long, &format!("{long}x")]
        {
            let entry = Entry::begin(folder.path(), id(name), None).unwrap();
            assert_eq!(entry.name(), name);
            entry.finish(&samples::clean()).unwrap();
        }
        let entry = SweepId { test: Some(&long), ..id(&long) };
        Entry::begin(folder.path(), entry, None).unwrap().finish(&samples::clean()).unwrap();
        assert_eq!(names(folder.path()).len(), 22);
    }

    #[test]
    fn a_folder_that_cannot_be_used_is_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Entry::begin(&file, id("grow"), None).unwrap_err();
        assert!(error.starts_with("cannot write ") && !error.contains('\n'), "{error}");
        assert!(read_folder(folder.path()).unwrap_err().ends_with("the folder has no report"));
        let error = read_folder(&folder.path().join("none")).unwrap_err();
        assert!(error.starts_with("cannot read "), "{error}");
    }
}
