//! A [`Sweep`] that compares what the code returns: [`ComparedSweep`].

use std::fmt::Debug;

use super::Sweep;
use crate::error::OomError;
use crate::harness::report::Report;
use crate::harness::sweep::run::subject::classify_oom;

/// A sweep with outputs to compare; see [`Sweep::compare_output`].
#[must_use = "a sweep does nothing until it runs"]
pub struct ComparedSweep<F> {
    pub(crate) sweep: Sweep,
    /// What to compare of an output.
    pub(crate) output: F,
}

impl<F> ComparedSweep<F> {
    /// As [`Sweep::run`].
    pub fn run<T, V: PartialEq + Debug, E: OomError>(
        mut self,
        f: impl FnMut() -> Result<T, E>,
    ) -> Report
    where
        F: FnMut(&T) -> V,
    {
        self.sweep.run_closure(classify_oom, move |output: &T| Some((self.output)(output)), f)
    }

    /// As [`Sweep::run_with`].
    pub fn run_with<T, V: PartialEq + Debug, E: Debug>(
        mut self,
        mut is_oom: impl FnMut(&E) -> bool,
        f: impl FnMut() -> Result<T, E>,
    ) -> Report
    where
        F: FnMut(&T) -> V,
    {
        let classify = move |error: &E| (is_oom(error), None);
        self.sweep.run_closure(classify, move |output: &T| Some((self.output)(output)), f)
    }

    /// As [`Sweep::run_state`].
    pub fn run_state<S, T, V: PartialEq + Debug, E: OomError, W: PartialEq + Debug>(
        mut self,
        setup: impl FnMut() -> S,
        exercise: impl FnMut(&mut S) -> Result<T, E>,
        view: impl FnMut(&mut S) -> W,
    ) -> Report
    where
        F: FnMut(&T) -> V,
    {
        let output = move |output: &T| Some((self.output)(output));
        self.sweep.run_on_state(setup, exercise, view, output)
    }
}
