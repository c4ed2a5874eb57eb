//! Helpers for the unit tests of the collections: a counted value whose copies fail or panic on
//! demand, and an iterator with a false `size_hint`.
//!
//! They test the paths after a failed copy. They make no request; the sweep tests failed requests.

use super::{OutOfMemory, TryClone};
use std::cell::Cell;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// How many more copies succeed, what the next copy does, and how many values are alive.
#[derive(Clone, Default)]
pub(super) struct Budget(Rc<State>);

#[derive(Default)]
struct State {
    /// `None` means no limit.
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
    /// Lets the next `copies` copies succeed and the ones after them fail.
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
pub(super) struct CountedValue {
    pub(super) value: u32,
    budget: Budget,
}

impl CountedValue {
    pub(super) fn new(budget: &Budget, value: u32) -> Self {
        budget.0.live.set(budget.live() + 1);
        Self { value, budget: budget.clone() }
    }
}

impl TryClone for CountedValue {
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

impl Drop for CountedValue {
    fn drop(&mut self) {
        self.budget.0.live.set(self.budget.live() - 1);
    }
}

impl PartialEq for CountedValue {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Eq for CountedValue {}

impl Hash for CountedValue {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl fmt::Debug for CountedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// Counts down to 0, but its `size_hint` claims an endless iterator.
pub(super) struct EndlessHint(pub(super) u32);

impl Iterator for EndlessHint {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        self.0 = self.0.checked_sub(1)?;
        Some(self.0)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::MAX, None)
    }
}
