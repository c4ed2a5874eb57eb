//! Tests the promise of SQLite's authors: whichever request fails, transiently or persistently,
//! SQLite reports it, leaks nothing, and a failed transaction changes nothing.
//!
//! SQLite is a real C library with allocator hooks, swept through [`oom_sweep::c`].
//! `tests/c_hooks.rs` shows that such a sweep finds mistakes. This file also shows that the sweep
//! reports the requests whose failure SQLite ignores, unless it is told that they are benign.

mod library;

use library::{Benign, Database, Error, Library, Statement};
use oom_sweep::{FaultAlloc, FindingKind, Guarantee, Report, Retry, Scenario, Sweep};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

const BOOKS: [(&str, i64); 5] = [
    ("Middlemarch", 1871),
    ("The Trial", 1925),
    ("Mrs Dalloway", 1925),
    ("Beloved", 1987),
    ("A title that is long enough that it does not fit where short ones do", 2001),
];

fn insert(database: &Database<'_>, books: &[(&str, i64)]) -> Result<(), Error> {
    let mut insert = database.prepare(c"INSERT INTO book (title, year) VALUES (?1, ?2)")?;
    for (title, year) in books {
        insert.bind_text(1, title)?;
        insert.bind_number(2, *year)?;
        insert.step()?;
        insert.reset();
    }
    Ok(())
}

/// Hashes rows to a number, for code that must not make requests of its own.
fn digest(mut rows: Statement<'_>) -> Result<u64, Error> {
    let mut digest = 0_u64;
    while rows.step()? {
        let year = rows.number(1).to_le_bytes();
        for &byte in rows.text(0)?.iter().chain(&year) {
            digest = digest.wrapping_mul(31).wrapping_add(u64::from(byte));
        }
    }
    Ok(digest)
}

/// The whole life cycle: initialise, open, create, insert, change, query, close, shut down.
struct Life {
    benign: Benign,
}

impl Scenario for Life {
    type State = Option<u64>;
    type Output = ();
    type Error = Error;
    type View = Option<u64>;

    fn setup(&self) -> Option<u64> {
        None
    }

    fn exercise(&self, answer: &mut Option<u64>) -> Result<(), Error> {
        let library = Library::start(self.benign)?;
        let database = library.open()?;
        database.execute(
            c"CREATE TABLE book (id INTEGER PRIMARY KEY, title TEXT NOT NULL, year INTEGER);
              CREATE INDEX by_year ON book (year);",
        )?;
        insert(&database, &BOOKS)?;
        database.execute(
            c"UPDATE book SET title = title || ' (novel)' WHERE year < 1900;
              DELETE FROM book WHERE year = 1987;",
        )?;
        let mut rows = database.prepare(
            c"SELECT group_concat(title, '; '), year FROM book WHERE year > ?1
              GROUP BY year ORDER BY max(title)",
        )?;
        rows.bind_number(1, 1800)?;
        *answer = Some(digest(rows)?);
        Ok(())
    }

    fn view(&self, answer: &mut Option<u64>) -> Option<u64> {
        *answer
    }
}

/// A transaction on a shared database.
struct Transaction;

/// A database and its library. The database, which borrows the library, must be dropped first.
struct Shelf {
    database: Option<Database<'static>>,
    library: *mut Library,
}

impl Shelf {
    fn database(&self) -> &Database<'_> {
        self.database.as_ref().expect("it is open until the drop")
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        self.database = None;
        // SAFETY: from `Box::into_raw` in `setup`, and nothing borrows it any more.
        drop(unsafe { Box::from_raw(self.library) });
    }
}

impl Scenario for Transaction {
    type State = Shelf;
    type Output = ();
    type Error = Error;
    type View = Vec<(String, i64)>;

    fn setup(&self) -> Shelf {
        // No request counts as benign, so each failure must be reported.
        let started = Library::start(Benign::Ignored).expect("SQLite starts");
        let library = Box::into_raw(Box::new(started));
        // SAFETY: it lives until the drop of the shelf, which closes the database first.
        let database = unsafe { &*library }.open().expect("a database");
        database.execute(c"CREATE TABLE book (title TEXT UNIQUE, year INTEGER)").expect("a table");
        insert(&database, &BOOKS[..2]).expect("rows");
        Shelf { database: Some(database), library }
    }

    fn exercise(&self, shelf: &mut Shelf) -> Result<(), Error> {
        let database = shelf.database();
        database.execute(c"BEGIN")?;
        insert(database, &BOOKS[2..])?;
        database.execute(c"DELETE FROM book WHERE year = 1871")?;
        database.execute(c"COMMIT")
    }

    /// SQLite requires that the user rolls back if SQLite has not done so itself.
    fn recover(&self, shelf: &mut Shelf) {
        if shelf.database().is_in_transaction() {
            shelf.database().execute(c"ROLLBACK").expect("there is memory again");
        }
    }

    fn check(&self, shelf: &mut Shelf) -> Result<(), String> {
        let mut rows = shelf.database().prepare(c"PRAGMA integrity_check").expect("a check");
        assert!(rows.step().expect("a row"));
        match rows.text(0).expect("a text") {
            b"ok" => Ok(()),
            trouble => Err(String::from_utf8_lossy(trouble).into_owned()),
        }
    }

    fn view(&self, shelf: &mut Shelf) -> Self::View {
        let mut rows = shelf.database().prepare(c"SELECT * FROM book ORDER BY title").expect("sql");
        let mut view = Vec::new();
        while rows.step().expect("a row") {
            let title = String::from_utf8_lossy(rows.text(0).expect("a title")).into_owned();
            view.push((title, rows.number(1)));
        }
        view
    }

    fn guarantee(&self) -> Guarantee {
        Guarantee::Strong
    }
}

/// A retry after each of about seven hundred failures would double the time.
fn sweep_life(name: &str, benign: Benign) -> Report {
    Sweep::new(name).retry(Retry::FirstPerSite).run_scenario(&Life { benign })
}

#[track_caller]
fn assert_silent(report: &Report) {
    println!("{report}");
    report.assert_clean();
    if !is_replay() {
        assert!(report.is_complete() && report.findings().is_empty(), "{report}");
        assert!(report.requests() > 50, "too few requests of SQLite: {report}");
    }
}

/// Under `OOM_SWEEP_REPLAY` a sweep runs only one plan, or none.
fn is_replay() -> bool {
    std::env::var_os("OOM_SWEEP_REPLAY").is_some()
}

#[test]
fn a_whole_life_survives_the_failure_of_each_request() {
    let report = sweep_life("sqlite life", Benign::Tolerated);
    assert_silent(&report);
    assert!(is_replay() || report.tolerated() > 0, "no request was benign: {report}");
}

#[test]
fn a_transaction_is_all_or_nothing() {
    assert_silent(&Sweep::new("sqlite transaction").run_scenario(&Transaction));
}

#[test]
fn what_is_benign_has_to_be_said() {
    let report = sweep_life("sqlite unsaid", Benign::Ignored);
    if is_replay() {
        return report.assert_clean();
    }
    assert_eq!(report.error(), None);
    let is_swallowed = |kind| kind == FindingKind::SwallowedOom;
    let mut findings = report.findings().iter();
    assert!(!report.is_clean() && findings.all(|found| is_swallowed(found.kind())), "{report}");
    // The finding shows the call stack inside SQLite.
    let functions = report.findings()[0].stack().iter().map(|frame| frame.function.as_str());
    assert!(functions.into_iter().any(|function| function.starts_with("sqlite3")), "{report}");
}
