//! The engine of a sweep: baselines, cases, runs, suspects, findings.
//!
//! ```text
//!  installed? ─→ baselines ─→ cases ─→ rounds ─→ executor ─→ suspects ─→ again, alone
//!                                                                             │
//!                          report  ←─  findings  ←─  events  ←────────────────┘
//!                                                       └──→ journal
//! ```
//!
//! `cases` makes the list of runs, and `suspects` examines runs that may not be clean.

pub(crate) mod cases;
mod empty;
mod endurance;
mod excuses;
mod fallback;
mod findings;
mod paths;
mod state;
mod suspects;
pub(crate) mod symbols;

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use cases::{rounds, share};
use findings::Findings;
use state::Engine;
use symbols::{Symbols, site_id};

use crate::harness::alloc::{Leftover, MAX_REQUESTS, is_installed, mix};
use crate::harness::oracle::{FaultFree, Finding, FindingKind, Temperature};
use crate::harness::plan::Strategy;
use crate::harness::report::{
    Cold, MOST_RETAINED, Origin, Profile, RETAINED, Report, Tolerance, retained_bytes,
};
use crate::harness::sweep::api::builder::Sweep;
use crate::harness::sweep::api::events::{Event, Identity, Used};
use crate::harness::sweep::api::options::{Detail, Retry};
use crate::harness::sweep::executors::{Executor, Judged, Limits, Regions, Task};
use crate::harness::sweep::run::agree::NoBaseline;
use crate::harness::sweep::run::baseline::{Baselines, Schedule, Stability};
use crate::harness::sweep::run::case::Case;
use crate::harness::sweep::run::runner::Runner;

/// The default limit of a run is the larger of these two: a number of fault-free runs, and a time.
const LIMIT_IN_RUNS: u32 = 100;
const LEAST_LIMIT: Duration = Duration::from_secs(10);

pub(crate) const NOT_INSTALLED: &str = "the global allocator of this binary is not \
    oom_sweep::FaultAlloc; add `#[global_allocator] static ALLOC: oom_sweep::FaultAlloc = \
    oom_sweep::FaultAlloc::system();` to it";

/// Runs a sweep of `code` on `executor`.
pub(crate) fn run(
    sweep: &mut Sweep,
    strategy: Strategy,
    retry: Retry,
    code: &mut dyn Runner,
    executor: Result<Box<dyn Executor>, String>,
) -> Report {
    let start = Instant::now();
    let mut report = Report::blank(sweep.name.clone());
    match executor {
        Err(error) => report.error = Some(error),
        Ok(executor) => {
            let findings = Findings::new(sweep);
            let symbols = Symbols::default();
            let mut engine = Engine {
                start,
                sweep,
                strategy,
                retry,
                executor,
                findings,
                symbols,
                regions: Regions::new(),
                used: Used::default(),
                caches: HashSet::new(),
                single_faults: HashMap::new(),
            };
            if let Err(error) = engine.fill(&mut report, code) {
                report.error = Some(error);
            }
            report.executor = engine.executor.describe(engine.used);
            report.notes.extend(engine.findings.take_notes(&engine.sweep.denied));
            report.findings = engine.findings.into_sorted();
        }
    }
    report.elapsed = start.elapsed();
    report
}

impl Engine<'_> {
    /// # Errors
    /// If the harness cannot do its work. The report then has what was judged before.
    fn fill(&mut self, report: &mut Report, code: &mut dyn Runner) -> Result<(), String> {
        self.check_choice()?;
        if !is_installed() {
            self.findings.add_general(FindingKind::NotInstalled, NOT_INSTALLED);
            report.empty = Some(empty::NO_PLAN_RAN.to_owned());
            return Ok(());
        }
        let baselines = match self.executor.baselines(code) {
            Ok(baselines) => baselines,
            Err(NoBaseline::Trouble(error)) => return Err(error),
            Err(NoBaseline::Nondeterministic(how)) => {
                self.findings.add_general(FindingKind::Nondeterministic, &how);
                report.empty = Some(empty::NO_PLAN_RAN.to_owned());
                return Ok(());
            }
        };
        describe_baselines(report, &baselines)?;
        if self.has_failed_without_faults(&baselines)? {
            report.empty = Some(empty::NO_PLAN_RAN.to_owned());
            return Ok(());
        }
        let limits = self.limits(&baselines)?;
        let mut cases = self.cases(code, &baselines, limits)?;
        if !self.executor.can_isolate() && baselines.cold.is_some() {
            let reason = "in-process, the code has run before the first fault".to_owned();
            report.cold = Cold::NotSwept { reason };
            cases.retain(|case| case.temperature == Temperature::Warm);
        } else if self.strategy == Strategy::Pairs && baselines.cold.is_some() {
            report.cold =
                Cold::NotSwept { reason: "the strategy `pairs` fails only warm runs".to_owned() };
        }
        let (index, count) = self.sweep.shard.unwrap_or((1, 1));
        let places = share(&cases, index - 1, count);
        (report.plans, report.all_plans) = (places.len() as u64, cases.len() as u64);
        self.judge_emptiness(report, &baselines)?;
        let task = Task { baselines: &baselines, cases: &cases, limits };
        self.describe_for_programs(report, task);
        let result = self.sweep_places(report, code, task, places);
        self.find_nearest(report, &baselines);
        self.add_tolerances(report);
        result
    }

    /// Returns whether a fault-free run broke what is demanded of it, and adds the finding.
    ///
    /// # Errors
    /// If the code succeeds although it was expected to fail: the test is wrong.
    fn has_failed_without_faults(&mut self, baselines: &Baselines) -> Result<bool, String> {
        let all = baselines.cold.iter().chain([&baselines.warm]);
        let Some(failure) = all.into_iter().find_map(|of| of.facts.failure.as_ref()) else {
            return Ok(false);
        };
        if self.sweep.rules.fault_free == FaultFree::Err {
            return Err(failure.clone());
        }
        self.findings.add_general(FindingKind::SpuriousError, failure);
        Ok(true)
    }

    /// Adds what only programs need: which code was swept, and where its sites are.
    fn describe_for_programs(&mut self, report: &mut Report, task: Task<'_>) {
        if self.sweep.detail == Detail::ForPrograms {
            report.origin = Some(Origin::of_this_process(Some(identify(task))));
            let trace = &task.baselines.warm.trace;
            let resolve = |stack| self.symbols.resolve(trace.stack(stack));
            let stacks: Vec<_> = (0..trace.stacks()).map(resolve).collect();
            report.site_ids = stacks.iter().map(|frames| site_id(frames)).collect();
            let requests = trace.requests().iter();
            let requests = requests.map(|traced| (traced.stack.into(), traced.request.size));
            report.profile = Some(Profile::new(stacks, requests));
        }
    }

    fn limits(&self, baselines: &Baselines) -> Result<Limits, String> {
        let once = baselines.duration;
        match self.sweep.time_limit {
            None => Ok(Limits { run: once.saturating_mul(LIMIT_IN_RUNS).max(LEAST_LIMIT) }),
            Some(limit) if limit >= once => Ok(Limits { run: limit }),
            Some(limit) => Err(format!(
                "the time limit of {limit:?} is below the {once:?} that a fault-free run takes: \
                 every run would count as hung; raise it"
            )),
        }
    }

    /// Runs the cases at these places, except those that the journal has judged.
    fn sweep_places(
        &mut self,
        report: &mut Report,
        code: &mut dyn Runner,
        task: Task<'_>,
        places: Vec<usize>,
    ) -> Result<(), String> {
        let places = self.resume(report, task, places)?;
        let all = places.clone();
        let rounds = match self.sweep.time_budget {
            None => vec![places],
            Some(_) => rounds(task.cases, &places),
        };
        for queue in rounds {
            self.executor.begin(code, task, queue)?;
            while !self.is_out_of_time() {
                let found = self.findings.len();
                let (runs, plans) = (report.runs as usize, report.plans as usize);
                // First: workers may end before this loop has looked at them.
                self.sweep.on_progress.tell(&report.name, runs, plans, found);
                let Some(judged) = self.executor.advance(code, task)? else { break };
                self.take(report, code, task, judged)?;
            }
            if self.is_out_of_time() {
                break;
            }
        }
        self.executor.stop();
        if !self.is_out_of_time() {
            self.look_for_left_behind(report, code, task)?;
            self.look_for_wear(code, task, &all)?;
        }
        self.take_used_and_regions(report, task)
    }

    /// Looks for cases that leave descriptors or threads behind, each time one more. One case of a
    /// call stack is examined.
    fn look_for_left_behind(
        &mut self,
        report: &mut Report,
        code: &mut dyn Runner,
        task: Task<'_>,
    ) -> Result<(), String> {
        let mut known: Vec<(Option<u32>, Vec<Finding>)> = Vec::new();
        for place in self.executor.left_behind(code, task)? {
            let stack = task.cases[place].stack;
            let same = known.iter().find(|(known, _)| stack.is_some() && *known == stack);
            let findings = match same {
                Some((_, findings)) => findings.clone(),
                None => self.left_behind(code, task, place)?,
            };
            if !findings.is_empty() {
                known.push((stack, findings.clone()));
                self.record(report, task, &Event::Also { case: place as u64, findings })?;
            }
        }
        Ok(())
    }

    fn is_out_of_time(&self) -> bool {
        self.sweep.time_budget.is_some_and(|budget| self.start.elapsed() >= budget)
    }

    /// Turns results into events. Regions come first: if the process is killed after a verdict that
    /// depends on a tolerated region, the region must be in the journal.
    fn take(
        &mut self,
        report: &mut Report,
        code: &mut dyn Runner,
        task: Task<'_>,
        all: Vec<Judged>,
    ) -> Result<(), String> {
        self.take_used_and_regions(report, task)?;
        let mut clean = None;
        for Judged { case, tolerated, retained, suspect } in all {
            let place = case as u64;
            for block in retained {
                self.note_retained(report, task, case, &block)?;
            }
            let Some(suspect) = suspect else {
                clean = Some(match clean {
                    Some((from, to, sum)) if to == place => (from, to + 1, sum + tolerated),
                    other => {
                        self.flush(report, task, other)?;
                        (place, place + 1, tolerated)
                    }
                });
                continue;
            };
            self.flush(report, task, clean.take())?;
            for event in self.look_into(code, task, (case, tolerated), *suspect)? {
                self.record(report, task, &event)?;
            }
        }
        self.flush(report, task, clean)
    }

    fn flush(
        &mut self,
        report: &mut Report,
        task: Task<'_>,
        clean: Option<(u64, u64, u64)>,
    ) -> Result<(), String> {
        let Some((from, to, tolerated)) = clean else { return Ok(()) };
        self.record(report, task, &Event::Clean { from, to, tolerated })
    }

    fn note_retained(
        &mut self,
        report: &mut Report,
        task: Task<'_>,
        case: usize,
        block: &Leftover,
    ) -> Result<(), String> {
        let text = describe_retained(&task.cases[case], block);
        let known = || report.notes.iter().filter_map(|note| retained_bytes(note));
        let is_known = known().any(|bytes| Some(bytes) == retained_bytes(&text));
        if is_known || known().count() >= MOST_RETAINED {
            return Ok(());
        }
        self.record(report, task, &Event::Note { text })
    }

    /// Records what the executor knows apart from the verdicts.
    fn take_used_and_regions(&mut self, report: &mut Report, task: Task<'_>) -> Result<(), String> {
        let used = self.executor.used();
        if self.used.and(used) != self.used {
            self.record(report, task, &Event::Used(used))?;
        }
        for (reason, was_hit) in self.executor.regions() {
            let known = self.regions.iter().find(|(known, _)| *known == reason);
            if known.is_none_or(|(_, known)| was_hit && !known) {
                self.record(report, task, &Event::Region { reason, was_hit })?;
            }
        }
        Ok(())
    }

    /// Writes an event to the journal and applies it to the report.
    fn record(&mut self, report: &mut Report, task: Task<'_>, event: &Event) -> Result<(), String> {
        self.apply(report, task.cases, event);
        self.sweep.journal.as_mut().map_or(Ok(()), |journal| journal.append(event))
    }

    fn apply(&mut self, report: &mut Report, cases: &[Case], event: &Event) {
        match event {
            Event::Clean { from, to, tolerated } => {
                report.tolerated += tolerated;
                for case in &cases[*from as usize..*to as usize] {
                    count(report, case);
                }
            }
            Event::Again { case, tolerated, keys } => {
                report.tolerated += tolerated;
                count(report, &cases[*case as usize]);
                self.findings.add_again(keys, *case, &cases[*case as usize]);
            }
            Event::Found { case, tolerated, findings } => {
                report.tolerated += tolerated;
                count(report, &cases[*case as usize]);
                self.findings.add(findings, *case, &cases[*case as usize]);
            }
            Event::Also { case, findings } => {
                self.findings.add(findings, *case, &cases[*case as usize]);
            }
            Event::Excused { path } => {
                if let Some(path) = self.sweep.tolerated_paths.get_mut(*path as usize) {
                    path.has_matched = true;
                }
            }
            // The earlier sweep may have been killed between a note and its verdict.
            Event::Note { text } if report.notes.contains(text) => {}
            Event::Note { text } => report.notes.push(text.clone()),
            Event::Used(used) => self.used = self.used.and(*used),
            Event::Region { reason, was_hit } => {
                match self.regions.iter_mut().find(|(known, _)| known == reason) {
                    Some((_, known)) => *known |= was_hit,
                    None => self.regions.push((reason.clone(), *was_hit)),
                }
            }
        }
    }

    /// Applies the events of the journal, and returns the places that are left to run.
    fn resume(
        &mut self,
        report: &mut Report,
        task: Task<'_>,
        mut places: Vec<usize>,
    ) -> Result<Vec<usize>, String> {
        let Some(journal) = &mut self.sweep.journal else { return Ok(places) };
        let shard = self.sweep.shard.map(|(index, count)| format!("{index}/{count}"));
        let (baseline, plans) = (identify(task), places.len() as u64);
        let events = journal.open(&report.name, &Identity { baseline, shard, plans })?;
        let mut is_judged = vec![false; task.cases.len()];
        for event in &events {
            let judged = match *event {
                Event::Clean { from, to, .. } => from..to,
                Event::Again { case, .. } | Event::Found { case, .. } => case..case + 1,
                Event::Also { case, .. } if case < is_judged.len() as u64 => 0..0,
                Event::Also { case, .. } => case..case + 1,
                Event::Note { .. }
                | Event::Used(_)
                | Event::Region { .. }
                | Event::Excused { .. } => 0..0,
            };
            let judged = is_judged.get_mut(judged.start as usize..judged.end as usize);
            let judged =
                judged.ok_or("the journal has verdicts on plans that this sweep does not have")?;
            judged.fill(true);
            self.apply(report, task.cases, event);
        }
        places.retain(|&place| !is_judged[place]);
        Ok(places)
    }

    fn add_tolerances(&mut self, report: &mut Report) {
        let regions = self.regions.iter().map(|(reason, hit)| Tolerance::region(reason, *hit));
        let paths = self.sweep.tolerated_paths.iter();
        let paths = paths.map(|path| {
            Tolerance::path(&path.path, &path.reason, path.has_matched, path.nearest.as_deref())
        });
        let kinds = self.sweep.allowed.iter();
        let kinds = kinds.map(|&kind| Tolerance::kind(kind, self.findings.has(kind)));
        report.add_tolerances(regions.chain(paths).chain(kinds));
    }
}

/// The note about a block that a cache keeps.
fn describe_retained(case: &Case, block: &Leftover) -> String {
    let Leftover { size, birth, .. } = block;
    format!(
        "{}{RETAINED}{size} bytes allocated by {birth}, which it did not leave when the plan was \
         repeated: a cache, not a leak",
        case.describe()
    )
}

/// Counts a case as run.
fn count(report: &mut Report, case: &Case) {
    report.runs += 1;
    if case.temperature == Temperature::Warm {
        case.first().into_iter().for_each(|number| report.coverage.requests.insert(number));
        case.stack.into_iter().for_each(|stack| report.coverage.sites.insert(stack.into()));
    }
}

/// Hash of what the cases of a sweep depend on, in hexadecimal digits: the requests of the
/// fault-free runs, and the plans.
fn identify(task: Task<'_>) -> String {
    let Baselines { warm, cold, .. } = task.baselines;
    let hashes = [warm.facts.identity(), cold.as_ref().map_or(0, |cold| cold.facts.identity())];
    let plans = task.cases.iter().flat_map(|case| {
        let text = format!("{} {:?}\n", case.plan, case.temperature);
        text.into_bytes().into_iter().map(u64::from)
    });
    let hash = hashes.into_iter().chain(plans).fold(0, |hash, value| mix(hash ^ value));
    format!("{hash:016x}")
}

/// Says why a value is not compared.
fn describe_stability(what: &str, stability: Stability) -> Option<String> {
    match stability {
        Stability::Stable => None,
        Stability::Varies => Some(format!(
            "{what} differs between two fault-free runs, so runs are not compared by it"
        )),
        Stability::NotItself => {
            Some(format!("{what} is not equal to itself (a NaN?), so nothing is compared by it"))
        }
    }
}

fn describe_baselines(report: &mut Report, baselines: &Baselines) -> Result<(), String> {
    let warm = &baselines.warm;
    report.requests = warm.facts.requests;
    report.sites = u64::from(warm.trace.stacks());
    if warm.facts.schedule == Schedule::Shared {
        report.notes.push(
            "several threads make requests: which request has a number depends on the schedule"
                .to_owned(),
        );
    }
    report.notes.extend(describe_stability("the view", warm.facts.views));
    report.notes.extend(describe_stability("the output", warm.facts.outputs));
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
