//! Runs in the calling process. This is fast, but the first abort or hang ends the sweep.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::harness::alloc::{AllocPolicy, Capture, Record, Session, Trace};
use crate::harness::oracle::{Observation, Rules};
use crate::harness::sweep::api::builder::{RunListener, Sweep};
use crate::harness::sweep::api::events::Used;
use crate::harness::sweep::api::options::BaselineMode;
use crate::harness::sweep::executors::{Executor, Freshness, Judged, Regions, Task, is_clean};
use crate::harness::sweep::run::agree::{NoBaseline, agree};
use crate::harness::sweep::run::baseline::{Baseline, Baselines};
use crate::harness::sweep::run::case::Case;
use crate::harness::sweep::run::context::RunContext;
use crate::harness::sweep::run::lifecycle::Checks;
use crate::harness::sweep::run::runner::Runner;

/// How long runs continue before the engine gets results.
const POLL: Duration = Duration::from_millis(50);

const NO_MEMORY: &str = "no memory for the harness's own data";

/// The memory of a quick sweep, kept for the next one: allocating and freeing it takes longer than
/// a short input.
type Kept = (Option<Box<Record>>, Option<Rc<Trace>>);

thread_local! {
    static KEPT: Cell<Option<Kept>> = const { Cell::new(None) };
}

pub(crate) struct InProcess {
    session: Session,
    /// Made at the first use.
    record: Option<Box<Record>>,
    /// The fault-free run of a quick sweep.
    trace: Option<Rc<Trace>>,
    policy: AllocPolicy,
    rules: Rules,
    baseline_mode: BaselineMode,
    listener: Option<RunListener>,
    todo: VecDeque<usize>,
}

impl InProcess {
    /// # Errors
    /// If the calling thread is inside a sweep already.
    pub(crate) fn new(sweep: &Sweep) -> Result<Self, String> {
        let session =
            Session::open().ok_or("a sweep inside another sweep: run one after the other")?;
        let Sweep { policy, rules, baseline_mode, .. } = *sweep;
        let kept = KEPT.take().filter(|_| baseline_mode == BaselineMode::Quick);
        let (mut record, trace) = kept.unwrap_or_default();
        record.iter_mut().for_each(|record| record.forget_regions());
        let (listener, todo) = (sweep.listener.clone(), VecDeque::new());
        Ok(Self { session, record, trace, policy, rules, baseline_mode, listener, todo })
    }

    fn context(&mut self) -> RunContext<'_> {
        RunContext {
            session: &self.session,
            record: self.record.get_or_insert_with(Record::boxed),
            policy: self.policy,
            rules: self.rules,
        }
    }

    fn run(&mut self, code: &mut dyn Runner, task: Task<'_>, case: &Case) -> Observation {
        code.run(&mut self.context(), case, task.facts(case))
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        if self.baseline_mode == BaselineMode::Quick {
            KEPT.set(Some((self.record.take(), self.trace.take())));
        }
    }
}

impl Executor for InProcess {
    fn describe(&self, _: Used) -> String {
        "in-process".to_owned()
    }

    fn can_isolate(&self) -> bool {
        false
    }

    fn baselines(&mut self, code: &mut dyn Runner) -> Result<Baselines, NoBaseline> {
        let trace = || Trace::private().ok_or(NO_MEMORY.to_owned()).map_err(NoBaseline::Trouble);
        if self.baseline_mode == BaselineMode::Full {
            let traces = [trace()?, trace()?];
            let agreement = agree(code, &mut self.context(), &traces, Capture::Stacks)?;
            return Ok(agreement.into_baselines(traces));
        }
        let kept = self.trace.take().filter(|trace| Rc::strong_count(trace) == 1);
        let trace = kept.map_or_else(|| trace().map(Rc::new), Ok)?;
        self.trace = Some(Rc::clone(&trace));
        let start = Instant::now();
        let facts = code.baseline(&mut self.context(), &trace, Capture::Nothing, Checks::Few);
        let facts = facts.map_err(NoBaseline::Trouble)?;
        Ok(Baselines { warm: Baseline { facts, trace }, cold: None, duration: start.elapsed() })
    }

    fn begin(
        &mut self,
        _code: &mut dyn Runner,
        _task: Task<'_>,
        places: Vec<usize>,
    ) -> Result<(), String> {
        self.todo = places.into();
        Ok(())
    }

    fn advance(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
    ) -> Result<Option<Vec<Judged>>, String> {
        let start = Instant::now();
        let mut all = Vec::new();
        while let Some(case) = self.todo.pop_front() {
            let mut seen = self.run(code, task, &task.cases[case]);
            self.listener.iter().for_each(|listener| listener(&seen));
            let is_clean = is_clean(&mut seen, &task.cases[case], self.rules);
            let tolerated = u64::from(seen.refused > seen.untolerated);
            let retained = std::mem::take(&mut seen.retained);
            let suspect = (!is_clean).then(|| Box::new((seen, Freshness::Used)));
            all.push(Judged { case, tolerated, retained, suspect });
            if !is_clean || start.elapsed() > POLL {
                break;
            }
        }
        Ok(if all.is_empty() { None } else { Some(all) })
    }

    fn stop(&mut self) {
        self.todo.clear();
    }

    fn alone(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
        case: &Case,
    ) -> Result<Observation, String> {
        Ok(self.run(code, task, case))
    }

    fn endure(
        &mut self,
        _code: &mut dyn Runner,
        _task: Task<'_>,
        _places: &[usize],
        _failures: u32,
    ) -> Result<Option<String>, String> {
        Ok(None)
    }

    fn later_sites(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
    ) -> Result<Vec<Vec<u64>>, String> {
        let trace = Trace::private().ok_or(NO_MEMORY)?;
        let later_sites =
            |case| code.later_sites(&mut self.context(), case, task.facts(case), &trace);
        Ok(task.cases.iter().map(later_sites).collect())
    }

    fn regions(&self) -> Regions {
        self.record.as_ref().map_or_else(Regions::new, |record| record.regions())
    }
}
