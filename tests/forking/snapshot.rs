//! Tests forks of forks: a branch of a pass may hang or crash without affecting the others, threads
//! lead to an error or to workers, and a report says how runs were made.

use std::collections::TryReserveError;
use std::fs::{File, OpenOptions};
use std::hint::black_box;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use oom_sweep::{AfterFault, FindingKind, Isolation, OutOfMemory, Retry, Strategy, Sweep, pause};

use crate::room;
use crate::turn::Turn;

type Fallible<T> = Result<T, TryReserveError>;

#[test]
fn branches_that_hang_or_crash_are_charged_to_their_plans_and_the_pass_goes_on() {
    let _turn = Turn::take();
    for jobs in [1, 3] {
        let report = Sweep::new("branches")
            .isolation(Isolation::Snapshot)
            .jobs(jobs)
            .after(AfterFault::Succeed)
            .time_limit(Duration::from_millis(500))
            .run(|| {
                drop(room(1)?);
                drop(room_or(2, || thread::sleep(Duration::from_hours(1)))?);
                drop(room(3)?);
                drop(room_or(4, segfault)?);
                drop(black_box(Box::new(5_u64)));
                drop(room_or(6, || panic!("no room"))?);
                room(7)
            });
        let found = report.findings().iter().map(|f| (f.kind(), f.plan().to_string()));
        let expected = [
            (FindingKind::Crashed, "nth:3/succeed"),
            (FindingKind::Aborted, "nth:4/succeed"),
            (FindingKind::Panicked, "nth:5/succeed"),
            (FindingKind::Hung, "nth:1/succeed"),
        ];
        let expected = expected.map(|(kind, plan)| (kind, plan.to_owned()));
        assert!(found.eq(expected), "{report}");
        assert!(report.is_complete() && report.runs() == 7, "{report}");
        assert_eq!(report.executor(), "snapshot");
    }
}

fn room_or(bytes: usize, otherwise: fn()) -> Fallible<Vec<u8>> {
    room(bytes).inspect_err(|_| otherwise())
}

fn segfault() {
    // SAFETY: broken on purpose.
    unsafe { black_box(std::ptr::without_provenance_mut::<u8>(8)).write_volatile(1) };
}

#[test]
fn a_second_thread_is_refused_under_snapshot_and_makes_auto_use_workers() {
    let _turn = Turn::take();
    let sweep = |isolation| {
        Sweep::new("pool").isolation(isolation).run_state(
            Helper::new,
            |helper| (0..6).try_for_each(|n| helper.ask(n)),
            |_| (),
        )
    };
    let refused = sweep(Isolation::Snapshot);
    let error = refused.error().expect("the sweep refuses a second thread");
    assert!(error.contains("second thread") && error.contains("Isolation::Worker"), "{error}");
    assert!(!error.contains('\n') && refused.findings().is_empty(), "{refused}");
    for isolation in [Isolation::Auto, Isolation::Worker] {
        let report = sweep(isolation);
        report.assert_clean();
        assert!(report.is_complete() && report.runs() == 12, "{report}");
        assert_eq!(report.executor(), "worker", "{isolation:?}");
    }
}

/// A thread that answers after a delay.
struct Helper {
    questions: Option<mpsc::SyncSender<u64>>,
    answers: mpsc::Receiver<u64>,
    thread: Option<JoinHandle<()>>,
}

impl Helper {
    fn new() -> Self {
        let (questions, to_answer) = mpsc::sync_channel(1);
        let (answer, answers) = mpsc::sync_channel(1);
        let thread = thread::spawn(move || {
            for question in to_answer {
                thread::sleep(Duration::from_millis(20));
                answer.send(question).expect("the receiver is alive");
            }
        });
        Self { questions: Some(questions), answers, thread: Some(thread) }
    }

    fn ask(&mut self, question: u64) -> Fallible<()> {
        pause(|| {
            self.questions.as_ref().map(|questions| questions.send(question));
            assert_eq!(self.answers.recv(), Ok(question));
        });
        room(64).map(drop)
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        drop(self.questions.take());
        if let Some(thread) = self.thread.take() {
            thread.join().expect("it ends");
        }
    }
}

#[test]
fn threads_that_have_ended_are_no_second_thread() {
    let _turn = Turn::take();
    let report = Sweep::new("ended").isolation(Isolation::Snapshot).run(|| {
        for size in 1..100 {
            pause(|| thread::spawn(|| ()).join()).expect("it ends");
            drop(room(size)?);
        }
        Ok::<_, TryReserveError>(())
    });
    report.assert_clean();
    assert_eq!(report.executor(), "snapshot");
}

#[test]
fn what_is_slow_to_get_to_its_requests_is_forked_and_the_rest_is_not() {
    let _turn = Turn::take();
    let slow = || {
        for size in 1..30 {
            thread::sleep(Duration::from_millis(20));
            drop(room(size)?);
        }
        room(64)
    };
    let of = |isolation| Sweep::new("executor").isolation(isolation);
    let report = of(Isolation::Auto).run(slow);
    report.assert_clean();
    assert!(report.executor().contains("snapshot"), "{}", report.executor());
    assert!(report.is_complete() && report.runs() == 60, "{report}");

    let executor = |isolation| of(isolation).run(|| room(64)).executor().to_owned();
    assert_eq!(executor(Isolation::Auto), "worker");
    assert_eq!(executor(Isolation::Worker), "worker");
    assert_eq!(executor(Isolation::Snapshot), "snapshot");
    assert_eq!(executor(Isolation::InProcess), "in-process");
}

#[test]
fn what_branches_share_with_their_pass_makes_auto_use_workers() {
    let _turn = Turn::take();
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(b"0123456789").expect("room on the disk");
    let read = || {
        let mut file = &file;
        let mut byte = [0];
        file.seek(SeekFrom::Start(0)).expect("a file");
        for expected in b"0123456789" {
            thread::sleep(Duration::from_millis(20));
            if file.read(&mut byte).is_err() || byte != [*expected] {
                std::process::abort();
            }
            if let Err(error) = room(8) {
                // Reading moves the position for all processes that have the file open.
                file.read_to_end(&mut vec![]).expect("a file");
                return Err(error);
            }
        }
        Ok(())
    };
    let sweep = || Sweep::new("file").after(AfterFault::Succeed).jobs(1);
    let report = sweep().run(read);
    report.assert_clean();
    assert!(report.is_complete() && report.runs() == 10, "{report}");
    assert!(report.executor().contains("worker"), "{report}");

    let refused = sweep().isolation(Isolation::Snapshot).run(read);
    let error = refused.error().expect("the pass dies of its first branch");
    assert!(error.contains("Isolation::Worker") && !error.contains('\n'), "{error}");
}

#[test]
fn plans_that_name_no_request_are_run_from_the_start() {
    let _turn = Turn::take();
    let plans = ["budget:0", "nth:1", "none"].map(|plan| plan.parse().expect("a plan"));
    let report = Sweep::new("mixed")
        .isolation(Isolation::Snapshot)
        .strategy(Strategy::Plans(plans.into()))
        .run(|| {
            drop(room(1)?);
            room(2)
        });
    report.assert_clean();
    assert_eq!((report.runs(), report.executor()), (3, "worker, snapshot from request 1 on"));
}

#[test]
fn a_branch_that_hangs_when_time_is_up_is_not_left_behind() {
    let _turn = Turn::take();
    for isolation in [Isolation::Snapshot, Isolation::Worker] {
        let report = Sweep::new("time is up")
            .isolation(isolation)
            .time_budget(Duration::from_millis(500))
            .run(|| {
                drop(room(1)?);
                room_or(2, || thread::sleep(Duration::from_hours(1)))
            });
        report.assert_clean();
        assert!(!report.is_complete() && report.runs() < 4, "{report}");
    }
}

#[test]
fn twice_the_requests_are_twice_the_forks_and_not_more() {
    let _turn = Turn::take();
    for requests in [20, 40] {
        // Each failure ends a run, and the code before the failures ran once.
        let Counted { starts, failures } = count_runs(Isolation::Snapshot, requests);
        assert_eq!(failures, 2 * requests);
        assert!((3..MOST_FAULT_FREE).contains(&starts), "{starts}");
        let Counted { starts, failures } = count_runs(Isolation::Worker, requests);
        assert_eq!(failures, 2 * requests);
        assert!((3..MOST_FAULT_FREE).contains(&(starts - failures)), "{starts}");
    }
}

/// An upper bound for the fault-free runs of a sweep: baselines, measurements and warm-ups.
const MOST_FAULT_FREE: u64 = 12;

struct Counted {
    starts: u64,
    failures: u64,
}

/// Counts the runs of code with this many requests, in all processes of its sweep.
fn count_runs(isolation: Isolation, requests: u64) -> Counted {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name| {
        let path = folder.path().join(name);
        OpenOptions::new().create(true).append(true).open(path).expect("a file")
    };
    let (starts, failures) = (file("starts"), file("failures"));
    let sweep = Sweep::new("counted").isolation(isolation).retry(Retry::Never).jobs(1);
    // Its failures would count, too.
    let sweep = sweep.endurance(0);
    let report = sweep.run(|| {
        tick(&starts);
        let mut sizes = 1..=requests as usize;
        sizes.try_for_each(|size| room(size).map(drop)).inspect_err(|_| tick(&failures))
    });
    report.assert_clean();
    assert_eq!(report.runs(), 2 * requests, "{report}");
    let count = |file: &File| file.metadata().expect("a file").len();
    Counted { starts: count(&starts), failures: count(&failures) }
}

/// Appends a byte. Other processes may do so at the same time.
fn tick(mut file: &File) {
    pause(|| file.write_all(b".")).expect("room on the disk");
}

/// A retry runs the whole code before the fault, which a snapshot saves. By default it is made once
/// per site.
#[test]
fn second_tries_are_made_once_a_site() {
    let _turn = Turn::take();
    let sweep = |isolation| {
        let report =
            Sweep::new("never again").after(AfterFault::Succeed).isolation(isolation).run_state(
                || false,
                |has_failed| {
                    for _ in 0..5 {
                        if *has_failed {
                            return Err(OutOfMemory::new(8));
                        }
                        room(8).map_err(|_| {
                            *has_failed = true;
                            OutOfMemory::new(8)
                        })?;
                    }
                    Ok(())
                },
                |_| "nothing to see",
            );
        assert_eq!(report.findings().len(), 1, "{report}");
        assert_eq!(report.findings()[0].kind(), FindingKind::NotRecovered);
        report.findings()[0].plans().len()
    };
    assert_eq!((sweep(Isolation::Snapshot), sweep(Isolation::Worker)), (1, 5));
}
