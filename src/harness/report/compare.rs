//! What has changed between two sets of reports of the same sweeps: [`Comparison`]. It is written
//! as text, or as Markdown for a comment on a pull request.
//!
//! Findings are the same if their sweep, kind and site are the same; `sweep_id` says which sweeps
//! are the same. A finding is gone only if its sweep ran again in full.

use std::fmt;

use super::Report;
use super::markdown::Cell;
use super::sweep_id::Names;
use super::text::{NAME_COLUMN, Side, count, padded, printable};
use crate::harness::oracle::{Finding, Status};
use crate::harness::plan::SiteId;

/// The greatest number of sites that a text names.
const NAMED: usize = 8;

/// Old reports compared with new ones.
///
/// [`Display`](fmt::Display) writes the comparison as text.
///
/// ```
/// use oom_sweep::report::Comparison;
///
/// let comparison = Comparison::new(&[], &[]);
/// assert!(!comparison.has_new());
/// assert_eq!(comparison.to_string(), "0 new findings, 0 known, 0 gone; 0 new sites");
/// assert!(comparison.markdown().to_string().starts_with("### oom-sweep: 0 new findings"));
/// ```
pub struct Comparison<'a> {
    pub(super) names: Names<'a>,
    pub(super) new: Vec<(&'a Report, &'a Finding)>,
    pub(super) known: Vec<(&'a Report, &'a Finding)>,
    pub(super) gone: Vec<(&'a Report, &'a Finding)>,
    /// Sweeps with new sites: how many, and which, if the report lists them.
    pub(super) sites: Vec<(&'a Report, u64, Vec<SiteId>)>,
    /// Sweeps without a new report, or without a complete one.
    pub(super) unswept: Vec<&'a Report>,
}

impl<'a> Comparison<'a> {
    /// Compares old reports with new ones.
    #[must_use]
    pub fn new(old: &'a [Report], new: &'a [Report]) -> Self {
        let all = |reports: &'a [Report]| {
            let of = |report: &'a Report| report.findings.iter().map(move |found| (report, found));
            reports.iter().flat_map(of).collect::<Vec<_>>()
        };
        let (old_findings, new_findings) = (all(old), all(new));
        let is_in = |list: &[(&Report, &Finding)], (report, finding): &(&Report, &Finding)| {
            list.iter().any(|(other, found)| {
                (found.kind, found.site) == (finding.kind, finding.site)
                    && other.id().matches(&report.id())
            })
        };
        let again = |report: &Report| new.iter().find(|other| other.id().matches(&report.id()));
        let (known, unknown): (Vec<_>, Vec<_>) = new_findings
            .iter()
            .copied()
            .partition(|found| found.1.status != Status::New || is_in(&old_findings, found));
        let gone = old_findings
            .iter()
            .filter(|found| again(found.0).is_some_and(Report::is_complete))
            .filter(|found| !is_in(&new_findings, found));
        let unswept = old.iter().filter(|report| !again(report).is_some_and(Report::is_complete));
        let sites = new.iter().filter_map(|report| {
            let before = old.iter().find(|other| other.id().matches(&report.id()))?;
            new_sites(before, report)
        });
        Self {
            names: Names::new(old.iter().chain(new)),
            new: unknown,
            known,
            gone: gone.copied().collect(),
            sites: sites.collect(),
            unswept: unswept.collect(),
        }
    }

    /// Returns whether there are new findings.
    #[must_use]
    pub fn has_new(&self) -> bool {
        !self.new.is_empty()
    }

    /// Returns the comparison as Markdown.
    #[must_use]
    pub fn markdown(&self) -> impl fmt::Display + '_ {
        Markdown(self)
    }

    /// Writes the headline: how many of each.
    pub(super) fn totals(&self) -> String {
        let Self { new, known, gone, .. } = self;
        let sites = self.sites.iter().map(|&(_, number, _)| number).fold(0, u64::saturating_add);
        let findings = count(new.len() as u64, "new finding");
        let sites = count(sites, "new site");
        format!("{findings}, {} known, {} gone; {sites}", known.len(), gone.len())
    }

    /// Returns a row for each change: the word, the sweep, the description.
    fn rows(&self) -> Vec<[String; 3]> {
        let findings = |word: &'static str, list: &[(&Report, &Finding)]| {
            let row = |(report, finding): &(&Report, &Finding)| {
                [word.to_owned(), printable(self.names.of(report)), describe(finding)]
            };
            list.iter().map(row).collect::<Vec<_>>()
        };
        let sites = self.sites.iter().map(|(report, number, ids)| {
            let named: Vec<_> = ids.iter().take(NAMED).map(ToString::to_string).collect();
            let more = if ids.len() > NAMED { ", …" } else { "" };
            let named = match named.is_empty() {
                true => String::new(),
                false => format!(": {}{more}", named.join(", ")),
            };
            let what = format!("{} of {}{named}", count(*number, "new site"), report.sites);
            ["SITES".to_owned(), printable(self.names.of(report)), what]
        });
        let unswept = self.unswept.iter().map(|report| {
            let what = "not swept again in full: its old findings are not called gone".to_owned();
            ["UNSWEPT".to_owned(), printable(self.names.of(report)), what]
        });
        let mut rows = findings("NEW", &self.new);
        rows.extend(findings("KNOWN", &self.known));
        rows.extend(findings("GONE", &self.gone));
        rows.into_iter().chain(sites).chain(unswept).collect()
    }
}

/// Writes `PartialUpdate at 9f3c21d0: the message`.
fn describe(finding: &Finding) -> String {
    let site = finding.site.map_or_else(String::new, |site| format!(" at {site}"));
    let message: Vec<_> = finding.message.split_whitespace().collect();
    format!("{}{site}: {}", finding.kind, printable(&message.join(" ")))
}

fn new_sites<'a>(before: &Report, report: &'a Report) -> Option<(&'a Report, u64, Vec<SiteId>)> {
    if before.site_ids.is_empty() || report.site_ids.is_empty() {
        // The report has only their number.
        let more = report.sites.checked_sub(before.sites)?;
        return (more > 0).then_some((report, more, Vec::new()));
    }
    let is_new = |site: &&SiteId| !before.site_ids.contains(site);
    let mut sites: Vec<_> = report.site_ids.iter().filter(is_new).copied().collect();
    // Call stacks that differ only in lines are one site.
    let mut seen = std::collections::HashSet::new();
    sites.retain(|site| seen.insert(*site));
    (!sites.is_empty()).then_some((report, sites.len() as u64, sites))
}

impl fmt::Display for Comparison<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.totals())?;
        let rows = self.rows();
        let width = rows.iter().map(|[_, name, _]| super::text::width(name)).max().unwrap_or(0);
        let width = width.min(NAME_COLUMN);
        for (index, [word, name, what]) in rows.iter().enumerate() {
            let gap = if index == 0 { "\n" } else { "" };
            let name = padded(name, Side::Left, width);
            write!(f, "{gap}\n{word:<7}  {name}  {what}")?;
        }
        Ok(())
    }
}

struct Markdown<'a>(&'a Comparison<'a>);

impl fmt::Display for Markdown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "### oom-sweep: {}", self.0.totals())?;
        for (index, [word, name, what]) in self.0.rows().iter().enumerate() {
            if index == 0 {
                write!(f, "\n\n| | sweep | |\n| --- | --- | --- |")?;
            }
            let word = if word == "NEW" { "**NEW**" } else { word };
            write!(f, "\n| {word} | {} | {} |", Cell(name), Cell(what))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::report::{Origin, samples};

    #[test]
    fn new_known_and_gone_findings_and_new_sites() {
        let old = [samples::several(), samples::sampled()];
        let mut new = [samples::several(), samples::sampled()];
        let moved = Finding { site: Some(SiteId(7)), ..samples::partial_update() };
        new[0].runs = new[0].plans;
        new[0].sites = 33;
        new[0].findings = vec![samples::panicked(), moved];
        new[1].site_ids.push(SiteId(42));
        new[1].site_ids.push(SiteId(42));
        let comparison = Comparison::new(&old, &new);
        assert!(comparison.has_new());
        assert_eq!(
            comparison.to_string(),
            "\
1 new finding, 2 known, 2 gone; 3 new sites

NEW      memory::grow  PartialUpdate at 00000007: returned OutOfMemory, but the view changed
KNOWN    memory::grow  Panicked: panicked at src/store.rs:77:9: assertion `left == right` failed \
left: 1 right: 2
KNOWN    big::load     PartialUpdate at 9f3c21d0: returned OutOfMemory, but the view changed
GONE     memory::grow  Leaked: 1 block left, 24 bytes: 24 bytes allocated by request 3
GONE     memory::grow  PartialUpdate at 9f3c21d0: returned OutOfMemory, but the view changed
SITES    memory::grow  2 new sites of 33
SITES    big::load     1 new site of 4: 0000002a"
        );
        let markdown = comparison.markdown().to_string();
        assert!(
            markdown.starts_with("### oom-sweep: 1 new finding, 2 known, 2 gone; 3 new sites\n\n|")
        );
        assert!(markdown.contains("\n| **NEW** | memory::grow | PartialUpdate at 00000007: "));
        assert!(markdown.contains("assertion \\`left == right\\` failed left: 1"), "{markdown}");
    }

    #[test]
    fn findings_of_unswept_code_are_not_gone() {
        let old = [samples::example(), samples::clean()];
        let partial = Report { runs: 1, findings: vec![], ..samples::example() };
        let comparison = Comparison::new(&old, std::slice::from_ref(&partial)).to_string();
        assert!(comparison.starts_with("0 new findings, 0 known, 0 gone; 0 new sites\n\nUNSWEPT"));
        assert_eq!(comparison.matches("UNSWEPT").count(), 2);
    }

    #[test]
    fn an_empty_comparison_is_one_line() {
        let both = [samples::clean()];
        let comparison = Comparison::new(&both, &both);
        assert!(!comparison.has_new());
        assert_eq!(comparison.to_string(), "0 new findings, 0 known, 0 gone; 0 new sites");
        assert_eq!(comparison.markdown().to_string().lines().count(), 1);
    }

    #[test]
    fn sweeps_of_one_name_in_two_packages_are_different_sweeps() {
        let of = |package: &str, findings| {
            let package = Some(package.to_owned());
            let origin = Some(Origin { package, ..Origin::default() });
            Report { origin, findings, ..samples::example() }
        };
        let found = || samples::example().findings;
        let (old, new) = ([of("log", found()), of("store", vec![])], [of("store", found())]);
        let text = Comparison::new(&old, &new).to_string();
        assert_eq!(
            text,
            "1 new finding, 0 known, 0 gone; 0 new sites\n\n\
             NEW      store::memory::grow  PartialUpdate at 9f3c21d0: returned OutOfMemory, but the \
             view changed\n\
             UNSWEPT  log::memory::grow    not swept again in full: its old findings are not called \
             gone"
        );
        // Old reports that do not know their package.
        let old = [samples::example()];
        assert!(!Comparison::new(&old, &new).has_new());
    }

    #[test]
    fn a_long_name_does_not_widen_every_row() {
        let of = |name: &str| Report { name: name.to_owned(), ..samples::example() };
        let new = [of(&"n".repeat(200)), of("grow")];
        let text = Comparison::new(&[], &new).to_string();
        assert!(text.lines().last().unwrap().len() < 150, "{text}");
    }

    #[test]
    fn large_numbers_and_long_names_are_written() {
        let old = [samples::clean(), Report { name: "n".repeat(1 << 17), ..samples::clean() }];
        let none = old.clone().map(|report| Report { sites: 0, ..report });
        let new = old.map(|report| Report { sites: u64::MAX, ..report });
        let text = Comparison::new(&none, &new).to_string();
        assert!(text.starts_with(&format!("0 new findings, 0 known, 0 gone; {} new", u64::MAX)));
        assert!(text.len() > 1 << 17);
    }
}
