//! A command line for your own targets.
//!
//! It tests two journals. One reserves memory before it counts an entry. The other counts first, so
//! if there is no memory for the entry, its count is wrong.
//!
//! ```text
//! cargo run --example own_targets -- list
//! cargo run --example own_targets -- sweep journal --input Cargo.toml
//! cargo run --example own_targets -- sweep hasty_journal --input Cargo.toml --json found.json
//! cargo run --example own_targets -- repro found.json --finding 1
//! ```
//!
//! With a folder of inputs for each target, `corpus/journal/…`, plain `sweep` sweeps them all.

use std::collections::TryReserveError;
use std::process::ExitCode;

use oom_sweep::{FaultAlloc, Steps, Target};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

const TARGETS: &[Target] = &[
    Target::steps("journal", |bytes| Appends::new(bytes, Journal::append))
        .about("appending to a journal"),
    Target::steps("hasty_journal", |bytes| Appends::new(bytes, Journal::append_hastily))
        .about("the same, but it counts before it reserves memory"),
];

fn main() -> ExitCode {
    oom_sweep::cli::main(TARGETS)
}

/// The code under test: entries, and the number of their bytes.
#[derive(Default)]
struct Journal {
    entries: Vec<Vec<u8>>,
    bytes: usize,
}

impl Journal {
    fn append(&mut self, text: &[u8]) -> Result<(), TryReserveError> {
        let mut entry = Vec::new();
        entry.try_reserve_exact(text.len())?;
        self.entries.try_reserve(1)?;
        // From here on nothing can fail.
        entry.extend_from_slice(text);
        self.entries.push(entry);
        self.bytes += text.len();
        Ok(())
    }

    fn append_hastily(&mut self, text: &[u8]) -> Result<(), TryReserveError> {
        self.bytes += text.len();
        let mut entry = Vec::new();
        entry.try_reserve_exact(text.len())?;
        entry.extend_from_slice(text);
        self.entries.try_reserve(1)?;
        self.entries.push(entry);
        Ok(())
    }
}

type Append = fn(&mut Journal, &[u8]) -> Result<(), TryReserveError>;

/// Decodes bytes as a sequence of operations: it appends each line as an entry.
struct Appends {
    lines: Vec<Vec<u8>>,
    append: Append,
}

impl Appends {
    fn new(bytes: &[u8], append: Append) -> Self {
        let lines = bytes.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
        Self { lines, append }
    }
}

impl Steps for Appends {
    type State = Journal;
    type Error = TryReserveError;
    type View = (usize, Vec<Vec<u8>>);

    fn setup(&self) -> Journal {
        Journal::default()
    }

    fn len(&self) -> usize {
        self.lines.len()
    }

    fn step(&self, journal: &mut Journal, index: usize) -> Result<(), TryReserveError> {
        (self.append)(journal, &self.lines[index])
    }

    fn describe(&self, index: usize) -> String {
        format!("append {:?}", String::from_utf8_lossy(&self.lines[index]))
    }

    /// The view. A failed operation must not change it.
    fn view(&self, journal: &mut Journal) -> Self::View {
        (journal.bytes, journal.entries.clone())
    }
}
