//! Documents as files of JSON: reading reports errors with their place, and writing is atomic.
//!
//! Errors are one line of text for a person at a terminal. The documents of `json` decide what is
//! valid.

#[cfg(test)]
mod tests;

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::error::Category;

use super::json::{Document, FindingDocument, KnownDocument, SCHEMA};
use super::text::one_line;
use super::{KnownFindings, place};
use crate::harness::oracle::Finding;

/// The fields that tell documents apart, in every version.
#[derive(Deserialize)]
struct Probe {
    schema: Option<u64>,
    tool: Option<ProbedTool>,
    reports: Option<IgnoredAny>,
    finding: Option<IgnoredAny>,
    known: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct ProbedTool {
    version: Option<String>,
}

enum Content {
    Reports,
    Finding,
    Known,
}

impl Content {
    /// Says what the file holds, to a user who needs another document.
    fn instead(self) -> &'static str {
        match self {
            Self::Reports => "it is a document of reports",
            Self::Finding => "it is a single finding",
            Self::Known => "it is a list of known findings",
        }
    }
}

impl Document {
    /// Reads a file of reports.
    ///
    /// # Errors
    /// In one line, which names the file, the place in it and what is wrong. For another version of
    /// the schema it says what to do.
    pub fn read(path: &Path) -> Result<Self, String> {
        Self::from_text(path, &read_text(path)?)
    }

    /// Does what [`read`](Self::read) does, with the text of the file given.
    pub(crate) fn from_text(path: &Path, text: &str) -> Result<Self, String> {
        let read = probe(path, text).and_then(|content| match content {
            Content::Reports => parse(path, text),
            other => {
                let (file, other) = (path.display(), other.instead());
                Err(format!("{file}: {other}, not a document of reports"))
            }
        });
        read.map_err(|error| one_line(&error))
    }

    /// Writes a file of reports. If writing fails, the old file stays.
    ///
    /// # Errors
    /// In one line, which names the file.
    pub fn write(&self, path: &Path) -> Result<(), String> {
        write_json(self, path)
    }
}

impl FindingDocument {
    /// Writes a file of one finding, as [`Document::write`] does.
    ///
    /// # Errors
    /// In one line, which names the file.
    pub fn write(&self, path: &Path) -> Result<(), String> {
        write_json(self, path)
    }
}

impl KnownDocument {
    /// Writes a file of known findings, as [`Document::write`] does.
    ///
    /// # Errors
    /// In one line, which names the file.
    pub fn write(&self, path: &Path) -> Result<(), String> {
        write_json(self, path)
    }
}

impl KnownFindings {
    /// Reads a file of known findings, as `oom-sweep known` writes it.
    ///
    /// # Errors
    /// In one line, as [`Document::read`]'s.
    pub fn read(path: &Path) -> Result<Self, String> {
        check_no_pipe(path)?;
        Self::from_text(path, &read_text(path)?)
    }

    /// Does what [`read`](Self::read) does, with the text of the file given.
    pub(crate) fn from_text(path: &Path, text: &str) -> Result<Self, String> {
        let read = probe(path, text).and_then(|content| match content {
            Content::Known => parse::<KnownDocument>(path, text).map(|read| read.known.into()),
            other => {
                let (file, other) = (path.display(), other.instead());
                Err(format!(
                    "{file}: {other}, not a list of known findings: `oom-sweep known` makes one"
                ))
            }
        });
        read.map_err(|error| one_line(&error))
    }
}

/// Reads one finding and the name of its sweep, from a file of reports or of a finding.
///
/// ```no_run
/// use std::path::Path;
///
/// let (sweep, finding) = oom_sweep::report::read_finding(Path::new("report.json"), Some(1))?;
/// println!("{sweep}: {}", finding.message());
/// # Ok::<(), String>(())
/// ```
///
/// `pick` chooses one of the findings of all reports in the file, counted from 1. Without `pick`
/// the file must have exactly one finding.
///
/// # Errors
/// In one line, like those of [`Document::read`]. If the file has several findings and `pick` is
/// `None`, the error lists them.
pub fn read_finding(path: &Path, pick: Option<usize>) -> Result<(String, Finding), String> {
    finding_in(path, &read_text(path)?, pick)
}

/// Does what [`read_finding`] does, with the text of the file given.
pub(crate) fn finding_in(
    path: &Path,
    text: &str,
    pick: Option<usize>,
) -> Result<(String, Finding), String> {
    let all = all_findings(path, text).map_err(|error| one_line(&error))?;
    let index = choose(&all, pick);
    let index = index.map_err(|why| one_line(&format!("{}: {why}", path.display())))?;
    Ok(all.into_iter().nth(index).expect("the index was checked"))
}

fn all_findings(path: &Path, text: &str) -> Result<Vec<(String, Finding)>, String> {
    Ok(match probe(path, text)? {
        Content::Finding => {
            let document: FindingDocument = parse(path, text)?;
            vec![(document.sweep, document.finding)]
        }
        Content::Known => {
            let file = path.display();
            return Err(format!(
                "{file}: {}, and a list cannot be replayed",
                Content::Known.instead()
            ));
        }
        Content::Reports => {
            let document: Document = parse(path, text)?;
            let named = |report: super::Report| {
                let name = report.full_name();
                report.findings.into_iter().map(move |finding| (name.clone(), finding))
            };
            document.reports.into_iter().flat_map(named).collect()
        }
    })
}

/// Returns the index of the finding that the user chose.
fn choose(all: &[(String, Finding)], pick: Option<usize>) -> Result<usize, String> {
    match (pick, all.len()) {
        (_, 0) => Err("the file has no finding: there is nothing to replay".to_owned()),
        (None, 1) => Ok(0),
        (None, len) => {
            let choice = describe_choice(all.iter().map(|(sweep, finding)| (&**sweep, finding)));
            Err(format!("the file has {len} findings: choose one with --finding N: {choice}"))
        }
        (Some(number), len) if (1..=len).contains(&number) => Ok(number - 1),
        (Some(number), 1) => Err(format!("there is no finding {number}: the file has 1")),
        (Some(number), len) => {
            Err(format!("there is no finding {number}: the numbers are 1 to {len}"))
        }
    }
}

/// Lists the first findings, each with its number, kind, sweep and plan.
pub(crate) fn describe_choice<'a>(
    all: impl ExactSizeIterator<Item = (&'a str, &'a Finding)>,
) -> String {
    const NAMED: usize = 5;
    let more = if all.len() > NAMED { "; …" } else { "" };
    let named: Vec<_> = all
        .enumerate()
        .take(NAMED)
        .map(|(index, (sweep, finding))| {
            format!("{} is {} in {sweep}, {}", index + 1, finding.kind, finding.plan())
        })
        .collect();
    format!("{}{more}", named.join("; "))
}

// Reading.

/// A larger file is not read: a device may have no end.
const MOST_BYTES: u64 = 256 << 20;

fn read_text(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = File::open(path)
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .and_then(|_| String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into()));
    match read {
        Ok(text) if text.len() as u64 > MOST_BYTES => {
            let (file, most) = (path.display(), MOST_BYTES >> 20);
            Err(one_line(&format!("{file}: it is larger than {most} MiB, so it is no report")))
        }
        read => read.map_err(|error| one_line(&format!("cannot read {}: {error}", path.display()))),
    }
}

/// Refuses a pipe: each sweep reads the list, and a pipe can be read once, if it ends at all.
fn check_no_pipe(path: &Path) -> Result<(), String> {
    #[cfg(unix)]
    if fs::metadata(path)
        .is_ok_and(|there| std::os::unix::fs::FileTypeExt::is_fifo(&there.file_type()))
    {
        let file = path.display();
        return Err(one_line(&format!("{file}: it is a pipe: write the list to a file")));
    }
    let _ = path;
    Ok(())
}

/// Returns what the file holds, if this version can read it.
fn probe(path: &Path, text: &str) -> Result<Content, String> {
    let probe: Probe = parse(path, text)?;
    let file = path.display();
    let schema = probe
        .schema
        .ok_or_else(|| format!("{file}: this is not a report of oom-sweep: it has no schema"))?;
    if schema != u64::from(SCHEMA) {
        let version = probe.tool.and_then(|tool| tool.version);
        return Err(another_schema(&file.to_string(), schema, version, probe.known.is_some()));
    }
    match (probe.reports, probe.finding, probe.known) {
        (Some(_), _, _) => Ok(Content::Reports),
        (None, Some(_), _) => Ok(Content::Finding),
        (None, None, Some(_)) => Ok(Content::Known),
        (None, None, None) => Err(format!("{file}: the file has neither `reports` nor `finding`")),
    }
}

/// Says what to do with a document of another schema.
fn another_schema(file: &str, schema: u64, version: Option<String>, is_known_list: bool) -> String {
    let by = version
        .map_or_else(|| "another version".to_owned(), |version| format!("oom-sweep {version}"));
    let this = env!("CARGO_PKG_VERSION");
    let what = format!(
        "{file}: the file has schema {schema}, written by {by}; oom-sweep {this} reads schema {SCHEMA}"
    );
    if is_known_list {
        format!("{what} and names sites differently: run `oom-sweep known …` again")
    } else {
        format!("{what}: read it with {by}, or sweep again")
    }
}

/// The error is `file:line:column: place: what is wrong`.
fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let message = error.to_string();
        let position = format!(" at line {line} column {column}");
        let message = message.strip_suffix(&position).unwrap_or(&message);
        let before = last_byte(text, &error);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count());
        let place = match place::path_at(before) {
            place if place.is_empty() => place,
            place => format!("{place}: "),
        };
        format!("{}:{line}:{column}: {place}{message}", path.display())
    })
}

/// Returns the text up to the place of an error.
fn last_byte<'a>(text: &'a str, error: &serde_json::Error) -> &'a str {
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let end = lines.map(str::len).sum::<usize>() + error.column();
    let end = (0..=end.min(text.len())).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    let before = &text[..end];
    match error.classify() {
        // For a value that parses but is not valid, serde_json gives a place after the next
        // element.
        Category::Data => before.trim_end().strip_suffix(',').unwrap_or(before).trim_end(),
        Category::Io | Category::Syntax | Category::Eof => before,
    }
}

// Writing.

fn write_json(value: &impl Serialize, path: &Path) -> Result<(), String> {
    let written =
        serde_json::to_vec_pretty(value).map_err(io::Error::from).and_then(|mut bytes| {
            bytes.push(b'\n');
            write_whole(path, &bytes)
        });
    written.map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Writes a file of text. If writing fails, the old file stays.
///
/// # Errors
/// In one line, which names the file.
#[cfg(feature = "cli")]
pub(crate) fn write_text(path: &Path, text: &str) -> Result<(), String> {
    let written = write_whole(path, text.as_bytes());
    written.map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Writes a temporary file and renames it, so that no reader sees half of the text.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::metadata(path) {
        // A pipe or a terminal: write to it directly, since a rename would replace it.
        Ok(there) if !there.is_file() => return fs::write(path, bytes),
        Ok(_) | Err(_) => {}
    }
    Staged::write(path, bytes)?.put()
}

/// A temporary file beside its target, not yet renamed. Dropping it deletes it.
pub(crate) struct Staged {
    beside: TempFile,
    /// Holds the lock on it.
    _open: File,
    target: PathBuf,
}

impl Staged {
    /// Writes the temporary file, with the permissions of the target if that exists.
    ///
    /// # Errors
    /// If it cannot be written. Nothing is left behind.
    pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<Self> {
        // Write to the file that a link points to.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let (beside, mut file) = TempFile::create(&target)?;
        file.write_all(bytes)?;
        if let Ok(there) = fs::metadata(&target) {
            let _ = file.set_permissions(there.permissions()); // not every file system has any
        }
        file.sync_all()?;
        Ok(Self { beside, _open: file, target })
    }

    /// Renames it to its target, which it replaces.
    ///
    /// # Errors
    /// If it cannot be renamed. The target stays as it was.
    pub(crate) fn put(self) -> io::Result<()> {
        fs::rename(&self.beside.0, &self.target)
    }
}

/// The name of a temporary file, which is locked while it is open. Dropping it removes the file, if
/// it still has this name.
struct TempFile(PathBuf);

impl TempFile {
    /// Creates a file that no other process writes, in the directory of `target`, and removes those
    /// that killed processes have left for this target.
    fn create(target: &Path) -> io::Result<(Self, File)> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = target
            .file_name()
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))?;
        let mut start = OsString::from(".");
        start.push(name);
        start.push(".");
        remove_abandoned(target, &start);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let mut beside = start.clone();
            beside.push(format!("{}-{number}{TEMPORARY}", std::process::id()));
            let beside = target.with_file_name(beside);
            let file = match File::create_new(&beside) {
                // A killed process with the same number left it.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                created => created?,
            };
            let _ = file.lock(); // not every file system has locks
            // Another process may have taken it for abandoned before it was locked.
            if beside.exists() {
                return Ok((Self(beside), file));
            }
        }
    }
}

const TEMPORARY: &str = ".tmp";

/// Removes temporary files of this target that no process has locked. An error here would help
/// nobody.
fn remove_abandoned(target: &Path, start: &OsStr) {
    let folder = target.parent().filter(|folder| *folder != Path::new(""));
    let entries = fs::read_dir(folder.unwrap_or(Path::new("."))).into_iter().flatten().flatten();
    for entry in entries {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        let is_temporary = name.starts_with(start.as_encoded_bytes())
            && name.ends_with(TEMPORARY.as_bytes())
            && entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_temporary && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        // After a rename the file is gone. An error here would help nobody.
        let _ = fs::remove_file(&self.0);
    }
}
