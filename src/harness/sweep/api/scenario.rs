//! What can be swept: [`Scenario`], one operation with its surroundings, and [`Steps`], a sequence
//! of operations. `run::subject` handles closures.

use std::fmt::Debug;

use crate::error::OomError;

/// What a failed operation promises about the state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Guarantee {
    /// The view is the same as before the operation.
    #[default]
    Strong,
    /// `check` accepts the state.
    Basic,
}

/// One operation under test, with its set-up, checks and view.
///
/// Only [`exercise`](Self::exercise) meets faults. The sweep checks all blocks, from the set-up to
/// the last drop, for leaks and damage.
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
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a scenario",
    label = "it does not implement `Scenario`",
    note = "the decoder of a target may return a `Result` in `Target::try_scenario`"
)]
pub trait Scenario {
    /// What the operation works on.
    type State;
    /// What it returns.
    type Output;
    /// The error of the operation.
    type Error: OomError;
    /// A comparable value of what the state means to its user; `()` to compare nothing.
    type View: PartialEq + Debug;

    /// Makes a state. Its requests are tracked, but do not fail.
    fn setup(&self) -> Self::State;

    /// Runs the code under test. Its requests fail as the plan says.
    ///
    /// # Errors
    /// If memory runs out. If the code also fails without faults, the sweep expects it to fail in
    /// every run.
    fn exercise(&self, state: &mut Self::State) -> Result<Self::Output, Self::Error>;

    /// Does what a user does after a failure, such as a `ROLLBACK`. The sweep calls it before
    /// `check` and `view`. Meets no faults.
    fn recover(&self, _state: &mut Self::State) {}

    /// Checks whether the state is consistent, after success and after failure. Meets no faults.
    ///
    /// # Errors
    /// If the state is inconsistent. The text says what is wrong.
    fn check(&self, _state: &mut Self::State) -> Result<(), String> {
        Ok(())
    }

    /// Returns what the state means to its user. Meets no faults.
    fn view(&self, state: &mut Self::State) -> Self::View;

    /// Returns what a failed [`exercise`](Self::exercise) promises.
    fn guarantee(&self) -> Guarantee {
        Guarantee::Strong
    }
}

/// A sequence of operations, each of which changes all or nothing.
///
/// If a step fails, the view must be the one that the fault-free run had before this step. The sweep
/// then retries the step without faults and runs the other steps. The run must end in the last view
/// of the fault-free run.
///
/// ```
/// # #[global_allocator]
/// # static ALLOC: oom_sweep::FaultAlloc = oom_sweep::FaultAlloc::system();
/// use std::collections::TryReserveError;
///
/// use oom_sweep::{Guarantee, Steps, Sweep};
///
/// struct PushThree;
///
/// impl Steps for PushThree {
///     type State = Vec<usize>;
///     type Error = TryReserveError;
///     type View = Vec<usize>;
///
///     fn setup(&self) -> Vec<usize> {
///         Vec::new()
///     }
///     fn len(&self) -> usize {
///         3
///     }
///     fn step(&self, state: &mut Vec<usize>, index: usize) -> Result<(), TryReserveError> {
///         state.try_reserve(1)?;
///         state.push(index);
///         Ok(())
///     }
///     fn check(&self, state: &mut Vec<usize>) -> Result<(), String> {
///         if state.is_sorted() { Ok(()) } else { Err("not sorted".to_owned()) }
///     }
///     fn view(&self, state: &mut Vec<usize>) -> Vec<usize> {
///         state.clone()
///     }
///     fn guarantee(&self) -> Guarantee {
///         Guarantee::Strong // the default
///     }
/// }
///
/// # fn main() {
/// Sweep::new("push three").run_steps(&PushThree).assert_clean();
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a sequence of steps",
    label = "it does not implement `Steps`",
    note = "the decoder of a target may return a `Result` in `Target::try_steps`"
)]
pub trait Steps {
    /// What the operations work on.
    type State;
    /// The error of the operations.
    type Error: OomError;
    /// A comparable value of what the state means to its user; `()` to compare nothing.
    type View: PartialEq + Debug;

    /// Makes a state. Its requests are tracked, but do not fail.
    fn setup(&self) -> Self::State;

    /// Returns the number of steps.
    fn len(&self) -> usize;

    /// Returns whether there are no steps.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Runs the `index`-th operation. Its requests fail as the plan says.
    ///
    /// # Errors
    /// As [`Scenario::exercise`].
    fn step(&self, state: &mut Self::State, index: usize) -> Result<(), Self::Error>;

    /// Describes the `index`-th operation for people.
    fn describe(&self, index: usize) -> String {
        format!("step {index}")
    }

    /// As [`Scenario::recover`].
    fn recover(&self, _state: &mut Self::State) {}

    /// As [`Scenario::check`].
    ///
    /// # Errors
    /// As [`Scenario::check`].
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
