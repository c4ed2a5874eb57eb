//! Did the sweeps of an invocation test anything? [`TargetsTested`] counts their plans.

use super::args::SweepArgs;
use crate::harness::report::Report;

/// What the sweeps of an invocation could fail. One input of a target may make no request; all of
/// them together must make some.
#[derive(Default)]
pub(super) struct TargetsTested<'a>(Vec<TargetPlans<'a>>);

struct TargetPlans<'a> {
    target: &'a str,
    inputs: u64,
    plans: u64,
    /// The largest number of requests of one sweep.
    requests: u64,
    has_error: bool,
}

impl<'a> TargetsTested<'a> {
    pub(super) fn add(&mut self, target: &'a str, report: &Report) {
        // In a replay of another sweep, this one did not run.
        if report.strategy().is_empty() && report.error().is_none() {
            return;
        }
        let known = self.0.iter().position(|of| of.target == target);
        let index = known.unwrap_or_else(|| {
            self.0.push(TargetPlans { target, inputs: 0, plans: 0, requests: 0, has_error: false });
            self.0.len() - 1
        });
        let of = &mut self.0[index];
        of.inputs += 1;
        of.plans += report.all_plans();
        of.requests = of.requests.max(report.requests());
        of.has_error |= report.error().is_some();
    }

    /// The error of options that select no plan of any sweep.
    pub(super) fn missed_choice(&self, args: &SweepArgs) -> Option<String> {
        let requests = self.0.iter().map(|of| of.requests).max().unwrap_or(0);
        let is_missed = requests > 0 && self.0.iter().all(|of| of.plans == 0 && !of.has_error);
        let strategy = args.strategy.as_ref().map(|strategy| format!("--strategy {strategy}"));
        let plans = args.plans.iter().map(|plan| format!("--plan {plan}"));
        let range =
            args.requests.iter().map(|range| format!("--requests {}..{}", range.start, range.end));
        let choice: Vec<_> = range.chain(strategy).chain(plans).collect();
        (is_missed && !choice.is_empty()).then(|| {
            format!(
                "{} selects no plan: the sweeps make at most {requests} requests",
                choice.join(" ")
            )
        })
    }

    /// A line for each target that tested nothing.
    pub(super) fn empty_targets(&self) -> Vec<String> {
        let is_empty = |of: &&TargetPlans<'_>| of.plans == 0 && !of.has_error;
        let line = |of: &TargetPlans<'_>| match of.inputs {
            1 => format!("EMPTY {}: its input has no request to fail", of.target),
            all => format!("EMPTY {}: none of its {all} inputs has a request to fail", of.target),
        };
        self.0.iter().filter(is_empty).map(line).collect()
    }
}
