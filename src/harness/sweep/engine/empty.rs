//! Does the sweep test anything? A sweep without a plan does not pass by itself.

use super::state::Engine;
use crate::harness::report::Report;
use crate::harness::sweep::api::options::{ChosenBy, Empty};
use crate::harness::sweep::run::baseline::Baselines;

const NO_REQUEST: &str = "the code made no request in the scope. The usual reasons: it allocates \
    nothing; its requests are on threads that did not join (see `Scope` and `Sweep::threads`); \
    all are inside `pause`; its memory comes from another allocator or from C. \
    `.allow_empty()` accepts this";

/// For sweeps that a finding ended before their first plan.
pub(super) const NO_PLAN_RAN: &str = "no plan ran, because of the finding";

impl Engine<'_> {
    /// # Errors
    /// If the options cannot select any plan, whatever the code does.
    pub(super) fn check_choice(&self) -> Result<(), String> {
        let is_planned = self.sweep.planner.is_some();
        if let (false, Some(why)) = (is_planned, self.strategy.selects_nothing()) {
            return Err(why.to_owned());
        }
        match &self.sweep.requests {
            Some(range) if range.is_empty() => {
                Err(format!("the range of requests {}..{} is empty", range.start, range.end))
            }
            _ => Ok(()),
        }
    }

    /// Says why there is no plan, if there is none.
    ///
    /// # Errors
    /// If the sweep's own range selects none of the requests.
    pub(super) fn judge_emptiness(
        &self,
        report: &mut Report,
        baselines: &Baselines,
    ) -> Result<(), String> {
        if report.all_plans > 0 {
            if report.plans == 0 {
                let all = report.all_plans;
                report.notes.push(format!("0 of {all} plans are this shard's"));
            }
            return Ok(());
        }
        let cold = baselines.cold.as_ref().map_or(0, |cold| cold.facts.requests);
        let requests = report.requests.max(cold);
        let reason = match (requests, &self.sweep.requests) {
            (0, _) => NO_REQUEST.to_owned(),
            (_, Some(range)) => {
                let (start, end) = (range.start, range.end);
                format!("{start}..{end} selects none of the {requests} requests")
            }
            (_, None) => {
                format!("`{}` selects no plan for the {requests} requests", self.strategy)
            }
        };
        match (self.sweep.chosen_by, self.sweep.empty) {
            (ChosenBy::Sweep, _) if requests > 0 && self.sweep.requests.is_some() => Err(reason),
            // Whoever chose the plans judges all sweeps together.
            (ChosenBy::Invocation, _) if requests > 0 => {
                report.notes.push(reason);
                Ok(())
            }
            (_, Empty::Passes) => {
                report.notes.push(format!("nothing was tested: {reason}"));
                Ok(())
            }
            (_, Empty::Fails) => {
                report.empty = Some(reason);
                Ok(())
            }
        }
    }
}
