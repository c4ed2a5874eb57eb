//! Other plans for the same finding: simpler ones, and where a plan moves when the input changes.
//!
//! This file only proposes plans, the most promising first. Runs decide which one shows the
//! finding.

use std::collections::BTreeSet;

use crate::harness::plan::{AfterFault, Fault, Plan};

/// How far from the expected request the faults are searched.
const AROUND: i64 = 4;
/// Requests before the first fault are tried up to this number.
const MOST_LOWER: u64 = 1024;

/// Rates a plan. Simpler ones are less: fewer faults, a shortage that ends, an earlier request.
fn weight(plan: &Plan) -> (u8, u64, u64) {
    match (&plan.fault, plan.after) {
        (Fault::None, _) => (0, 0, 0),
        (Fault::Nth(n), AfterFault::Succeed) => (1, 0, *n),
        (Fault::Nth(n), AfterFault::FailNext(more)) => (2, more, *n),
        (Fault::Set(numbers), AfterFault::Succeed) => {
            (2, numbers.len() as u64 - 1, numbers.first().copied().unwrap_or_default())
        }
        (Fault::Nth(n), AfterFault::FailAll) => (3, 0, *n),
        (_, AfterFault::Succeed) => (4, 0, 0),
        (..) => (5, 0, 0),
    }
}

/// Which requests a simpler plan may fail first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Begin {
    /// The request that fails first now.
    There,
    /// That request or any before it.
    NoLater,
}

/// Returns all plans that are simpler than this one, whose first fault is at request `first`. The
/// simplest come first.
pub(super) fn simpler(plan: &Plan, first: Option<u64>, begin: Begin) -> Vec<Plan> {
    let Some(first) = first else { return Vec::new() };
    let from = if begin == Begin::There || first > MOST_LOWER { first } else { 0 };
    let set = match &plan.fault {
        Fault::Set(numbers) => numbers.clone(),
        _ => [first].into(),
    };
    let afters = [
        AfterFault::Succeed,
        AfterFault::FailNext(1),
        AfterFault::FailNext(2),
        AfterFault::FailAll,
    ];
    let mut plans: Vec<Plan> = Vec::new();
    for after in afters {
        plans.extend((from..=first).map(|n| Plan::nth(n, after)));
        plans.extend(set.iter().map(|&n| Plan::nth(n, after)));
    }
    if set.len() > 1 {
        plans.push(Plan::new(Fault::Set(set), AfterFault::Succeed));
    }
    plans.retain(|other| weight(other) < weight(plan));
    plans.sort_by_key(weight);
    plans.dedup();
    plans
}

/// Returns what the plan may be for an input that makes `now` requests instead of `before`. The
/// fault may have the same number from the end, if operations before it were removed, or from the
/// start, or be near these. If the number of requests is the same, the plan stays.
pub(super) fn moved(plan: &Plan, before: u64, now: u64) -> Vec<Plan> {
    let shift = match now.checked_signed_diff(before) {
        None | Some(0) => return Vec::new(),
        Some(shift) => shift,
    };
    let near = (1..=AROUND).flat_map(|by| [by, -by]);
    let steps = [0].into_iter().chain(near);
    let shifts = steps.flat_map(|step| [shift + step, step]);
    let mut plans = Vec::new();
    for shift in shifts {
        let moved = |n: u64| n.checked_add_signed(shift).filter(|&n| n < now);
        let faults = match &plan.fault {
            Fault::Nth(n) => [moved(*n).map(Fault::Nth), None],
            Fault::Set(numbers) => {
                let moved_all = numbers.iter().map(|&n| moved(n));
                // The first fault stays if something between the two is removed.
                let first = numbers.first().copied();
                let moved_rest = numbers.iter().skip(1).map(|&n| moved(n));
                let all: Option<BTreeSet<_>> = moved_all.collect();
                let rest: Option<BTreeSet<_>> = std::iter::once(first).chain(moved_rest).collect();
                [all.map(Fault::Set), rest.map(Fault::Set)]
            }
            _ => [None, None],
        };
        let new = faults.into_iter().flatten().map(|fault| Plan::new(fault, plan.after));
        for new in new {
            if !plans.contains(&new) {
                plans.push(new);
            }
        }
    }
    plans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(plans: Vec<Plan>) -> Vec<String> {
        plans.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn simpler_plans_have_fewer_faults_pass_or_come_earlier() {
        let simpler = |plan: &str, first, begin| {
            texts(super::simpler(&plan.parse().unwrap(), Some(first), begin))
        };
        assert_eq!(simpler("nth:2/succeed", 2, Begin::NoLater), ["nth:0/succeed", "nth:1/succeed"]);
        assert!(simpler("nth:2/succeed", 2, Begin::There).is_empty());
        assert_eq!(
            simpler("nth:2/fail-all", 2, Begin::There),
            ["nth:2/succeed", "nth:2/fail-next:1", "nth:2/fail-next:2"]
        );
        assert_eq!(
            simpler("set:2,9/fail-next:3", 2, Begin::There)[..4],
            ["nth:2/succeed", "nth:9/succeed", "nth:2/fail-next:1", "set:2,9/succeed"]
        );
        assert!(super::simpler(&Plan::none(), None, Begin::NoLater).is_empty());
    }

    #[test]
    fn a_plan_moves_with_the_operations() {
        let moved =
            |plan: &str, before, now| texts(super::moved(&plan.parse().unwrap(), before, now));
        assert_eq!(moved("nth:30/fail-all", 40, 20)[..2], ["nth:10/fail-all", "nth:11/fail-all"]);
        assert!(moved("nth:3", 40, 39).contains(&"nth:2/succeed".to_owned()));
        assert!(moved("nth:3", 40, 40).is_empty());
        let sets = moved("set:3,30", 40, 38);
        assert!(sets.contains(&"set:1,28/succeed".to_owned()), "{sets:?}");
        assert!(sets.contains(&"set:3,28/succeed".to_owned()), "{sets:?}");
        assert!(moved("budget:64", 40, 38).is_empty());
        assert!(moved("nth:30", 40, 5).iter().all(|plan| plan.as_str() < "nth:5"));
    }
}
