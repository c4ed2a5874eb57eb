//! Sweeps that test nothing do not pass: no request, no plan, or code that fails without faults.

use std::collections::TryReserveError;

use oom_sweep::FindingKind::SpuriousError;
use oom_sweep::report::Outcome;
use oom_sweep::{AfterFault, FindingKind, OutOfMemory, Report, Steps, Strategy, Sweep, pause};

use crate::case::{Fallible, room};
use crate::replay;
use crate::specimen::{Specimen, assert_silent};

specimens!(
    fails_before_it_starts = Specimen {
        kinds: &[SpuriousError],
        broken: |sweep| sweep.run(|| no_fixture(12)),
        repaired: |sweep| sweep.run(|| room(64)),
        look: |report| {
            assert_eq!((report.plans(), report.runs()), (0, 0), "{report}");
            let message = report.findings()[0].message();
            assert!(message.contains("without any fault"), "{message}");
        },
        ..Specimen::BASE
    },
    runs_out_of_memory_that_is_there = Specimen {
        kinds: &[SpuriousError],
        broken: |sweep| sweep.run_steps(&Full::<true>),
        repaired: |sweep| sweep.run_steps(&Full::<false>),
        ..Specimen::BASE
    },
);

/// A fixture that is not there, reported as if memory was short.
fn no_fixture(line: usize) -> Result<Vec<u8>, OutOfMemory> {
    Err(OutOfMemory::new(line))
}

/// The second step fails: with "out of memory", or with an error of its own.
struct Full<const IS_OOM: bool>;

impl<const IS_OOM: bool> Steps for Full<IS_OOM> {
    type State = Vec<u8>;
    type Error = Error;
    type View = ();

    fn setup(&self) -> Vec<u8> {
        Vec::new()
    }
    fn len(&self) -> usize {
        2
    }
    fn step(&self, state: &mut Vec<u8>, index: usize) -> Result<(), Error> {
        match index {
            0 => *state = room(64)?,
            _ => return Err(if IS_OOM { Error::Oom } else { Error::Full }),
        }
        Ok(())
    }
    fn view(&self, _: &mut Vec<u8>) {}
}

#[derive(Debug)]
enum Error {
    Oom,
    Full,
}

impl oom_sweep::OomError for Error {
    fn is_oom(&self) -> bool {
        matches!(self, Self::Oom)
    }
}

impl From<TryReserveError> for Error {
    fn from(_: TryReserveError) -> Self {
        Self::Oom
    }
}

#[test]
fn the_key_of_an_error_without_faults_is_its_text() {
    let sites = |size| {
        let report = Sweep::new("no fixture").run(|| no_fixture(size));
        report.findings().iter().map(|finding| finding.site()).collect::<Vec<_>>()
    };
    if !replay::is_on() {
        assert_eq!(sites(12), sites(13));
        let other = Sweep::new("other").run_with(|_| true, || Err::<(), _>("no file"));
        assert_ne!(sites(12)[0], other.findings()[0].site());
    }
}

#[test]
fn code_may_fail_or_must_fail_if_the_sweep_says_so() {
    let fails = || {
        drop(room(64).map_err(|_| Error::Oom)?);
        Err::<(), _>(Error::Full)
    };
    let sweep = || Sweep::new("fails");
    assert_silent(&sweep().may_fail().run(fails));
    assert_silent(&sweep().expect_error().run(fails));
    let report = sweep().expect_error().run(|| room(64));
    assert!(replay::is_on() || report.error().is_some_and(|e| e.contains("expect_error")));
}

fn seventeen() -> Fallible<()> {
    (0..17).try_for_each(|_| room(16).map(drop))
}

#[track_caller]
fn assert_empty(report: &Report) {
    if replay::is_on() {
        return;
    }
    assert_eq!(report.outcome(), Outcome::Empty, "{report}");
    assert!(!report.is_clean() && report.to_string().starts_with("EMPTY "), "{report}");
    assert!(report.empty().is_some_and(|reason| !reason.contains('\n')), "{report}");
}

#[track_caller]
fn assert_error(report: &Report, part: &str) {
    let error = report.error().unwrap_or_default();
    assert!(replay::is_on() || error.contains(part), "{report}");
}

#[test]
fn a_sweep_without_a_request_is_empty() {
    let idle = || Ok::<_, OutOfMemory>(1);
    assert_empty(&Sweep::new("idle").run(idle));
    assert_empty(&Sweep::new("paused").run(|| pause(|| room(64))));
    let threaded = || std::thread::spawn(|| room(64)).join().expect("no panic").map(drop);
    assert_empty(&Sweep::new("threaded").retry(oom_sweep::Retry::Never).run(|| pause(threaded)));
    let report = Sweep::new("idle").allow_empty().run(idle);
    assert!(report.is_clean() && report.outcome() == Outcome::Pass, "{report}");
}

#[test]
fn a_choice_of_no_plan_is_an_error() {
    let sweep = || Sweep::new("seventeen");
    let sample = Strategy::Sample { count: 0, seed: 1 };
    assert_error(&sweep().strategy(sample).run(seventeen), "sample:0");
    assert_error(&sweep().strategy(Strategy::Plans(Vec::new())).run(seventeen), "no plans");
    assert_error(
        &sweep().strategy(Strategy::UniqueSites { per_site: 0 }).run(seventeen),
        "at least",
    );
    #[expect(clippy::reversed_empty_ranges, reason = "that is the mistake")]
    let reversed = sweep().requests(5..2).run(seventeen);
    assert_error(&reversed, "5..2 is empty");
    assert_error(&sweep().requests(100..200).run(seventeen), "none of the 17 requests");
}

#[test]
fn pairs_of_code_that_stops_at_its_first_failure_are_empty() {
    let stops = || room(64);
    assert_empty(&Sweep::new("pairs").strategy(Strategy::Pairs).run(stops));
}

#[test]
fn an_empty_shard_passes_and_says_so() {
    let report = Sweep::new("one plan").after(AfterFault::Succeed).shard(2, 2).run(|| room(64));
    assert!(report.is_clean() && report.is_complete(), "{report}");
    let text = report.to_string();
    assert!(replay::is_on() || text.contains("0 of 1 plan are this shard's"), "{report}");
}

#[test]
fn a_finding_without_a_plan_is_no_pass_even_if_it_is_allowed() {
    let sweep = Sweep::new("no fixture").allow(FindingKind::SpuriousError);
    assert_empty(&sweep.run(|| no_fixture(12)));
}

#[test]
fn a_real_shortage_without_faults_is_no_mistake_of_the_code() {
    // More than any machine has, but not more than a layout can have.
    const TOO_MUCH: usize = 1 << 46;
    let at_once = Sweep::new("too much").run(|| room(TOO_MUCH));
    let grown = Sweep::new("too much more").run(|| {
        let mut bytes = room(64)?;
        bytes.resize(64, 1);
        bytes.try_reserve_exact(TOO_MUCH)
    });
    for report in [at_once, grown] {
        assert!(report.findings().is_empty() && report.error().is_none(), "{report}");
    }
}
