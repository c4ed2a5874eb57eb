//! What gets in the harness's way: limits on memory, a parent that ignores its children, a thread
//! that waits for them all, code that writes over the harness's memory or never stops talking. Each
//! must lead to a report that blames the right one.

use std::fs;
use std::hint::black_box;
use std::io::Write;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use oom_sweep::{AfterFault, FindingKind, Isolation, OutOfMemory, Report, Strategy, Sweep, pause};

use crate::room;
use crate::turn::Turn;

/// Runs one test of this binary under a shell's settings.
fn run_test(name: &str, settings: &str, variable: Option<(&str, &str)>) -> Output {
    let exe = std::env::current_exe().expect("a path");
    let script = format!("{settings} exec \"$0\" --exact {name} --nocapture --test-threads 1");
    let mut command = Command::new("sh");
    command.args(["-c", &script]).arg(exe);
    if let Some((name, value)) = variable {
        command.env(name, value);
    }
    command.output().expect("a shell")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_limit_on_memory_ends_in_a_report() {
    let _turn = Turn::take();
    let mut errors = 0;
    for kilobytes in (300_000..1_500_000).step_by(100_000) {
        let settings = format!("ulimit -v {kilobytes};");
        let said = text(&run_test("hostile::sweeps_and_tells", &settings, None).stdout);
        let told = said.lines().find_map(|line| line.strip_prefix("told: "));
        // Under the lowest limits, the test harness cannot start.
        errors += u32::from(told.is_some_and(|told| told.contains("ulimit -v")));
        assert!(told.is_some() || kilobytes < 1_000_000, "{kilobytes}: {said}");
    }
    assert!(errors > 0);
}

/// Run by the test above.
#[test]
fn sweeps_and_tells() {
    let report = Sweep::new("limited").jobs(1).run(|| room(64));
    assert!(report.findings().is_empty(), "{report}");
    println!("\ntold: {}", report.error().unwrap_or("clean"));
}

#[test]
fn ignored_children_are_judged_right() {
    let _turn = Turn::take();
    for test in [
        "three_aborts_among_twenty_requests_are_three_findings",
        "snapshot::branches_that_hang_or_crash_are_charged_to_their_plans_and_the_pass_goes_on",
    ] {
        let output = run_test(test, "trap '' CHLD;", None);
        assert!(text(&output.stdout).contains("1 passed"), "{}", text(&output.stdout));
    }
}

#[test]
fn children_that_somebody_else_waits_for_are_judged_right() {
    let _turn = Turn::take();
    let report = beside_a_reaper(|| {
        Sweep::new("reaped").after(AfterFault::Succeed).run(|| {
            drop(room(1)?);
            drop(black_box(Box::new(2_u64)));
            drop(room(3).expect("room"));
            room(4)
        })
    });
    let kinds: Vec<_> = report.findings().iter().map(oom_sweep::Finding::kind).collect();
    assert_eq!(kinds, [FindingKind::Aborted, FindingKind::Panicked], "{report}");
    assert_eq!((report.runs(), report.error()), (4, None));

    // The thread may be late, and then the sweep knows.
    let exits =
        || Sweep::new("exits").run(|| room(1).inspect_err(|_| std::process::exit(black_box(3))));
    let reports: Vec<_> = beside_a_reaper(|| (0..10).map(|_| exits()).collect());
    let findings = reports.iter().flat_map(Report::findings);
    assert!(findings.into_iter().all(|finding| finding.message().contains("exit code 3")));
    let errors: Vec<_> = reports.iter().filter_map(Report::error).collect();
    assert!(!errors.is_empty());
    for error in errors {
        assert!(error.contains("waitpid") && !error.contains('\n'), "{error}");
    }
}

/// Runs `f` beside a thread that takes the status of every child.
fn beside_a_reaper<R>(f: impl FnOnce() -> R) -> R {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                // SAFETY: a system call that writes nowhere.
                unsafe { libc::waitpid(-1, std::ptr::null_mut(), libc::WNOHANG) };
            }
        });
        let result = f();
        // The last child may have ended just now.
        is_over.store(true, Ordering::Relaxed);
        result
    })
}

#[test]
fn code_that_writes_over_shared_memory_gets_a_report() {
    let _turn = Turn::take();
    let ends: [fn(); 4] =
        [|| std::process::abort(), || std::process::exit(0x5e), || panic!("no room"), || ()];
    for isolation in [Isolation::Worker, Isolation::Snapshot] {
        for seed in 0..6_u64 {
            let end = ends[seed as usize % ends.len()];
            let report = Sweep::new("scribbles")
                .isolation(isolation)
                .jobs(1 + seed as usize % 2)
                .time_limit(Duration::from_millis(200))
                .run(|| {
                    drop(room(8)?);
                    room(64).inspect_err(|_| {
                        pause(|| scribble(seed));
                        end();
                    })
                });
            let error = report.error().unwrap_or_default();
            println!("{isolation:?} {seed}: {} findings, {error}", report.findings().len());
            assert!(!error.is_empty() || report.runs() > 0, "{report}");
            assert!(!error.contains('\n'), "{error}");
        }
    }
}

#[test]
fn code_that_writes_over_shared_memory_without_a_fault_gets_an_error() {
    let _turn = Turn::take();
    let mut errors = 0;
    for seed in 0..6 {
        let sweep = Sweep::new("scribbles at once").time_limit(Duration::from_millis(200));
        let report = sweep.run(|| {
            let room = room(64);
            pause(|| scribble(seed));
            room
        });
        let error = report.error().unwrap_or_default();
        assert!(!error.contains('\n'), "{error}");
        errors += u32::from(!error.is_empty());
    }
    assert!(errors > 0);
}

/// Writes random bytes to memory that this process shares with others.
fn scribble(seed: u64) {
    let maps = fs::read_to_string("/proc/self/maps").expect("the kernel tells");
    let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    for line in maps.lines().filter(|line| line.contains("rw-s")) {
        let (range, _) = line.split_once(' ').expect("a range");
        let (start, end) = range.split_once('-').expect("two addresses");
        let number = |text| usize::from_str_radix(text, 16).expect("an address");
        let words = ((number(end) - number(start)) / 8).min(1 << 13);
        let start: *mut u64 = std::ptr::with_exposed_provenance_mut(number(start));
        // In some runs, only a few words.
        let count = if seed.is_multiple_of(3) { words } else { 64 };
        for index in 0..count {
            let at = if count == words { index } else { next() as usize % words };
            let word = if next().is_multiple_of(2) { next() } else { next() % 5 };
            // SAFETY: the word is mapped and writable. Broken on purpose: it is the harness's.
            unsafe { start.add(at).write_volatile(word) };
        }
    }
}

#[test]
fn a_run_is_not_slowed_down_by_what_it_writes() {
    let _turn = Turn::take();
    for isolation in [Isolation::Worker, Isolation::Snapshot] {
        let report = Sweep::new("talkative")
            .isolation(isolation)
            .time_limit(Duration::from_secs(1))
            .after(AfterFault::Succeed)
            .run(|| {
                let room = room(64);
                pause(|| {
                    let line = [b'x'; 8 << 10];
                    // Past the capture of the test harness, as C code does.
                    (0..1000).try_for_each(|_| std::io::stderr().write_all(&line)).expect("a pipe");
                });
                room
            });
        report.assert_clean();
        assert_eq!((report.runs(), report.notes().len()), (1, 0), "{report}");
    }
}

#[test]
fn a_replay_shows_what_the_run_wrote() {
    let _turn = Turn::take();
    for (plan, expected) in [
        ("talks=nth:0/succeed", "nth:0/succeed, the code wrote to standard error:\nroom: false\n"),
        ("talks=nth:1/succeed", "nth:1/succeed, the code wrote to standard error:\nroom: true\n"),
    ] {
        for test in ["hostile::talks", "hostile::talks_as_a_snapshot"] {
            let output = run_test(test, "", Some(("OOM_SWEEP_REPLAY", plan)));
            let said = text(&output.stderr);
            assert!(said.contains(expected), "{test} {plan}: {said}");
        }
    }
    let output = run_test("hostile::talks", "", None);
    assert!(!text(&output.stderr).contains("room:"), "{}", text(&output.stderr));
}

/// Run by the test above.
#[test]
fn talks() {
    talk(Isolation::Worker);
}

/// Run by the test above.
#[test]
fn talks_as_a_snapshot() {
    talk(Isolation::Snapshot);
}

fn talk(isolation: Isolation) {
    let report: Report = Sweep::new("talks").isolation(isolation).run(|| {
        let first = room(64);
        pause(|| writeln!(std::io::stderr(), "room: {}", first.is_ok())).expect("a pipe");
        drop(room(32)?);
        first
    });
    assert!(report.error().is_none(), "{report}");
}

#[test]
fn blocks_are_reallocated_without_memory_for_the_ledger() {
    let _turn = Turn::take();
    let plan = "none".parse().expect("a plan");
    let report = Sweep::new("no ledger").strategy(Strategy::Plans(vec![plan])).run(|| {
        let mut rooms: Vec<Vec<u8>> =
            pause(|| (0..30_000).map(|_| Vec::with_capacity(200)).collect());
        let before = pause(limit_address_space);
        rooms.iter_mut().for_each(|room| room.shrink_to(100));
        pause(|| set_address_space(before));
        Ok::<_, OutOfMemory>(rooms)
    });
    report.assert_clean();
    assert_eq!((report.requests(), report.runs()), (30_000, 1), "{report}");
}

/// Leaves a little more than what is in use. Returns the limit before.
fn limit_address_space() -> libc::rlimit {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the pointer is to a valid value.
    assert_eq!(unsafe { libc::getrlimit(libc::RLIMIT_AS, &mut limit) }, 0);
    let statm = fs::read_to_string("/proc/self/statm").expect("the kernel tells");
    let pages: u64 = statm.split(' ').next().expect("a size").parse().expect("a number");
    set_address_space(libc::rlimit { rlim_cur: pages * 4096 + (256 << 10), ..limit });
    limit
}

fn set_address_space(limit: libc::rlimit) {
    // SAFETY: the pointer is to a valid value.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &limit) }, 0);
}
