//! Known findings, which do not fail a sweep: [`KnownFindings`].
//!
//! A project with a thousand findings writes them to a file once, and from then on fails only for
//! new ones. A finding is recognised by its sweep, kind and site, which are the same in every
//! build. The message is for people. `file` reads and writes the file.

use super::{Report, Tolerance};
use crate::harness::oracle::{Finding, FindingKind, Status};
use crate::harness::plan::SiteId;

/// One known finding.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KnownFinding {
    /// The name of the sweep that finds it.
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
            sweep: report.name.clone(),
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
            let of_sweep = |report: &&Report| unnumbered(&report.name) == unnumbered(&known.sweep);
            let mut reports = reports.iter().filter(of_sweep).peekable();
            reports.peek().is_some() && reports.all(Report::covers_everything)
        };
        let is_new =
            |known: &KnownFinding, all: &Self| !all.contains(&known.sweep, known.kind, known.site);
        for known in before.0 {
            if !is_judged(&known) && is_new(&known, &self) {
                self.0.push(known);
            }
        }
        self.0.sort_by(|a, b| key(a).cmp(&key(b)));
        self
    }

    /// Returns whether the list has a finding of this sweep, kind and site. Numbers such as in
    /// `grow#2` are ignored: only reports in one folder number sweeps of one name.
    #[must_use]
    pub fn contains(&self, sweep: &str, kind: FindingKind, site: Option<SiteId>) -> bool {
        let is_it = |known: &KnownFinding| {
            (known.kind, known.site) == (kind, site)
                && unnumbered(&known.sweep) == unnumbered(sweep)
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

/// Returns `grow` for `grow#2`.
pub(crate) fn unnumbered(sweep: &str) -> &str {
    let is_number = |end: &str| !end.is_empty() && end.bytes().all(|byte| byte.is_ascii_digit());
    match sweep.rsplit_once('#') {
        Some((start, end)) if is_number(end) => start,
        _ => sweep,
    }
}

/// Marks the known findings of a finished report, and records which entries of the list matched.
pub(crate) fn apply_known(report: &mut Report, known: &KnownFindings) {
    mark_known(report, known);
    let name = &report.name;
    let of_sweep = known.0.iter().filter(|known| known.sweep == *name);
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
    for finding in &mut report.findings {
        let (kind, site) = (finding.kind, finding.site);
        if finding.status == Status::New && known.contains(&report.name, kind, site) {
            finding.status = Status::Known;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::report::samples;

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

    #[test]
    fn allowed_findings_are_left_out_and_others_listed_once() {
        let known =
            KnownFindings::of(&[samples::several(), samples::example(), samples::several()]);
        let kinds: Vec<_> = known.as_slice().iter().map(|known| known.kind).collect();
        assert_eq!(kinds, [FindingKind::Panicked, FindingKind::PartialUpdate, FindingKind::Leaked]);
    }
}
