//! [`AnySteps`]: decoded steps with the types of keys and values erased.
//!
//! A byte of the input chooses the types of a target's collection. This file erases them behind
//! [`ErasedSteps`], so that one type of steps serves all of them.

use crate::Steps;
use crate::collections::OutOfMemory;
use std::fmt::{self, Debug};
use std::sync::Arc;

/// Decoded steps, which can run any number of times.
pub(super) trait ErasedSteps<W>: Send + Sync {
    fn len(&self) -> usize;
    fn describe(&self, index: usize) -> String;
    fn start(self: Arc<Self>) -> Box<dyn Run<W>>;

    /// Whether a step fails even without a fault.
    #[cfg(test)]
    fn is_refused(&self, index: usize) -> bool;
}

/// The state of one run of an [`ErasedSteps`].
pub(super) trait Run<W> {
    fn step(&mut self, index: usize) -> Result<(), OutOfMemory>;
    fn check(&self) -> Result<(), String>;
    fn view(&self) -> W;
}

/// The steps that a target's `decode` makes from bytes. Their view is a `W`.
pub struct AnySteps<W> {
    drive: Arc<dyn ErasedSteps<W>>,
}

impl<W> AnySteps<W> {
    pub(super) fn new(drive: Arc<dyn ErasedSteps<W>>) -> Self {
        Self { drive }
    }

    #[cfg(test)]
    pub(super) fn is_refused(&self, index: usize) -> bool {
        self.drive.is_refused(index)
    }
}

impl<W> Clone for AnySteps<W> {
    fn clone(&self) -> Self {
        Self { drive: Arc::clone(&self.drive) }
    }
}

/// The collections under test, and the result of the steps so far.
pub struct State<W> {
    run: Box<dyn Run<W>>,
}

impl<W: PartialEq + Debug> Steps for AnySteps<W> {
    type State = State<W>;
    type Error = OutOfMemory;
    type View = W;

    fn setup(&self) -> State<W> {
        State { run: Arc::clone(&self.drive).start() }
    }

    fn len(&self) -> usize {
        self.drive.len()
    }

    fn step(&self, state: &mut State<W>, index: usize) -> Result<(), OutOfMemory> {
        state.run.step(index)
    }

    fn describe(&self, index: usize) -> String {
        if index < self.len() { self.drive.describe(index) } else { format!("no step {index}") }
    }

    fn check(&self, state: &mut State<W>) -> Result<(), String> {
        state.run.check()
    }

    fn view(&self, state: &mut State<W>) -> W {
        state.run.view()
    }
}

impl<W: PartialEq + Debug> fmt::Debug for AnySteps<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries((0..self.len()).map(|index| self.describe(index))).finish()
    }
}

impl<W: Debug> fmt::Debug for State<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.run.view().fmt(f)
    }
}
