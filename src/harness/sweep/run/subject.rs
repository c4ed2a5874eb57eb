//! One interface for everything that can be swept: [`Subject`]. Scenarios, steps and closures
//! implement it here, so that the rest of the engine knows only one.

use std::fmt::Debug;

use crate::error::OomError;
use crate::harness::sweep::api::scenario::{Guarantee, Scenario, Steps};

/// Code under test as the engine sees it: steps on a state.
pub(crate) trait Subject {
    type State;
    type Output;
    type Error: Debug;
    type View: PartialEq + Debug;

    fn setup(&mut self) -> Self::State;
    fn len(&self) -> usize;
    fn step(&mut self, state: &mut Self::State, index: usize) -> Result<Self::Output, Self::Error>;
    fn recover(&mut self, state: &mut Self::State);
    fn check(&mut self, state: &mut Self::State) -> Result<(), String>;
    fn view(&mut self, state: &mut Self::State) -> Self::View;
    fn guarantee(&self) -> Guarantee;
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

        fn recover(&mut self, state: &mut S::State) {
            self.0.recover(state);
        }

        fn check(&mut self, state: &mut S::State) -> Result<(), String> {
            self.0.check(state)
        }

        fn view(&mut self, state: &mut S::State) -> S::View {
            self.0.view(state)
        }

        fn guarantee(&self) -> Guarantee {
            self.0.guarantee()
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
    forward_to_user!();

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
    forward_to_user!();

    fn len(&self) -> usize {
        self.0.len()
    }

    fn step(&mut self, state: &mut S::State, index: usize) -> Result<(), S::Error> {
        self.0.step(state, index)
    }
}

/// Closures as one step: a set-up, the code under test, a view, and a classifier of errors.
pub(crate) struct Closures<Setup, Exercise, View, Classify> {
    pub(crate) setup: Setup,
    pub(crate) exercise: Exercise,
    pub(crate) view: View,
    pub(crate) classify: Classify,
    pub(crate) guarantee: Guarantee,
}

impl<Setup, Exercise, View, Classify, S, T, E, V> Subject
    for Closures<Setup, Exercise, View, Classify>
where
    Setup: FnMut() -> S,
    Exercise: FnMut(&mut S) -> Result<T, E>,
    View: FnMut(&mut S) -> V,
    Classify: FnMut(&E) -> (bool, Option<usize>),
    E: Debug,
    V: PartialEq + Debug,
{
    type State = S;
    type Output = T;
    type Error = E;
    type View = V;

    fn setup(&mut self) -> S {
        (self.setup)()
    }

    fn len(&self) -> usize {
        1
    }

    fn step(&mut self, state: &mut S, _index: usize) -> Result<T, E> {
        (self.exercise)(state)
    }

    fn recover(&mut self, _state: &mut S) {}

    fn check(&mut self, _state: &mut S) -> Result<(), String> {
        Ok(())
    }

    fn view(&mut self, state: &mut S) -> V {
        (self.view)(state)
    }

    fn guarantee(&self) -> Guarantee {
        self.guarantee
    }

    fn classify(&mut self, error: &E) -> (bool, Option<usize>) {
        (self.classify)(error)
    }
}

/// What an [`OomError`] says about itself.
pub(crate) fn classify_oom<E: OomError>(error: &E) -> (bool, Option<usize>) {
    (error.is_oom(), error.requested())
}
