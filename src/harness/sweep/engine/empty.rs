//! Does the sweep test anything? A sweep without a plan does not pass by itself.

use super::state::Engine;
use crate::harness::report::Report;
use crate::harness::sweep::api::builder::Sweep;
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
    /// If the options cannot select any plan, whatever the code does, unless
    /// [`Sweep::allow_empty`](crate::Sweep::allow_empty) accepts that.
    pub(super) fn check_choice(&self) -> Result<(), String> {
        let Sweep { planner, empty, requests, .. } = &*self.sweep;
        if planner.is_some() || *empty == Empty::Passes {
            return Ok(());
        }
        match (self.strategy.selects_nothing(), requests) {
            (Some(why), _) => Err(why.to_owned()),
            (None, Some(range)) if range.is_empty() => {
                Err(format!("the range of requests {}..{} is empty", range.start, range.end))
            }
            (None, _) => Ok(()),
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
            return Ok(());
        }
        let cold = baselines.cold.as_ref().map_or(0, |cold| cold.facts.requests);
        let requests = report.requests.max(cold);
        let range = &self.sweep.requests;
        let reason = match (requests, range) {
            (0, _) => NO_REQUEST.to_owned(),
            (_, Some(range)) => {
                let (start, end) = (range.start, range.end);
                format!("{start}..{end} selects none of the {requests} requests")
            }
            (_, None) => {
                format!("`{}` selects no plan for the {requests} requests", self.strategy)
            }
        };
        match (self.sweep.empty, self.sweep.chosen_by) {
            // Whoever chose the plans judges all sweeps together.
            (Empty::Fails, ChosenBy::Invocation) if requests > 0 => report.notes.push(reason),
            (Empty::Fails, ChosenBy::Sweep) if requests > 0 && range.is_some() => {
                return Err(reason);
            }
            (Empty::Fails, _) => report.empty = Some(reason),
            (Empty::Passes, _) => report.notes.push(format!("nothing was tested: {reason}")),
        }
        Ok(())
    }
}
