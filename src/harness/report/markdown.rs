//! Reports as Markdown, for a comment or a job's summary: [`markdown`]. It escapes text of the code
//! under test.
//!
//! It writes GitHub's Markdown, with `<details>` around long parts. The table has the cells of
//! `summary`, and a finding is written as in the text.

use std::cmp::Reverse;
use std::fmt;
use std::path::Path;

use super::summary::{HEADINGS, Row, SIDES, row, totals};
use super::sweep_id::Names;
use super::text::{Side, count, explain_new, is_hidden, render_finding};
use super::{Outcome, Report};
use crate::harness::oracle::{Finding, Status};

/// Writes these reports as Markdown.
///
/// It starts with a headline. Then come a table of the sweeps with the worst ones first, the errors
/// of the harness, each new finding folded up, and the command that explains them. Files below
/// `root`, the workspace, are named relative to it. There is no newline at the end.
///
/// ```
/// # use std::path::Path;
/// let text = oom_sweep::report::markdown(&[], Path::new("/code"));
/// assert!(text.starts_with("### oom-sweep: PASS, 0 new findings in 0 sweeps\n"));
/// ```
#[must_use]
pub fn markdown(reports: &[Report], root: &Path) -> String {
    within(usize::MAX, reports, root)
}

/// Writes the same in at most `limit` bytes, if the headline fits. The end counts what did not fit.
pub(super) fn within(limit: usize, reports: &[Report], root: &Path) -> String {
    let mut page = Page { text: headline(reports), limit: limit.saturating_sub(RESERVE), more: 0 };
    let names = Names::new(reports);
    write_table(&mut page, reports, &names);
    for report in reports {
        if let Some(error) = report.error() {
            page.block(&format!("**ERROR** {}: {}", Cell(names.of(report)), Cell(&in_line(error))));
        }
    }
    for report in reports {
        let numbered = report.findings.iter().enumerate();
        for (index, finding) in numbered.filter(|(_, found)| found.status == Status::New) {
            page.block(&folded(index + 1, finding, report, names.of(report), root));
        }
    }
    if let Some(command) = explain_new(reports.iter().flat_map(|report| &report.findings)) {
        page.block(&format!("What this means: `{command}`"));
    }
    let notes =
        reports.iter().flat_map(|report| report.notes.iter().map(move |note| (report, note)));
    for (index, (report, note)) in notes.enumerate() {
        let gap = if index == 0 { "\n\n" } else { "\n" };
        page.piece(&format!("{gap}- {}: {}", Cell(names.of(report)), Cell(note)));
    }
    page.finish()
}

/// Bytes reserved for the line that counts what did not fit.
const RESERVE: usize = 100;

/// A text with a size limit. It skips a piece that does not fit; a shorter piece may follow.
struct Page {
    text: String,
    limit: usize,
    /// How many pieces it skipped.
    more: u64,
}

impl Page {
    /// Appends a piece, or counts it as skipped.
    fn piece(&mut self, piece: &str) {
        match self.text.len().saturating_add(piece.len()) <= self.limit {
            true => self.text.push_str(piece),
            false => self.more += 1,
        }
    }

    /// Appends a piece as a paragraph.
    fn block(&mut self, block: &str) {
        self.piece(&format!("\n\n{block}"));
    }

    fn finish(mut self) -> String {
        if self.more > 0 {
            self.text.push_str(&format!("\n\n… and {} more, which did not fit", self.more));
        }
        self.text
    }
}

fn headline(reports: &[Report]) -> String {
    let outcome = reports.iter().map(Report::outcome).max().unwrap_or(Outcome::Pass);
    let sum = |number: fn(&Report) -> usize| reports.iter().map(number).sum::<usize>() as u64;
    let new = count(sum(Report::new_findings), "new finding");
    let known = match sum(Report::known_findings) {
        0 => String::new(),
        known => format!(" and {known} known"),
    };
    let sweeps = count(reports.len() as u64, "sweep");
    format!("### oom-sweep: {outcome}, {new}{known} in {sweeps}")
}

/// The table may take half of the space: findings matter more than the names of sweeps that passed.
fn write_table(page: &mut Page, reports: &[Report], names: &Names<'_>) {
    let limit = page.limit;
    page.limit = limit / 2;
    let sides = SIDES.map(|side| match side {
        Side::Left => "---",
        Side::Right => "---:",
    });
    page.piece(&format!("\n\n| {} |\n| {} |", HEADINGS.join(" | "), sides.join(" | ")));
    let mut worst_first: Vec<_> = reports.iter().collect();
    worst_first.sort_by_key(|report| Reverse(report.outcome()));
    for report in worst_first {
        page.piece(&cells(row(names.of(report), report), |cell| cell));
    }
    page.limit = limit;
    page.piece(&cells(totals(reports), |cell| match cell.is_empty() {
        true => cell,
        false => format!("**{cell}**"),
    }));
}

fn cells(row: Row, style: fn(String) -> String) -> String {
    let cells = row.map(|cell| style(Cell(&cell).to_string()));
    format!("\n| {} |", cells.join(" | "))
}

/// A finding that opens at a click.
fn folded(number: usize, finding: &Finding, report: &Report, name: &str, root: &Path) -> String {
    let text = render_finding(number, finding, report, Some(root));
    let message = finding.message.lines().next().unwrap_or_default();
    let fence = fence_around(&text);
    format!(
        "<details><summary><b>{}</b> in {}: {}</summary>\n\n{fence}text\n{text}\n{fence}\n\n\
         </details>",
        finding.kind,
        Html(name),
        Html(message),
    )
}

/// Returns more backticks than the text has in a row.
fn fence_around(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(3.max(longest + 1))
}

fn in_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Escapes a text so that it stays in its cell or line and Markdown does not interpret it.
pub(super) struct Cell<'a>(pub(super) &'a str);

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '#' => write!(f, "\\{c}")?,
                c => write_html(c, f)?,
            }
        }
        Ok(())
    }
}

/// Escapes a line inside HTML, where Markdown has no effect.
struct Html<'a>(&'a str);

impl fmt::Display for Html<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| write_html(c, f))
    }
}

fn write_html(c: char, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match c {
        c if c.is_control() => f.write_str(" "),
        c if is_hidden(c) => write!(f, "{}", c.escape_default()),
        '<' => f.write_str("&lt;"),
        '&' => f.write_str("&amp;"),
        // GitHub notifies the user of an `@name`.
        '@' => f.write_str("&#64;"),
        c => write!(f, "{c}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::report::samples;

    #[test]
    fn cells_and_html_are_escaped() {
        assert_eq!(Cell("a|b\n`@c`").to_string(), "a\\|b \\`&#64;c\\`");
        assert_eq!(Html("<b> & `@c`\n").to_string(), "&lt;b> &amp; `&#64;c` ");
    }

    #[test]
    fn a_fence_is_longer_than_any_in_the_text() {
        assert_eq!(fence_around("no tick"), "```");
        assert_eq!(fence_around("`a` ````"), "`````");
        let message = "``` breaks out".to_owned();
        let finding = Finding { message, ..samples::partial_update() };
        let report = Report { findings: vec![finding], ..samples::example() };
        assert_eq!(markdown(&[report], Path::new("/code")).matches("\n````").count(), 2);
    }

    #[test]
    fn the_worst_sweep_comes_first_and_known_findings_stay_in_the_table() {
        let reports = [samples::clean(), samples::sampled(), samples::error(), samples::example()];
        let text = markdown(&reports, Path::new("/code"));
        assert!(text.starts_with("### oom-sweep: ERROR, 1 new finding and 1 known in 4 sweeps\n"));
        let names: Vec<_> = text.lines().filter_map(|line| line.split('|').nth(1)).collect();
        assert_eq!(
            names[2..6],
            [" store::open ", " memory::grow ", " table::insert ", " big::load "]
        );
        assert_eq!(text.matches("<details>").count(), 1);
        assert!(
            text.contains("\n**ERROR** store::open: a fault-free run hung in a child: it waits")
        );
    }

    #[test]
    fn skipped_pieces_are_counted() {
        let reports = samples::varied();
        let whole = markdown(&reports, Path::new("/code"));
        assert_eq!(within(whole.len() + RESERVE, &reports, Path::new("/code")), whole);
        for limit in (600..whole.len()).step_by(97) {
            let text = within(limit, &reports, Path::new("/code"));
            assert!(text.len() <= limit, "{limit}: {text}");
            assert!(text.ends_with(" more, which did not fit"), "{limit}: {text}");
            let opened = text.matches("<details>").count();
            assert_eq!(opened, text.matches("</details>").count());
        }
    }
}
