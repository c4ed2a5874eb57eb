//! What a sweep was told to tolerate, and whether it had to: [`Tolerance`].
//!
//! A declaration that matches nothing should be removed, since it would hide the next mistake. Only
//! a complete sweep of every request can tell that it matches nothing. The notes about it are made
//! here, for single sweeps and for merged shards.

use super::Report;
use crate::harness::oracle::FindingKind;
use crate::harness::plan::SiteId;

/// Something that a sweep was told to tolerate.
///
/// ```
/// use oom_sweep::{FaultAlloc, FindingKind, OutOfMemory, Sweep};
///
/// #[global_allocator]
/// static ALLOC: FaultAlloc = FaultAlloc::system();
///
/// # fn main() {
/// let sweep = Sweep::new("nothing").allow(FindingKind::Leaked);
/// let report = sweep.run(|| Ok::<(), OutOfMemory>(()));
/// let tolerance = &report.tolerances()[0];
/// assert_eq!((tolerance.what(), tolerance.matched()), ("allow(Leaked)", false));
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Tolerance {
    pub(crate) what: String,
    pub(crate) matched: bool,
    /// Of a path that matches no function: the function path that is most like it.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub(crate) nearest: Option<String>,
}

impl Tolerance {
    /// A region of code, by [`tolerate`](crate::tolerate).
    pub(crate) fn region(reason: &str, matched: bool) -> Self {
        Self { what: format!("tolerate({reason:?})"), matched, nearest: None }
    }

    /// Functions under a path, by [`Sweep::tolerate_in`](crate::Sweep::tolerate_in).
    pub(crate) fn path(path: &str, reason: &str, matched: bool, nearest: Option<&str>) -> Self {
        let (what, nearest) =
            (format!("tolerate_in({path:?}, {reason:?})"), nearest.map(str::to_owned));
        Self { what, matched, nearest }
    }

    /// A kind of finding, by [`Sweep::allow`](crate::Sweep::allow).
    pub(crate) fn kind(kind: FindingKind, matched: bool) -> Self {
        Self { what: format!("allow({kind})"), matched, nearest: None }
    }

    /// A finding that a file of known findings lists.
    pub(crate) fn known(kind: FindingKind, site: Option<SiteId>, matched: bool) -> Self {
        let what = match site {
            Some(site) => format!("known {kind} at {site}"),
            None => format!("known {kind}"),
        };
        Self { what, matched, nearest: None }
    }

    /// Returns the declaration, as in `allow(Leaked)`, `tolerate("a log line")` or `known Panicked
    /// at 9f3c21d0`.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Returns whether it tolerated anything.
    #[must_use]
    pub fn matched(&self) -> bool {
        self.matched
    }

    /// Returns its rank in the list, and the words for a declaration that matched nothing.
    fn category(&self) -> (u8, &'static str) {
        let is = |start| self.what.starts_with(start);
        match () {
            () if is("tolerate(") => (0, "met no fault"),
            () if is("tolerate_in(") => (1, "excused no fault"),
            () if is("allow(") => (2, "matched no finding"),
            () => (3, "matched no finding"),
        }
    }
}

impl Report {
    /// Adds declarations. Of equal ones, one that matched is enough. The list is sorted, so its
    /// order does not depend on the order of calls.
    pub(crate) fn add_tolerances(&mut self, more: impl IntoIterator<Item = Tolerance>) {
        for tolerance in more {
            match self.tolerances.iter_mut().find(|other| other.what == tolerance.what) {
                Some(other) => {
                    other.matched |= tolerance.matched;
                    other.nearest = other.nearest.take().or(tolerance.nearest);
                }
                None => self.tolerances.push(tolerance),
            }
        }
        self.tolerances.sort_by(|a, b| (a.category(), &a.what).cmp(&(b.category(), &b.what)));
    }

    /// Adds a note for each declaration that matched nothing, if this sweep can tell. Call it once,
    /// when everything else is in the report.
    pub(crate) fn note_stale_tolerances(&mut self) {
        if !self.covers_everything() {
            return;
        }
        let stale = self.tolerances.iter().filter(|tolerance| !tolerance.matched);
        let note = |Tolerance { what, nearest, .. }: &Tolerance, words| match nearest {
            Some(nearest) => format!("{what} matched no function; the nearest is {nearest}"),
            None => format!("{what} {words}: remove it"),
        };
        let note = |stale: &Tolerance| note(stale, stale.category().1);
        self.notes.extend(stale.map(note));
    }

    /// Whether the report shows everything there is to find: every request was failed, and no shard
    /// is missing.
    pub(super) fn covers_everything(&self) -> bool {
        self.is_complete() && self.is_exhaustive() && self.shard.is_none()
    }

    /// Whether the strategy fails every request.
    pub(super) fn is_exhaustive(&self) -> bool {
        self.strategy == crate::harness::plan::Strategy::EveryRequest.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Shard, samples};
    use super::*;

    fn report() -> Report {
        let mut report = Report { strategy: "every-request".to_owned(), ..samples::clean() };
        report.add_tolerances([
            Tolerance::known(FindingKind::Leaked, Some(SiteId(7)), false),
            Tolerance::kind(FindingKind::Leaked, false),
            Tolerance::region("b", false),
            Tolerance::path("p::", "r", false, None),
            Tolerance::path("q::", "r", false, Some("a::q")),
            Tolerance::region("a", false),
            Tolerance::region("b", true),
            Tolerance::known(FindingKind::Hung, None, false),
        ]);
        report
    }

    #[test]
    fn unused_tolerances_are_noted_in_order() {
        let mut report = report();
        report.note_stale_tolerances();
        assert_eq!(
            report.notes,
            [
                "tolerate(\"a\") met no fault: remove it",
                "tolerate_in(\"p::\", \"r\") excused no fault: remove it",
                "tolerate_in(\"q::\", \"r\") matched no function; the nearest is a::q",
                "allow(Leaked) matched no finding: remove it",
                "known Hung matched no finding: remove it",
                "known Leaked at 00000007 matched no finding: remove it",
            ]
        );
        assert!(report.tolerances[1].matched && report.tolerances.len() == 7);
    }

    #[test]
    fn only_a_complete_sweep_can_tell() {
        let all = report();
        for mut report in [
            Report { runs: 3, ..all.clone() },
            Report { strategy: "unique-sites:1".to_owned(), ..all.clone() },
            Report { strategy: "every-request in 3..4".to_owned(), ..all.clone() },
            Report { shard: Some(Shard::new(1, 2).unwrap()), ..all.clone() },
            Report { error: Some("it hung".to_owned()), ..all },
        ] {
            report.note_stale_tolerances();
            assert_eq!(report.notes, [""; 0]);
        }
    }
}
