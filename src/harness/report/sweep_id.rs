//! Which sweep a report is about: [`SweepId`], `package::binary::test::sweep`.
//!
//! Two members of a workspace may have tests and sweeps of one name. A process does not always know
//! every part, and parts that are not known match anything. A text, as in a list of known findings
//! or in `OOM_SWEEP_REPLAY`, may leave out parts at the start.

use std::collections::HashMap;

use super::{Origin, Report};

/// The identity of a sweep. Parts that are not known are `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SweepId<'a> {
    pub(crate) package: Option<&'a str>,
    /// The name of the executable, without its hash.
    pub(crate) binary: Option<&'a str>,
    /// The name that nextest gives the binary: `store` for the unit tests of a library, `store::oom`
    /// for an integration test, `store::bin/tool` for a program.
    pub(crate) binary_id: Option<&'a str>,
    pub(crate) test: Option<&'a str>,
    pub(crate) sweep: &'a str,
}

impl<'a> SweepId<'a> {
    /// Returns the binary with its package, as far as they are known.
    pub(crate) fn place(&self) -> Option<String> {
        let parts = || {
            let parts: Vec<_> = [self.package, self.binary].into_iter().flatten().collect();
            (!parts.is_empty()).then(|| parts.join("::"))
        };
        self.binary_id.map(str::to_owned).or_else(parts)
    }

    /// Returns the whole name.
    pub(crate) fn full(&self) -> String {
        self.place().map_or_else(|| self.in_test(), |place| format!("{place}::{}", self.in_test()))
    }

    /// Returns the name with the test's.
    fn in_test(&self) -> String {
        self.test.map_or_else(|| self.sweep.to_owned(), |test| format!("{test}::{}", self.sweep))
    }

    /// Returns the ways to name it, the shortest first.
    fn forms(&self) -> [String; 4] {
        let in_test = self.in_test();
        let in_binary = match self.binary_id.and_then(|id| id.rsplit("::").next()).or(self.binary) {
            Some(binary) => format!("{binary}::{in_test}"),
            None => in_test.clone(),
        };
        [self.sweep.to_owned(), in_test, in_binary, self.full()]
    }

    /// Whether both can be the same sweep.
    pub(crate) fn matches(&self, other: &SweepId<'_>) -> bool {
        self.sweep == other.sweep && self.is_in_place_of(other)
    }

    /// Whether both can be in the same test, or in the same binary if the test is not known.
    fn is_in_place_of(&self, other: &SweepId<'_>) -> bool {
        [
            (self.package, other.package),
            (self.binary, other.binary),
            (self.binary_id, other.binary_id),
            (self.test, other.test),
        ]
        .into_iter()
        .all(|pair| !matches!(pair, (Some(one), Some(other)) if one != other))
    }

    /// Whether a text names this sweep. Numbers such as in `grow#2` are ignored: sweeps of one name
    /// in one test share what is known and what is replayed.
    pub(crate) fn is_named(&self, text: &str) -> bool {
        let Some(before) = without_end(unnumbered(text), unnumbered(self.sweep)) else {
            return false;
        };
        match self.test {
            Some(test) => {
                self.is_place(before)
                    || without_end(before, test).is_some_and(|before| self.is_place(before))
            }
            // Some test, in a binary that may be written before it.
            None => true,
        }
    }

    /// Whether a text names the binary: `oom`, `store::oom`, `store::bin/tool`, or `store` for the
    /// library.
    pub(crate) fn is_place(&self, text: &str) -> bool {
        if text.is_empty() || self.binary_id == Some(text) {
            return true;
        }
        if self.binary_id.is_some() && self.package == Some(text) {
            return false; // it is the library
        }
        let (package, binary) = match text.rsplit_once("::") {
            Some((package, binary)) => (Some(package), binary),
            None => (None, text),
        };
        let (has_kind, name) = match binary.rsplit_once('/') {
            Some((_, name)) => (true, name),
            None => (false, binary),
        };
        let can_be = |known: Option<&str>, named: &str| known.is_none_or(|known| known == named);
        let is_binary = can_be(self.binary, name) && (!has_kind || self.binary_id.is_none());
        let is_package = package.is_none_or(|package| can_be(self.package, package));
        let is_library = package.is_none() && self.binary_id.is_none() && !has_kind;
        (is_binary && is_package) || (is_library && can_be(self.package, text))
    }
}

/// Returns `grow` for `grow#2`.
pub(crate) fn unnumbered(sweep: &str) -> &str {
    let is_number = |end: &str| !end.is_empty() && end.bytes().all(|byte| byte.is_ascii_digit());
    match sweep.rsplit_once('#') {
        Some((start, end)) if is_number(end) => start,
        _ => sweep,
    }
}

/// Returns what a text has before its last segments, if these are `end`.
pub(super) fn without_end<'a>(text: &'a str, end: &str) -> Option<&'a str> {
    match text.strip_suffix(end)? {
        "" => Some(""),
        before => before.strip_suffix("::"),
    }
}

impl Origin {
    /// Returns the identity of a sweep of this origin.
    pub(crate) fn id<'a>(&'a self, sweep: &'a str) -> SweepId<'a> {
        let Self { package, binary, binary_id, test, .. } = self;
        SweepId {
            package: package.as_deref(),
            binary: binary.as_deref(),
            binary_id: binary_id.as_deref(),
            test: test.as_deref(),
            sweep,
        }
    }
}

impl Report {
    pub(crate) fn id(&self) -> SweepId<'_> {
        match &self.origin {
            Some(origin) => origin.id(&self.name),
            None => Origin::UNKNOWN.id(&self.name),
        }
    }

    /// Returns the sweep's name with its package, binary and test, as far as they are known:
    /// `store::oom::grows::grow`.
    #[must_use]
    pub fn full_name(&self) -> String {
        self.id().full()
    }
}

/// The names under which sweeps are shown together: each the shortest that means none of the others.
#[derive(Debug, Default)]
pub(crate) struct Names<'a>(HashMap<SweepId<'a>, String>);

impl<'a> Names<'a> {
    pub(crate) fn new(reports: impl IntoIterator<Item = &'a Report>) -> Self {
        let mut groups: HashMap<&str, Vec<SweepId<'_>>> = HashMap::new();
        for report in reports {
            let group = groups.entry(report.name()).or_default();
            if !group.contains(&report.id()) {
                group.push(report.id());
            }
        }
        let shown = |id: &SweepId<'a>, group: &[SweepId<'_>]| {
            let is_clear = |form: &String| {
                let mut others = group.iter().filter(|other| !other.matches(id));
                others.all(|other| !other.is_named(form))
            };
            id.forms().into_iter().find(is_clear).unwrap_or_else(|| id.full())
        };
        let of_group = |group: Vec<SweepId<'a>>| {
            let named = group.iter().map(|id| (*id, shown(id, &group)));
            named.collect::<Vec<_>>()
        };
        Self(groups.into_values().flat_map(of_group).collect())
    }

    /// Returns the name of one of these reports.
    pub(crate) fn of<'b>(&'b self, report: &'b Report) -> &'b str {
        self.0.get(&report.id()).map_or(&report.name, String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::report::samples;

    fn id<'a>(place: [&'a str; 4], sweep: &'a str) -> SweepId<'a> {
        let [package, binary, binary_id, test] =
            place.map(|part| Some(part).filter(|part| !part.is_empty()));
        SweepId { package, binary, binary_id, test, sweep }
    }

    fn report(place: [&str; 4], sweep: &str) -> Report {
        let [package, binary, binary_id, test] =
            place.map(|part| Some(part.to_owned()).filter(|part| !part.is_empty()));
        let origin = Origin { package, binary, binary_id, test, ..Origin::default() };
        Report { name: sweep.to_owned(), origin: Some(origin), ..samples::clean() }
    }

    #[test]
    fn unknown_parts_match_anything_and_known_ones_only_themselves() {
        let whole = id(["store", "oom", "store::oom", "grows"], "grow");
        for same in [
            id(["", "", "", ""], "grow"),
            id(["store", "", "", ""], "grow"),
            id(["", "oom", "", "grows"], "grow"),
            whole,
        ] {
            assert!(whole.matches(&same) && same.matches(&whole), "{same:?}");
        }
        for other in [
            id(["log", "oom", "", ""], "grow"),
            id(["", "tool", "", ""], "grow"),
            id(["store", "oom", "store::bin/oom", ""], "grow"),
            id(["", "", "", "shrinks"], "grow"),
            id(["", "", "", ""], "grow#2"),
        ] {
            assert!(!whole.matches(&other) && !other.matches(&whole), "{other:?}");
        }
    }

    #[test]
    fn a_text_names_a_sweep_by_its_end() {
        let test = id(["store", "oom", "", "tests::grows"], "a::grow");
        for text in [
            "a::grow",
            "tests::grows::a::grow",
            "oom::tests::grows::a::grow",
            "store::oom::tests::grows::a::grow",
            "store::oom::a::grow",
            "a::grow#3",
        ] {
            assert!(test.is_named(text), "{text}");
        }
        for text in [
            "grow",
            "ba::grow",
            "grows::a::grow",
            "log::oom::tests::grows::a::grow",
            "store::tool::tests::grows::a::grow",
            "shrinks::a::grow",
            "",
        ] {
            assert!(!test.is_named(text), "{text}");
        }
        // A library and a program of one name.
        let library = id(["store", "store", "store", "grows"], "grow");
        let program = id(["store", "store", "store::bin/store", "grows"], "grow");
        assert!(library.is_named(&library.full()) && program.is_named(&program.full()));
        assert!(!library.is_named(&program.full()) && !program.is_named(&library.full()));
        // A process that does not know which of the two it is.
        let either = id(["store", "store", "", "grows"], "grow");
        assert!(either.is_named(&library.full()) && either.is_named(&program.full()));
        assert!(!either.is_named("log::grows::grow"));
        // Nothing else is known.
        assert!(id(["", "", "", ""], "grow").is_named("store::oom::grows::grow"));
    }

    #[test]
    fn names_are_as_short_as_the_others_allow() {
        let reports = [
            report(["a", "oom", "", "grows"], "grow"),
            report(["b", "oom", "", "grows"], "grow"),
            report(["b", "tool", "", "grows"], "grow"),
            report(["b", "tool", "", "grows"], "alone"),
            report(["b", "tool", "", "one"], "twice"),
            report(["b", "tool", "", "two"], "twice"),
            report(["b", "tool", "", "two"], "twice#2"),
            report(["", "", "", ""], ""),
        ];
        let shown = |reports: &[Report]| {
            let names = Names::new(reports);
            reports.iter().map(|report| names.of(report).to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(
            shown(&reports),
            [
                "a::oom::grows::grow",
                "b::oom::grows::grow",
                "tool::grows::grow",
                "alone",
                "one::twice",
                "two::twice",
                "twice#2",
                "",
            ]
        );
        // Shards of one sweep are not told apart by its name.
        assert_eq!(shown(&[reports[0].clone(), reports[0].clone()]), ["grow", "grow"]);
        assert_eq!(reports[0].full_name(), "a::oom::grows::grow");
    }
}
