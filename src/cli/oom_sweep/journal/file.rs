//! The file of a journal: each append adds a whole line or nothing.
//!
//! If a full disk leaves part of a line, it is cut off at once, so the journal can be resumed when
//! there is space. If a kill leaves part of a line, resuming cuts it off. A damaged line in the
//! middle is an error: another program wrote to the file.

use std::fs::{self, OpenOptions, TryLockError};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Start;
use super::line::{Damage, Line};
use crate::cli::shared::console;

/// How long to wait until a killed command releases its journal.
const LOCK_TIMEOUT: Duration = Duration::from_secs(3);

/// A journal's file, open at its end.
pub(super) struct File {
    path: PathBuf,
    file: fs::File,
    /// The number of bytes of whole lines.
    len: u64,
    /// The error after which nothing is written any more.
    broken: Option<String>,
}

impl File {
    /// Opens the file, and returns the lines in it.
    ///
    /// # Errors
    /// In one line, which names the file, and the number of a damaged line.
    pub(super) fn open(path: &Path, start: Start) -> Result<(Self, Vec<Line>), String> {
        let shown = console::line(&path.display().to_string());
        let with_path = |error: std::io::Error| format!("cannot open {shown}: {error}");
        let there = OpenOptions::new().read(true).append(true).create(true).open(path);
        let file = there.map_err(with_path)?;
        if !file.metadata().map_err(with_path)?.is_file() {
            return Err(format!("{shown}: it is not a file"));
        }
        lock(&file).map_err(|why| format!("{shown}: {why}"))?;
        let bytes = fs::read(path).map_err(with_path)?;
        if start == Start::Anew && !bytes.is_empty() {
            return Err(format!(
                "{shown}: the journal exists: add --resume to continue it, or name another \
                 journal"
            ));
        }
        let (lines, len) = read(&bytes).map_err(|error| format!("{shown}:{error}"))?;
        let mut this = Self { path: path.to_owned(), file, len: len as u64, broken: None };
        if len < bytes.len() {
            let incomplete = bytes.len() - len;
            console::progress(&format!(
                "note: {shown}:{}: dropped the last line, which is incomplete ({incomplete} bytes)",
                lines.len() + 1
            ));
            this.cut().map_err(with_path)?;
        }
        Ok((this, lines))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a whole line, or nothing.
    ///
    /// # Errors
    /// In one line. After the first error, every call returns the same one.
    pub(super) fn append(&mut self, line: &Line) -> Result<(), String> {
        self.check()?;
        let text = line.to_text()?;
        if let Err(error) = self.file.write_all(text.as_bytes()) {
            // Resuming drops what stays of the line.
            let _ = self.cut();
            let path = console::line(&self.path.display().to_string());
            self.broken =
                Some(format!("cannot write {path}: {error}: free some space, then use --resume"));
            return self.check();
        }
        self.len += text.len() as u64;
        Ok(())
    }

    /// # Errors
    /// The error of an earlier [`append`](Self::append).
    pub(super) fn check(&self) -> Result<(), String> {
        self.broken.clone().map_or(Ok(()), Err)
    }

    fn cut(&mut self) -> std::io::Result<()> {
        self.file.set_len(self.len)?;
        self.file.seek(SeekFrom::End(0)).map(|_| ())
    }
}

/// Returns the lines and their number of bytes. The last line may be cut off.
///
/// # Errors
/// Starts with the number of the damaged line.
fn read(bytes: &[u8]) -> Result<(Vec<Line>, usize), String> {
    let (mut lines, mut len) = (Vec::new(), 0);
    while len < bytes.len() {
        let rest = &bytes[len..];
        let end = rest.iter().position(|&byte| byte == b'\n');
        let line = end.map(|end| Line::read(&rest[..end]));
        match (line, end) {
            (Some(Ok(line)), Some(end)) => {
                lines.push(line);
                len += end + 1;
            }
            (Some(Err(Damage::Meaning(why))), _) => {
                return Err(format!("{}: {why}", lines.len() + 1));
            }
            // Do not cut a file that never was a journal.
            _ if lines.is_empty() && !could_begin(rest) => {
                return Err("1: this is not a journal of oom-sweep".to_owned());
            }
            (Some(Err(Damage::Bytes)), Some(end)) if len + end + 1 < bytes.len() => {
                return Err(format!(
                    "{}: the line is damaged, and it is not the last: name another journal",
                    lines.len() + 1
                ));
            }
            _ => break,
        }
    }
    Ok((lines, len))
}

/// Whether this may be the start of a header.
fn could_begin(bytes: &[u8]) -> bool {
    bytes.iter().zip(b"{\"sum\":\"").all(|(byte, expected)| byte == expected)
}

/// Two commands must not append to one journal at a time. On systems without locks, nothing
/// prevents it.
fn lock(file: &fs::File) -> Result<(), String> {
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if start.elapsed() < LOCK_TIMEOUT => {
                std::thread::sleep(LOCK_TIMEOUT / 100);
            }
            Err(TryLockError::WouldBlock) => {
                return Err("another command uses the journal".to_owned());
            }
            Ok(()) | Err(TryLockError::Error(_)) => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::report::Origin;

    /// A line that a full disk cuts off is removed, and the error stays.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_a_lasting_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let header = Line::header(&Origin::default());
        let (mut file, _) = File::open(&path, Start::Anew).unwrap();
        file.append(&header).unwrap();
        let whole = fs::read(&path).unwrap();

        let disk = std::mem::replace(&mut file.file, fs::File::create("/dev/full").unwrap());
        let error = file.append(&header).unwrap_err();
        assert!(error.starts_with("cannot write ") && error.ends_with("then use --resume"));
        file.file = disk;
        file.file.write_all(b"{\"sum\":\"01").unwrap();
        file.cut().unwrap();
        assert_eq!(fs::read(&path).unwrap(), whole);
        assert_eq!((file.append(&header), file.check()), (Err(error.clone()), Err(error)));
    }
}
