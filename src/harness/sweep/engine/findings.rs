//! Turns verdicts into findings. Verdicts of one kind at one site become one finding, with all its
//! plans.

use std::collections::HashMap;

use super::symbols::Symbols;
use crate::harness::oracle::{
    Ending, Finding, FindingKind, Frame, Observation, Retried, Returned, Status, Temperature,
    Verdict, ViewChange, ViewSeen,
};
use crate::harness::plan::{Plan, SiteId};
use crate::harness::sweep::api::builder::{ReplayCommand, Sweep};
use crate::harness::sweep::run::case::Case;

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

    /// Adds a finding that belongs to no run.
    pub(crate) fn add_general(&mut self, kind: FindingKind, message: &str) {
        let plan = Plan::none();
        let verdict = Verdict { kind, message: message.to_owned() };
        let finding = self.bare(&verdict, &plan, Temperature::Warm);
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
        (site, step): (Option<SiteId>, Option<usize>),
        case: &Case,
        symbols: &mut Symbols,
    ) -> Vec<Finding> {
        let describe = |verdict: &Verdict| {
            let mut finding = self.bare(verdict, &case.plan, case.temperature);
            finding.site = site;
            if let Some(fault) = seen.faults.first() {
                finding.request = Some(fault.request);
                finding.step = step;
                finding.stack = symbols.resolve(&fault.stack);
            }
            finding.died_at = died_at(verdict.kind, seen, symbols);
            finding.returned = returned(seen);
            finding.view = changed_view(seen);
            finding.afterwards = Some(afterwards(seen)).filter(|then| !then.is_empty());
            finding
        };
        verdicts.iter().map(describe).collect()
    }

    fn bare(&self, verdict: &Verdict, plan: &Plan, temperature: Temperature) -> Finding {
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
            temperatures: vec![temperature],
            request: None,
            step: None,
            stack: Vec::new(),
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

fn changed_view(seen: &Observation) -> Option<ViewChange> {
    let views = seen.steps.iter().map(|step| &step.view).chain([&seen.end]);
    views
        .filter_map(|view| match view {
            ViewSeen::Changed(change) => Some(change.clone()),
            ViewSeen::NotCompared | ViewSeen::Same => None,
        })
        .next()
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
        if retries().any(|retry| matches!(retry, Retried::Failed(_))) {
            parts.push("retry failed".to_owned());
        } else if retries().any(|retry| *retry == Retried::AsExpected) {
            parts.push("retry ok".to_owned());
        }
    }
    parts.join("; ")
}
