//! [`Sweep`] and its knobs. What it can be run on is in `run`.

use std::ops::Range;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use super::events::Journal;
use super::{Isolation, Retry, SweepProgress, Threads, replay};
use crate::harness::alloc::{AllocPolicy, Moves, Request, Shrinks, SpawnedThreads};
use crate::harness::oracle::{FindingKind, Observation, Rules, Sizes};
use crate::harness::plan::Strategy;
use crate::harness::plan::{AfterFault, Plan};
use crate::harness::sweep::executors::in_process::BaselineMode;

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
    pub(crate) name: String,
    pub(crate) after: Vec<AfterFault>,
    pub(crate) strategy: Strategy,
    pub(crate) isolation: Isolation,
    pub(crate) jobs: Option<usize>,
    pub(crate) shard: Option<(usize, usize)>,
    pub(crate) requests: Option<Range<u64>>,
    pub(crate) threads: Threads,
    pub(crate) retry: Option<Retry>,
    pub(crate) time_limit: Option<Duration>,
    pub(crate) time_budget: Option<Duration>,
    pub(crate) policy: AllocPolicy,
    pub(crate) rules: Rules,
    pub(crate) baseline_mode: BaselineMode,
    pub(crate) planner: Option<Planner>,
    pub(crate) listener: Option<RunListener>,
    pub(crate) tolerated_paths: Vec<ToleratedPath>,
    pub(crate) allowed: Vec<FindingKind>,
    pub(crate) known: Vec<PathBuf>,
    pub(crate) detail: Detail,
    pub(crate) env_overrides: EnvOverrides,
    pub(crate) on_progress: OnProgress,
    pub(crate) journal: Option<Box<dyn Journal>>,
    pub(crate) replay: Option<ReplayCommand>,
}

/// Who the report is for: programs get what people have no use for, and it takes time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Detail {
    #[default]
    ForPeople,
    ForPrograms,
}

/// Whether the environment may override what the sweep was built with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum EnvOverrides {
    #[default]
    Apply,
    #[cfg_attr(not(feature = "targets"), expect(dead_code, reason = "for drivers"))]
    Ignore,
}

pub(crate) struct ToleratedPath {
    pub(crate) path: String,
    pub(crate) reason: String,
    pub(crate) has_matched: bool,
}

/// Which plan to run, by the number of requests that the fault-free run makes.
pub(crate) type Planner = Box<dyn Fn(&[Request]) -> Vec<Plan>>;

/// Hears of each run under a plan.
pub(crate) type RunListener = Rc<dyn Fn(&Observation)>;

pub(crate) type ReplayCommand = Rc<dyn Fn(&Plan) -> String>;
type ProgressListener = Box<dyn FnMut(SweepProgress<'_>)>;

pub(crate) struct OnProgress(Option<ProgressListener>);

impl OnProgress {
    pub(crate) fn tell(&mut self, name: &str, runs: usize, plans: usize, findings: usize) {
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
            jobs: None,
            shard: None,
            requests: None,
            threads: Threads::default(),
            retry: None,
            time_limit: None,
            time_budget: None,
            policy: AllocPolicy {
                ceiling: usize::MAX,
                moves: Moves::AsItComes,
                shrinks: Shrinks::Count,
                spawned: SpawnedThreads::StayOutside,
            },
            rules: Rules::default(),
            baseline_mode: BaselineMode::Full,
            planner: None,
            listener: None,
            tolerated_paths: Vec::new(),
            allowed: Vec::new(),
            known: Vec::new(),
            detail: Detail::default(),
            env_overrides: EnvOverrides::default(),
            on_progress: OnProgress(None),
            journal: None,
            replay: None,
        }
    }

    /// A sweep for fuzz targets, where each execution must be cheap: in-process, one fault-free
    /// run, checked after every sixteenth step and the last, nothing cold, no call stacks but those
    /// of findings.
    #[must_use]
    pub fn fuzzing(name: impl Into<String>) -> Self {
        let sweep = Self::new(name).isolation(Isolation::InProcess);
        Self { baseline_mode: BaselineMode::Quick, ..sweep }
    }

    /// Has the plans depend on the requests that the fault-free run makes, in place of a strategy.
    #[cfg(feature = "targets")]
    pub(crate) fn plan_by(self, plan: impl Fn(&[Request]) -> Vec<Plan> + 'static) -> Self {
        Self { planner: Some(Box::new(plan)), ..self }
    }

    /// Has `listener` hear of each run under a plan, with the call stacks of its first faults.
    /// In-process alone.
    #[cfg(feature = "targets")]
    pub(crate) fn on_run(self, listener: impl Fn(&Observation) + 'static) -> Self {
        Self { listener: Some(Rc::new(listener)), ..self }
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

    /// How many processes run at a time, at least 1; by default as many as there are cores.
    /// Findings and their order do not depend on it.
    #[must_use]
    pub fn jobs(self, jobs: usize) -> Self {
        Self { jobs: Some(jobs), ..self }
    }

    /// Runs the `index`-th of `count` shares of the plans, counted from 1. The same code is
    /// split the same way everywhere, so that several machines can share a sweep; `oom-sweep
    /// merge` joins their reports.
    #[must_use]
    pub fn shard(self, index: usize, count: usize) -> Self {
        Self { shard: Some((index, count)), ..self }
    }

    /// Fails only requests whose number is in this range.
    #[must_use]
    pub fn requests(self, range: Range<u64>) -> Self {
        Self { requests: Some(range), ..self }
    }

    /// Whose requests count; by default [`Threads::Joined`]. [`Threads::Spawned`] needs forked
    /// processes.
    #[must_use]
    pub fn threads(self, threads: Threads) -> Self {
        Self { threads, ..self }
    }

    /// Which failed operations are tried again without faults; by default
    /// [`Retry::FirstPerSite`] for closures and under [`Isolation::Snapshot`], and
    /// [`Retry::Every`] for the rest.
    #[must_use]
    pub fn retry(self, retry: Retry) -> Self {
        Self { retry: Some(retry), ..self }
    }

    /// How long a run may take before it counts as hung; by default 100 times a fault-free
    /// run, and at least 10 s. Fault-free runs may take four times as long, by default 60 s; one
    /// that does not end is the harness's error. In-process, nothing can end a run.
    #[must_use]
    pub fn time_limit(self, limit: Duration) -> Self {
        Self { time_limit: Some(limit), ..self }
    }

    /// How long the whole sweep may take. One request of each site comes first, then the rest,
    /// spread evenly; what there was no time for makes the report partial.
    #[must_use]
    pub fn time_budget(self, budget: Duration) -> Self {
        Self { time_budget: Some(budget), ..self }
    }

    /// Refuses single requests of more than so many bytes, in fault-free runs too, so that no
    /// test grows to gigabytes.
    #[must_use]
    pub fn ceiling(mut self, bytes: usize) -> Self {
        self.policy.ceiling = bytes;
        self
    }

    /// Makes every `realloc` give another address, so that stale pointers are seen.
    #[must_use]
    pub fn moving_reallocs(mut self) -> Self {
        self.policy.moves = Moves::Always;
        self
    }

    /// Leaves `realloc`s that shrink out: they neither count nor fault.
    #[must_use]
    pub fn ignore_shrinking(mut self) -> Self {
        self.policy.shrinks = Shrinks::Ignore;
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

    /// Findings that this file lists, as `oom-sweep known` writes it, are reported as known, but
    /// do not make the sweep fail. Needs the feature `serde`.
    #[must_use]
    pub fn known(mut self, path: impl Into<PathBuf>) -> Self {
        self.known.push(path.into());
        self
    }

    /// Calls `listener` now and then while the sweep goes on.
    #[must_use]
    pub fn on_progress(self, listener: impl FnMut(SweepProgress<'_>) + 'static) -> Self {
        Self { on_progress: OnProgress(Some(Box::new(listener))), ..self }
    }

    /// Has the report say what programs want to know, too: where each site is, and what code
    /// it is about.
    #[cfg(feature = "cli")]
    pub(crate) fn for_programs(self) -> Self {
        Self { detail: Detail::ForPrograms, ..self }
    }

    /// Has all that the report is made of taken down as it falls.
    #[cfg(feature = "cli")]
    pub(crate) fn journal_to(self, journal: Box<dyn Journal>) -> Self {
        Self { journal: Some(journal), ..self }
    }

    /// Goes as it was built, whatever the environment says.
    #[cfg(feature = "targets")]
    pub(crate) fn ignore_env(self) -> Self {
        Self { env_overrides: EnvOverrides::Ignore, ..self }
    }

    /// Says how findings are replayed, for drivers that have a way of their own.
    #[cfg(feature = "targets")]
    pub(crate) fn replay_by(self, command: impl Fn(&Plan) -> String + 'static) -> Self {
        Self { replay: Some(Rc::new(command)), ..self }
    }

    pub(crate) fn replay_command(&self) -> ReplayCommand {
        let name = self.name.clone();
        let by_variable = move |plan: &Plan| replay::command(&name, plan);
        self.replay.clone().unwrap_or_else(|| Rc::new(by_variable))
    }
}
