//! The runs of a sweep: the plans of its strategy as [`Case`]s, the share of this process, and the
//! order in which they run if time is short.

use std::collections::HashSet;

use super::state::Engine;
use crate::harness::alloc::{Capture, NO_STACK};
use crate::harness::oracle::Temperature;
use crate::harness::plan::{AfterFault, Fault, Plan, Strategy};
use crate::harness::sweep::api::options::{ChosenBy, Retry};
use crate::harness::sweep::executors::{Limits, Task};
use crate::harness::sweep::run::baseline::{Baseline, Baselines};
use crate::harness::sweep::run::case::{Case, Excuse, Retrying};
use crate::harness::sweep::run::choose::{by_site, choose};
use crate::harness::sweep::run::runner::Runner;

impl Engine<'_> {
    /// All cases of the sweep, for all shards: cold cases first, then by request.
    ///
    /// # Errors
    /// If the executor cannot find out which requests follow a fault.
    pub(super) fn cases(
        &mut self,
        code: &mut dyn Runner,
        baselines: &Baselines,
        limits: Limits,
    ) -> Result<Vec<Case>, String> {
        let mut cases = Vec::new();
        let cold = baselines.cold.as_ref().map(|_| Temperature::Cold);
        for temperature in cold.into_iter().chain([Temperature::Warm]) {
            let baseline = baselines.of(temperature);
            let plans = match (&self.strategy, temperature) {
                (Strategy::Pairs, Temperature::Cold) => Vec::new(),
                (Strategy::Pairs, Temperature::Warm) => self.pairs(code, baselines, limits)?,
                (Strategy::Plans(plans), _) => match &self.sweep.planner {
                    Some(planner) => {
                        let traced = baseline.trace.requests().iter();
                        planner(&traced.map(|traced| traced.request).collect::<Vec<_>>())
                    }
                    None => plans.clone(),
                },
                (strategy, _) => self.plans(strategy, baseline),
            };
            let mut retried = HashSet::new();
            for plan in plans {
                cases.push(self.case(baselines, plan, temperature, &mut retried));
            }
        }
        if baselines.cold.is_some() {
            drop_unreachable(&mut cases, baselines);
        }
        if self.sweep.chosen_by == ChosenBy::Invocation {
            // A plan for many sweeps may name a request that only some of them make.
            cases.retain(|case| case.has_target(baselines.of(case.temperature).facts.requests));
        }
        Ok(cases)
    }

    /// The plans of a strategy that chooses among the requests of a fault-free run.
    fn plans(&self, strategy: &Strategy, baseline: &Baseline) -> Vec<Plan> {
        let numbers = choose(strategy, baseline.trace.requests());
        let pass = |number| self.sweep.after.iter().map(move |&after| Plan::nth(number, after));
        let plans = numbers.into_iter().filter(|&n| self.is_wanted(n)).flat_map(pass);
        plans.filter(|plan| !self.is_refused_anyway(baseline, plan)).collect()
    }

    fn is_wanted(&self, number: u64) -> bool {
        self.sweep.requests.as_ref().is_none_or(|range| range.contains(&number))
    }

    /// Pairs of faults: the first request of each call stack, with each request of a new call stack
    /// that follows its fault.
    fn pairs(
        &mut self,
        code: &mut dyn Runner,
        baselines: &Baselines,
        limits: Limits,
    ) -> Result<Vec<Plan>, String> {
        let sites = by_site(baselines.warm.trace.requests());
        let firsts = sites.into_iter().map(|site| site[0]).filter(|&number| self.is_wanted(number));
        let single = |number| Plan::nth(number, AfterFault::Succeed);
        let singles = firsts.map(single).filter(|p| !self.is_refused_anyway(&baselines.warm, p));
        let case = |plan| Case::new(plan, Temperature::Warm, self.retrying_pairs());
        let cases: Vec<_> = singles.map(case).collect();
        let task = Task { baselines, cases: &cases, limits };
        let followers = self.executor.later_sites(code, task)?;
        let mut plans = Vec::new();
        for (first, seconds) in cases.iter().filter_map(Case::first).zip(followers) {
            let pair = |second| Plan::new(Fault::Set([first, second].into()), AfterFault::Succeed);
            plans.extend(seconds.into_iter().map(pair));
        }
        Ok(plans)
    }

    /// The requests after a fault depend on whether the run continues, so all pairs use the same
    /// setting.
    pub(super) fn retrying_pairs(&self) -> Retrying {
        match self.retry {
            Retry::Every | Retry::FirstPerSite => Retrying::Yes,
            Retry::Never => Retrying::No,
        }
    }

    fn case(
        &mut self,
        baselines: &Baselines,
        plan: Plan,
        temperature: Temperature,
        retried: &mut HashSet<(u32, AfterFault)>,
    ) -> Case {
        let baseline = baselines.of(temperature);
        let is_refused = self.is_refused_anyway(baseline, &plan);
        let mut case = Case::new(plan, temperature, Retrying::No);
        if self.sweep.listener.is_some() {
            case.capture = Capture::FirstFaults;
        }
        case.stack = case.first().and_then(|number| baseline.stack_of(number));
        let after = case.plan.after;
        let is_first = case.stack.is_none_or(|stack| retried.insert((stack, after)));
        case.retry = match self.retry {
            _ if self.strategy == Strategy::Pairs => self.retrying_pairs(),
            Retry::Every => Retrying::Yes,
            Retry::FirstPerSite if is_first => Retrying::Yes,
            Retry::FirstPerSite | Retry::Never => Retrying::No,
        };
        self.resolve_site(baselines, &mut case);
        if is_refused {
            case.excuse.set(Excuse::Ceiling);
        }
        case
    }

    /// Returns whether the ceiling refuses the plan's request in fault-free runs too.
    fn is_refused_anyway(&self, baseline: &Baseline, plan: &Plan) -> bool {
        let Fault::Nth(number) = plan.fault else { return false };
        let number = usize::try_from(number).ok();
        let traced = number.and_then(|number| baseline.trace.requests().get(number));
        traced.is_some_and(|traced| traced.request.size > self.sweep.policy.ceiling)
    }

    /// Makes a `site:` plan fail the request that the baseline made at this site.
    fn resolve_site(&mut self, baselines: &Baselines, case: &mut Case) {
        let Fault::Site { id, occurrence } = case.plan.fault else { return };
        let trace = &baselines.of(case.temperature).trace;
        let at_site = trace.requests().iter().filter(|traced| {
            traced.stack != NO_STACK && self.symbols.site(trace.stack(traced.stack)) == id
        });
        if let Some(traced) = at_site.into_iter().nth(occurrence as usize) {
            case.resolve(traced.request.number);
        }
    }
}

/// Drops cases whose request only runs of the other temperature make. There the fault fires.
fn drop_unreachable(cases: &mut Vec<Case>, baselines: &Baselines) {
    let has_target = |case: &Case| case.has_target(baselines.of(case.temperature).facts.requests);
    let (mut kept, unreachable): (Vec<_>, Vec<_>) = cases.drain(..).partition(has_target);
    let found: HashSet<Plan> = kept.iter().map(|case: &Case| case.plan.clone()).collect();
    kept.extend(unreachable.into_iter().filter(|case| !found.contains(&case.plan)));
    kept.sort_by_key(|case| std::cmp::Reverse(case.temperature));
    *cases = kept;
}

/// The places of the cases in one of `count` shares, with `index` counted from 0. All plans with
/// the same first request are in one share.
pub(crate) fn share(cases: &[Case], index: usize, count: usize) -> Vec<usize> {
    let key = |place: usize| cases[place].first().unwrap_or(place as u64);
    (0..cases.len()).filter(|&place| key(place) % count as u64 == index as u64).collect()
}

/// About how many cases the first round after the sites has.
const FIRST_ROUND: usize = 64;

/// The places in the rounds in which they run if time may be short. The first round has one request
/// of each call stack. The others are spread evenly over the rest, and each is denser than the one
/// before.
pub(crate) fn rounds(cases: &[Case], places: &[usize]) -> Vec<Vec<usize>> {
    let mut seen = HashSet::new();
    let is_first = |&place: &usize| {
        let case = &cases[place];
        case.stack.is_none_or(|stack| seen.insert((case.temperature, case.plan.after, stack)))
    };
    let (sites, rest): (Vec<usize>, Vec<usize>) = places.iter().copied().partition(is_first);
    let mut stride = (rest.len() / FIRST_ROUND).max(1).next_power_of_two();
    let mut rounds = vec![sites, rest.iter().copied().step_by(stride).collect()];
    while stride > 1 {
        rounds.push(rest.iter().copied().skip(stride / 2).step_by(stride).collect());
        stride /= 2;
    }
    rounds.retain(|queue| !queue.is_empty());
    rounds
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cases(count: u64) -> Vec<Case> {
        let case = |number| {
            let plan = Plan::nth(number, AfterFault::Succeed);
            let stack = Some((number % 10) as u32);
            let mut case = Case::new(plan, Temperature::Warm, Retrying::No);
            case.stack = stack;
            case
        };
        (0..count).map(case).collect()
    }

    #[test]
    fn shares_are_disjoint_and_add_up() {
        let cases = cases(100);
        for count in [1, 2, 3, 7, 200] {
            let mut all: Vec<_> = (0..count).flat_map(|i| share(&cases, i, count)).collect();
            all.sort_unstable();
            assert!(all.into_iter().eq(0..100), "{count}");
        }
    }

    /// No request tells these apart, so they are dealt out in turn.
    #[test]
    fn plans_without_a_number_are_in_one_share_each() {
        let plans = [
            "size:64",
            "budget:100",
            "random:400,seed=1",
            "size:8/fail-all",
            "budget:0/fail-next:2",
            "random:1,seed=2/fail-all",
            "none",
        ];
        let case = |plan: &str| {
            let plan = plan.parse().expect("a plan");
            Case::new(plan, Temperature::Warm, Retrying::No)
        };
        let cases: Vec<_> = plans.into_iter().map(case).collect();
        for count in [1, 2, 3, 7, 9] {
            let mut dealt = vec![Vec::new(); cases.len()];
            for index in 0..count {
                let places = share(&cases, index, count);
                assert!(places.len() <= cases.len().div_ceil(count), "{index} of {count}");
                places.into_iter().for_each(|place| dealt[place].push(index));
            }
            assert!(dealt.iter().all(|shares| shares.len() == 1), "{count}: {dealt:?}");
        }
    }

    #[test]
    fn when_time_is_short_every_site_comes_first_and_every_order_in_the_end() {
        for count in [1, 10, 11, 100, 1000, 1001] {
            let cases = cases(count);
            let places: Vec<_> = (0..cases.len()).collect();
            let rounds = rounds(&cases, &places);
            assert_eq!(rounds[0], places[..10.min(cases.len())]);
            assert!(rounds.iter().all(|queue| queue.is_sorted()));
            let mut all = rounds.concat();
            all.sort_unstable();
            assert_eq!(all, places);
        }
    }
}
