//! Tests that the joined shards of a sweep equal the report of the whole sweep, byte for byte of
//! their JSON without times. Each plan is in exactly one shard.

#![cfg(all(unix, feature = "serde"))]

mod room;

use std::collections::{BTreeMap, TryReserveError};
use std::hint::black_box;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use oom_sweep::report::{Document, merge, read_folder};
use oom_sweep::{
    FaultAlloc, FindingKind, Isolation, Plan, Report, Scenario, Steps, Strategy, Sweep, tolerate,
};

use room::{Fallible, room};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

const COUNTS: [usize; 4] = [1, 2, 3, 7];

/// Splits the sweep into several numbers of shards. Joined, they must equal the whole.
#[track_caller]
fn assert_merges(sweep: impl Fn(Sweep) -> Report) {
    for isolation in [Isolation::Worker, Isolation::Snapshot] {
        let new = || Sweep::new("shards").isolation(isolation).jobs(2);
        let whole = sweep(new());
        assert_eq!(whole.error(), None);
        assert!(whole.is_complete() && whole.runs() > 0, "{whole}");
        for count in COUNTS {
            let shards: Vec<_> = (1..=count).map(|k| sweep(new().shard(k, count))).collect();
            assert_split(&whole, &shards);
            let joined = join(shards);
            assert_alike(&joined, &whole, count);
            if isolation == Isolation::Worker {
                assert_eq!((joined.executor(), whole.executor()), ("worker", "worker"));
            }
        }
    }
}

#[track_caller]
fn assert_alike(joined: &Report, whole: &Report, count: usize) {
    let (joined, whole) = (bytes(joined), bytes(whole));
    let same = joined.lines().zip(whole.lines()).take_while(|(a, b)| a == b).count();
    let rest = |text: &str| text.lines().skip(same).take(8).collect::<Vec<_>>().join("\n");
    assert!(joined == whole, "{count} shards:\n{}\n\nwhole:\n{}", rest(&joined), rest(&whole));
}

/// Asserts that each plan is in exactly one shard.
#[track_caller]
fn assert_split(whole: &Report, shards: &[Report]) {
    let plans: u64 = shards.iter().map(Report::plans).sum();
    assert_eq!((plans, plans), (whole.plans(), whole.runs()));
    let mut homes: BTreeMap<(FindingKind, &Plan, _), usize> = BTreeMap::new();
    for shard in shards {
        assert!(shard.is_complete(), "{shard}");
        for finding in shard.findings() {
            for plan in finding.plans() {
                *homes.entry((finding.kind(), plan, finding.site())).or_default() += 1;
            }
        }
    }
    assert!(homes.values().all(|&shards| shards == 1), "{homes:?}");
}

fn join(shards: Vec<Report>) -> Report {
    let document = |(index, report)| (format!("{index}.json"), Document::new(vec![report]));
    let documents = shards.into_iter().enumerate().map(document).collect();
    let mut joined = merge(documents).expect("shards of one sweep");
    assert_eq!(joined.reports.len(), 1);
    joined.reports.remove(0)
}

/// The JSON without times and without the executor, which each shard reports for itself.
fn bytes(report: &Report) -> String {
    let mut value = serde_json::to_value(report).expect("a report is JSON");
    let fields = value.as_object_mut().expect("an object");
    for name in ["elapsed_ms", "executor"] {
        assert!(fields.remove(name).is_some(), "{name}");
    }
    serde_json::to_string_pretty(&value).expect("it is JSON")
}

/// Panics, aborts, swallows failures and leaks, each at several requests of several sites.
fn sloppy() -> Fallible<Vec<u8>> {
    for size in 1..4 {
        drop(room(size)?);
        drop(room(8 * size).expect("room"));
    }
    let _ = room(16);
    let held = ManuallyDrop::new(room(20)?);
    drop(black_box(vec![1; 24]));
    for size in 32..36 {
        // The only leak: a failure here loses blocks.
        drop(room(size)?);
    }
    drop(ManuallyDrop::into_inner(held));
    room(64)
}

#[test]
fn findings_of_many_kinds() {
    assert_merges(|sweep| sweep.run(sloppy));
}

#[test]
fn some_requests_of_each_site() {
    let strategy = Strategy::UniqueSites { per_site: 2 };
    assert_merges(|sweep| sweep.strategy(strategy.clone()).run(sloppy));
}

#[test]
fn plans_one_by_one() {
    let plans = ["nth:9", "nth:2", "budget:40/fail-all", "set:1,3", "nth:2/forbid", "none"];
    let plans = plans.map(|plan| plan.parse().expect("a plan"));
    assert_merges(|sweep| sweep.strategy(Strategy::Plans(plans.to_vec())).run(sloppy));
}

#[test]
fn tolerances_met_and_stale() {
    assert_merges(|sweep| {
        let sweep = sweep
            .tolerate_in("shards::vendor::", "not ours")
            .tolerate_in("shards::nowhere::", "stale")
            .allow(FindingKind::SwallowedOom)
            .allow(FindingKind::Leaked);
        sweep.run(|| {
            for _ in 0..4 {
                let _ = tolerate("only a hint", || room(32));
                vendor::warm_up();
                let _ = tolerate("nothing in here fails", || black_box(1));
                let _ = room(16);
            }
            room(64).inspect_err(|_| {
                let _ = tolerate("passed by few", || room(8));
            })
        })
    });
}

/// Stands for third-party code.
mod vendor {
    #[inline(never)]
    pub(super) fn warm_up() {
        let _ = super::room(40);
    }
}

#[test]
fn caches_filled_by_failures() {
    static CACHE: Mutex<[Option<Vec<u8>>; 20]> = Mutex::new([const { None }; 20]);
    // The first failure of each group keeps a block forever.
    let keep = |group: usize| {
        let mut cache = CACHE.lock().expect("the lock is not poisoned");
        if cache[group].is_none() {
            cache[group] = room(1000 - group).ok();
        }
    };
    assert_merges(|sweep| {
        let report = sweep.run(|| {
            for number in 0..40 {
                drop(room(64).inspect_err(|_| keep(number / 2))?);
            }
            Ok::<_, TryReserveError>(())
        });
        assert!(report.shard().is_some() || report.notes().len() == 8, "{report}");
        report
    });
}

#[test]
fn first_use_cold_and_warm() {
    static TABLE: Mutex<Option<Vec<u8>>> = Mutex::new(None);
    assert_merges(|sweep| {
        sweep.run(|| {
            let first = room(64)?;
            let mut table = TABLE.lock().expect("the lock is not poisoned");
            if table.is_none() {
                *table = Some(black_box(vec![1; 256]));
            } else {
                let _ = room(16);
            }
            drop(room(8).expect("room"));
            Ok::<_, TryReserveError>(first)
        })
    });
}

#[test]
fn pairs() {
    assert_merges(|sweep| {
        sweep.strategy(Strategy::Pairs).run(|| {
            let first = tolerate("a small one will do", || room(64)).or_else(|_| {
                drop(room(8)?);
                Ok::<_, TryReserveError>(room(16).expect("room"))
            })?;
            let second = tolerate("or another", || room(65)).or_else(|_| {
                let _ = room(9)?;
                let _ = room(10);
                room(17)
            })?;
            Ok::<_, TryReserveError>((first, second))
        })
    });
}

#[test]
fn a_state_that_is_left_half_done() {
    struct Push;
    impl Scenario for Push {
        type State = Vec<u32>;
        type Output = ();
        type Error = TryReserveError;
        type View = Vec<u32>;

        fn setup(&self) -> Vec<u32> {
            Vec::with_capacity(10)
        }
        fn exercise(&self, state: &mut Vec<u32>) -> Fallible<()> {
            for number in 0..5 {
                drop(room(32)?);
                state.push(number);
            }
            Ok(())
        }
        fn view(&self, state: &mut Vec<u32>) -> Vec<u32> {
            state.clone()
        }
    }
    impl Steps for Push {
        type State = Vec<u32>;
        type Error = TryReserveError;
        type View = Vec<u32>;

        fn setup(&self) -> Vec<u32> {
            Vec::with_capacity(100)
        }
        fn len(&self) -> usize {
            4
        }
        fn step(&self, state: &mut Vec<u32>, _: usize) -> Fallible<()> {
            self.exercise(state)
        }
        fn view(&self, state: &mut Vec<u32>) -> Vec<u32> {
            state.clone()
        }
    }
    assert_merges(|sweep| sweep.run_scenario(&Push));
    assert_merges(|sweep| sweep.run_steps(&Push));
}

#[test]
fn nothing_to_fail() {
    let sweep = |sweep: Sweep| sweep.run(|| Ok::<_, TryReserveError>(()));
    let whole = sweep(Sweep::new("nothing"));
    let joined = join((1..=3).map(|k| sweep(Sweep::new("nothing").shard(k, 3))).collect());
    assert_eq!(bytes(&joined), bytes(&whole));
}

#[test]
fn shards_that_there_are_not_are_errors_in_a_line() {
    for (index, count, part) in
        [(5, 4, "shard 5/4: there are 4"), (0, 3, "numbered from 1 to 3"), (1, 0, "at least 1")]
    {
        let report = Sweep::new("impossible").shard(index, count).run(|| room(64));
        let error = report.error().expect("there is no such shard");
        assert!(error.contains(part) && !error.contains('\n'), "{error}");
        assert!(!report.is_clean() && !report.is_complete() && report.runs() == 0, "{report}");
    }
}

/// The next test runs this one in separate processes.
#[test]
fn two_sweeps() {
    let _ = Sweep::new("sloppy").run(sloppy);
    let _ = Sweep::new("clean").run(|| room(64));
}

#[test]
fn shards_from_the_environment_are_joined_from_folders() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |name: &str, shard: Option<&str>| {
        let path = folder.path().join(name);
        let mut command = Command::new(std::env::current_exe().expect("a path"));
        command.args(["--exact", "two_sweeps"]).env("OOM_SWEEP_REPORT_DIR", &path);
        shard.map(|shard| command.env("OOM_SWEEP_SHARD", shard));
        let output = command.output().expect("this test binary starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        read(&path)
    };
    let whole = run("whole", None);
    for count in [2, 3] {
        let shard = |k| run(&format!("{k} of {count}"), Some(&format!("{k}/{count}")));
        let documents: Vec<_> = (1..=count).flat_map(shard).collect();
        let joined = merge(documents).expect("shards of two sweeps");
        for (_, document) in &whole {
            let name = document.reports[0].name();
            let joined = joined.reports.iter().find(|report| report.name() == name);
            let joined = joined.unwrap_or_else(|| panic!("{name}"));
            assert_alike(joined, &document.reports[0], count);
        }
    }
}

fn read(folder: &Path) -> Vec<(String, Document)> {
    let documents = read_folder(folder).expect("a folder of reports");
    assert_eq!(documents.len(), 2);
    let name = |path: PathBuf| path.display().to_string();
    documents.into_iter().map(|(path, document)| (name(path), document)).collect()
}
