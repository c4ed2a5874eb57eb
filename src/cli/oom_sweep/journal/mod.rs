//! The journal of a command: a [`JournalWriter`] appends every verdict at once. A command that
//! resumes gets the events that an earlier command wrote.
//!
//! ```text
//!  header ─→ (begin ─→ event* ─→ end)*        a line each, see `line`
//! ```
//!
//! Sweeps that ended are taken from the journal. A sweep that was cut off continues where its
//! events end. A resumed journal must be of the same build, and each sweep must have the same
//! input, settings, requests and plans: other verdicts would be about other code. A process that is
//! killed loses only what it had not yet written. `file` handles the file.

mod file;
mod line;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use file::File;
use line::Line;

use crate::cli::shared::console;
use crate::harness::report::{Origin, Report};
use crate::harness::sweep::{Event, Identity, Journal};

/// Whether an existing journal may be continued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    Anew,
    Resume,
}

/// What the journal has of one sweep.
#[derive(Debug, Default)]
struct Entry {
    sweep: String,
    subject: String,
    identity: Option<Identity>,
    events: Vec<Event>,
    report: Option<Report>,
}

/// Writes the journal of a command.
#[derive(Clone)]
pub(super) struct JournalWriter(Rc<RefCell<Inner>>);

struct Inner {
    file: File,
    entries: Vec<Entry>,
    /// The current sweep: its name, and its subject.
    current: (String, String),
}

impl JournalWriter {
    /// Opens the journal at `path`, and reads it if it is resumed.
    ///
    /// # Errors
    /// In one line: if it exists and is not resumed, if it is of other code, or if it cannot be
    /// read.
    pub(super) fn open(path: &Path, start: Start) -> Result<Self, String> {
        Self::open_as(path, start, &Origin::of_this_process(None))
    }

    fn open_as(path: &Path, start: Start, origin: &Origin) -> Result<Self, String> {
        let (mut file, lines) = File::open(path, start)?;
        let mut entries = Vec::new();
        if lines.is_empty() {
            file.append(&Line::header(origin))?;
        }
        for (index, line) in lines.into_iter().enumerate() {
            take(&mut entries, index, line, origin)
                .map_err(|why| format!("{}:{}: {why}", path.display(), index + 1))?;
        }
        let current = (String::new(), String::new());
        Ok(Self(Rc::new(RefCell::new(Inner { file, entries, current }))))
    }

    /// Starts the next sweep, and returns its report if it has ended already. `subject` is a hash
    /// of everything that the sweep is given.
    ///
    /// # Errors
    /// In one line, if the journal has a sweep of this name with another subject.
    pub(super) fn turn_to(&self, sweep: &str, subject: &str) -> Result<Option<Report>, String> {
        let mut inner = self.0.borrow_mut();
        inner.current = (sweep.to_owned(), subject.to_owned());
        match inner.entries.iter().find(|entry| entry.sweep == sweep) {
            Some(entry) if entry.subject != subject => Err(inner.refuse(format_args!(
                "the journal has {sweep} with another input or other settings: use the same, or name \
                 another journal"
            ))),
            Some(entry) => Ok(entry.report.clone()),
            None => Ok(None),
        }
    }

    /// Records the end of the sweep. A sweep that is not complete continues on resume.
    ///
    /// # Errors
    /// In one line, if it cannot be written.
    pub(super) fn end(&self, report: &Report) -> Result<(), String> {
        let inner = &mut *self.0.borrow_mut();
        if !report.is_complete() {
            return inner.file.check();
        }
        let (sweep, subject) = inner.current.clone();
        inner.file.append(&Line::End { sweep, subject, report: Box::new(report.clone()) })
    }

    /// Whether an error stopped all writing.
    pub(super) fn is_broken(&self) -> bool {
        self.0.borrow().file.check().is_err()
    }
}

/// Adds the content of a line.
fn take(entries: &mut Vec<Entry>, index: usize, line: Line, origin: &Origin) -> Result<(), String> {
    match (index, line) {
        (0, Line::Header { origin: other, .. }) => line::same_code(&other, origin),
        (0, _) => Err("this is not a journal of oom-sweep: it has no header".to_owned()),
        (_, Line::Begin { sweep, subject, identity }) => {
            entry_of(entries, sweep, subject).identity = Some(identity);
            Ok(())
        }
        (_, Line::Event(event)) => {
            let entry = entries.last_mut().ok_or("an event of no sweep")?;
            entry.events.push(*event);
            Ok(())
        }
        (_, Line::End { sweep, subject, report }) => {
            entry_of(entries, sweep, subject).report = Some(*report);
            Ok(())
        }
        (_, Line::Header { .. }) => Err("a second header".to_owned()),
    }
}

/// Moves the entry of this sweep to the end, since events belong to the last entry.
fn entry_of(entries: &mut Vec<Entry>, sweep: String, subject: String) -> &mut Entry {
    let known = entries.iter().position(|entry| entry.sweep == sweep);
    let entry = known.map(|known| entries.remove(known)).unwrap_or_default();
    entries.push(Entry { sweep, subject, ..entry });
    entries.last_mut().expect("it was just pushed")
}

impl Inner {
    fn refuse(&self, why: std::fmt::Arguments<'_>) -> String {
        console::line(&format!("{}: {why}", self.file.path().display()))
    }
}

impl Journal for JournalWriter {
    fn open(&mut self, _: &str, identity: &Identity) -> Result<Vec<Event>, String> {
        let inner = &mut *self.0.borrow_mut();
        let (sweep, subject) = inner.current.clone();
        let index = inner.entries.iter().position(|entry| entry.sweep == sweep);
        let entry = index.map(|index| &inner.entries[index]);
        if let Some(other) = entry.and_then(|entry| entry.identity.as_ref())
            && other != identity
        {
            let (other, this) = (line::describe(other), line::describe(identity));
            return Err(inner.refuse(format_args!(
                "{sweep} has changed: the journal has {other}, this is {this}; name another journal"
            )));
        }
        let events = index.map(|index| std::mem::take(&mut inner.entries[index].events));
        inner.file.append(&Line::Begin { sweep, subject, identity: identity.clone() })?;
        Ok(events.unwrap_or_default())
    }

    fn append(&mut self, event: &Event) -> Result<(), String> {
        self.0.borrow_mut().file.append(&Line::Event(Box::new(event.clone())))
    }
}
