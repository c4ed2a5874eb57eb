//! For the collections' own tests: a value whose copies fail or panic on demand, and are counted;
//! and an iterator that lies.
//!
//! For the paths after a failed copy. It makes no request itself, so it says nothing of failed
//! requests: those are the sweep's.

use super::{OutOfMemory, TryClone};
use std::cell::Cell;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// How many more copies succeed, what the next one does, and how many values live.
#[derive(Clone, Default)]
pub(super) struct Budget(Rc<State>);

#[derive(Default)]
struct State {
    /// `None` is without limit.
    allowed: Cell<Option<usize>>,
    end: Cell<End>,
    live: Cell<usize>,
}

/// What a copy beyond the budget does.
#[derive(Clone, Copy, Default)]
pub(super) enum End {
    #[default]
    Fail,
    Panic,
}

impl Budget {
    /// The next `copies` copies succeed, those after them fail.
    pub(super) fn allow(&self, copies: usize) {
        self.allow_until(copies, End::Fail);
    }

    pub(super) fn allow_until(&self, copies: usize, end: End) {
        self.0.allowed.set(Some(copies));
        self.0.end.set(end);
    }

    /// The number of values alive.
    pub(super) fn live(&self) -> usize {
        self.0.live.get()
    }

    /// The number of copies that would still succeed.
    pub(super) fn left(&self) -> Option<usize> {
        self.0.allowed.get()
    }
}

/// A number that copies itself within a [`Budget`].
pub(super) struct Frugal {
    pub(super) value: u32,
    budget: Budget,
}

impl Frugal {
    pub(super) fn new(budget: &Budget, value: u32) -> Self {
        budget.0.live.set(budget.live() + 1);
        Self { value, budget: budget.clone() }
    }
}

impl TryClone for Frugal {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        let state = &self.budget.0;
        match state.allowed.get() {
            None => {}
            Some(0) => match state.end.get() {
                End::Fail => return Err(OutOfMemory::new(1)),
                End::Panic => panic!("a copy beyond the budget"),
            },
            Some(allowed) => state.allowed.set(Some(allowed - 1)),
        }
        Ok(Self::new(&self.budget, self.value))
    }
}

impl Drop for Frugal {
    fn drop(&mut self) {
        self.budget.0.live.set(self.budget.live() - 1);
    }
}

impl PartialEq for Frugal {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Eq for Frugal {}

impl Hash for Frugal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl fmt::Debug for Frugal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// Counts down to 0, and claims to go on for ever.
pub(super) struct Liar(pub(super) u32);

impl Iterator for Liar {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        self.0 = self.0.checked_sub(1)?;
        Some(self.0)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::MAX, None)
    }
}
