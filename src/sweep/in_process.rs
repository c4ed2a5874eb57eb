//! Runs in the calling process: fast, and ended by the first abort or hang.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::builder::{Listener, Sweep};
use super::drive::{Checks, Driven};
use super::executor::{
    Agreement, Baselines, Executor, Freshness, Judged, Lab, NoBaseline, Regions, Task, Used, agree,
};
use super::order::Order;
use crate::alloc::{Capture, Habits, Record, Session, Trace};
use crate::oracle::{Observation, Rules, judge};

/// How long runs go on before the engine hears of them.
const GLANCE: Duration = Duration::from_millis(50);

/// How many fault-free runs a sweep begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
    /// Until two agree, and once with call stacks.
    Full,
    /// One, without stacks: for fuzz targets, whose executions must be cheap.
    Quick,
}

pub(crate) struct InProcess {
    session: Session,
    record: Box<Record>,
    habits: Habits,
    rules: Rules,
    care: Care,
    listener: Option<Listener>,
    todo: VecDeque<usize>,
}

impl InProcess {
    /// # Errors
    /// If the calling thread has a sweep going on already.
    pub(super) fn new(sweep: &Sweep) -> Result<Self, String> {
        let session = Session::open()
            .ok_or("a sweep inside the code of another sweep: run them one after the other")?;
        let Sweep { habits, rules, care, .. } = *sweep;
        let (record, todo) = (Record::boxed(), VecDeque::new());
        Ok(Self { session, record, habits, rules, care, listener: sweep.listener.clone(), todo })
    }

    fn lab(&mut self) -> Lab<'_> {
        Lab {
            session: &self.session,
            record: &mut self.record,
            habits: self.habits,
            rules: self.rules,
        }
    }

    fn run(&mut self, code: &mut dyn Driven, task: Task<'_>, order: &Order) -> Observation {
        code.run(&mut self.lab(), order, task.facts(order))
    }
}

impl Executor for InProcess {
    fn describe(&self, _: Used) -> String {
        "in-process".to_owned()
    }

    fn can_isolate(&self) -> bool {
        false
    }

    fn baselines(&mut self, code: &mut dyn Driven) -> Result<Baselines, NoBaseline> {
        let no_memory = || NoBaseline::Trouble("no memory for the harness's own books".to_owned());
        let trace = || Trace::private().ok_or_else(no_memory);
        let traces = [trace()?, trace()?];
        let agreement = match self.care {
            Care::Full => agree(code, &mut self.lab(), &traces, Capture::Stacks)?,
            Care::Quick => {
                let start = Instant::now();
                let first =
                    code.baseline(&mut self.lab(), &traces[0], Capture::Nothing, Checks::EachStep);
                let first = first.map_err(NoBaseline::Trouble)?;
                Agreement { first, warm: None, duration: start.elapsed() }
            }
        };
        Ok(agreement.into_baselines(traces))
    }

    fn begin(
        &mut self,
        _code: &mut dyn Driven,
        _task: Task<'_>,
        places: Vec<usize>,
    ) -> Result<(), String> {
        self.todo = places.into();
        Ok(())
    }

    fn advance(
        &mut self,
        code: &mut dyn Driven,
        task: Task<'_>,
    ) -> Result<Option<Vec<Judged>>, String> {
        let start = Instant::now();
        let mut all = Vec::new();
        while let Some(order) = self.todo.pop_front() {
            let mut seen = self.run(code, task, &task.orders[order]);
            self.listener.iter().for_each(|listener| listener(&seen));
            let tolerated = u64::from(seen.refused > seen.untolerated);
            let retained = std::mem::take(&mut seen.retained);
            let is_clean = judge(&seen, self.rules).is_empty();
            let suspect = (!is_clean).then(|| Box::new((seen, Freshness::Used)));
            all.push(Judged { order, tolerated, retained, suspect });
            if !is_clean || start.elapsed() > GLANCE {
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
        code: &mut dyn Driven,
        task: Task<'_>,
        order: &Order,
    ) -> Result<Observation, String> {
        Ok(self.run(code, task, order))
    }

    fn survey(&mut self, code: &mut dyn Driven, task: Task<'_>) -> Result<Vec<Vec<u64>>, String> {
        let trace = Trace::private().ok_or("no memory for the harness's own books")?;
        let survey = |order| code.survey(&mut self.lab(), order, task.facts(order), &trace);
        Ok(task.orders.iter().map(survey).collect())
    }

    fn regions(&self) -> Regions {
        self.record.regions()
    }
}
