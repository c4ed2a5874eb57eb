//! Tests that forking is safe beside threads that hold std's locks all the time, and when children
//! panic, abort, print or trace stacks. There must be no hang, no false verdict, and no process
//! left.
//!
//! Tests run one at a time, so that each can look for processes that it left behind: see `turn`.
//! The test runner must end a test that hangs, because no test measures time. `snapshot` tests
//! forks of forks, and `hostile` what gets in the harness's way.

mod hostile;
mod snapshot;
mod turn;

use std::backtrace::Backtrace;
use std::cell::Cell;
use std::collections::TryReserveError;
use std::hint::black_box;
use std::io::Write;
use std::panic::{self, catch_unwind};
use std::process::Command;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use oom_sweep::{AfterFault, FaultAlloc, FindingKind, Report, Sweep, pause, tolerate};
use turn::Turn;

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

#[test]
fn three_aborts_among_twenty_requests_are_three_findings() {
    let _turn = Turn::take();
    let report = Sweep::new("three aborts").after(AfterFault::Succeed).run(|| {
        for request in 0..20 {
            match request {
                3 => box_three(),
                9 => box_nine(),
                15 => box_fifteen(),
                _ => drop(room(64)?),
            }
        }
        Ok::<_, TryReserveError>(())
    });
    assert_eq!((report.requests(), report.runs(), report.error()), (20, 20, None));
    let found = report.findings().iter().map(|f| (f.kind(), f.plan().to_string()));
    let aborted = |plan: &str| (FindingKind::Aborted, plan.to_owned());
    let expected = ["nth:3/succeed", "nth:9/succeed", "nth:15/succeed"].map(aborted);
    assert!(found.eq(expected), "{report}");
}

#[inline(never)]
fn box_three() {
    drop(black_box(Box::new(3_u64)));
}

#[inline(never)]
fn box_nine() {
    drop(black_box(Box::new(9_u64)));
}

#[inline(never)]
fn box_fifteen() {
    drop(black_box(Box::new(15_u64)));
}

#[test]
fn children_that_panic_beside_busy_threads_are_judged_right() {
    let _turn = Turn::take();
    let report = beside_noise(|| {
        Sweep::new("panics").run(|| {
            for _ in 0..50 {
                drop(room(64).expect("room"));
            }
            Ok::<_, TryReserveError>(())
        })
    });
    assert_all(&report, FindingKind::Panicked);
}

#[test]
fn children_that_abort_beside_busy_threads_are_judged_right() {
    let _turn = Turn::take();
    // From here on std has read whether to trace stacks, also for the children.
    assert!(catch_unwind(|| panic!("so that std reads RUST_BACKTRACE")).is_err());
    let report = beside_noise(|| {
        Sweep::new("aborts").run(|| {
            for _ in 0..50 {
                drop(black_box(Box::new(7_u64)));
            }
            Ok::<_, TryReserveError>(())
        })
    });
    assert_all(&report, FindingKind::Aborted);
}

#[test]
fn children_that_print_and_trace_beside_busy_threads_are_judged_right() {
    let _turn = Turn::take();
    let report = beside_noise(|| {
        Sweep::new("prints").run(|| {
            for request in 0..20 {
                let room = room(64);
                pause(|| tell(request, room.is_ok()));
                room?;
            }
            Ok::<_, TryReserveError>(())
        })
    });
    report.assert_clean();
    assert_eq!((report.runs(), report.findings().len()), (40, 0), "{report}");
}

/// A logger that uses everything that takes a lock in std.
fn tell(request: u32, is_ok: bool) {
    static LAST: OnceLock<String> = OnceLock::new();
    println!("request {request}: {is_ok}");
    eprintln!("request {request}: {is_ok}");
    if !is_ok {
        let trace = LAST.get_or_init(|| Backtrace::force_capture().to_string());
        assert!(trace.contains("tell"), "{trace}");
    }
}

#[test]
fn aborts_are_told_with_and_without_stack_traces() {
    let _turn = Turn::take();
    let exe = std::env::current_exe().expect("a path");
    for traces in ["0", "1", "full"] {
        let output = Command::new(&exe)
            .args(["--exact", "children_that_abort_beside_busy_threads_are_judged_right"])
            .env("RUST_BACKTRACE", traces)
            .output()
            .expect("this test binary starts");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{traces}: {said}");
    }
}

#[test]
fn a_panic_is_told_under_a_foreign_hook_too() {
    let _turn = Turn::take();
    let sweep = || Sweep::new("hook").run(|| Ok::<_, TryReserveError>(room(64).expect("room")));
    let with_ours = sweep();
    let ours = panic::take_hook();
    panic::set_hook(Box::new(|_| ()));
    let with_theirs = sweep();
    panic::set_hook(ours);
    for report in [with_ours, with_theirs] {
        let [finding] = report.findings() else { panic!("{report}") };
        assert_eq!(finding.kind(), FindingKind::Panicked);
        assert!(finding.message().contains("room"), "{report}");
    }
}

#[test]
fn a_slow_warm_up_is_no_progress() {
    let _turn = Turn::take();
    let is_silly = Rc::new(Cell::new(false));
    let seen = Rc::clone(&is_silly);
    let report = Sweep::new("slow")
        .on_progress(move |progress| seen.set(seen.get() | (progress.runs > progress.plans)))
        .run(|| {
            // Slow enough that the parent checks for progress during each warm-up.
            thread::sleep(Duration::from_millis(150));
            Ok::<_, TryReserveError>(room(64).expect("room"))
        });
    assert_eq!((report.runs(), report.findings().len()), (2, 1), "{report}");
    assert!(!is_silly.get(), "more runs than plans");
}

#[test]
fn a_log_line_like_an_abort_is_not_an_abort() {
    let _turn = Turn::take();
    let report = Sweep::new("log").run(|| {
        tolerate("less will do", || room(64)).or_else(|_| {
            pause(|| {
                // Bypasses the capture of the test harness, as a logger does.
                let said = writeln!(std::io::stderr(), "memory allocation of 64 bytes failed, 32?");
                assert!(said.is_ok());
                // Gives the parent time to read it.
                thread::sleep(Duration::from_millis(50));
            });
            room(32)
        })
    });
    report.assert_clean();
    assert!(report.findings().is_empty(), "{report}");
}

#[test]
fn another_threads_damage_is_not_inherited() {
    let _turn = Turn::take();
    let (damaged, is_damaged) = mpsc::channel();
    let (swept, is_swept) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut turn = Some((damaged, is_swept));
            Sweep::fuzzing("damage").run(|| {
                let room = room(64)?;
                // SAFETY: broken on purpose: the freed block is in quarantine, and nothing reads
                // it.
                pause(|| unsafe { write_after_free(room) });
                if let Some((damaged, is_swept)) = turn.take() {
                    pause(|| damaged.send(()).map(|()| is_swept.recv())).ok();
                }
                Ok::<_, TryReserveError>(())
            })
        });
        is_damaged.recv().expect("the other sweep is under way");
        let report = Sweep::new("inherits").run(first_use);
        swept.send(()).expect("the other sweep waits");
        assert!(report.findings().is_empty() && report.runs() == 2 * (2 + 1), "{report}");
    });
}

/// # Safety
/// The allocator must keep the block in quarantine when it is freed.
unsafe fn write_after_free(room: Vec<u8>) {
    let start = black_box(room.as_ptr().cast_mut());
    drop(room);
    // SAFETY: the caller's promise.
    unsafe { start.write_volatile(1) };
}

/// Makes one request, and a second one on the first call.
fn first_use() -> Result<Vec<u8>, TryReserveError> {
    static TABLE: Mutex<Option<Vec<u8>>> = Mutex::new(None);
    let mut table = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
    if table.is_none() {
        *table = Some(room(256)?);
    }
    room(64)
}

fn room(bytes: usize) -> Result<Vec<u8>, TryReserveError> {
    let mut room = Vec::new();
    room.try_reserve_exact(bytes)?;
    Ok(black_box(room))
}

/// Asserts that every plan ran and that the only findings are of this kind, one for each site.
#[track_caller]
fn assert_all(report: &Report, kind: FindingKind) {
    assert_eq!((report.requests(), report.runs(), report.error()), (50, 100, None));
    let [finding] = report.findings() else { panic!("{report}") };
    assert_eq!((finding.kind(), finding.plans().len()), (kind, 100), "{report}");
}

/// Runs `f` beside threads that keep taking locks in std.
fn beside_noise<R>(f: impl FnOnce() -> R) -> R {
    struct Stop<'a>(&'a AtomicBool);
    impl Drop for Stop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let is_over = AtomicBool::new(false);
    let noises: [fn(); 3] = [
        || drop(black_box(Backtrace::force_capture().to_string())),
        || {
            println!("noise");
            eprintln!("noise");
        },
        || drop(black_box(OnceLock::new().get_or_init(|| "noise".repeat(10)).clone())),
    ];
    thread::scope(|scope| {
        for noise in noises {
            let is_over = &is_over;
            scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    noise();
                    thread::yield_now();
                }
            });
        }
        let _stop = Stop(&is_over);
        f()
    })
}
