//! The sweep engine: [`Sweep`], what it can run, and where.
//!
//! A sweep makes fault-free runs for a yardstick, one run for each plan of its
//! [`Strategy`], hands every observation to the oracles and folds their verdicts into a
//! [`Report`]. `drive` leads one run through its phases, `executor` says where runs take
//! place, `engine` which ones are made and what becomes of suspects.

mod baseline;
mod drive;
mod engine;
mod executor;
mod findings;
mod in_process;
mod observe;
mod panic_hook;
mod replay;
mod scenario;
mod strategy;
mod subject;
mod symbols;
#[cfg(unix)]
mod worker;

use std::fmt::Debug;
use std::rc::Rc;
use std::time::Duration;

use drive::Drive;
use executor::Executor;
use in_process::{Care, InProcess};
use replay::Wish;
use subject::{Closures, ManySteps, OneStep, Subject, classify_oom};

use crate::alloc::{Habits, Moves, Shrinks, is_in_session};
use crate::error::OomError;
use crate::oracle::{FindingKind, Rules, Sizes};
use crate::plan::{AfterFault, Plan};
use crate::report::Report;

#[cfg(feature = "cli")]
pub(crate) use engine::NOT_INSTALLED;
#[cfg(feature = "cli")]
pub(crate) use replay::quote;
pub use scenario::{Guarantee, Scenario, Steps};
pub use strategy::{Retry, Strategy};

/// Where runs take place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Isolation {
    /// [`Worker`](Self::Worker) where the platform can fork, else
    /// [`InProcess`](Self::InProcess).
    #[default]
    Auto,
    /// In the calling process: an abort or a hang of the code ends the sweep with it.
    InProcess,
    /// In forked processes, which may abort, crash and hang.
    Worker,
}

/// How far a sweep has come; see [`Sweep::on_progress`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SweepProgress<'a> {
    /// The sweep's name.
    pub name: &'a str,
    /// Plans judged.
    pub runs: u64,
    /// Plans in all.
    pub plans: u64,
    /// Findings so far.
    pub findings: usize,
}

/// Fails every request of some code in turn, and judges what becomes of each failure.
///
/// Every knob has a default that suits a unit test. Nothing of the code under test need be
/// `Send`, `Sync`, `'static` or `UnwindSafe`.
///
/// ```
/// # #[global_allocator]
/// # static ALLOC: oom_sweep::FaultAlloc = oom_sweep::FaultAlloc::system();
/// use std::collections::TryReserveError;
///
/// fn squares(n: u32) -> Result<Vec<u32>, TryReserveError> {
///     let mut squares = Vec::new();
///     for i in 0..n {
///         squares.try_reserve(1)?;
///         squares.push(i * i);
///     }
///     Ok(squares)
/// }
///
/// # fn main() {
/// let report = oom_sweep::Sweep::new("squares").run(|| squares(100));
/// report.assert_clean();
/// assert!(report.runs() > 0);
/// # }
/// ```
pub struct Sweep {
    name: String,
    after: Vec<AfterFault>,
    strategy: Strategy,
    isolation: Isolation,
    retry: Option<Retry>,
    time_limit: Option<Duration>,
    habits: Habits,
    rules: Rules,
    care: Care,
    tolerated_paths: Vec<ToleratedPath>,
    allowed: Vec<FindingKind>,
    on_progress: OnProgress,
    replay: Option<ReplayCommand>,
}

struct ToleratedPath {
    path: String,
    reason: String,
    has_matched: bool,
}

type ReplayCommand = Rc<dyn Fn(&Plan) -> String>;
type ProgressListener = Box<dyn FnMut(SweepProgress<'_>)>;

struct OnProgress(Option<ProgressListener>);

impl OnProgress {
    fn tell(&mut self, name: &str, runs: usize, plans: usize, findings: usize) {
        if let Some(listener) = &mut self.0 {
            listener(SweepProgress { name, runs: runs as u64, plans: plans as u64, findings });
        }
    }
}

impl Sweep {
    /// A sweep of this name, which stands in reports and replay commands.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            after: Vec::new(),
            strategy: Strategy::default(),
            isolation: Isolation::default(),
            retry: None,
            time_limit: None,
            habits: Habits {
                ceiling: usize::MAX,
                moves: Moves::AsItComes,
                shrinks: Shrinks::Count,
            },
            rules: Rules::default(),
            care: Care::Full,
            tolerated_paths: Vec::new(),
            allowed: Vec::new(),
            on_progress: OnProgress(None),
            replay: None,
        }
    }

    /// A sweep for fuzz targets, where each execution must be cheap: in-process, one
    /// fault-free run, nothing cold, no call stacks but those of findings.
    #[must_use]
    pub fn fuzzing(name: impl Into<String>) -> Self {
        let sweep = Self::new(name).isolation(Isolation::InProcess);
        Self { care: Care::Quick, ..sweep }
    }

    /// What requests after the first fault get. Each call adds a pass over all plans; without
    /// any, it is [`Succeed`](AfterFault::Succeed) and [`FailAll`](AfterFault::FailAll).
    #[must_use]
    pub fn after(mut self, after: AfterFault) -> Self {
        if !self.after.contains(&after) {
            self.after.push(after);
        }
        self
    }

    /// Which plans to run; by default [`Strategy::EveryRequest`].
    #[must_use]
    pub fn strategy(self, strategy: Strategy) -> Self {
        Self { strategy, ..self }
    }

    /// Where runs take place; by default [`Isolation::Auto`].
    #[must_use]
    pub fn isolation(self, isolation: Isolation) -> Self {
        Self { isolation, ..self }
    }

    /// Which failed operations are tried again without faults; by default
    /// [`Retry::FirstPerSite`] for closures and [`Retry::Every`] for the rest.
    #[must_use]
    pub fn retry(self, retry: Retry) -> Self {
        Self { retry: Some(retry), ..self }
    }

    /// How long a run may take before it counts as hung; by default 100 times a fault-free
    /// run, and at least 10 s. In-process, nothing can end a run.
    #[must_use]
    pub fn time_limit(self, limit: Duration) -> Self {
        Self { time_limit: Some(limit), ..self }
    }

    /// Refuses single requests of more than so many bytes, in fault-free runs too, so that no
    /// test grows to gigabytes.
    #[must_use]
    pub fn ceiling(mut self, bytes: usize) -> Self {
        self.habits.ceiling = bytes;
        self
    }

    /// Makes every `realloc` give another address, so that stale pointers are seen.
    #[must_use]
    pub fn moving_reallocs(mut self) -> Self {
        self.habits.moves = Moves::Always;
        self
    }

    /// Leaves `realloc`s that shrink out: they neither count nor fault.
    #[must_use]
    pub fn ignore_shrinking(mut self) -> Self {
        self.habits.shrinks = Shrinks::Ignore;
        self
    }

    /// Turns [`FindingKind::WrongSize`] on.
    #[must_use]
    pub fn exact_size(mut self) -> Self {
        self.rules.sizes = Sizes::Exact;
        self
    }

    /// Faults whose call stack has a function under `path`, such as `indexmap::`, need not
    /// surface. `reason` is for the reader, and for the note that nothing needs it any more.
    #[must_use]
    pub fn tolerate_in(mut self, path: impl Into<String>, reason: impl Into<String>) -> Self {
        let (path, reason) = (path.into(), reason.into());
        self.tolerated_paths.push(ToleratedPath { path, reason, has_matched: false });
        self
    }

    /// Findings of this kind are reported, but do not make the sweep fail.
    #[must_use]
    pub fn allow(mut self, kind: FindingKind) -> Self {
        self.allowed.push(kind);
        self
    }

    /// Calls `listener` now and then while the sweep goes on.
    #[must_use]
    pub fn on_progress(self, listener: impl FnMut(SweepProgress<'_>) + 'static) -> Self {
        Self { on_progress: OnProgress(Some(Box::new(listener))), ..self }
    }

    /// Says how findings are replayed, for drivers that have a way of their own.
    #[cfg(feature = "cli")]
    pub(crate) fn replay_by(self, command: impl Fn(&Plan) -> String + 'static) -> Self {
        Self { replay: Some(Rc::new(command)), ..self }
    }

    fn replay_command(&self) -> ReplayCommand {
        let name = self.name.clone();
        let by_variable = move |plan: &Plan| replay::command(&name, plan);
        self.replay.clone().unwrap_or_else(|| Rc::new(by_variable))
    }

    /// Sweeps a closure, which holds all of its state itself.
    pub fn run<T, E: OomError>(self, f: impl FnMut() -> Result<T, E>) -> Report {
        self.run_closure(classify_oom, f)
    }

    /// Sweeps a closure whose errors are of a foreign type; `is_oom` says which of them mean
    /// "out of memory".
    pub fn run_with<T, E: Debug>(
        self,
        mut is_oom: impl FnMut(&E) -> bool,
        f: impl FnMut() -> Result<T, E>,
    ) -> Report {
        self.run_closure(move |error: &E| (is_oom(error), None), f)
    }

    fn run_closure<T, E: Debug>(
        self,
        classify: impl FnMut(&E) -> (bool, Option<usize>),
        mut f: impl FnMut() -> Result<T, E>,
    ) -> Report {
        let mut subject = Closures {
            setup: || (),
            exercise: |(): &mut ()| f(),
            view: |(): &mut ()| (),
            classify,
            guarantee: Guarantee::Basic,
        };
        self.run_subject(&mut subject, Retry::FirstPerSite)
    }

    /// Sweeps an operation on a state, all or nothing: after a failure `view` must give what
    /// it gave before, and the retry must end where the fault-free run does.
    ///
    /// ```
    /// # #[global_allocator]
    /// # static ALLOC: oom_sweep::FaultAlloc = oom_sweep::FaultAlloc::system();
    /// # use oom_sweep::{Sweep, collections::SecondaryMap};
    /// # #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    /// # struct Key(u32);
    /// # oom_sweep::entity_impl!(Key);
    /// # fn main() {
    /// Sweep::new("insert")
    ///     .run_state(
    ///         || SecondaryMap::<Key, u32>::new(),
    ///         |map| map.insert(Key(7), 1),
    ///         |map| map.values().copied().collect::<Vec<_>>(),
    ///     )
    ///     .assert_clean();
    /// # }
    /// ```
    pub fn run_state<S, T, E: OomError, V: PartialEq + Debug>(
        self,
        setup: impl FnMut() -> S,
        exercise: impl FnMut(&mut S) -> Result<T, E>,
        view: impl FnMut(&mut S) -> V,
    ) -> Report {
        let mut subject = Closures {
            setup,
            exercise,
            view,
            classify: classify_oom,
            guarantee: Guarantee::Strong,
        };
        self.run_subject(&mut subject, Retry::Every)
    }

    /// Sweeps a [`Scenario`].
    pub fn run_scenario<S: Scenario>(self, scenario: &S) -> Report {
        self.run_subject(&mut OneStep(scenario), Retry::Every)
    }

    /// Sweeps [`Steps`].
    pub fn run_steps<S: Steps>(self, steps: &S) -> Report {
        self.run_subject(&mut ManySteps(steps), Retry::Every)
    }

    fn run_subject<S: Subject>(mut self, subject: &mut S, default: Retry) -> Report {
        panic_hook::install();
        let name = self.name.clone();
        let skipped = |notes, error| Report { name, notes, error, ..Report::default() };
        let strategy = match replay::wish(&self.name) {
            Ok(Wish::Sweep) => std::mem::take(&mut self.strategy),
            Ok(Wish::Only(plan)) => Strategy::Plans(vec![plan]),
            Ok(Wish::Nothing) => {
                let note = format!("not run: {} names another sweep", replay::VARIABLE);
                return skipped(vec![note], None);
            }
            Err(error) => return skipped(Vec::new(), Some(error)),
        };
        if self.after.is_empty() {
            self.after = vec![AfterFault::Succeed, AfterFault::FailAll];
        }
        let retry = self.retry.unwrap_or(default);
        let executor = self.executor();
        let report = engine::run(&mut self, &strategy, retry, &mut Drive::new(subject), executor);
        if let Ok(Wish::Only(_)) = replay::wish(&self.name) {
            eprintln!("{report}");
        }
        report
    }

    fn executor(&self) -> Result<Box<dyn Executor>, String> {
        if is_in_session() {
            let error = "a sweep inside the code of another sweep: run them one after the other";
            return Err(error.to_owned());
        }
        match self.isolation {
            Isolation::InProcess => self.in_process(),
            #[cfg(unix)]
            Isolation::Auto | Isolation::Worker => {
                let worker = worker::Worker::new(self.habits, self.rules, self.time_limit)?;
                Ok(Box::new(worker))
            }
            #[cfg(not(unix))]
            Isolation::Auto => self.in_process(),
            #[cfg(not(unix))]
            Isolation::Worker => Err("this platform has no fork: use Isolation::InProcess, which \
                                      does not survive aborts"
                .to_owned()),
        }
    }

    fn in_process(&self) -> Result<Box<dyn Executor>, String> {
        Ok(Box::new(InProcess::new(self.habits, self.rules, self.care)?))
    }
}
