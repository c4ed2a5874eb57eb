//! Examines runs that may not be clean. It repeats each one alone in a fresh process, with call
//! stacks, before it reports a finding.

use super::describe_retained;
use super::excuses::Excused;
use super::findings::Key;
use super::state::Engine;
use crate::harness::alloc::{Leftover, NO_STACK};
use crate::harness::oracle::{
    Death, Ending, Finding, FindingKind, Observation, Sequence, Temperature, Verdict, judge,
};
use crate::harness::plan::{AfterFault, Plan, SiteId, Strategy};
use crate::harness::sweep::api::events::Event;
use crate::harness::sweep::executors::{Freshness, Limits, Task};
use crate::harness::sweep::run::baseline::{Baseline, Baselines};
use crate::harness::sweep::run::case::Case;
use crate::harness::sweep::run::runner::Runner;

/// How often a suspect is repeated if the schedule decides which request has a number.
const TRIES_UNORDERED: u32 = 8;
/// How often a run that leaves blocks is repeated in one process.
const LEAK_TRIES: u32 = 64;
/// A run that seems to hang gets this many times its limit when it is repeated.
const SECOND_CHANCE: u32 = 4;

/// A suspect that is clean when it runs alone.
struct Passing<'a> {
    place: usize,
    site: Option<SiteId>,
    sequence: Sequence,
    /// What it showed first, if that says something about the code.
    verdict: Option<&'a Verdict>,
    /// The blocks that it left, if they are a cache.
    retained: Vec<Leftover>,
}

/// What such a suspect is.
#[derive(Default)]
struct Found {
    notes: Vec<String>,
    findings: Vec<Finding>,
}

impl Engine<'_> {
    /// Finds out what is wrong with the run of the case at `place`. Returns notes, and then the
    /// verdict as the last event.
    ///
    /// # Errors
    /// If the harness cannot repeat the run.
    pub(super) fn look_into(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
        (place, tolerated): (usize, u64),
        (seen, freshness): (Observation, Freshness),
    ) -> Result<Vec<Event>, String> {
        let case = &task.cases[place];
        let number = place as u64;
        let verdicts = judge(&seen, self.sweep.rules);
        let (excused, mut events) = self.excuse_suspect(task, case, &seen);
        if excused == Excused::Yes {
            events.push(Event::Found { case: number, tolerated: 1, findings: Vec::new() });
            return Ok(events);
        }
        let site = self.baseline_site(task.baselines, &seen);
        let is_evidence = is_evidence(&seen.ending);
        let is_fresh = freshness == Freshness::Fresh
            && seen.sequence == Sequence::Agrees
            && self.strategy != Strategy::Pairs
            && is_evidence;
        let keys: Vec<Key> = verdicts.iter().map(|verdict| (verdict.kind, site)).collect();
        if is_fresh && excused == Excused::No && self.findings.know(&keys) {
            return Ok(vec![Event::Again { case: number, tolerated, keys }]);
        }
        let is_leak = |verdict: &Verdict| verdict.kind == FindingKind::Leaked;
        if verdicts.iter().all(is_leak) && self.caches.contains(&site) {
            return Ok(vec![clean(number, tolerated)]);
        }
        let tries = if seen.sequence == Sequence::Unordered { TRIES_UNORDERED } else { 1 };
        let (mut again, mut excused_again, mut events) = self.run_again(code, task, case, &seen)?;
        let mut verdicts_again = judge(&again, self.sweep.rules);
        for _ in 1..tries {
            // This time the number may be another request.
            if verdicts_again.is_empty() {
                (again, excused_again, events) = self.run_again(code, task, case, &seen)?;
                verdicts_again = judge(&again, self.sweep.rules);
            }
        }
        // A path that excuses the repetition may excuse the run, too.
        let is_excused = excused_again == Excused::Yes;
        let is_telling = seen.sequence == Sequence::Agrees && !is_excused;
        let tolerated = tolerated.max(u64::from(is_excused));
        let is_cache = !again.retained.is_empty() && verdicts.iter().all(is_leak);
        if verdicts_again.is_empty() && !self.executor.can_isolate() && is_telling && !is_cache {
            // No process is fresh here, so the first observation counts, unless that run was not
            // the one that the plan means.
            (again, verdicts_again) = (seen, verdicts);
        } else if verdicts_again.is_empty() {
            let retained = if is_cache { again.retained } else { Vec::new() };
            let accuses = is_evidence && (is_telling || seen.sequence == Sequence::Unordered);
            let verdict = verdicts.first().filter(|_| accuses);
            let suspect = Passing { place, site, sequence: seen.sequence, verdict, retained };
            let found = self.look_into_passing(code, task, suspect)?;
            let notes = found.notes.into_iter().map(|text| Event::Note { text });
            let findings = found.findings;
            let verdict = Event::Found { case: number, tolerated, findings };
            return Ok(events.into_iter().chain(notes).chain([verdict]).collect());
        }
        if self.strategy == Strategy::Pairs {
            let alone = self.shown_by_single_faults(code, task, &again)?;
            verdicts_again.retain(|verdict| !alone.contains(&verdict.kind));
        }
        let site = self.baseline_site(task.baselines, &again).or(site);
        let place = (site, step_of(task.baselines, &again));
        let findings =
            self.findings.describe(&verdicts_again, &again, place, case, &mut self.symbols);
        events.push(Event::Found { case: number, tolerated, findings });
        Ok(events)
    }

    /// Looks into a suspect that is clean when it runs alone: a cache, something that each failure
    /// costs the process, or chance.
    ///
    /// # Errors
    /// If the executor cannot continue.
    fn look_into_passing(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
        suspect: Passing<'_>,
    ) -> Result<Found, String> {
        let case = &task.cases[suspect.place];
        if let Some(block) = suspect.retained.first() {
            self.caches.insert(suspect.site);
            return Ok(Found { notes: vec![describe_retained(case, block)], findings: Vec::new() });
        }
        let Some(verdict) = suspect.verdict else { return Ok(Found::default()) };
        if suspect.sequence == Sequence::Agrees
            && let Some(finding) = self.wear(code, task, &[suspect.place])?
        {
            return Ok(Found { notes: Vec::new(), findings: vec![finding] });
        }
        let note = describe_passing(case, verdict, suspect.sequence);
        Ok(Found { notes: vec![note], findings: Vec::new() })
    }

    /// Finds out whether a case leaves descriptors or threads behind, each time one more.
    ///
    /// # Errors
    /// If the harness cannot run it.
    pub(super) fn left_behind(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
        place: usize,
    ) -> Result<Vec<Finding>, String> {
        let case = &task.cases[place];
        let mut seen = self.executor.alone(code, task, &case.diagnosing())?;
        if seen.left_behind.is_none() {
            return Ok(Vec::new());
        }
        // Everything else has been judged.
        seen.leaked.clear();
        let mut verdicts = judge(&seen, self.sweep.rules);
        verdicts.retain(|verdict| verdict.kind == FindingKind::Leaked);
        let site = (self.baseline_site(task.baselines, &seen), step_of(task.baselines, &seen));
        Ok(self.findings.describe(&verdicts, &seen, site, case, &mut self.symbols))
    }

    fn run_again(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
        case: &Case,
        seen: &Observation,
    ) -> Result<(Observation, Excused, Vec<Event>), String> {
        let limit = task.limits.run;
        let patience = match seen.ending {
            Ending::Hung { .. } => limit.saturating_mul(SECOND_CHANCE),
            _ => limit,
        };
        let task = Task { limits: Limits { run: patience }, ..task };
        let mut diagnosing = case.diagnosing();
        diagnosing.patience = limit / 4;
        let site = self.baseline_site(task.baselines, seen);
        if !seen.leaked.is_empty() && !self.findings.know(&[(FindingKind::Leaked, site)]) {
            diagnosing.leak_tries = LEAK_TRIES;
        }
        let mut again = self.executor.alone(code, task, &diagnosing)?;
        if let Ending::Hung { limit: said } = &mut again.ending {
            *said = limit;
        }
        let (excused, events) = self.excuse_repeated(&mut again);
        self.look_for_fallback(task.baselines.of(again.temperature), &mut again);
        Ok((again, excused, events))
    }

    /// The kinds of mistakes that one of the faults of a pair shows by itself, if the fault-free run
    /// makes its request.
    fn shown_by_single_faults(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
        seen: &Observation,
    ) -> Result<Vec<FindingKind>, String> {
        let mut kinds = Vec::new();
        for fault in &seen.faults {
            let Some(number) = self.number_at_site(&task.baselines.warm, &fault.stack) else {
                continue;
            };
            if !self.single_faults.contains_key(&number) {
                let plan = Plan::nth(number, AfterFault::Succeed);
                let case = Case::new(plan, Temperature::Warm, self.retrying_pairs());
                let alone = self.executor.alone(code, task, &case)?;
                let verdicts = judge(&alone, self.sweep.rules);
                let found = verdicts.into_iter().map(|verdict| verdict.kind).collect();
                self.single_faults.insert(number, found);
            }
            kinds.extend(&self.single_faults[&number]);
        }
        Ok(kinds)
    }

    /// The first request of the fault-free run at the site of this stack.
    fn number_at_site(&mut self, baseline: &Baseline, stack: &[usize]) -> Option<u64> {
        let site = self.symbols.site(stack);
        let mut requests = baseline.trace.requests().iter();
        let found = requests.find(|traced| {
            traced.stack != NO_STACK
                && self.symbols.site(baseline.trace.stack(traced.stack)) == site
        });
        found.map(|traced| traced.request.number)
    }

    /// The site of the first fault, from the baseline's stack of that request.
    fn baseline_site(&mut self, baselines: &Baselines, seen: &Observation) -> Option<SiteId> {
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
}

fn clean(case: u64, tolerated: u64) -> Event {
    Event::Found { case, tolerated, findings: Vec::new() }
}

/// Returns whether the ending of a run says something about the code, even if the run is clean when
/// it is repeated. A busy machine makes runs pass their time limit, and the harness ends processes.
fn is_evidence(ending: &Ending) -> bool {
    !matches!(ending, Ending::Hung { .. } | Ending::Died { death: Death::EndedEarly, .. })
}

/// The note about a suspect that is clean when it runs alone.
fn describe_passing(case: &Case, verdict: &Verdict, sequence: Sequence) -> String {
    let title = case.describe();
    let Verdict { kind, message, .. } = verdict;
    match sequence {
        Sequence::Unordered => format!(
            "{title}: {kind} once, but not when repeated ({message}): it depends on the schedule \
             of threads"
        ),
        Sequence::Agrees | Sequence::Differs | Sequence::NeverFired => {
            format!("{title}: {kind} once, but not when repeated in a fresh process ({message})")
        }
    }
}

/// The step of the first fault, from the baseline's request numbers.
fn step_of(baselines: &Baselines, seen: &Observation) -> Option<usize> {
    let number = seen.faults.first()?.request.number;
    let mut steps = baselines.of(seen.temperature).facts.steps.iter();
    let step = steps.position(|step| (step.from..step.to).contains(&number));
    step.filter(|_| seen.sequence == Sequence::Agrees)
}
