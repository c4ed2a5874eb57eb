//! What the bytes are: [`Case`], the programs of the tasks, and the order in which they go on.

use std::fmt;
use std::sync::Arc;

/// No program is longer.
pub(super) const MOST: usize = 8;

/// What tasks do, and who goes on when.
pub(super) struct Case {
    pub(super) programs: Vec<Vec<Step>>,
    pub(super) order: Arc<[u8]>,
}

/// An operation, and the number by which it chooses what it works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) operation: Operation,
    pub(super) a: u8,
}

/// What a task can do. A task has handles of its own, which it drops at the latest when an operation
/// fails for want of memory; else all are dropped when all tasks are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// Registers one of some groups.
    Register,
    /// Registers one of some modules.
    Module,
    /// Registers a group that refers to a type of a handle's.
    Refer,
    /// Clones a handle; a module's gives one of its first group.
    Clone,
    Drop,
    DropAll,
    /// Roots a type that some task registered in this round, if it is still registered.
    Root,
    /// Asks a reader about a handle's types.
    Look,
    /// Asks handles whether a handle's types are below their supertypes.
    Subtype,
    /// Leaves a handle to whoever takes it.
    Give,
    /// Takes the handle that was left last, if one is there.
    Take,
}

impl Operation {
    /// By their codes. Grows at its end alone, so that a corpus keeps its meaning.
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
    /// Reads what follows the first byte.
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

    /// An operation by its number, for people; or what comes after all of them.
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
