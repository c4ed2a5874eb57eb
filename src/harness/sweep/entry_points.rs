//! What a [`Sweep`] can run, and how a sweep begins.

use std::fmt::Debug;
use std::pin::{Pin, pin};

use super::{ComparedSweep, Guarantee, Isolation, Retry, Scenario, Steps, Sweep, Threads, engine};
use crate::error::OomError;
use crate::harness::alloc::{AllocPolicy, SpawnedThreads, is_in_session, pause, resume_async};
use crate::harness::oracle::FaultFree;
use crate::harness::plan::AfterFault;
use crate::harness::plan::Strategy;
use crate::harness::report::{KnownFindings, Origin, Printed, Report, Shard, apply_known};
use crate::harness::sweep::api::environment::Environment;
use crate::harness::sweep::api::options::{BaselineMode, Detail, EnvOverrides};
use crate::harness::sweep::api::replay::{self, ReplayRequest};
#[cfg(feature = "serde")]
use crate::harness::sweep::api::report_dir::ReportDir;
use crate::harness::sweep::executors::Executor;
#[cfg(unix)]
use crate::harness::sweep::executors::forked::{self, Mode};
use crate::harness::sweep::executors::in_process::InProcess;
use crate::harness::sweep::run::panic_hook;
use crate::harness::sweep::run::runner::ScenarioRunner;
use crate::harness::sweep::run::subject::{Closures, ManySteps, OneStep, Subject, classify_oom};

/// What is known before the first run.
struct Begun {
    environment: Environment,
    #[cfg(feature = "serde")]
    report_dir: ReportDir,
    /// The known findings, or why the sweep cannot run.
    known: Result<KnownFindings, String>,
}

/// Compares no outputs.
fn not_compared<T>(_output: &T) -> Option<()> {
    None
}

impl Sweep {
    /// Compares what the code returns with what it returns without faults. `output` makes the value
    /// to compare; the output itself is dropped in its run. Set all other options first.
    ///
    /// After a tolerated fault another output is [`Diverged`](crate::FindingKind::Diverged); after a
    /// retry it is [`NotRecovered`](crate::FindingKind::NotRecovered). [`Scenario::compare_output`]
    /// does the same for scenarios.
    ///
    /// ```
    /// # #[global_allocator]
    /// # static ALLOC: oom_sweep::FaultAlloc = oom_sweep::FaultAlloc::system();
    /// use oom_sweep::{FindingKind, OutOfMemory, Sweep, tolerate};
    ///
    /// /// Sums the numbers. Its cache may fail, but the sum must be right.
    /// fn sum(numbers: &[u64]) -> Result<u64, OutOfMemory> {
    ///     let mut cache: Vec<u64> = Vec::new();
    ///     let reserved = tolerate("the cache", || cache.try_reserve_exact(numbers.len()));
    ///     Ok(if reserved.is_ok() { numbers.iter().sum() } else { 0 })
    /// }
    ///
    /// # fn main() {
    /// let sweep = Sweep::new("sum").compare_output(|sum: &u64| *sum);
    /// let report = sweep.run(|| sum(&[1, 2, 3]));
    /// assert_eq!(report.findings()[0].kind(), FindingKind::Diverged);
    /// assert_eq!(report.findings()[0].view().unwrap().after, "0");
    /// # }
    /// ```
    pub fn compare_output<T, V, F: FnMut(&T) -> V>(self, output: F) -> ComparedSweep<F> {
        ComparedSweep { sweep: self, output }
    }

    /// Sweeps a closure that holds all of its state.
    pub fn run<T, E: OomError>(self, f: impl FnMut() -> Result<T, E>) -> Report {
        self.run_closure(classify_oom, not_compared, f)
    }

    /// Sweeps a closure whose error type does not implement [`OomError`]. `is_oom` says which errors
    /// mean "out of memory".
    ///
    /// ```
    /// # #[global_allocator]
    /// # static ALLOC: oom_sweep::FaultAlloc = oom_sweep::FaultAlloc::system();
    /// #[derive(Debug)]
    /// enum Error {
    ///     NoMemory,
    ///     Syntax,
    /// }
    ///
    /// fn parse(text: &str) -> Result<Vec<u8>, Error> {
    ///     let mut bytes = Vec::new();
    ///     bytes.try_reserve_exact(text.len()).map_err(|_| Error::NoMemory)?;
    ///     bytes.extend(text.bytes());
    ///     if bytes.is_ascii() { Ok(bytes) } else { Err(Error::Syntax) }
    /// }
    ///
    /// # fn main() {
    /// let is_oom = |error: &Error| matches!(error, Error::NoMemory);
    /// oom_sweep::Sweep::new("parse").run_with(is_oom, || parse("text")).assert_clean();
    /// # }
    /// ```
    pub fn run_with<T, E: Debug>(
        self,
        mut is_oom: impl FnMut(&E) -> bool,
        f: impl FnMut() -> Result<T, E>,
    ) -> Report {
        self.run_closure(move |error: &E| (is_oom(error), None), not_compared, f)
    }

    /// Sweeps an async closure. `block_on` waits for a future in your runtime; `is_oom` is as in
    /// [`run_with`](Self::run_with).
    ///
    /// The sweep calls `block_on` once in each run, in the process of the run, and paused: a runtime
    /// that it makes or uses meets no faults. The future meets faults whenever it is polled and when
    /// it is dropped. Tasks that the future spawns are in the scope only if
    /// [`Scope::wrap`](crate::Scope::wrap) wraps them.
    ///
    /// ```
    /// # #[global_allocator]
    /// # static ALLOC: oom_sweep::FaultAlloc = oom_sweep::FaultAlloc::system();
    /// use std::collections::TryReserveError;
    ///
    /// async fn fetch(len: usize) -> Result<Vec<u8>, TryReserveError> {
    ///     let mut bytes = Vec::new();
    ///     bytes.try_reserve_exact(len)?;
    ///     bytes.resize(len, 7);
    ///     Ok(bytes)
    /// }
    ///
    /// # fn main() {
    /// let is_oom = |_: &TryReserveError| true;
    /// let sweep = || oom_sweep::Sweep::new("fetch");
    ///
    /// sweep().run_async(is_oom, |fut| pollster::block_on(fut), || fetch(9)).assert_clean();
    ///
    /// sweep().run_async(is_oom, |fut| futures_executor::block_on(fut), || fetch(9)).assert_clean();
    ///
    /// // Make a runtime with threads in the closure: a forked process has no threads from before
    /// // the fork, and code that waits for them hangs.
    /// let on_tokio = |fut: std::pin::Pin<&mut dyn Future<Output = _>>| {
    ///     tokio::runtime::Builder::new_multi_thread().build().expect("a runtime").block_on(fut)
    /// };
    /// sweep().run_async(is_oom, on_tokio, || fetch(9)).assert_clean();
    /// # }
    /// ```
    pub fn run_async<T, E: Debug, F: Future<Output = Result<T, E>>>(
        self,
        is_oom: impl FnMut(&E) -> bool,
        mut block_on: impl FnMut(Pin<&mut dyn Future<Output = Result<T, E>>>) -> Result<T, E>,
        mut async_f: impl FnMut() -> F,
    ) -> Report {
        self.run_with(is_oom, || {
            let future = pin!(resume_async(async_f()));
            pause(|| block_on(future))
        })
    }

    pub(crate) fn run_closure<T, E: Debug, O: PartialEq + Debug>(
        self,
        classify: impl FnMut(&E) -> (bool, Option<usize>),
        output: impl FnMut(&T) -> Option<O>,
        mut f: impl FnMut() -> Result<T, E>,
    ) -> Report {
        let mut subject = Closures {
            setup: || (),
            exercise: |(): &mut ()| f(),
            view: |(): &mut ()| (),
            classify,
            output,
            guarantee: Guarantee::Basic,
        };
        self.run_subject(&mut subject, Retry::FirstPerSite, FaultFree::Ok)
    }

    /// Sweeps an operation on a state that changes all or nothing.
    ///
    /// After a failure, `view` must return the same value as before the operation. The retry must
    /// end in the view of the fault-free run.
    ///
    /// ```
    /// # #[global_allocator]
    /// # static ALLOC: oom_sweep::FaultAlloc = oom_sweep::FaultAlloc::system();
    /// # use std::collections::TryReserveError;
    /// # use oom_sweep::Sweep;
    /// fn add(names: &mut Vec<String>, name: &str) -> Result<(), TryReserveError> {
    ///     let mut copy = String::new();
    ///     copy.try_reserve_exact(name.len())?;
    ///     names.try_reserve(1)?;
    ///     copy.push_str(name);
    ///     names.push(copy);
    ///     Ok(())
    /// }
    ///
    /// # fn main() {
    /// Sweep::new("add")
    ///     .run_state(Vec::new, |names| add(names, "Ada"), |names| names.clone())
    ///     .assert_clean();
    /// # }
    /// ```
    pub fn run_state<S, T, E: OomError, V: PartialEq + Debug>(
        self,
        setup: impl FnMut() -> S,
        exercise: impl FnMut(&mut S) -> Result<T, E>,
        view: impl FnMut(&mut S) -> V,
    ) -> Report {
        self.run_on_state(setup, exercise, view, not_compared)
    }

    pub(crate) fn run_on_state<S, T, E: OomError, V: PartialEq + Debug, O: PartialEq + Debug>(
        self,
        setup: impl FnMut() -> S,
        exercise: impl FnMut(&mut S) -> Result<T, E>,
        view: impl FnMut(&mut S) -> V,
        output: impl FnMut(&T) -> Option<O>,
    ) -> Report {
        let mut subject = Closures {
            setup,
            exercise,
            view,
            classify: classify_oom,
            output,
            guarantee: Guarantee::Strong,
        };
        self.run_subject(&mut subject, Retry::Every, FaultFree::Ok)
    }

    /// Sweeps a [`Scenario`].
    pub fn run_scenario<S: Scenario>(self, scenario: &S) -> Report {
        self.run_subject(&mut OneStep(scenario), Retry::Every, FaultFree::Ok)
    }

    /// Sweeps [`Steps`].
    pub fn run_steps<S: Steps>(self, steps: &S) -> Report {
        self.run_subject(&mut ManySteps(steps), Retry::Every, FaultFree::NoOom)
    }

    fn run_subject<S: Subject>(
        mut self,
        subject: &mut S,
        default: Retry,
        fault_free: FaultFree,
    ) -> Report {
        self.rules.fault_free = self.fault_free.unwrap_or(fault_free);
        panic_hook::install();
        let Begun {
            environment,
            known,
            #[cfg(feature = "serde")]
            report_dir,
        } = match self.begin() {
            Ok(begun) => begun,
            Err(error) => {
                return Report { error: Some(error), ..Report::blank(self.name) };
            }
        };
        if environment.replay_request == ReplayRequest::Nothing {
            let notes = vec![format!("not run: {} names another sweep", replay::VARIABLE)];
            return Report { notes, ..Report::blank(self.name) };
        }
        let default = match self.isolation {
            // A retry runs all the way that a snapshot saves.
            Isolation::Snapshot => Retry::FirstPerSite,
            _ => default,
        };
        let (strategy, retry) = (self.strategy.clone(), self.retry.unwrap_or(default));
        let executor = known.as_ref().map_err(String::clone).and_then(|_| self.executor());
        let mut report =
            engine::run(&mut self, strategy, retry, &mut ScenarioRunner::new(subject), executor);
        #[cfg(feature = "serde")]
        report_dir.name().unwrap_or(&self.name).clone_into(&mut report.name);
        self.complete(&mut report, &known.unwrap_or_default());
        #[cfg(feature = "serde")]
        report_dir.finish(&mut report);
        if let ReplayRequest::Only(_) = environment.replay_request {
            eprintln!("{report}");
            report.printed = Printed::Yes;
        }
        report
    }

    /// Reads the environment and starts the entry in the folder of reports. From here on the folder
    /// expects a report, even if it only has an error.
    ///
    /// # Errors
    /// One line, if the environment cannot be read or the folder cannot be written.
    fn begin(&mut self) -> Result<Begun, String> {
        let environment = match self.env_overrides {
            EnvOverrides::Apply => Environment::read(&self.name)?,
            EnvOverrides::Ignore => Environment::default(),
        };
        environment.apply(self);
        if self.after.is_empty() {
            self.after = vec![AfterFault::Succeed, AfterFault::FailAll];
        }
        let shard = self.parsed_shard();
        Ok(Begun {
            #[cfg(feature = "serde")]
            report_dir: ReportDir::begin(&environment, self, shard.clone().unwrap_or_default())?,
            environment,
            known: shard.and_then(|_| self.read_known()),
        })
    }

    /// Reads the files of known findings before the sweep, so that an error comes early.
    #[cfg(feature = "serde")]
    fn read_known(&self) -> Result<KnownFindings, String> {
        let mut known = KnownFindings::default();
        for path in &self.known {
            known.extend(KnownFindings::read(path)?);
        }
        Ok(known)
    }

    #[cfg(not(feature = "serde"))]
    fn read_known(&self) -> Result<KnownFindings, String> {
        Ok(KnownFindings::default())
    }

    fn parsed_shard(&self) -> Result<Option<Shard>, String> {
        let shard = self.shard.map(|(index, count)| Shard::new(index, count)).transpose();
        shard.map_err(|error| error.to_string())
    }

    /// Adds to a report what the engine does not know.
    fn complete(&self, report: &mut Report, known: &KnownFindings) {
        report.strategy = match &self.requests {
            None => self.strategy.to_string(),
            Some(range) => format!("{} in {}..{}", self.strategy, range.start, range.end),
        };
        report.after = match self.strategy {
            Strategy::Plans(_) => Vec::new(), // each plan has its own
            _ => self.after.clone(),
        };
        report.shard = self.parsed_shard().unwrap_or_default();
        match self.detail {
            Detail::ForPrograms => {
                report.origin.get_or_insert_with(|| Origin::of_this_process(None));
            }
            // It identifies the sweep among others.
            Detail::ForPeople if self.baseline_mode == BaselineMode::Full => {
                report.origin.get_or_insert_with(Origin::names_here);
            }
            Detail::ForPeople => {}
        }
        apply_known(report, known);
        report.note_stale_tolerances();
        report.notes.extend(engine::symbols::missing_debug_info(&report.findings));
    }

    fn executor(&self) -> Result<Box<dyn Executor>, String> {
        if is_in_session() {
            let error = "a sweep inside another sweep: run one after the other";
            return Err(error.to_owned());
        }
        let spawned = match self.threads {
            Threads::Joined => SpawnedThreads::StayOutside,
            Threads::Spawned => SpawnedThreads::Join,
        };
        #[cfg_attr(not(unix), expect(unused_variables))]
        let policy = AllocPolicy { spawned, ..self.policy };
        match self.isolation {
            Isolation::InProcess => self.in_process(),
            #[cfg(unix)]
            Isolation::Auto => self.forked(Mode::Auto, policy),
            #[cfg(unix)]
            Isolation::Worker => self.forked(Mode::Worker, policy),
            #[cfg(unix)]
            Isolation::Snapshot => self.forked(Mode::Snapshot, policy),
            #[cfg(not(unix))]
            Isolation::Auto => self.in_process(),
            #[cfg(not(unix))]
            Isolation::Worker | Isolation::Snapshot => {
                Err("this platform has no fork: use Isolation::InProcess, which \
                                      does not survive aborts"
                    .to_owned())
            }
        }
    }

    #[cfg(unix)]
    fn forked(&self, mode: Mode, policy: AllocPolicy) -> Result<Box<dyn Executor>, String> {
        let Self { jobs, rules, time_limit, run_output, .. } = *self;
        let settings =
            forked::Settings { mode, jobs, policy, rules, limit: time_limit, run_output };
        Ok(Box::new(forked::Forked::new(settings)?))
    }

    fn in_process(&self) -> Result<Box<dyn Executor>, String> {
        if self.threads == Threads::Spawned {
            let error = "Threads::Spawned counts every thread that starts, so it needs a process \
                         that only the sweep uses: use Isolation::Worker, or let the threads join \
                         a Scope";
            return Err(error.to_owned());
        }
        Ok(Box::new(InProcess::new(self)?))
    }
}
