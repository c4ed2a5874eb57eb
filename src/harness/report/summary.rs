//! A table of many reports, one line each: [`summary`].
//!
//! It contains only what fits one line a sweep. `markdown` uses the same cells.

use std::fmt;
use std::time::Duration;

use super::sweep_id::Names;
use super::text::{NAME_COLUMN, Side, count, duration, padded, printable, width};
use super::{Outcome, Report};

/// Writes a table of these sweeps, with a line of totals and without a newline at the end.
///
/// The totals add the sites of all sweeps, as if no two sweeps shared one. The outcome of the last
/// line is the worst.
///
/// ```
/// use oom_sweep::report::summary;
///
/// let table = summary(&[]).to_string();
/// assert!(table.lines().last().unwrap().starts_with("0 sweeps  PASS"));
/// ```
pub fn summary(reports: &[Report]) -> impl fmt::Display {
    Summary(reports)
}

struct Summary<'a>(&'a [Report]);

/// The cells of a line.
pub(super) type Row = [String; 8];

pub(super) const HEADINGS: [&str; 8] =
    ["sweep", "outcome", "requests", "sites", "runs", "new/all", "executor", "time"];

/// Words are aligned left, numbers right.
pub(super) const SIDES: [Side; 8] = [
    Side::Left,
    Side::Left,
    Side::Right,
    Side::Right,
    Side::Right,
    Side::Right,
    Side::Left,
    Side::Right,
];

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = vec![HEADINGS.map(str::to_owned)];
        let names = Names::new(self.0);
        rows.extend(self.0.iter().map(|report| row(names.of(report), report)));
        rows.push(totals(self.0));
        let mut widths: [usize; 8] = std::array::from_fn(|column| {
            rows.iter().map(|row| width(&row[column])).max().unwrap_or(0)
        });
        widths[0] = widths[0].min(NAME_COLUMN);
        for (index, row) in rows.iter().enumerate() {
            let line = line(row, &widths);
            write!(f, "{}{}", if index == 0 { "" } else { "\n" }, line.trim_end())?;
        }
        Ok(())
    }
}

fn line(row: &Row, widths: &[usize; 8]) -> String {
    let cells = row.iter().zip(widths).zip(SIDES);
    let cells = cells.map(|((cell, &width), side)| padded(cell, side, width));
    cells.collect::<Vec<_>>().join("  ")
}

pub(super) fn row(name: &str, report: &Report) -> Row {
    let runs = match report.runs == report.plans {
        true => report.runs.to_string(),
        false => format!("{} of {}", report.runs, report.plans),
    };
    [
        printable(name),
        report.outcome().to_string(),
        report.requests.to_string(),
        report.sites.to_string(),
        runs,
        format!("{}/{}", report.new_findings(), report.findings.len()),
        printable(&report.executor),
        duration(report.elapsed),
    ]
}

pub(super) fn totals(reports: &[Report]) -> Row {
    let sum = |number: fn(&Report) -> u64| reports.iter().map(number).fold(0, u64::saturating_add);
    let total = Report {
        requests: sum(Report::requests),
        sites: sum(Report::sites),
        plans: sum(Report::plans),
        runs: sum(Report::runs),
        findings: reports.iter().flat_map(|report| report.findings.clone()).collect(),
        elapsed: reports.iter().map(Report::elapsed).sum::<Duration>(),
        ..Report::blank("")
    };
    let mut row = row(&count(reports.len() as u64, "sweep"), &total);
    row[1] = reports.iter().map(Report::outcome).max().unwrap_or(Outcome::Pass).to_string();
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::report::{Origin, samples};

    #[test]
    fn columns_are_aligned() {
        let reports = [samples::clean(), samples::example(), samples::partial(), samples::error()];
        assert_eq!(
            summary(&reports).to_string(),
            "\
sweep          outcome  requests  sites        runs  new/all  executor     time
table::insert  PASS           12      8          24      0/0  in-process   3 ms
memory::grow   FAIL           57     31         114      1/1  worker      41 ms
größe          PARTIAL       120     40   61 of 240      0/1  worker      2.0 s
store::open    ERROR           0      0           0      0/0  worker      12 ms
4 sweeps       ERROR         189     79  199 of 378      1/2              2.1 s"
        );
    }

    #[test]
    fn no_sweep_is_a_table_too() {
        let text = summary(&[]).to_string();
        assert!(
            text.lines().nth(1).is_some_and(|line| line.starts_with("0 sweeps  PASS")),
            "{text}"
        );
    }

    #[test]
    fn large_numbers_and_long_names_are_written() {
        let name = "n".repeat(1 << 17);
        let report = Report { name, requests: u64::MAX, ..samples::clean() };
        let text = summary(&[report.clone(), report]).to_string();
        assert!(text.contains(&format!("  {}  ", u64::MAX)) && text.len() > 2 << 17);
        assert!(text.lines().last().unwrap().len() < 150, "a long name widens only its own row");
    }

    #[test]
    fn sweeps_of_one_name_are_told_apart() {
        let of = |package: &str| {
            let origin = Origin { package: Some(package.to_owned()), ..Origin::default() };
            Report { origin: Some(origin), ..samples::clean() }
        };
        let text = summary(&[of("store"), of("log"), samples::example()]).to_string();
        let names: Vec<_> = text.lines().map(|line| line.split(' ').next().unwrap()).collect();
        let expected = ["sweep", "store::table::insert", "log::table::insert", "memory::grow", "3"];
        assert_eq!(names, expected);
    }
}
