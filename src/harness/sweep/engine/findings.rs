//! Turns verdicts into findings. Verdicts of one kind at one site become one finding, with all its
//! plans.

use std::collections::HashMap;

use super::symbols::{Symbols, site_of_pair, site_of_text};
use crate::harness::alloc::Tolerance;
use crate::harness::oracle::{
    Ending, FailedRequest, FaultSeen, Finding, FindingKind, Frame, Observation, Retried, Returned,
    Status, Temperature, Verdict, ViewChange, ViewSeen,
};
use crate::harness::plan::{AfterFault, Fault, Plan, SiteId};
use crate::harness::sweep::api::builder::{ReplayCommand, Sweep};
use crate::harness::sweep::run::case::{Case, Retrying};

/// Verdicts with the same key are one finding.
pub(crate) type Key = (FindingKind, Option<SiteId>);

/// The findings of a sweep so far.
pub(crate) struct Findings {
    found: Vec<Finding>,
    by_key: HashMap<Key, usize>,
    allowed: Vec<FindingKind>,
    replay: ReplayCommand,
}

impl Findings {
    pub(crate) fn new(sweep: &Sweep) -> Self {
        let replay = sweep.replay_command();
        let allowed = sweep.allowed.clone();
        Self { found: Vec::new(), by_key: HashMap::new(), allowed, replay }
    }

    pub(crate) fn len(&self) -> usize {
        self.found.len()
    }

    pub(crate) fn has(&self, kind: FindingKind) -> bool {
        self.found.iter().any(|finding| finding.kind == kind)
    }

    /// Sorts the findings: most severe first, then by the first request that shows them. The plans
    /// of each are in the order of the sweep's list, even if a time budget ran them in another.
    pub(crate) fn into_sorted(mut self) -> Vec<Finding> {
        self.found.iter_mut().for_each(Finding::sort_plans);
        let number = |finding: &Finding| finding.request.map_or(u64::MAX, |r| r.number);
        self.found.sort_by_key(|finding| (finding.kind, number(finding)));
        self.found
    }

    /// Takes out the findings of kinds that are only notes, and describes each in a line.
    pub(crate) fn take_notes(&mut self, denied: &[FindingKind]) -> Vec<String> {
        let is_note = |finding: &Finding| {
            finding.kind == FindingKind::FellBack && !denied.contains(&FindingKind::FellBack)
        };
        let (notes, found) = std::mem::take(&mut self.found).into_iter().partition(is_note);
        self.found = found;
        let notes: Vec<Finding> = notes;
        notes.iter().map(describe_note).collect()
    }

    /// Adds a finding that belongs to no run. Its site is the identity of its text, without numbers.
    pub(crate) fn add_general(&mut self, kind: FindingKind, message: &str) {
        let case = Case::new(Plan::none(), Temperature::Warm, Retrying::No);
        let mut finding = self.bare(&Verdict::new(kind, message), &case);
        if kind == FindingKind::SpuriousError {
            finding.site = Some(site_of_text(message));
        }
        self.found.push(finding);
    }

    /// Returns whether there are findings with all these keys.
    pub(crate) fn know(&self, keys: &[Key]) -> bool {
        keys.iter().all(|key| self.by_key.contains_key(key))
    }

    /// Adds a plan to existing findings.
    pub(crate) fn add_again(&mut self, keys: &[Key], place: u64, case: &Case) {
        for key in keys {
            if let Some(&index) = self.by_key.get(key) {
                self.found[index].add_plan(place, case);
            }
        }
    }

    /// Adds findings. If one is known already, only adds its plan.
    pub(crate) fn add(&mut self, findings: &[Finding], place: u64, case: &Case) {
        for finding in findings {
            let key = (finding.kind, finding.site);
            if self.by_key.contains_key(&key) {
                self.add_again(&[key], place, case);
            } else {
                self.by_key.insert(key, self.found.len());
                self.found.push(Finding { plan_indices: vec![place], ..finding.clone() });
            }
        }
    }

    /// The findings for the verdicts on a diagnosing run.
    pub(crate) fn describe(
        &self,
        verdicts: &[Verdict],
        seen: &Observation,
        first: (Option<SiteId>, Option<usize>),
        case: &Case,
        symbols: &mut Symbols,
    ) -> Vec<Finding> {
        let describe = |verdict: &Verdict| {
            let mut finding = self.bare(verdict, case);
            (finding.site, finding.step) = first;
            let blamed = blame(seen, verdict);
            if let Some(fault) = seen.faults.get(blamed) {
                finding.request = Some(fault.request);
                finding.stack = symbols.resolve(&fault.stack);
            }
            if blamed > 0 {
                let step = verdict.step.and_then(|position| seen.steps.get(position));
                finding.step = step.map(|step| step.index);
                finding.site = site_of_faults(seen, blamed, symbols).or(finding.site);
                let failed = |fault: &FaultSeen| FailedRequest {
                    request: fault.request,
                    stack: symbols.resolve(&fault.stack),
                };
                finding.earlier = seen.faults[..blamed].iter().map(failed).collect();
            }
            finding.died_at = died_at(verdict.kind, seen, symbols);
            finding.returned = returned(seen);
            finding.view = changed_view(verdict.kind, seen);
            finding.afterwards = Some(afterwards(seen)).filter(|then| !then.is_empty());
            finding
        };
        verdicts.iter().map(describe).collect()
    }

    /// A finding with no more than a verdict and its case.
    pub(crate) fn bare(&self, verdict: &Verdict, case: &Case) -> Finding {
        let Case { plan, temperature, .. } = case;
        let status = match self.allowed.contains(&verdict.kind) {
            true => Status::Allowed,
            false => Status::New,
        };
        Finding {
            kind: verdict.kind,
            status,
            message: verdict.message.clone(),
            plans: vec![plan.clone()],
            plan_indices: vec![0],
            temperatures: vec![*temperature],
            request: None,
            step: None,
            stack: Vec::new(),
            earlier: Vec::new(),
            site: None,
            returned: None,
            view: None,
            afterwards: None,
            died_at: Vec::new(),
            replay: (self.replay)(plan),
        }
    }
}

impl Finding {
    fn add_plan(&mut self, place: u64, case: &Case) {
        let temperature = case.temperature;
        if !self.plans.contains(&case.plan) {
            self.plans.push(case.plan.clone());
            self.plan_indices.push(place);
        }
        if !self.temperatures.contains(&temperature) {
            self.temperatures.push(temperature);
        }
    }

    fn sort_plans(&mut self) {
        if !self.plan_indices.is_sorted() {
            let plans = std::mem::take(&mut self.plans);
            let mut pairs: Vec<_> = self.plan_indices.drain(..).zip(plans).collect();
            pairs.sort_by_key(|(place, _)| *place);
            (self.plan_indices, self.plans) = pairs.into_iter().unzip();
        }
    }
}

fn describe_note(finding: &Finding) -> String {
    let plans = match finding.plans.len() {
        1 => finding.plan().to_string(),
        count => format!("{} and {} more", finding.plan(), count - 1),
    };
    format!("fell back: {} ({plans})", finding.message)
}

/// The fault to blame for a verdict: the last one in the operation that shows it. Under a plan that
/// fails everything, the first one explains the others.
fn blame(seen: &Observation, verdict: &Verdict) -> usize {
    if matches!(seen.plan.after, AfterFault::FailAll | AfterFault::Forbid) {
        return 0;
    }
    let (from, to) = match verdict.step.map(|position| seen.steps.split_at(position)) {
        Some((before, [step, ..])) => {
            let from: u64 = before.iter().map(|step| step.refused).sum();
            (from as usize, (from + step.refused) as usize)
        }
        _ => (0, seen.faults.len()),
    };
    let to = to.min(seen.faults.len());
    let is_untolerated = |fault: &FaultSeen| fault.tolerance == Tolerance::Outside;
    let faults = &seen.faults[from.min(to)..to];
    let in_step = faults.iter().rposition(is_untolerated).unwrap_or(faults.len().saturating_sub(1));
    // An operation without a fault shows what an earlier one did.
    if faults.is_empty() { to.saturating_sub(1) } else { from + in_step }
}

/// The site of a finding that several faults made: under a plan of two faults, that of both.
fn site_of_faults(seen: &Observation, blamed: usize, symbols: &mut Symbols) -> Option<SiteId> {
    let is_pair = matches!(&seen.plan.fault, Fault::Set(numbers) if numbers.len() == 2);
    let mut site = |fault: &FaultSeen| symbols.site(&fault.stack);
    match &seen.faults[..=blamed] {
        [first, second] if is_pair => Some(site_of_pair(site(first), site(second))),
        [.., last] => Some(site(last)),
        [] => None,
    }
}

/// Where the process died or the damage was found, for kinds where that is not the failed request.
fn died_at(kind: FindingKind, seen: &Observation, symbols: &mut Symbols) -> Vec<Frame> {
    let damage = seen.damages.first().map(|damage| &damage.stack);
    let stack = match (kind, &seen.ending) {
        (FindingKind::CorruptedBlock | FindingKind::InvalidFree, _) => damage,
        (_, Ending::Panicked { stack, .. } | Ending::Died { stack, .. }) => Some(stack),
        (_, Ending::Finished | Ending::Hung { .. }) => None,
    };
    stack.map_or_else(Vec::new, |stack| symbols.resolve(stack))
}

fn returned(seen: &Observation) -> Option<String> {
    let step = seen.steps.first()?;
    match &step.returned {
        Returned::Ok => Some("Ok".to_owned()),
        Returned::Err { text, .. } => text.as_ref().map(|text| format!("Err({text})")),
        Returned::Panicked => None,
    }
}

/// The view that a verdict of this kind is about: that of a step, or what the run ended in.
fn changed_view(kind: FindingKind, seen: &Observation) -> Option<ViewChange> {
    let steps = seen.steps.iter().map(|step| &step.view);
    let ends = [&seen.end, &seen.output];
    let views: Vec<&ViewSeen> = match kind {
        FindingKind::NotRecovered => ends.into_iter().chain(steps).collect(),
        _ => steps.chain(ends).collect(),
    };
    views.into_iter().find_map(|view| match view {
        ViewSeen::Changed(change) => Some(change.clone()),
        ViewSeen::NotCompared | ViewSeen::Same => None,
    })
}

/// What happened after the fault, in one line.
fn afterwards(seen: &Observation) -> String {
    let mut parts = Vec::new();
    // If the process died, nobody knows which requests were served.
    let is_counted = matches!(seen.ending, Ending::Finished | Ending::Panicked { .. });
    if let (Some(first), true) = (seen.faults.first(), is_counted) {
        let later = seen.requests.saturating_sub(first.request.number.saturating_add(1));
        let failed = seen.refused.saturating_sub(1);
        parts.push(match (later, failed) {
            (0, _) => "no more requests".to_owned(),
            (1, 0) => "1 more request, served".to_owned(),
            (1, _) => "1 more request, failed".to_owned(),
            (_, 0) => format!("{later} more requests, all served"),
            (2, 2) => "2 more requests, both failed".to_owned(),
            _ if later == failed => format!("{later} more requests, all failed"),
            _ => format!("{later} more requests, {failed} failed"),
        });
    }
    if seen.ending == Ending::Finished {
        let other = usize::from(seen.left_behind.is_some());
        parts.push(format!("{} leaked", seen.leaked.len() + other));
        let retries = || seen.steps.iter().map(|step| &step.retry);
        if retries().any(|retry| matches!(retry, Retried::Failed(_) | Retried::NotPoisoned(_))) {
            parts.push("retry failed".to_owned());
        } else if retries().any(|retry| *retry == Retried::AsExpected) {
            let how = match seen.end {
                ViewSeen::Changed(_) => "retry returned Ok, but the view at the end differs",
                ViewSeen::NotCompared | ViewSeen::Same => "retry ok",
            };
            parts.push(how.to_owned());
        }
    }
    parts.join("; ")
}
