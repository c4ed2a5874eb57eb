//! The sweep itself: baselines, plans, runs, suspects, findings.
//!
//! ```text
//!  installed? ─→ baselines ─→ orders ─→ executor ─→ suspects ─→ again, alone ─→ findings
//! ```

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::Sweep;
use super::baseline::Schedule;
use super::drive::Driven;
use super::executor::{
    Baselines, Excuse, Executor, Freshness, Limits, NoBaseline, Order, Retrying,
};
use super::findings::Findings;
use super::strategy::{Retry, Strategy};
use super::symbols::{Symbols, is_under};
use crate::alloc::{Leftover, MAX_REQUESTS, NO_STACK, is_installed};
use crate::oracle::{Ending, FindingKind, Observation, Sequence, Temperature, judge};
use crate::plan::{AfterFault, Fault, Plan};
use crate::report::{Cold, Report};

/// The default limit of a run is the larger of these: so many fault-free runs, or so long.
const LIMIT_IN_RUNS: u32 = 100;
const LEAST_LIMIT: Duration = Duration::from_secs(10);
/// How often a suspect is run again where the schedule decides what a number means.
const TRIES_UNORDERED: u32 = 8;
/// A run that seems to hang gets so many times its limit, alone.
const SECOND_CHANCE: u32 = 4;

pub(crate) const NOT_INSTALLED: &str = "the global allocator of this binary is not \
    oom_sweep::FaultAlloc; add `#[global_allocator] static ALLOC: oom_sweep::FaultAlloc = \
    oom_sweep::FaultAlloc::system();` to it";

/// Sweeps `code` with `executor` as `sweep` says.
pub(super) fn run(
    sweep: &mut Sweep,
    strategy: &Strategy,
    retry: Retry,
    code: &mut dyn Driven,
    executor: Result<Box<dyn Executor>, String>,
) -> Report {
    let start = Instant::now();
    let mut report = Report { name: sweep.name.clone(), ..Report::default() };
    match executor {
        Err(error) => report.error = Some(error),
        Ok(executor) => {
            report.executor = executor.name().to_owned();
            let findings = Findings::new(sweep);
            let mut engine =
                Engine { sweep, strategy, retry, executor, findings, symbols: Symbols::default() };
            if let Err(error) = engine.fill(&mut report, code) {
                report.error = Some(error);
            }
            report.findings = engine.findings.into_sorted();
        }
    }
    report.elapsed = start.elapsed();
    report
}

struct Engine<'a> {
    sweep: &'a mut Sweep,
    strategy: &'a Strategy,
    retry: Retry,
    executor: Box<dyn Executor>,
    findings: Findings,
    symbols: Symbols,
}

impl Engine<'_> {
    /// # Errors
    /// If the harness cannot do its work; what was judged by then is in the report.
    fn fill(&mut self, report: &mut Report, code: &mut dyn Driven) -> Result<(), String> {
        if !is_installed() {
            self.findings.add_general(FindingKind::NotInstalled, NOT_INSTALLED);
            return Ok(());
        }
        let baselines = match self.executor.baselines(code) {
            Ok(baselines) => baselines,
            Err(NoBaseline::Trouble(error)) => return Err(error),
            Err(NoBaseline::Nondeterministic(how)) => {
                self.findings.add_general(FindingKind::Nondeterministic, &how);
                return Ok(());
            }
        };
        describe_baselines(report, &baselines)?;
        let mut orders = self.orders(&baselines);
        if self.executor.name() == "in-process" && baselines.cold.is_some() {
            let reason = "in-process, the code has run before the first fault".to_owned();
            report.cold = Cold::NotSwept { reason };
            orders.retain(|order| order.temperature == Temperature::Warm);
        }
        report.plans = orders.len() as u64;
        let result = self.sweep_orders(report, code, &baselines, &orders);
        self.add_notes(report);
        result
    }

    fn sweep_orders(
        &mut self,
        report: &mut Report,
        code: &mut dyn Driven,
        baselines: &Baselines,
        orders: &[Order],
    ) -> Result<(), String> {
        let least = baselines.duration.saturating_mul(LIMIT_IN_RUNS).max(LEAST_LIMIT);
        let limits = Limits { run: self.sweep.time_limit.unwrap_or(least) };
        let name = report.name.clone();
        while (report.runs as usize) < orders.len() {
            let first = report.runs as usize;
            let found = self.findings.len();
            let on_progress = &mut self.sweep.on_progress;
            // Workers may end before anybody has looked at them.
            on_progress.tell(&name, first, orders.len(), found);
            let mut tick = |ran| on_progress.tell(&name, first + ran, orders.len(), found);
            let rest = &orders[first..];
            let leg = self.executor.advance(code, baselines, rest, limits, &mut tick)?;
            for (index, block) in leg.retained {
                note_retained(report, &rest[index], &block);
            }
            if let Some(suspect) = leg.suspect {
                self.look_into(report, code, baselines, &rest[leg.ran - 1], suspect, limits)?;
            }
            report.runs += leg.ran as u64;
        }
        Ok(())
    }

    fn orders(&mut self, baselines: &Baselines) -> Vec<Order> {
        let mut orders = Vec::new();
        let cold = baselines.cold.as_ref().map(|_| Temperature::Cold);
        for temperature in cold.into_iter().chain([Temperature::Warm]) {
            let baseline = baselines.of(temperature);
            let mut retried = HashSet::new();
            let strategy = self.strategy;
            let after = self.sweep.after.clone();
            let ceiling = self.sweep.habits.ceiling;
            for plan in baseline.plans(strategy, &after) {
                let is_refused = baseline.refuses(&plan, ceiling);
                if is_refused && !matches!(strategy, Strategy::Plans(_)) {
                    continue;
                }
                let stack = self.first_stack(baselines, temperature, &plan);
                let is_first = stack.is_none_or(|stack| retried.insert(stack));
                let retrying = match self.retry {
                    Retry::Every => Retrying::Yes,
                    Retry::FirstPerSite if is_first => Retrying::Yes,
                    Retry::FirstPerSite | Retry::Never => Retrying::No,
                };
                let mut order = Order::new(plan, temperature, retrying);
                self.resolve_site(baselines, &mut order);
                if stack.is_some_and(|stack| self.is_tolerated(baselines, temperature, stack)) {
                    order.excuse = Excuse::FirstFault;
                }
                if is_refused {
                    order.excuse = Excuse::Ceiling;
                }
                orders.push(order);
            }
        }
        if baselines.cold.is_some() {
            drop_astray(&mut orders, baselines);
        }
        orders
    }

    /// The baseline's stack at the first fault, where the plan names a request.
    fn first_stack(
        &self,
        baselines: &Baselines,
        temperature: Temperature,
        plan: &Plan,
    ) -> Option<u32> {
        let number = match &plan.fault {
            Fault::Nth(number) => *number,
            Fault::Set(numbers) => *numbers.first()?,
            _ => return None,
        };
        baselines.of(temperature).stack_of(number)
    }

    /// Makes a `site:` plan fail the request that the baseline made there.
    fn resolve_site(&mut self, baselines: &Baselines, order: &mut Order) {
        let Fault::Site { id, occurrence } = order.plan.fault else { return };
        let trace = &baselines.of(order.temperature).trace;
        let at_site = trace.requests().iter().filter(|traced| {
            traced.stack != NO_STACK && self.symbols.site(trace.stack(traced.stack)) == id
        });
        if let Some(traced) = at_site.into_iter().nth(occurrence as usize) {
            order.resolve(traced.request.number);
        }
    }

    fn is_tolerated(
        &mut self,
        baselines: &Baselines,
        temperature: Temperature,
        stack: u32,
    ) -> bool {
        if self.sweep.tolerated_paths.is_empty() {
            return false;
        }
        let frames = self.symbols.resolve(baselines.of(temperature).trace.stack(stack));
        let mut is_tolerated = false;
        for path in &mut self.sweep.tolerated_paths {
            let is_match = frames.iter().any(|frame| is_under(frame, &path.path));
            path.has_matched |= is_match;
            is_tolerated |= is_match;
        }
        is_tolerated
    }

    /// Runs a suspect's order again, alone in a fresh process and with stacks, and turns what
    /// is still wrong into findings.
    fn look_into(
        &mut self,
        report: &mut Report,
        code: &mut dyn Driven,
        baselines: &Baselines,
        order: &Order,
        (seen, freshness): (Observation, Freshness),
        limits: Limits,
    ) -> Result<(), String> {
        let verdicts = judge(&seen, self.sweep.rules);
        let site = self.baseline_site(baselines, &seen);
        let is_fresh = freshness == Freshness::Fresh && seen.sequence == Sequence::Agrees;
        let is_known = is_fresh
            && self.sweep.tolerated_paths.is_empty()
            && self.findings.add_known(&verdicts, site, order);
        if is_known {
            return Ok(());
        }
        let patience = match seen.ending {
            Ending::Hung { .. } => limits.run.saturating_mul(SECOND_CHANCE),
            _ => limits.run,
        };
        let alone = Limits { run: patience };
        let mut again = self.executor.alone(code, baselines, &order.diagnosing(), alone)?;
        if let Ending::Hung { limit } = &mut again.ending {
            *limit = limits.run;
        }
        self.excuse_by_path(&mut again);
        let mut verdicts_again = judge(&again, self.sweep.rules);
        if seen.sequence == Sequence::Unordered {
            // The number may have met another request this time.
            for _ in 1..TRIES_UNORDERED {
                if !verdicts_again.is_empty() {
                    break;
                }
                again = self.executor.alone(code, baselines, &order.diagnosing(), alone)?;
                self.excuse_by_path(&mut again);
                verdicts_again = judge(&again, self.sweep.rules);
            }
        }
        let is_isolated = self.executor.name() != "in-process";
        let is_telling = seen.sequence == Sequence::Agrees && self.sweep.tolerated_paths.is_empty();
        if verdicts_again.is_empty() && !is_isolated && is_telling {
            // Here no process is fresh; the first sight counts, unless it was of another run
            // than the plan means.
            (again, verdicts_again) = (seen, verdicts);
        } else if verdicts_again.is_empty() {
            self.note_passing(report, order, &seen, &verdicts);
            return Ok(());
        }
        let site = self.baseline_site(baselines, &again).or(site);
        let step = step_of(baselines, &again);
        self.findings.add(&verdicts_again, &again, (site, step), order, &mut self.symbols);
        Ok(())
    }

    /// A suspect that is clean when alone.
    fn note_passing(
        &mut self,
        report: &mut Report,
        order: &Order,
        seen: &Observation,
        verdicts: &[crate::oracle::Verdict],
    ) {
        let is_expected =
            seen.sequence != Sequence::Agrees || !self.sweep.tolerated_paths.is_empty();
        if let (Sequence::Unordered, Some(verdict)) = (seen.sequence, verdicts.first()) {
            report.notes.push(format!(
                "{}: {} once, but not when repeated ({}): it depends on the schedule of threads",
                order.plan, verdict.kind, verdict.message
            ));
        } else if let (false, Some(verdict)) = (is_expected, verdicts.first()) {
            report.notes.push(format!(
                "{}: {} once, after other runs in the same process, but not when alone ({}): \
                 the code carries something from run to run",
                order.plan, verdict.kind, verdict.message
            ));
        }
    }

    /// Lets faults under a tolerated path count as tolerated, if all of the run's are.
    fn excuse_by_path(&mut self, seen: &mut Observation) {
        if self.sweep.tolerated_paths.is_empty() || seen.refused != seen.faults.len() as u64 {
            return;
        }
        let paths = &self.sweep.tolerated_paths;
        let symbols = &mut self.symbols;
        let is_excused = seen.faults.iter().all(|fault| {
            let frames = symbols.resolve(&fault.stack);
            frames.iter().any(|frame| paths.iter().any(|path| is_under(frame, &path.path)))
        });
        if is_excused {
            seen.untolerated = 0;
            seen.steps.iter_mut().for_each(|step| step.untolerated = 0);
        }
    }

    /// The site of the first fault, by the baseline's stack of that request.
    fn baseline_site(
        &mut self,
        baselines: &Baselines,
        seen: &Observation,
    ) -> Option<crate::plan::SiteId> {
        let first = seen.faults.first()?;
        let baseline = baselines.of(seen.temperature);
        let stack = baseline.stack_of(first.request.number);
        match stack {
            Some(stack) if seen.sequence == Sequence::Agrees => {
                Some(self.symbols.site(baseline.trace.stack(stack)))
            }
            _ if !first.stack.is_empty() => Some(self.symbols.site(&first.stack)),
            _ => None,
        }
    }

    fn add_notes(&mut self, report: &mut Report) {
        let tally = self.executor.tally();
        report.tolerated = tally.tolerated;
        if !report.is_complete() || !self.strategy.is_exhaustive() {
            return;
        }
        for (reason, was_hit) in tally.regions {
            if !was_hit {
                report.notes.push(format!("tolerate({reason:?}) met no fault: it can go"));
            }
        }
        for path in self.sweep.tolerated_paths.iter().filter(|path| !path.has_matched) {
            report.notes.push(format!(
                "tolerate_in({:?}, {:?}) matched no request: it can go",
                path.path, path.reason
            ));
        }
        for kind in &self.sweep.allowed {
            if !self.findings.has(*kind) {
                report.notes.push(format!("allow({kind}) matched no finding: it can go"));
            }
        }
    }
}

/// Drops orders whose request only runs of the other temperature make: there the plan fires.
fn drop_astray(orders: &mut Vec<Order>, baselines: &Baselines) {
    let has_target =
        |order: &Order| order.has_target(baselines.of(order.temperature).facts.requests);
    let (mut kept, astray): (Vec<_>, Vec<_>) = orders.drain(..).partition(has_target);
    let is_elsewhere = |order: &Order| kept.iter().any(|other: &Order| other.plan == order.plan);
    let nowhere: Vec<_> = astray.into_iter().filter(|order| !is_elsewhere(order)).collect();
    kept.extend(nowhere);
    kept.sort_by_key(|order| std::cmp::Reverse(order.temperature));
    *orders = kept;
}

/// The step of the first fault, by the baseline's requests of each.
fn step_of(baselines: &Baselines, seen: &Observation) -> Option<usize> {
    let number = seen.faults.first()?.request.number;
    let mut steps = baselines.of(seen.temperature).facts.steps.iter();
    let step = steps.position(|step| (step.from..step.to).contains(&number));
    step.filter(|_| seen.sequence == Sequence::Agrees)
}

fn note_retained(report: &mut Report, order: &Order, block: &Leftover) {
    const MOST: usize = 8;
    let notes = report.notes.iter().filter(|note| note.contains("retained")).count();
    if notes < MOST {
        report.notes.push(format!(
            "{}: retained {} bytes born by {}, which were not left again when the plan was \
             repeated: a cache, no leak",
            order.plan, block.size, block.birth
        ));
    }
}

fn describe_baselines(report: &mut Report, baselines: &Baselines) -> Result<(), String> {
    let warm = &baselines.warm;
    report.requests = warm.facts.requests;
    report.sites = u64::from(warm.trace.stacks());
    if report.requests == 0 && baselines.cold.is_none() {
        report.notes.push("the code made no request: there was nothing to fail".to_owned());
    }
    if warm.facts.schedule == Schedule::Shared {
        report.notes.push(
            "several threads make requests: which one a number means depends on the schedule"
                .to_owned(),
        );
    }
    if let Some(cold) = &baselines.cold {
        report.cold = Cold::Swept { requests: cold.facts.requests };
    }
    if warm.facts.requests > MAX_REQUESTS as u64 {
        return Err(format!(
            "{} requests in one run are more than the {MAX_REQUESTS} that a sweep can hold: \
             sweep a smaller input",
            warm.facts.requests
        ));
    }
    Ok(())
}

impl super::executor::Baseline {
    /// The plans of a strategy for this run.
    fn plans(&self, strategy: &Strategy, after: &[AfterFault]) -> Vec<Plan> {
        if let Strategy::Plans(plans) = strategy {
            return plans.clone();
        }
        let numbers = strategy.choose(self.trace.requests());
        let pass =
            |&after: &AfterFault| numbers.iter().map(move |&number| Plan::nth(number, after));
        after.iter().flat_map(pass).collect()
    }

    /// Whether the ceiling refuses the request that the plan fails, faults or not.
    fn refuses(&self, plan: &Plan, ceiling: usize) -> bool {
        let Fault::Nth(number) = plan.fault else { return false };
        let number = usize::try_from(number).ok();
        let traced = number.and_then(|number| self.trace.requests().get(number));
        traced.is_some_and(|traced| traced.request.size > ceiling)
    }

    /// Index of the stack of a request, if the baseline made that and captured it.
    pub(super) fn stack_of(&self, number: u64) -> Option<u32> {
        if self.facts.schedule == Schedule::Shared {
            // Another run's request of that number may be another.
            return None;
        }
        let traced = self.trace.requests().get(usize::try_from(number).ok()?)?;
        (traced.stack != NO_STACK).then_some(traced.stack)
    }
}
