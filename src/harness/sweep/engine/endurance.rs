//! Does each failure cost something of the process? Many failures in one process, and then a run
//! without faults, show what single runs cannot: a pool with fewer slots, a budget of attempts.

use std::collections::HashSet;
use std::time::Duration;

use super::state::Engine;
use crate::harness::oracle::{Finding, FindingKind, Temperature, Verdict};
use crate::harness::sweep::executors::Task;
use crate::harness::sweep::run::runner::Runner;

/// Slower code is not run so often.
const LONGEST_RUN: Duration = Duration::from_millis(5);

impl Engine<'_> {
    /// Runs one case of each site in turn in one process, as often as [`Sweep::endurance`] says, if
    /// nothing else was found.
    ///
    /// # Errors
    /// If the executor cannot continue.
    ///
    /// [`Sweep::endurance`]: crate::Sweep::endurance
    pub(super) fn look_for_wear(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
        places: &[usize],
    ) -> Result<(), String> {
        if self.findings.len() > 0 || task.baselines.duration > LONGEST_RUN {
            return Ok(());
        }
        let mut sites = HashSet::new();
        let is_first = |&place: &usize| {
            let case = &task.cases[place];
            case.temperature == Temperature::Warm
                && case.stack.is_some_and(|stack| sites.insert((stack, case.plan.after)))
        };
        let chosen: Vec<_> = places.iter().copied().filter(is_first).collect();
        if let Some(finding) = self.wear(code, task, &chosen)? {
            self.findings.add(&[finding], chosen[0] as u64, &task.cases[chosen[0]]);
        }
        Ok(())
    }

    /// Runs the cases at these places in turn in one process, and returns the finding if a
    /// fault-free run fails afterwards.
    ///
    /// # Errors
    /// If the executor cannot continue.
    pub(super) fn wear(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
        places: &[usize],
    ) -> Result<Option<Finding>, String> {
        let failures = self.sweep.endurance;
        let (Some(&first), 1..) = (places.first(), failures) else { return Ok(None) };
        let Some(how) = self.executor.endure(code, task, places, failures)? else {
            return Ok(None);
        };
        let message = format!(
            "after {failures} failures in one process, {how}: each failure costs something of the \
             process"
        );
        let case = &task.cases[first];
        let mut finding =
            self.findings.bare(&Verdict::new(FindingKind::NotRecovered, message), case);
        let baseline = task.baselines.of(case.temperature);
        if let (Some(number), Some(stack)) = (case.first(), case.stack) {
            let stack = baseline.trace.stack(stack);
            let traced = baseline.trace.requests().get(number as usize);
            finding.request = traced.map(|traced| traced.request);
            finding.site = Some(self.symbols.site(stack));
            finding.stack = self.symbols.resolve(stack);
        }
        Ok(Some(finding))
    }
}
