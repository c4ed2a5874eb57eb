//! [`Sweep`] and its options. `entry_points` runs it.

use std::ops::Range;
#[cfg(feature = "serde")]
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use super::events::Journal;
use super::options::RunOutput;
use super::options::{
    BaselineMode, ChosenBy, Detail, Empty, EnvOverrides, Isolation, Retry, SweepProgress, Threads,
};
use super::replay;
use crate::harness::alloc::{AllocPolicy, Moves, Request, Shrinks, SpawnedThreads};
use crate::harness::oracle::{FaultFree, FindingKind, Observation, Rules, Sizes};
use crate::harness::plan::Strategy;
use crate::harness::plan::{AfterFault, Plan};
use crate::harness::report::sweep_name;

/// How many failures in one process code must survive by default.
const ENDURANCE: u32 = 64;

/// Fails each request of the code under test in turn, and judges every run.
///
/// Every option has a default that suits a unit test. The code under test need not be `Send`,
/// `Sync`, `'static` or `UnwindSafe`.
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
///
/// # Options
///
/// | method | default | what it sets |
/// | --- | --- | --- |
/// | [`after`](Self::after) | `Succeed` and `FailAll` | what requests after the failed one get; one pass over the plans for each value |
/// | [`strategy`](Self::strategy) | `EveryRequest` | which plans to run |
/// | [`requests`](Self::requests) | all | the numbers of the requests to fail |
/// | [`isolation`](Self::isolation) | `Auto` | where runs happen: `Worker` or `Snapshot`, whichever is faster (both fork); `InProcess` where the platform cannot fork |
/// | [`jobs`](Self::jobs) | the number of cores | how many processes run at a time |
/// | [`shard`](Self::shard) | all plans | the k-th of n shares of the plans |
/// | [`retry`](Self::retry) | `FirstPerSite` for closures without a state and under `Snapshot`, else `Every` | which failed operations are retried |
/// | [`endurance`](Self::endurance) | 64 | how many failures in one process the code must survive |
/// | [`time_limit`](Self::time_limit) | 100 fault-free runs, at least 10 s | when a run counts as hung |
/// | [`time_budget`](Self::time_budget) | none | how long the whole sweep may take |
/// | [`threads`](Self::threads) | `Joined` | whose requests count; `Spawned` counts every thread that starts in a run |
/// | [`ceiling`](Self::ceiling) | none | the largest single request that is served, in fault-free runs too |
/// | [`exact_size`](Self::exact_size) | off | judges [`FindingKind::WrongSize`] |
/// | [`moving_reallocs`](Self::moving_reallocs) | off | every `realloc` returns another address |
/// | [`ignore_shrinking`](Self::ignore_shrinking) | off | `realloc`s that shrink are not counted and do not fail |
/// | [`may_fail`](Self::may_fail), [`expect_error`](Self::expect_error) | off | whether the code may or must fail without faults |
/// | [`allow_empty`](Self::allow_empty) | off | whether a sweep passes that has nothing to fail |
/// | [`allow`](Self::allow) | none | kinds of findings that do not fail the sweep |
/// | [`deny`](Self::deny) | none | kinds of notes that fail the sweep |
/// | `known` | none | a file of findings that do not fail the sweep |
/// | [`tolerate_in`](Self::tolerate_in) | none | functions in which a fault need not come back as an error |
///
/// ```
/// use std::time::Duration;
///
/// use oom_sweep::{AfterFault, FindingKind, Isolation, Retry, Strategy, Sweep, Threads};
///
/// let sweep = Sweep::new("import")
///     // Which plans to run.
///     .strategy(Strategy::UniqueSites { per_site: 2 })
///     .after(AfterFault::FailNext(3))
///     .requests(100..2000)
///     .shard(1, 3)
///     // Where and how long.
///     .isolation(Isolation::Worker)
///     .jobs(2)
///     .time_limit(Duration::from_secs(30))
///     .time_budget(Duration::from_secs(600))
///     .retry(Retry::Never)
///     .endurance(1000)
///     // What the allocator does.
///     .threads(Threads::Spawned)
///     .ceiling(1 << 20)
///     .moving_reallocs()
///     .ignore_shrinking()
///     // What is a finding.
///     .exact_size()
///     .may_fail()
///     .allow_empty()
///     .allow(FindingKind::Leaked)
///     .deny(FindingKind::FellBack)
///     .tolerate_in("indexmap::", "its fallback needs no memory")
///     .on_progress(|now| eprintln!("{}: {}/{}, {} found", now.name, now.runs, now.plans, now.findings));
/// # drop(sweep);
/// ```
///
/// # Environment
///
/// These variables override the options of a sweep, in tests and on the command line. If the sweep
/// cannot read a value, it fails with a line that says so.
///
/// | variable | example | what it sets |
/// | --- | --- | --- |
/// | `OOM_SWEEP_STRATEGY` | `unique-sites:2` | `strategy`, in the text form of [`Strategy`] |
/// | `OOM_SWEEP_TIME_BUDGET` | `30s`, `500ms`, `2m` | `time_budget` |
/// | `OOM_SWEEP_JOBS` | `4` | `jobs` |
/// | `OOM_SWEEP_SHARD` | `2/3` | `shard` |
/// | `OOM_SWEEP_KNOWN` | `known.json` | `known` |
/// | `OOM_SWEEP_REPORT_DIR` | `reports` | the folder in which each sweep leaves its report; needs the feature `serde` |
/// | `OOM_SWEEP_REPLAY` | `grow=nth:17/fail-all` | the one sweep and the one plan to run; test, binary and package may precede the name |
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
    pub(crate) fault_free: Option<FaultFree>,
    pub(crate) endurance: u32,
    pub(crate) empty: Empty,
    pub(crate) chosen_by: ChosenBy,
    pub(crate) planner: Option<Planner>,
    pub(crate) listener: Option<RunListener>,
    pub(crate) tolerated_paths: Vec<ToleratedPath>,
    pub(crate) allowed: Vec<FindingKind>,
    pub(crate) denied: Vec<FindingKind>,
    #[cfg(feature = "serde")]
    pub(crate) known: Vec<PathBuf>,
    pub(crate) detail: Detail,
    pub(crate) env_overrides: EnvOverrides,
    pub(crate) run_output: RunOutput,
    pub(crate) on_progress: OnProgress,
    pub(crate) journal: Option<Box<dyn Journal>>,
    pub(crate) replay: Option<ReplayCommand>,
}

pub(crate) struct ToleratedPath {
    pub(crate) path: String,
    pub(crate) reason: String,
    /// Whether it has excused a run.
    pub(crate) has_matched: bool,
    /// The function path that is most like it, if it matches none.
    pub(crate) nearest: Option<String>,
}

/// Makes the plans from the requests of the fault-free run.
pub(crate) type Planner = Box<dyn Fn(&[Request]) -> Vec<Plan>>;

/// Receives the observation of each run under a plan.
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

/// Makes a sweep without a name of its own: it takes the name of its test, or of the program if no
/// test runs it. Further ones of one test are told apart by the order in which they are made:
/// `grows`, `grows/2`.
///
/// libtest tells a test its name unless it runs with `--test-threads=1`.
///
/// ```no_run
/// # use std::collections::TryReserveError;
/// # fn grow() -> Result<(), TryReserveError> { Ok(()) }
/// #[test]
/// fn grows() {
///     oom_sweep::Sweep::default().run(grow).assert_clean();
/// }
/// ```
impl Default for Sweep {
    fn default() -> Self {
        Self::new(sweep_name())
    }
}

impl Sweep {
    /// Makes a sweep with this name, which reports and replay commands use.
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
            fault_free: None,
            endurance: ENDURANCE,
            empty: Empty::default(),
            chosen_by: ChosenBy::default(),
            planner: None,
            listener: None,
            tolerated_paths: Vec::new(),
            allowed: Vec::new(),
            denied: Vec::new(),
            #[cfg(feature = "serde")]
            known: Vec::new(),
            detail: Detail::default(),
            env_overrides: EnvOverrides::default(),
            run_output: RunOutput::default(),
            on_progress: OnProgress(None),
            journal: None,
            replay: None,
        }
    }

    /// Makes a sweep for a fuzz target, where each execution must be cheap.
    ///
    /// It runs in-process and makes one fault-free run. It calls `check` after every sixteenth step
    /// and after the last one. It runs no cold plans, and takes call stacks only for findings. An
    /// input may make no request, and may fail without faults: see
    /// [`allow_empty`](Self::allow_empty) and [`may_fail`](Self::may_fail).
    ///
    /// ```no_run
    /// # use std::collections::TryReserveError;
    /// # fn parse(_bytes: &[u8]) -> Result<(), TryReserveError> { Ok(()) }
    /// fn fuzz_one(bytes: &[u8]) {
    ///     oom_sweep::Sweep::fuzzing("parse").run(|| parse(bytes)).assert_clean();
    /// }
    /// # fuzz_one(&[]);
    /// ```
    #[must_use]
    pub fn fuzzing(name: impl Into<String>) -> Self {
        let sweep = Self::new(name).isolation(Isolation::InProcess).allow_empty().may_fail();
        Self { baseline_mode: BaselineMode::Quick, ..sweep }
    }

    /// Makes the plans from the requests of the fault-free run, and not from a strategy.
    #[cfg(feature = "fuzz")]
    pub(crate) fn plan_by(self, plan: impl Fn(&[Request]) -> Vec<Plan> + 'static) -> Self {
        Self { planner: Some(Box::new(plan)), ..self }
    }

    /// Calls `listener` after each run under a plan, with the call stacks of its first faults. Only
    /// in-process.
    #[cfg(feature = "fuzz")]
    pub(crate) fn on_run(self, listener: impl Fn(&Observation) + 'static) -> Self {
        Self { listener: Some(Rc::new(listener)), ..self }
    }

    /// Sets what requests after the first fault get. Each call adds a pass over all plans. The
    /// default is [`Succeed`](AfterFault::Succeed) and [`FailAll`](AfterFault::FailAll).
    #[must_use]
    pub fn after(mut self, after: AfterFault) -> Self {
        if !self.after.contains(&after) {
            self.after.push(after);
        }
        self
    }

    /// Sets which plans to run. The default is [`Strategy::EveryRequest`].
    #[must_use]
    pub fn strategy(self, strategy: Strategy) -> Self {
        Self { strategy, ..self }
    }

    /// Sets where runs happen. The default is [`Isolation::Auto`].
    #[must_use]
    pub fn isolation(self, isolation: Isolation) -> Self {
        Self { isolation, ..self }
    }

    /// Sets how many processes run at a time, at least 1. The default is the number of cores.
    /// Findings and their order do not depend on it.
    #[must_use]
    pub fn jobs(self, jobs: usize) -> Self {
        Self { jobs: Some(jobs), ..self }
    }

    /// Runs the `index`-th of `count` shares of the plans, counted from 1. Every machine splits the
    /// same code in the same way, so several machines can share a sweep. `oom-sweep merge` joins
    /// their reports.
    #[must_use]
    pub fn shard(self, index: usize, count: usize) -> Self {
        Self { shard: Some((index, count)), ..self }
    }

    /// Fails only the requests whose number is in this range.
    #[must_use]
    pub fn requests(self, range: Range<u64>) -> Self {
        Self { requests: Some(range), ..self }
    }

    /// Sets whose requests count. The default is [`Threads::Joined`]. [`Threads::Spawned`] needs
    /// forked processes.
    #[must_use]
    pub fn threads(self, threads: Threads) -> Self {
        Self { threads, ..self }
    }

    /// Sets which failed operations are retried without faults. The default is
    /// [`Retry::FirstPerSite`] for closures without a state and under [`Isolation::Snapshot`], and
    /// [`Retry::Every`] otherwise.
    #[must_use]
    pub fn retry(self, retry: Retry) -> Self {
        Self { retry: Some(retry), ..self }
    }

    /// Sets how many failures in one process the code must survive. The default is 64; 0 looks for
    /// nothing.
    ///
    /// If a sweep finds nothing else, it runs one plan of each site in turn in one process, so often
    /// in all, and then the code without faults. If that fails, each failure costs something of the
    /// process, such as a slot of a pool: [`NotRecovered`](FindingKind::NotRecovered). It takes
    /// forked processes, and runs of at most 5 ms.
    #[must_use]
    pub fn endurance(self, failures: u32) -> Self {
        Self { endurance: failures, ..self }
    }

    /// Sets how long a run may take before it counts as hung. The default is 100 times a fault-free
    /// run, and at least 10 s. A fault-free run may take four times as long, by default 60 s; if it
    /// does not end, the sweep reports an error. In-process, the sweep cannot end a run.
    #[must_use]
    pub fn time_limit(self, limit: Duration) -> Self {
        Self { time_limit: Some(limit), ..self }
    }

    /// Sets how long the whole sweep may take. The sweep fails one request of each site first, then
    /// the others, spread evenly. If plans are left, the report is partial.
    #[must_use]
    pub fn time_budget(self, budget: Duration) -> Self {
        Self { time_budget: Some(budget), ..self }
    }

    /// Fails single requests of more than `bytes` bytes, in fault-free runs too, so that a test
    /// cannot use gigabytes.
    #[must_use]
    pub fn ceiling(mut self, bytes: usize) -> Self {
        self.policy.ceiling = bytes;
        self
    }

    /// Makes every `realloc` return another address, so that the sweep sees stale pointers.
    #[must_use]
    pub fn moving_reallocs(mut self) -> Self {
        self.policy.moves = Moves::Always;
        self
    }

    /// Does not count `realloc`s that shrink, and never fails them.
    #[must_use]
    pub fn ignore_shrinking(mut self) -> Self {
        self.policy.shrinks = Shrinks::Ignore;
        self
    }

    /// Also judges [`FindingKind::WrongSize`].
    #[must_use]
    pub fn exact_size(mut self) -> Self {
        self.rules.sizes = Sizes::Exact;
        self
    }

    /// Lets the sweep pass if there is nothing to fail. By default its outcome is
    /// [`Outcome::Empty`](crate::report::Outcome::Empty), and it is not clean.
    ///
    /// ```
    /// # #[global_allocator]
    /// # static ALLOC: oom_sweep::FaultAlloc = oom_sweep::FaultAlloc::system();
    /// use oom_sweep::report::Outcome;
    /// use oom_sweep::{OutOfMemory, Sweep};
    ///
    /// # fn main() {
    /// let add = || Ok::<_, OutOfMemory>(1 + 1);
    /// assert_eq!(Sweep::new("add").run(add).outcome(), Outcome::Empty);
    /// Sweep::new("add").allow_empty().run(add).assert_clean();
    /// # }
    /// ```
    #[must_use]
    pub fn allow_empty(self) -> Self {
        Self { empty: Empty::Passes, ..self }
    }

    /// Accepts code that fails without faults. By default such an error of one operation is a
    /// [`SpuriousError`](FindingKind::SpuriousError), and no plan runs. With [`Steps`](crate::Steps)
    /// only errors that mean "out of memory" are.
    ///
    /// An error without faults is then expected in every run: `Ok` or another error is a finding.
    #[must_use]
    pub fn may_fail(self) -> Self {
        Self { fault_free: Some(FaultFree::Anything), ..self }
    }

    /// Expects the code to fail without faults. The sweep reports an error if it returns `Ok`.
    ///
    /// ```
    /// # #[global_allocator]
    /// # static ALLOC: oom_sweep::FaultAlloc = oom_sweep::FaultAlloc::system();
    /// # #[derive(Debug)]
    /// # enum Error { NoMemory, Syntax }
    /// fn parse(text: &str) -> Result<Vec<u8>, Error> {
    ///     let mut bytes = Vec::new();
    ///     bytes.try_reserve_exact(text.len()).map_err(|_| Error::NoMemory)?;
    ///     bytes.extend(text.bytes());
    ///     if bytes.is_ascii() { Ok(bytes) } else { Err(Error::Syntax) }
    /// }
    ///
    /// # fn main() {
    /// let is_oom = |error: &Error| matches!(error, Error::NoMemory);
    /// let sweep = oom_sweep::Sweep::new("syntax error").expect_error();
    /// sweep.run_with(is_oom, || parse("größe")).assert_clean();
    /// # }
    /// ```
    #[must_use]
    pub fn expect_error(self) -> Self {
        Self { fault_free: Some(FaultFree::Err), ..self }
    }

    /// Says that the plans were chosen for many sweeps, of which some may have none.
    #[cfg(feature = "cli")]
    pub(crate) fn chosen_by_invocation(self) -> Self {
        Self { chosen_by: ChosenBy::Invocation, ..self }
    }

    /// Tolerates faults whose call stack has a function under `path`: they need not come back as
    /// errors. `path` is any part of a function path, in whole segments and without generic
    /// arguments: `indexmap`, `Cache::fill`, `<Cache as Store>::fill`. If no fault needs it, the
    /// report has a note with `reason`. If it matches no function, the note names the most similar
    /// one.
    #[must_use]
    pub fn tolerate_in(mut self, path: impl Into<String>, reason: impl Into<String>) -> Self {
        let (path, reason) = (path.into(), reason.into());
        self.tolerated_paths.push(ToleratedPath {
            path,
            reason,
            has_matched: false,
            nearest: None,
        });
        self
    }

    /// Reports findings of this kind without failing the sweep.
    #[must_use]
    pub fn allow(mut self, kind: FindingKind) -> Self {
        self.allowed.push(kind);
        self
    }

    /// Fails the sweep on findings of a kind that is a note by default:
    /// [`FindingKind::FellBack`].
    #[must_use]
    pub fn deny(mut self, kind: FindingKind) -> Self {
        self.denied.push(kind);
        self
    }

    /// Reports the findings that this file lists as known, without failing the sweep. `oom-sweep
    /// known` writes such a file. Needs the feature `serde`.
    #[cfg(feature = "serde")]
    #[must_use]
    pub fn known(mut self, path: impl Into<PathBuf>) -> Self {
        self.known.push(path.into());
        self
    }

    /// Calls `listener` from time to time while the sweep runs.
    #[must_use]
    pub fn on_progress(self, listener: impl FnMut(SweepProgress<'_>) + 'static) -> Self {
        Self { on_progress: OnProgress(Some(Box::new(listener))), ..self }
    }

    /// Adds to the report what programs need: where each site is, and which code was swept.
    #[cfg(feature = "cli")]
    pub(crate) fn for_programs(self) -> Self {
        Self { detail: Detail::ForPrograms, ..self }
    }

    /// Writes each event of the sweep to this journal.
    #[cfg(feature = "cli")]
    pub(crate) fn journal_to(self, journal: Box<dyn Journal>) -> Self {
        Self { journal: Some(journal), ..self }
    }

    /// Ignores the environment.
    #[cfg(feature = "fuzz")]
    pub(crate) fn ignore_env(self) -> Self {
        Self { env_overrides: EnvOverrides::Ignore, ..self }
    }

    /// Sets how to write the command that replays a plan, for drivers with their own command.
    #[cfg(feature = "fuzz")]
    pub(crate) fn replay_by(self, command: impl Fn(&Plan) -> String + 'static) -> Self {
        Self { replay: Some(Rc::new(command)), ..self }
    }

    pub(crate) fn replay_command(&self) -> ReplayCommand {
        let name = self.name.clone();
        let by_variable = move |plan: &Plan| replay::command(&name, plan);
        self.replay.clone().unwrap_or_else(|| Rc::new(by_variable))
    }
}
