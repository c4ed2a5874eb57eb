//! Known findings, which do not fail a sweep: [`KnownFindings`].
//!
//! A project with a thousand findings writes them to a file once, and from then on fails only for
//! new ones. A finding is recognised by its sweep, kind and site, which are the same in every
//! build. The sweep is named with its package, binary and test, as far as they are known; `sweep_id`
//! says which names mean one sweep. The message is for people. `file` reads and writes the file.

use super::sweep_id::{unnumbered, without_end};
use super::{Report, SweepId, Tolerance};
use crate::harness::oracle::{Finding, FindingKind, Status};
use crate::harness::plan::SiteId;

/// One known finding.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KnownFinding {
    /// The sweep that finds it, as [`Report::full_name`] names it. A shorter name, such as that of
    /// the sweep alone, means the sweep in every package, binary and test.
    pub sweep: String,
    /// The kind of mistake.
    pub kind: FindingKind,
    /// The site of the failed request.
    pub site: Option<SiteId>,
    /// The finding's message at the time when it was written down.
    pub message: String,
}

/// A list of known findings, as a file of them holds it.
///
/// ```
/// use oom_sweep::FindingKind;
/// use oom_sweep::report::{KnownFinding, KnownFindings, Report};
///
/// let known = KnownFindings::from(vec![KnownFinding {
///     sweep: "grow".to_owned(),
///     kind: FindingKind::Leaked,
///     site: None,
///     message: "1 block left".to_owned(),
/// }]);
/// assert!(known.contains("grow", FindingKind::Leaked, None));
/// assert!(!known.contains("shrink", FindingKind::Leaked, None));
/// assert_eq!(known.as_slice().len(), 1);
///
/// // All findings of some reports.
/// assert_eq!(KnownFindings::of(&[]), KnownFindings::default());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownFindings(Vec<KnownFinding>);

impl KnownFindings {
    /// Lists the findings of these reports, each once. It leaves out findings that are allowed. The
    /// order does not depend on that of the reports.
    #[must_use]
    pub fn of(reports: &[Report]) -> Self {
        let known = |report: &Report, finding: &Finding| KnownFinding {
            sweep: report.full_name(),
            kind: finding.kind,
            site: finding.site,
            message: finding.message.clone(),
        };
        let of_report = |report| {
            let findings = Report::findings(report).iter();
            let failing = findings.filter(|finding| finding.status != Status::Allowed);
            failing.map(move |finding| known(report, finding))
        };
        let mut all: Vec<_> = reports.iter().flat_map(of_report).collect();
        all.sort_by(|a, b| key(a).cmp(&key(b)));
        all.dedup_by(|a, b| key(a) == key(b));
        Self(all)
    }

    /// Returns the findings as a slice.
    #[must_use]
    pub fn as_slice(&self) -> &[KnownFinding] {
        &self.0
    }

    /// Adds the findings of another list.
    #[cfg(feature = "serde")]
    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Adds the findings of `before` that these reports do not fully judge again: a report that is
    /// missing or not complete cannot tell that a finding is gone.
    #[cfg(feature = "cli")]
    pub(crate) fn keep_unjudged(mut self, before: Self, reports: &[Report]) -> Self {
        let is_judged = |known: &KnownFinding| {
            let of_sweep = |report: &&Report| report.id().is_named(&known.sweep);
            let mut reports = reports.iter().filter(of_sweep).peekable();
            reports.peek().is_some() && reports.all(Report::covers_everything)
        };
        for known in before.0 {
            if !is_judged(&known) && !self.contains(&known.sweep, known.kind, known.site) {
                self.0.push(known);
            }
        }
        self.0.sort_by(|a, b| key(a).cmp(&key(b)));
        self
    }

    /// Returns whether the list has a finding of this sweep, kind and site. Names of different
    /// lengths are the same if the longer one ends with the shorter one: `grow` and
    /// `store::oom::grows::grow`. Numbers such as in `grow#2` are ignored: only reports in one
    /// folder number sweeps of one name.
    #[must_use]
    pub fn contains(&self, sweep: &str, kind: FindingKind, site: Option<SiteId>) -> bool {
        self.any(kind, site, |known| {
            let (known, sweep) = (unnumbered(known), unnumbered(sweep));
            without_end(known, sweep).or_else(|| without_end(sweep, known)).is_some()
        })
    }

    fn contains_for(&self, id: &SweepId<'_>, finding: &Finding) -> bool {
        self.any(finding.kind, finding.site, |known| id.is_named(known))
    }

    fn any(
        &self,
        kind: FindingKind,
        site: Option<SiteId>,
        is_sweep: impl Fn(&str) -> bool,
    ) -> bool {
        let is_it = |known: &KnownFinding| {
            (known.kind, known.site) == (kind, site) && is_sweep(&known.sweep)
        };
        self.0.iter().any(is_it)
    }
}

impl From<Vec<KnownFinding>> for KnownFindings {
    fn from(known: Vec<KnownFinding>) -> Self {
        Self(known)
    }
}

fn key(known: &KnownFinding) -> (&str, FindingKind, Option<SiteId>) {
    (&known.sweep, known.kind, known.site)
}

/// Marks the known findings of a finished report, and records which entries of the list matched.
pub(crate) fn apply_known(report: &mut Report, known: &KnownFindings) {
    mark_known(report, known);
    // An entry of another sweep of this name need not match here.
    let names = [report.name.clone(), report.full_name()];
    let of_sweep = known.0.iter().filter(|known| names.contains(&known.sweep));
    let tolerances: Vec<_> = of_sweep
        .map(|known| {
            let is_it = |found: &Finding| (found.kind, found.site) == (known.kind, known.site);
            Tolerance::known(known.kind, known.site, report.findings.iter().any(is_it))
        })
        .collect();
    report.add_tolerances(tolerances);
}

/// Marks the known findings of a finished report, so that they do not fail.
pub(crate) fn mark_known(report: &mut Report, known: &KnownFindings) {
    let id = report.id();
    let is_known = |found: &Finding| found.status == Status::New && known.contains_for(&id, found);
    let marks: Vec<_> = report.findings.iter().map(is_known).collect();
    for (finding, is_known) in report.findings.iter_mut().zip(marks) {
        if is_known {
            finding.status = Status::Known;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::report::{Origin, samples};

    #[cfg(feature = "cli")]
    #[test]
    fn findings_of_unjudged_sweeps_stay_known() {
        let whole = Report { strategy: "every-request".to_owned(), ..samples::example() };
        let before = KnownFindings::of(std::slice::from_ref(&whole));
        let mended = Report { findings: Vec::new(), ..whole };
        let after = |reports: &[Report]| {
            KnownFindings::of(reports).keep_unjudged(before.clone(), reports).as_slice().len()
        };
        let partial = Report { runs: 0, ..mended.clone() };
        let sampled = Report { strategy: "sample:1".to_owned(), ..mended.clone() };
        let shard = Report { shard: Some("1/2".parse().unwrap()), ..mended.clone() };
        for unjudged in [vec![], vec![partial], vec![sampled], vec![shard]] {
            assert_eq!(after(&unjudged), before.as_slice().len(), "{unjudged:?}");
        }
        assert_eq!(after(&[mended]), 0);
        assert_eq!(after(&[samples::example()]), before.as_slice().len());
    }

    #[test]
    fn known_findings_do_not_fail_and_new_ones_do() {
        let known = KnownFindings::of(&[samples::example()]);
        let mut report = samples::example();
        report.strategy = "every-request".to_owned();
        apply_known(&mut report, &known);
        report.note_stale_tolerances();
        assert!(report.is_clean() && report.known_findings() == 1 && report.notes.is_empty());

        let other_site = Finding { site: Some(SiteId(1)), ..samples::partial_update() };
        report.findings.push(other_site);
        apply_known(&mut report, &known);
        assert_eq!((report.new_findings(), report.known_findings()), (1, 1));

        let mut elsewhere = Report { name: "memory::shrink".to_owned(), ..samples::example() };
        apply_known(&mut elsewhere, &known);
        assert!(!elsewhere.is_clean() && elsewhere.tolerances.is_empty());
    }

    #[test]
    fn a_known_finding_that_is_gone_is_noted() {
        let known = KnownFindings::of(&[samples::example()]);
        let strategy = "every-request".to_owned();
        let mut report = Report { findings: vec![], strategy, ..samples::example() };
        apply_known(&mut report, &known);
        report.note_stale_tolerances();
        let note = "known PartialUpdate at 9f3c21d0 matched no finding: remove it";
        assert_eq!(report.notes, [note]);
    }

    #[test]
    fn sweeps_of_one_name_share_what_is_known() {
        let numbered = |name: &str| Report { name: name.to_owned(), ..samples::example() };
        let known = KnownFindings::of(&[numbered("memory::grow#2")]);
        for name in ["memory::grow", "memory::grow#2", "memory::grow#13"] {
            let mut report = numbered(name);
            apply_known(&mut report, &known);
            assert!(report.is_clean(), "{name}");
        }
        assert!(!known.contains("memory::grow#x", FindingKind::PartialUpdate, None));
    }

    fn in_package(package: &str) -> Report {
        let text = |text: &str| Some(text.to_owned());
        let (package, binary, test) = (text(package), text("oom"), text("grows"));
        let origin = Origin { package, binary, test, ..Origin::default() };
        Report { origin: Some(origin), ..samples::example() }
    }

    #[test]
    fn what_is_known_in_one_package_is_new_in_another() {
        let known = KnownFindings::of(&[in_package("store")]);
        assert_eq!(known.as_slice()[0].sweep, "store::oom::grows::memory::grow");
        let status = |mut report: Report, known: &KnownFindings| {
            mark_known(&mut report, known);
            report.findings[0].status
        };
        assert_eq!(status(in_package("store"), &known), Status::Known);
        assert_eq!(status(in_package("log"), &known), Status::New);
        // A report that does not know its package, and a list that names the sweep alone.
        assert_eq!(status(samples::example(), &known), Status::Known);
        let short = KnownFindings::of(&[samples::example()]);
        assert_eq!(status(in_package("log"), &short), Status::Known);
    }

    #[test]
    fn allowed_findings_are_left_out_and_others_listed_once() {
        let known =
            KnownFindings::of(&[samples::several(), samples::example(), samples::several()]);
        let kinds: Vec<_> = known.as_slice().iter().map(|known| known.kind).collect();
        assert_eq!(kinds, [FindingKind::Panicked, FindingKind::PartialUpdate, FindingKind::Leaked]);
    }
}
