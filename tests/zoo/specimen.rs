//! [`Specimen`]: an entry of the zoo, and the checks for all entries.
//!
//! A theme lists its specimens with `specimens!`. The macro makes the theme's `TABLE`, the tests
//! `broken` and `repaired` for each specimen, and the tests `in_process`, `as_workers`,
//! `as_snapshots` and `as_it_chooses` for all of them, each without and with `moving_reallocs`.

use oom_sweep::{Finding, FindingKind, Frame, Isolation, Report, Sweep};

use crate::replay;

/// A broken piece of code and its repaired twin.
pub(crate) struct Specimen {
    pub(crate) name: &'static str,
    /// The file that contains the code.
    pub(crate) file: &'static str,
    /// Every kind that the broken code gets, the most severe first.
    pub(crate) kinds: &'static [FindingKind],
    pub(crate) broken: fn(Sweep) -> Report,
    pub(crate) repaired: fn(Sweep) -> Report,
    /// Additional checks of the broken code's report.
    pub(crate) look: fn(&Report),
    pub(crate) home: Home,
}

/// Where a specimen can be swept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Home {
    /// Also in the test's own process.
    Anywhere,
    /// Only in a worker: it dies, hangs, or damages static state.
    Worker,
}

impl Specimen {
    /// The defaults of a specimen.
    pub(crate) const BASE: Self = Self {
        name: "",
        file: "",
        kinds: &[],
        broken: |_| panic!("the specimen has no broken code"),
        repaired: |_| panic!("the specimen has no repaired twin"),
        look: |_| (),
        home: Home::Anywhere,
    };
}

/// Lists a theme's specimens, as `name = Specimen { .. }`, and makes their tests.
macro_rules! specimens {
    ($($name:ident = $specimen:expr),* $(,)?) => {
        pub(crate) const TABLE: &[crate::specimen::Specimen] = &[$(
            crate::specimen::Specimen { name: stringify!($name), file: file!(), ..$specimen }
        ),*];

        $(mod $name {
            fn specimen() -> &'static crate::specimen::Specimen {
                let named = |specimen: &&_| {
                    let specimen: &&crate::specimen::Specimen = specimen;
                    specimen.name == stringify!($name)
                };
                super::TABLE.iter().find(named).expect("it is in the table")
            }

            #[test]
            fn broken() {
                crate::specimen::check_broken(specimen());
            }

            #[test]
            fn repaired() {
                crate::specimen::check_repaired(specimen());
            }
        })*

        #[test]
        fn in_process() {
            crate::specimen::check_all(TABLE, oom_sweep::Isolation::InProcess);
        }

        #[test]
        fn as_workers() {
            crate::specimen::check_all(TABLE, oom_sweep::Isolation::Worker);
        }

        #[test]
        fn as_snapshots() {
            crate::specimen::check_all(TABLE, oom_sweep::Isolation::Snapshot);
        }

        #[test]
        fn as_it_chooses() {
            crate::specimen::check_all(TABLE, oom_sweep::Isolation::Auto);
        }
    };
}

/// Checks that the broken code gets exactly its kinds, and that each finding is complete.
pub(crate) fn check_broken(specimen: &Specimen) {
    let report = (specimen.broken)(Sweep::new(specimen.name));
    if replay::is_on() {
        return report.assert_clean();
    }
    assert_kinds(specimen, &report);
    (specimen.look)(&report);
    for finding in report.findings() {
        assert_actionable(specimen, finding);
        replay::assert_shows_again(finding, specimen.kinds);
    }
}

/// Checks that the repaired twin has no finding.
pub(crate) fn check_repaired(specimen: &Specimen) {
    assert_silent(&(specimen.repaired)(Sweep::new(format!("{}, repaired", specimen.name))));
}

/// Checks that every specimen of a table gets the same verdict there, whether blocks move or not.
pub(crate) fn check_all(table: &[Specimen], isolation: Isolation) {
    let fits =
        |specimen: &&Specimen| isolation != Isolation::InProcess || specimen.home != Home::Worker;
    for specimen in table.iter().filter(fits) {
        // `broken` and `repaired` have done it as the sweep chooses, where blocks do not move.
        if isolation != Isolation::Auto {
            check_under(specimen, &format!("{isolation:?}"), |sweep| sweep.isolation(isolation));
        }
        check_under(specimen, &format!("{isolation:?}, moving"), |sweep| {
            sweep.isolation(isolation).moving_reallocs()
        });
    }
}

fn check_under(specimen: &Specimen, how: &str, configure: impl Fn(Sweep) -> Sweep) {
    let sweep = |what: &str| configure(Sweep::new(format!("{}, {what}, {how}", specimen.name)));
    let report = (specimen.broken)(sweep("broken"));
    assert_kinds(specimen, &report);
    (specimen.look)(&report);
    assert_silent(&(specimen.repaired)(sweep("repaired")));
}

/// Asserts that a sweep with requests has no finding.
#[track_caller]
pub(crate) fn assert_silent(report: &Report) {
    assert_eq!(report.error(), None);
    if replay::is_on() {
        return;
    }
    assert!(report.findings().is_empty() && report.is_clean(), "{report}");
    assert!(report.is_complete() && report.runs() > 0, "{report}");
}

fn assert_kinds(specimen: &Specimen, report: &Report) {
    let name = specimen.name;
    assert_eq!(report.error(), None, "{name}");
    let mut kinds: Vec<_> = report.findings().iter().map(Finding::kind).collect();
    assert!(kinds.is_sorted(), "{name}: {kinds:?}");
    kinds.dedup();
    assert_eq!(kinds, specimen.kinds, "{name}: {report}");
    assert!(!report.is_clean(), "{name}");
}

fn assert_actionable(specimen: &Specimen, finding: &Finding) {
    let name = specimen.name;
    assert!(!finding.message().is_empty(), "{name}: {finding:?}");
    assert!(finding.replay().contains(&finding.plan().to_string()), "{name}: {finding:?}");
    if finding.request().is_some() {
        assert!(finding.site().is_some(), "{name}: {finding:?}");
        assert_in_zoo(specimen, finding.stack());
    }
    if !finding.died_at().is_empty() {
        assert_in_zoo(specimen, finding.died_at());
    }
}

/// Asserts that the stack begins in the zoo, without frames of the harness and std, and contains
/// the specimen.
fn assert_in_zoo(specimen: &Specimen, stack: &[Frame]) {
    let files = || stack.iter().filter_map(|frame| frame.file.as_deref());
    let first = stack.first().and_then(|frame| frame.file.as_deref());
    assert!(first.is_some_and(|file| file.contains("tests/zoo/")), "{}: {stack:?}", specimen.name);
    // The optimiser may merge equal functions of two specimens.
    let is_own = files().any(|file| file.ends_with(specimen.file));
    assert!(is_own || !cfg!(debug_assertions), "{}: {stack:?}", specimen.name);
}
