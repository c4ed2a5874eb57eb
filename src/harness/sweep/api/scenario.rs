//! What can be swept: [`Scenario`], one operation with its surroundings, and [`Steps`], a
//! sequence of them. Closures, which need neither, are in [`subject`](super::subject).

use std::fmt::Debug;

use crate::error::OomError;

/// What a failed operation promises about the state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Guarantee {
    /// The view is as it was before.
    #[default]
    Strong,
    /// The state is one that `check` accepts.
    Basic,
}

/// One operation under test, with its set-up, checks and view.
///
/// Only [`exercise`](Self::exercise) meets faults. The blocks of all the rest, set-up to drop,
/// are watched for leaks and damage all the same.
///
/// ```
/// # #[global_allocator]
/// # static ALLOC: oom_sweep::FaultAlloc = oom_sweep::FaultAlloc::system();
/// use std::collections::TryReserveError;
///
/// struct Push;
///
/// impl oom_sweep::Scenario for Push {
///     type State = Vec<u32>;
///     type Output = ();
///     type Error = TryReserveError;
///     type View = Vec<u32>;
///
///     fn setup(&self) -> Vec<u32> {
///         vec![1, 2]
///     }
///     fn exercise(&self, state: &mut Vec<u32>) -> Result<(), TryReserveError> {
///         state.try_reserve(8)?;
///         state.push(3);
///         Ok(())
///     }
///     fn view(&self, state: &mut Vec<u32>) -> Vec<u32> {
///         state.clone()
///     }
/// }
///
/// # fn main() {
/// oom_sweep::Sweep::new("push").run_scenario(&Push).assert_clean();
/// # }
/// ```
pub trait Scenario {
    /// What the operation works on.
    type State;
    /// What it returns.
    type Output;
    /// How it fails.
    type Error: OomError;
    /// What the state means to its user, comparable; `()` to opt out.
    type View: PartialEq + Debug;

    /// Makes a state. Tracked, not faulted.
    fn setup(&self) -> Self::State;

    /// The code under test. Faulted.
    ///
    /// # Errors
    /// When memory runs out, as it does here on purpose; or when it fails without faults too,
    /// which is then expected of every run.
    fn exercise(&self, state: &mut Self::State) -> Result<Self::Output, Self::Error>;

    /// What a user does after a failure, such as a `ROLLBACK`, before check and view. Not
    /// faulted.
    fn recover(&self, _state: &mut Self::State) {}

    /// Whether the state is consistent, after success and after failure. Not faulted.
    ///
    /// # Errors
    /// With what is wrong, in words.
    fn check(&self, _state: &mut Self::State) -> Result<(), String> {
        Ok(())
    }

    /// What the state means to its user. Not faulted.
    fn view(&self, state: &mut Self::State) -> Self::View;

    /// What a failed [`exercise`](Self::exercise) promises.
    fn guarantee(&self) -> Guarantee {
        Guarantee::Strong
    }
}

/// A sequence of operations, each all or nothing by itself.
///
/// A step that fails leaves the view that the fault-free run had before it; it is tried again
/// without faults, the other steps follow, and the run ends in the fault-free run's last view.
pub trait Steps {
    /// What the operations work on.
    type State;
    /// How they fail.
    type Error: OomError;
    /// What the state means to its user, comparable; `()` to opt out.
    type View: PartialEq + Debug;

    /// Makes a state. Tracked, not faulted.
    fn setup(&self) -> Self::State;

    /// Number of steps.
    fn len(&self) -> usize;

    /// Whether there are no steps.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The `index`-th operation. Faulted.
    ///
    /// # Errors
    /// As [`Scenario::exercise`].
    fn step(&self, state: &mut Self::State, index: usize) -> Result<(), Self::Error>;

    /// What the `index`-th operation does, for people.
    fn describe(&self, index: usize) -> String {
        format!("step {index}")
    }

    /// As [`Scenario::recover`].
    fn recover(&self, _state: &mut Self::State) {}

    /// As [`Scenario::check`].
    ///
    /// # Errors
    /// With what is wrong, in words.
    fn check(&self, _state: &mut Self::State) -> Result<(), String> {
        Ok(())
    }

    /// As [`Scenario::view`].
    fn view(&self, state: &mut Self::State) -> Self::View;

    /// As [`Scenario::guarantee`], for each step.
    fn guarantee(&self) -> Guarantee {
        Guarantee::Strong
    }
}
