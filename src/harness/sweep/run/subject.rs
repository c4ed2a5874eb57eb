//! One interface for everything that can be swept: [`Subject`]. Scenarios, steps and closures
//! implement it here, so that the rest of the engine knows only one.

use std::fmt::Debug;

use crate::error::OomError;
use crate::harness::sweep::api::scenario::{Guarantee, Recovery, Scenario, Steps};

/// Code under test as the engine sees it: steps on a state.
pub(crate) trait Subject {
    type State;
    type Output;
    type Error: Debug;
    type View: PartialEq + Debug;
    /// What is compared of an output.
    type OutputView: PartialEq + Debug;

    fn setup(&mut self) -> Self::State;
    fn len(&self) -> usize;
    fn step(&mut self, state: &mut Self::State, index: usize) -> Result<Self::Output, Self::Error>;
    fn recover(&mut self, state: &mut Self::State) -> Recovery;
    fn check(&mut self, state: &mut Self::State) -> Result<(), String>;
    fn view(&mut self, state: &mut Self::State) -> Self::View;
    fn guarantee(&self, index: usize) -> Guarantee;
    /// See [`Scenario::is_prefix`].
    fn is_prefix(
        &self,
        index: usize,
        before: &Self::View,
        now: &Self::View,
        complete: &Self::View,
    ) -> bool;
    /// See [`Scenario::resume`].
    fn resume(
        &mut self,
        state: &mut Self::State,
        index: usize,
    ) -> Option<Result<Self::Output, Self::Error>>;
    /// `None` if outputs are not compared.
    fn output_view(&mut self, output: &Self::Output) -> Option<Self::OutputView>;
    /// Returns whether an error means "out of memory", and the size that it names.
    fn classify(&mut self, error: &Self::Error) -> (bool, Option<usize>);
}

/// The part of [`Subject`] in which [`Scenario`] and [`Steps`] are the same.
macro_rules! forward_to_user {
    () => {
        type State = S::State;
        type Error = S::Error;
        type View = S::View;

        fn setup(&mut self) -> S::State {
            self.0.setup()
        }

        fn recover(&mut self, state: &mut S::State) -> Recovery {
            Recovery::by(|| self.0.recover(state))
        }

        fn check(&mut self, state: &mut S::State) -> Result<(), String> {
            self.0.check(state)
        }

        fn view(&mut self, state: &mut S::State) -> S::View {
            self.0.view(state)
        }

        fn classify(&mut self, error: &S::Error) -> (bool, Option<usize>) {
            classify_oom(error)
        }
    };
}

/// A [`Scenario`] as one step.
pub(crate) struct OneStep<'a, S>(pub(crate) &'a S);

impl<S: Scenario> Subject for OneStep<'_, S> {
    type Output = S::Output;
    type OutputView = String;
    forward_to_user!();

    fn guarantee(&self, _index: usize) -> Guarantee {
        self.0.guarantee()
    }

    fn is_prefix(&self, _: usize, before: &S::View, now: &S::View, complete: &S::View) -> bool {
        self.0.is_prefix(before, now, complete)
    }

    fn resume(&mut self, state: &mut S::State, _: usize) -> Option<Result<S::Output, S::Error>> {
        self.0.resume(state)
    }

    fn output_view(&mut self, output: &S::Output) -> Option<String> {
        self.0.compare_output(output)
    }

    fn len(&self) -> usize {
        1
    }

    fn step(&mut self, state: &mut S::State, _index: usize) -> Result<S::Output, S::Error> {
        self.0.exercise(state)
    }
}

/// [`Steps`] as they are.
pub(crate) struct ManySteps<'a, S>(pub(crate) &'a S);

impl<S: Steps> Subject for ManySteps<'_, S> {
    type Output = ();
    type OutputView = ();
    forward_to_user!();

    fn guarantee(&self, index: usize) -> Guarantee {
        self.0.step_guarantee(index)
    }

    fn is_prefix(&self, index: usize, before: &S::View, now: &S::View, complete: &S::View) -> bool {
        self.0.is_prefix(index, before, now, complete)
    }

    fn resume(&mut self, state: &mut S::State, index: usize) -> Option<Result<(), S::Error>> {
        self.0.resume(state, index)
    }

    fn output_view(&mut self, _output: &()) -> Option<()> {
        None
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn step(&mut self, state: &mut S::State, index: usize) -> Result<(), S::Error> {
        self.0.step(state, index)
    }
}

/// Closures as one step: a set-up, the code under test, a view, a classifier of errors, and what to
/// compare of an output.
pub(crate) struct Closures<Setup, Exercise, View, Classify, Output> {
    pub(crate) setup: Setup,
    pub(crate) exercise: Exercise,
    pub(crate) view: View,
    pub(crate) classify: Classify,
    pub(crate) output: Output,
    pub(crate) guarantee: Guarantee,
}

impl<Setup, Exercise, View, Classify, Output, S, T, E, V, O> Subject
    for Closures<Setup, Exercise, View, Classify, Output>
where
    Setup: FnMut() -> S,
    Exercise: FnMut(&mut S) -> Result<T, E>,
    View: FnMut(&mut S) -> V,
    Classify: FnMut(&E) -> (bool, Option<usize>),
    Output: FnMut(&T) -> Option<O>,
    E: Debug,
    V: PartialEq + Debug,
    O: PartialEq + Debug,
{
    type State = S;
    type Output = T;
    type Error = E;
    type View = V;
    type OutputView = O;

    fn setup(&mut self) -> S {
        (self.setup)()
    }

    fn len(&self) -> usize {
        1
    }

    fn step(&mut self, state: &mut S, _index: usize) -> Result<T, E> {
        (self.exercise)(state)
    }

    fn recover(&mut self, _state: &mut S) -> Recovery {
        Recovery::Missing
    }

    fn check(&mut self, _state: &mut S) -> Result<(), String> {
        Ok(())
    }

    fn view(&mut self, state: &mut S) -> V {
        (self.view)(state)
    }

    fn guarantee(&self, _index: usize) -> Guarantee {
        self.guarantee
    }

    fn is_prefix(&self, _: usize, before: &V, now: &V, complete: &V) -> bool {
        now == before || now == complete
    }

    fn resume(&mut self, _state: &mut S, _index: usize) -> Option<Result<T, E>> {
        None
    }

    fn output_view(&mut self, output: &T) -> Option<O> {
        (self.output)(output)
    }

    fn classify(&mut self, error: &E) -> (bool, Option<usize>) {
        (self.classify)(error)
    }
}

/// What an [`OomError`] says about itself.
pub(crate) fn classify_oom<E: OomError>(error: &E) -> (bool, Option<usize>) {
    (error.is_oom(), error.requested())
}
