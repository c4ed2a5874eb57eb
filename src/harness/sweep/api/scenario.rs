//! What can be swept: [`Scenario`], one operation with its surroundings, and [`Steps`], a sequence
//! of operations. `run::subject` handles closures.

use std::cell::Cell;
use std::fmt::Debug;

use crate::error::OomError;

/// What a failed operation promises about the state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Guarantee {
    /// The view is the same as before the operation.
    #[default]
    Strong,
    /// `check` accepts the state.
    Basic,
    /// The operation did a part of its work, in order, as `extend` does. `is_prefix` of the scenario
    /// or the steps compares the views; [`is_prefix`] does it for slices. The sweep neither retries
    /// the operation nor compares the end of the run, unless `resume` completes the work.
    Prefix,
    /// The state refuses everything with an "out of memory" error until `recover` resets it. The
    /// sweep calls the operation once more, without faults: it must return such an error. After
    /// `recover` the retry must succeed. Without a `recover` the run ends there.
    Poisons,
}

/// Returns whether a list kept what it had, and added the first elements of what it should have
/// added: for [`Guarantee::Prefix`].
///
/// ```
/// use oom_sweep::is_prefix;
///
/// let (before, complete) = ([1], [1, 2, 3]);
/// assert!(is_prefix(&before, &[1, 2], &complete));
/// assert!(!is_prefix(&before, &[1, 3], &complete));
/// assert!(!is_prefix(&before, &[], &complete));
/// ```
pub fn is_prefix<T: PartialEq>(before: &[T], now: &[T], complete: &[T]) -> bool {
    now.starts_with(before) && complete.starts_with(now)
}

/// Whether [`Scenario::recover`] or [`Steps::recover`] is implemented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recovery {
    Implemented,
    Missing,
}

thread_local! {
    static CALLED_DEFAULT: Cell<bool> = const { Cell::new(false) };
}

impl Recovery {
    /// Calls `recover`, and finds out whether that was the default.
    pub(crate) fn by(recover: impl FnOnce()) -> Self {
        CALLED_DEFAULT.set(false);
        recover();
        if CALLED_DEFAULT.get() { Self::Missing } else { Self::Implemented }
    }
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
    /// If memory runs out. An error without faults is a finding, unless
    /// [`Sweep::may_fail`](crate::Sweep::may_fail) accepts it.
    fn exercise(&self, state: &mut Self::State) -> Result<Self::Output, Self::Error>;

    /// Does what a user does after a failure, such as a `ROLLBACK`. The sweep calls it before
    /// `check` and `view`. Meets no faults.
    fn recover(&self, _state: &mut Self::State) {
        CALLED_DEFAULT.set(true);
    }

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

    /// Under [`Guarantee::Prefix`]: returns whether `now`, the view after the failure, has a part of
    /// the work. `before` is the view before it, `complete` that of the fault-free run.
    fn is_prefix(&self, before: &Self::View, now: &Self::View, complete: &Self::View) -> bool {
        now == before || now == complete
    }

    /// Under [`Guarantee::Prefix`]: does the rest of the work after a failure. `None`, the default,
    /// if that is not possible. Meets no faults.
    fn resume(&self, _state: &mut Self::State) -> Option<Result<Self::Output, Self::Error>> {
        None
    }

    /// Returns the output as text, to compare it with that of the fault-free run. `None`, the
    /// default, compares nothing. Meets no faults.
    fn compare_output(&self, _output: &Self::Output) -> Option<String> {
        None
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
    fn recover(&self, _state: &mut Self::State) {
        CALLED_DEFAULT.set(true);
    }

    /// As [`Scenario::check`].
    ///
    /// # Errors
    /// As [`Scenario::check`].
    fn check(&self, _state: &mut Self::State) -> Result<(), String> {
        Ok(())
    }

    /// As [`Scenario::view`].
    fn view(&self, state: &mut Self::State) -> Self::View;

    /// As [`Scenario::guarantee`], for every step.
    fn guarantee(&self) -> Guarantee {
        Guarantee::Strong
    }

    /// Returns what the `index`-th step promises, if steps differ. The default is
    /// [`guarantee`](Self::guarantee).
    fn step_guarantee(&self, _index: usize) -> Guarantee {
        self.guarantee()
    }

    /// As [`Scenario::is_prefix`], for the `index`-th step. `complete` is the view after this step
    /// of the fault-free run.
    fn is_prefix(
        &self,
        _index: usize,
        before: &Self::View,
        now: &Self::View,
        complete: &Self::View,
    ) -> bool {
        now == before || now == complete
    }

    /// As [`Scenario::resume`], for the `index`-th step.
    fn resume(&self, _state: &mut Self::State, _index: usize) -> Option<Result<(), Self::Error>> {
        None
    }
}
