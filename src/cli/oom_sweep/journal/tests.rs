//! Journals with events as the engine appends them: what is kept, what is dropped, and what is
//! refused.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::harness::oracle::FindingKind;
use crate::harness::plan::SiteId;

/// The place of a journal; dropping it deletes the file.
struct Place {
    _folder: TempDir,
    path: PathBuf,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    Place { path: folder.path().join("j"), _folder: folder }
}

fn identity(baseline: &str) -> Identity {
    Identity { baseline: baseline.to_owned(), shard: None, plans: 9 }
}

fn clean(from: u64, to: u64) -> Event {
    Event::Clean { from, to, tolerated: 0 }
}

fn events() -> Vec<Event> {
    let keys = vec![(FindingKind::Leaked, Some(SiteId(7))), (FindingKind::Hung, None)];
    vec![
        clean(0, 3),
        Event::Again { case: 3, tolerated: 1, keys },
        Event::Found { case: 4, tolerated: 0, findings: Vec::new() },
        Event::Also { case: 4, findings: Vec::new() },
        Event::Excused { path: 1 },
        Event::Note { text: "a\nb \u{1b} é".to_owned() },
        Event::Region { reason: "log".to_owned(), was_hit: true },
    ]
}

fn report(name: &str) -> Report {
    Report { plans: 9, runs: 9, ..Report::blank(name.to_owned()) }
}

impl Place {
    fn open(&self, start: Start) -> Result<JournalWriter, String> {
        JournalWriter::open(&self.path, start).map_err(|error| {
            assert!(!error.contains('\n'), "{error}");
            error.replace(&format!("{}", self.path.display()), "j")
        })
    }

    /// Returns the events that a resumed sweep gets.
    fn resumed(&self, sweep: &str) -> Vec<Event> {
        let mut journal = self.open(Start::Resume).unwrap();
        assert_eq!(journal.turn_to(sweep, "s"), Ok(None));
        journal.open(sweep, &identity("b")).unwrap()
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(&self.path).unwrap()
    }
}

/// A journal with one sweep that has ended, and one that was cut off.
fn filled() -> Place {
    let place = place();
    let mut journal = place.open(Start::Anew).unwrap();
    for (sweep, events) in [("done", vec![clean(0, 9)]), ("open", events())] {
        assert_eq!(journal.turn_to(sweep, "s"), Ok(None));
        assert_eq!(journal.open(sweep, &identity("b")), Ok(vec![]));
        for event in events {
            journal.append(&event).unwrap();
        }
        if sweep == "done" {
            journal.end(&report(sweep)).unwrap();
        }
    }
    journal.end(&Report { runs: 5, ..report("open") }).unwrap(); // partial: resuming continues it
    place
}

#[test]
fn recorded_events_are_read_back() {
    let place = filled();
    assert_eq!(place.resumed("open"), events());
    let journal = place.open(Start::Resume).unwrap();
    assert_eq!(journal.turn_to("done", "s"), Ok(Some(report("done"))));
    assert_eq!(journal.turn_to("new", "s"), Ok(None));
}

#[test]
fn a_sweep_goes_on_as_often_as_it_must() {
    let place = filled();
    for more in 1..4 {
        let mut journal = place.open(Start::Resume).unwrap();
        journal.turn_to("open", "s").unwrap();
        let known = journal.open("open", &identity("b")).unwrap();
        assert_eq!(known.len(), events().len() + more - 1);
        journal.append(&clean(more as u64, 9)).unwrap();
    }
}

#[test]
fn an_incomplete_last_line_is_dropped() {
    let place = filled();
    let whole = place.bytes();
    let lines: Vec<_> = whole.split_inclusive(|&byte| byte == b'\n').collect();
    for end in 0..whole.len() {
        fs::write(&place.path, &whole[..end]).unwrap();
        let journal = place.open(Start::Resume).unwrap();
        drop(journal);
        let kept = place.bytes();
        let mut whole_lines = 0;
        let lengths = lines.iter().map(|line| {
            whole_lines += line.len();
            whole_lines
        });
        match lengths.take_while(|&length| length <= end).last() {
            Some(length) => assert_eq!(kept, whole[..length], "{end}"),
            // Not even the header was whole, so the journal starts again.
            None => assert_eq!(kept, lines[0], "{end}"),
        }
    }
    // A line with its newline but without its middle is dropped too.
    let mut damaged = whole.clone();
    let last = damaged.len() - 9;
    damaged[last..last + 4].fill(0);
    fs::write(&place.path, &damaged).unwrap();
    let kept = events().len() - 1;
    assert_eq!(place.resumed("open"), events()[..kept]);
}

#[test]
fn a_damaged_line_in_the_middle_is_an_error_with_its_number() {
    let place = filled();
    let whole = place.bytes();
    let line = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(2).unwrap().0;
    for (at, byte) in [(line + 2, b'x'), (line + 10, b'!'), (line + 40, b'\n'), (line, b' ')] {
        let mut damaged = whole.clone();
        damaged[at] = byte;
        fs::write(&place.path, &damaged).unwrap();
        let error = place.open(Start::Resume).map(|_| ()).unwrap_err();
        assert!(error.starts_with("j:") && error.contains("the line is damaged"), "{error}");
        assert_eq!(place.bytes(), damaged);
    }
}

#[test]
fn an_existing_journal_needs_resume() {
    let place = filled();
    let whole = place.bytes();
    let error = place.open(Start::Anew).map(|_| ()).unwrap_err();
    assert!(error.starts_with("j: the journal exists: add --resume"), "{error}");
    assert_eq!(place.bytes(), whole);
    fs::write(&place.path, "").unwrap();
    place.open(Start::Anew).unwrap();
    fs::remove_file(&place.path).unwrap();
    place.open(Start::Resume).unwrap();
}

#[test]
fn a_file_that_is_no_journal_is_left_alone() {
    let place = place();
    for text in ["{\"schema\": 2}\n", "notes", "\n", "{\"sum\":1}\n{}\n"] {
        fs::write(&place.path, text).unwrap();
        let error = place.open(Start::Resume).map(|_| ()).unwrap_err();
        assert!(error.starts_with("j:1: "), "{error}");
        assert_eq!(place.bytes(), text.as_bytes());
    }
}

#[test]
fn a_journal_of_other_code_is_refused() {
    let place = place();
    let open =
        |origin: &Origin| JournalWriter::open_as(&place.path, Start::Resume, origin).map(|_| ());
    let this = Origin::of_this_process(None);
    open(&this).unwrap();
    let other_build = Origin { build: Some("0".repeat(16)), ..this.clone() };
    let error = open(&other_build).unwrap_err();
    assert!(error.contains("j:1: the journal is of another build: it has "), "{error}");
    let other_commit = Origin { commit: Some("0".repeat(40)), ..other_build };
    assert!(open(&other_commit).unwrap_err().contains("of another commit: it has "));
    // The same build is the same code, whatever was committed since.
    open(&Origin { commit: None, ..this }).unwrap();

    let header = fs::read_to_string(&place.path).unwrap();
    let entry = header[header.find("{\"header\"").unwrap()..header.len() - 2].to_owned();
    let other = entry.replace("\"schema\":2", "\"schema\":9").replace("origin", "source");
    let sum = other.bytes().fold(0xcbf2_9ce4_8422_2325, |sum: u64, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    fs::write(&place.path, format!("{{\"sum\":\"{sum:016x}\",\"entry\":{other}}}\n")).unwrap();
    let error = place.open(Start::Resume).map(|_| ()).unwrap_err();
    assert!(error.starts_with("j:1: the journal has schema 9"), "{error}");
}

#[test]
fn another_sweep_of_the_same_name_is_refused() {
    let place = filled();
    let mut journal = place.open(Start::Resume).unwrap();
    for sweep in ["open", "done"] {
        let error = journal.turn_to(sweep, "t").unwrap_err();
        assert!(error.contains("another input or other settings"), "{error}");
    }
    journal.turn_to("open", "s").unwrap();
    let others = [
        identity("c"),
        Identity { plans: 8, ..identity("b") },
        Identity { shard: Some("1/2".to_owned()), ..identity("b") },
    ];
    for other in others {
        let error = journal.open("open", &other).unwrap_err();
        assert!(
            error.contains("open has changed: the journal has baseline b, 9 plans, this is"),
            "{error}"
        );
    }
    assert_eq!(journal.open("open", &identity("b")).unwrap().len(), events().len());
}

#[test]
fn two_commands_do_not_share_a_journal() {
    let place = filled();
    let journal = place.open(Start::Resume).unwrap();
    assert!(place.open(Start::Resume).map(|_| ()).unwrap_err().contains("another command"));
    drop(journal);
    place.open(Start::Resume).unwrap();
}

#[cfg(unix)]
#[test]
fn a_device_is_no_journal() {
    let place = place();
    std::os::unix::fs::symlink("/dev/full", &place.path).unwrap();
    let error = place.open(Start::Resume).map(|_| ()).unwrap_err();
    assert_eq!(error, "j: it is not a file");
}
