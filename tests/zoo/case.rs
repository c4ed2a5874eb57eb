//! The parts of specimens: [`room`], the request that most of them make, and [`Case`], a scenario
//! made of plain functions, so that each specimen shows only its own code.

use std::collections::TryReserveError;
use std::fmt::Debug;
use std::hint::black_box;

use oom_sweep::{Guarantee, OomError, Scenario};

/// The result type of most specimens.
pub(crate) type Fallible<T> = Result<T, TryReserveError>;

/// An empty vector with room for `bytes` bytes. Makes one request, which the optimiser cannot
/// remove.
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
    /// The defaults of a case. The view is constant.
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
