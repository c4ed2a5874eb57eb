//! The ratchet: findings that are known, and do not fail: [`KnownFindings`].
//!
//! A project with a thousand findings writes them down once and from then on fails for the
//! next one only. A finding is recognised by its sweep, its kind and its site, which are the
//! same in every build; the message is for people. The file is written and read in `file`.

use super::{Report, Tolerance};
use crate::harness::oracle::{Finding, FindingKind, Status};
use crate::harness::plan::SiteId;

/// A finding that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KnownFinding {
    /// The name of the sweep that finds it.
    pub sweep: String,
    /// What is wrong.
    pub kind: FindingKind,
    /// The call stack of the failed request.
    pub site: Option<SiteId>,
    /// What is wrong, in words, when it was written down.
    pub message: String,
}

/// Findings that are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownFindings(Vec<KnownFinding>);

impl KnownFindings {
    /// All that would make these sweeps fail, or would if it were not known already; each once,
    /// in an order that does not depend on that of the reports.
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

    /// They, one by one.
    #[must_use]
    pub fn as_slice(&self) -> &[KnownFinding] {
        &self.0
    }

    /// Adds those of another file.
    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// These, and those that were known before of sweeps that these reports do not say everything
    /// about: nobody knows that they are gone.
    #[cfg(feature = "cli")]
    pub(crate) fn and_unjudged(mut self, before: Self, reports: &[Report]) -> Self {
        let is_judged = |known: &KnownFinding| {
            let of_sweep = |report: &&Report| unnumbered(&report.name) == unnumbered(&known.sweep);
            let mut reports = reports.iter().filter(of_sweep).peekable();
            reports.peek().is_some() && reports.all(Report::tells_all)
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

    /// Whether a finding of this sweep is known. Which of several sweeps of one name it is of
    /// (`grow`, `grow#2`) does not matter: only reports that lie in one folder number them.
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

/// `grow` for `grow#2`.
pub(crate) fn unnumbered(sweep: &str) -> &str {
    let is_number = |end: &str| !end.is_empty() && end.bytes().all(|byte| byte.is_ascii_digit());
    match sweep.rsplit_once('#') {
        Some((start, end)) if is_number(end) => start,
        _ => sweep,
    }
}

/// Lets the findings of a finished report that are known not fail, and takes down which of them
/// were there.
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

/// Lets the findings of a finished report that are known not fail.
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
    fn what_is_not_judged_again_stays_known() {
        let whole = Report { strategy: "every-request".to_owned(), ..samples::example() };
        let before = KnownFindings::of(std::slice::from_ref(&whole));
        let mended = Report { findings: Vec::new(), ..whole };
        let after = |reports: &[Report]| {
            KnownFindings::of(reports).and_unjudged(before.clone(), reports).as_slice().len()
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
    fn what_has_vanished_is_noted() {
        let known = KnownFindings::of(&[samples::example()]);
        let strategy = "every-request".to_owned();
        let mut report = Report { findings: vec![], strategy, ..samples::example() };
        apply_known(&mut report, &known);
        report.note_stale_tolerances();
        let note = "known PartialUpdate at 9f3c21d0 matched no finding: it can go";
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
    fn what_is_allowed_is_not_written_down_and_the_rest_once() {
        let known =
            KnownFindings::of(&[samples::several(), samples::example(), samples::several()]);
        let kinds: Vec<_> = known.as_slice().iter().map(|known| known.kind).collect();
        assert_eq!(kinds, [FindingKind::Panicked, FindingKind::PartialUpdate, FindingKind::Leaked]);
    }
}
