//! Runs in the calling process: fast, and ended by the first abort or hang.

use std::time::Instant;

use super::baseline::Facts;
use super::drive::{Checks, Driven};
use super::executor::{
    Agreement, Baseline, Baselines, Executor, Freshness, Lab, Leg, Limits, NoBaseline, Order,
    Tally, agree,
};
use crate::alloc::{Capture, Habits, Record, Session, Trace};
use crate::oracle::{Observation, Rules, judge};

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
    tolerated: u64,
}

impl InProcess {
    /// # Errors
    /// If the calling thread has a sweep going on already.
    pub(crate) fn new(habits: Habits, rules: Rules, care: Care) -> Result<Self, String> {
        let session = Session::open()
            .ok_or("a sweep inside the code of another sweep: run them one after the other")?;
        Ok(Self { session, record: Record::boxed(), habits, rules, care, tolerated: 0 })
    }

    fn lab(&mut self) -> Lab<'_> {
        Lab {
            session: &self.session,
            record: &mut self.record,
            habits: self.habits,
            rules: self.rules,
        }
    }

    fn run(&mut self, code: &mut dyn Driven, baselines: &Baselines, order: &Order) -> Observation {
        let seen = code.run(&mut self.lab(), order, &baselines.of(order.temperature).facts);
        self.tolerated += u64::from(seen.refused > seen.untolerated);
        seen
    }
}

impl Executor for InProcess {
    fn name(&self) -> &'static str {
        "in-process"
    }

    fn baselines(&mut self, code: &mut dyn Driven) -> Result<Baselines, NoBaseline> {
        let no_memory = || NoBaseline::Trouble("no memory for the harness's own books".to_owned());
        let trace = || Trace::private().ok_or_else(no_memory);
        let traces = [trace()?, trace()?];
        let start = Instant::now();
        let agreement = match self.care {
            Care::Full => agree(code, &mut self.lab(), &traces, Capture::Stacks)?,
            Care::Quick => {
                let first =
                    code.baseline(&mut self.lab(), &traces[0], Capture::Nothing, Checks::EachStep);
                Agreement { first: first.map_err(NoBaseline::Trouble)?, warm: None }
            }
        };
        Ok(agreement.into_baselines(traces, start.elapsed()))
    }

    fn advance(
        &mut self,
        code: &mut dyn Driven,
        baselines: &Baselines,
        orders: &[Order],
        _limits: Limits,
        tick: &mut dyn FnMut(usize),
    ) -> Result<Leg, String> {
        let mut leg = Leg::default();
        for (index, order) in orders.iter().enumerate() {
            let seen = self.run(code, baselines, order);
            leg.ran = index + 1;
            tick(leg.ran);
            leg.retained.extend(seen.retained.iter().map(|block| (index, *block)));
            if !judge(&seen, self.rules).is_empty() {
                leg.suspect = Some((seen, Freshness::Used));
                break;
            }
        }
        Ok(leg)
    }

    fn alone(
        &mut self,
        code: &mut dyn Driven,
        baselines: &Baselines,
        order: &Order,
        _limits: Limits,
    ) -> Result<Observation, String> {
        Ok(self.run(code, baselines, order))
    }

    fn tally(&self) -> Tally {
        Tally { tolerated: self.tolerated, regions: self.record.regions() }
    }
}

impl Agreement {
    /// Puts facts and traces together. With one sequence only, the first trace has its stacks.
    pub(crate) fn into_baselines(
        self,
        traces: [Trace; 2],
        duration: std::time::Duration,
    ) -> Baselines {
        let [first, second] = traces;
        let pair = |facts: Facts, trace: Trace| Baseline { facts, trace };
        match self.warm {
            None => Baselines { warm: pair(self.first, first), cold: None, duration },
            Some(warm) => Baselines {
                warm: pair(warm, second),
                cold: Some(pair(self.first, first)),
                duration,
            },
        }
    }
}
