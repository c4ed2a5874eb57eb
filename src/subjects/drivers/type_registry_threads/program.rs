//! [`Case`]: the decoded bytes, which are the programs of the tasks and their schedule.

use std::fmt;
use std::sync::Arc;

/// The greatest number of operations in a program.
pub(super) const MOST: usize = 8;

/// The programs of the tasks, and the order in which they run.
pub(super) struct Case {
    pub(super) programs: Vec<Vec<Step>>,
    pub(super) order: Arc<[u8]>,
}

/// An operation, and the number that chooses its group, type or handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) operation: Operation,
    pub(super) a: u8,
}

/// The operations of a task. A task has its own handles. It drops them when one of its requests
/// fails; otherwise they are dropped when all tasks are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// Registers one of some groups.
    Register,
    /// Registers one of some modules.
    Module,
    /// Registers a group that refers to a type of a handle.
    Refer,
    /// Clones a handle. For a module, makes a handle of its first group.
    Clone,
    Drop,
    DropAll,
    /// Roots a type that any task registered in this round, if it is still registered.
    Root,
    /// Queries a handle's types through a reader.
    Look,
    /// Checks through handles that a handle's types are below their supertypes.
    Subtype,
    /// Gives a handle away for any task to take.
    Give,
    /// Takes the handle that was given away last, if there is one.
    Take,
}

impl Operation {
    /// All operations, by code. New ones are added only at the end, so that a corpus keeps its
    /// meaning.
    pub(super) const ALL: [(&'static str, Self); 11] = [
        ("register", Self::Register),
        ("module", Self::Module),
        ("refer", Self::Refer),
        ("clone", Self::Clone),
        ("drop", Self::Drop),
        ("drop_all", Self::DropAll),
        ("root", Self::Root),
        ("look", Self::Look),
        ("subtype", Self::Subtype),
        ("give", Self::Give),
        ("take", Self::Take),
    ];
}

impl Case {
    /// Decodes the bytes after the first.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let (first, mut rest) = bytes.split_first().unwrap_or((&0, &[]));
        let tasks = 2 + usize::from(first & 1);
        let length = 1 + usize::from(first >> 1) % MOST;
        let mut programs = Vec::new();
        for _ in 0..tasks {
            let (program, others) = rest.split_at(rest.len().min(2 * length));
            programs.push(program.as_chunks().0.iter().filter_map(Step::read).collect());
            rest = others;
        }
        Self { programs, order: rest.into() }
    }

    /// The text of an operation by its number, or of the final drop.
    pub(super) fn describe(&self, number: usize) -> String {
        let (task, place) = (number / MOST, number % MOST);
        match self.programs.get(task).and_then(|program| program.get(place)) {
            Some(step) => format!("task {task}: {step}"),
            None => "when all tasks are done".to_owned(),
        }
    }
}

impl Step {
    fn read([code, a]: &[u8; 2]) -> Option<Self> {
        let (_, operation) = *Operation::ALL.get(usize::from(code & 15))?;
        Some(Self { operation, a: *a })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = Operation::ALL.iter().find(|(_, operation)| *operation == self.operation);
        write!(f, "{}({})", named.map_or("", |(name, _)| *name), self.a)
    }
}

/// The programs, `task 0: register(1), drop(0); task 1: …`.
impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (task, program) in self.programs.iter().enumerate() {
            let program: Vec<_> = program.iter().map(Step::to_string).collect();
            let end = if task + 1 < self.programs.len() { "; " } else { "" };
            write!(f, "task {task}: {}{end}", program.join(", "))?;
        }
        Ok(())
    }
}
