//! Lists the plans that show a finding in a few lines.
//!
//! A few plans are listed one by one. Of more plans, consecutive requests are written as their
//! first and last plan, so that every plan in the text can be copied into a command.

use super::page::{VALUES, WIDTH, count, width};
use crate::harness::plan::{AfterFault, Fault, Plan};

/// The greatest number of items: plans, or runs of them.
const MOST: usize = 6;

/// Plans of one `AfterFault` with consecutive requests, or a single plan.
struct Run<'a> {
    first: &'a Plan,
    last: &'a Plan,
    len: u64,
}

/// Returns the plans in lines that fit beside a label.
pub(in crate::harness::report) fn lines(plans: &[Plan]) -> Vec<String> {
    if plans.len() <= MOST {
        return flow("", plans.iter().map(Plan::to_string).collect(), "");
    }
    let runs = condense(plans);
    let written = &runs[..runs.len().min(MOST)];
    let more = plans.len() as u64 - written.iter().map(|run| run.len).sum::<u64>();
    let items = written.iter().map(Run::describe).collect();
    let end = if more == 0 { String::new() } else { format!(", … and {more} more") };
    flow(&format!("{}: ", count(plans.len() as u64, "plan")), items, &end)
}

/// Returns the runs of plans, in the order of their first plans.
fn condense(plans: &[Plan]) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    for plan in plans {
        // Look at every run, not only the last: plans of several `AfterFault` often alternate.
        let grown = runs.iter_mut().rev().take(4).find(|run| follows(run.last, plan));
        match grown {
            Some(run) => {
                run.last = plan;
                run.len += 1;
            }
            None => runs.push(Run { first: plan, last: plan, len: 1 }),
        }
    }
    runs
}

fn follows(last: &Plan, next: &Plan) -> bool {
    let after: (AfterFault, AfterFault) = (last.after, next.after);
    match (&last.fault, &next.fault) {
        (Fault::Nth(last), Fault::Nth(next)) => {
            after.0 == after.1 && last.checked_add(1) == Some(*next)
        }
        _ => false,
    }
}

impl Run<'_> {
    fn describe(&self) -> String {
        let Self { first, last, len } = self;
        match len {
            1 => first.to_string(),
            2 => format!("{first}, {last}"),
            _ => format!("{first} to {last}"),
        }
    }
}

/// Joins `start`, the items with commas between them, and `end`; lines break between items.
fn flow(start: &str, items: Vec<String>, end: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = start.to_owned();
    let last = items.len().saturating_sub(1);
    for (index, item) in items.into_iter().enumerate() {
        let mark = if index == last { end } else { "," };
        if width(&line) + width(&item) + width(mark) > WIDTH - VALUES && !line.trim().is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        line.push_str(&item);
        line.push_str(mark);
        line.push(' ');
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nth(numbers: impl IntoIterator<Item = u64>, after: AfterFault) -> Vec<Plan> {
        numbers.into_iter().map(|n| Plan::nth(n, after)).collect()
    }

    fn text(plans: &[Plan]) -> String {
        let lines = lines(plans);
        assert!(lines.iter().all(|line| width(line.trim_end()) <= WIDTH - VALUES), "{lines:#?}");
        lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn a_few_are_listed_as_they_come() {
        let mut plans = nth([17, 18, 19, 4], AfterFault::FailAll);
        plans.push(Plan::new(Fault::Set([1, 9].into()), AfterFault::Succeed));
        assert_eq!(
            text(&plans),
            "nth:17/fail-all, nth:18/fail-all, nth:19/fail-all, nth:4/fail-all, set:1,9/succeed"
        );
    }

    #[test]
    fn consecutive_plans_are_condensed() {
        let turns: Vec<_> = (3..=30)
            .flat_map(|n| [AfterFault::FailAll, AfterFault::Succeed].map(|a| Plan::nth(n, a)))
            .collect();
        assert_eq!(
            text(&turns),
            "56 plans: nth:3/fail-all to nth:30/fail-all, nth:3/succeed to nth:30/succeed"
        );
        let mut plans = nth(10..15, AfterFault::Forbid);
        plans.extend(nth([16, 17, 40], AfterFault::Forbid));
        assert_eq!(
            text(&plans),
            "8 plans: nth:10/forbid to nth:14/forbid, nth:16/forbid, nth:17/forbid, nth:40/forbid"
        );
    }

    #[test]
    fn many_apart_are_cut() {
        let plans = nth((0..47).map(|n| n * 2), AfterFault::FailAll);
        assert_eq!(
            text(&plans),
            "47 plans: nth:0/fail-all, nth:2/fail-all, nth:4/fail-all, nth:6/fail-all,|\
             nth:8/fail-all, nth:10/fail-all, … and 41 more"
        );
    }
}
