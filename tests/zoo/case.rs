//! What specimens are made of: the request that most of them make, [`room`]; and scenarios as
//! plain values of functions, [`Case`], so that each shows only what is special about it.

use std::collections::TryReserveError;
use std::fmt::Debug;
use std::hint::black_box;

use oom_sweep::{Guarantee, OomError, Scenario};

/// What most specimens return.
pub(crate) type Fallible<T> = Result<T, TryReserveError>;

/// An empty vector with room for so many bytes, in one request; no optimiser sees through it.
pub(crate) fn room(bytes: usize) -> Fallible<Vec<u8>> {
    let mut room = Vec::new();
    room.try_reserve_exact(bytes)?;
    Ok(black_box(room))
}

/// One operation on a state.
pub(crate) struct Case<S, V = (), E = TryReserveError> {
    pub(crate) setup: fn() -> S,
    pub(crate) exercise: fn(&mut S) -> Result<(), E>,
    pub(crate) recover: fn(&mut S),
    pub(crate) check: fn(&mut S) -> Result<(), String>,
    pub(crate) view: fn(&mut S) -> V,
    pub(crate) guarantee: Guarantee,
}

impl<S: Default, V: Default, E> Case<S, V, E> {
    /// For a case to name only what it has of its own; its view never changes.
    pub(crate) const BASE: Self = Self {
        setup: S::default,
        exercise: |_| Ok(()),
        recover: |_| (),
        check: |_| Ok(()),
        view: |_| V::default(),
        guarantee: Guarantee::Strong,
    };
}

impl<S, V: PartialEq + Debug, E: OomError> Scenario for Case<S, V, E> {
    type State = S;
    type Output = ();
    type Error = E;
    type View = V;

    fn setup(&self) -> S {
        (self.setup)()
    }
    fn exercise(&self, state: &mut S) -> Result<(), E> {
        (self.exercise)(state)
    }
    fn recover(&self, state: &mut S) {
        (self.recover)(state);
    }
    fn check(&self, state: &mut S) -> Result<(), String> {
        (self.check)(state)
    }
    fn view(&self, state: &mut S) -> V {
        (self.view)(state)
    }
    fn guarantee(&self) -> Guarantee {
        self.guarantee
    }
}
