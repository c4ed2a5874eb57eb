//! Code that does not return: `Panicked`, `Aborted`, `Crashed`, `Hung`.

use std::alloc::{Layout, alloc, dealloc};
use std::collections::TryReserveError;
use std::hint::black_box;
use std::io::Write;
use std::panic::{catch_unwind, resume_unwind};
use std::time::Duration;

use oom_sweep::FindingKind::{Aborted, Crashed, Hung, Panicked};
use oom_sweep::{AfterFault, Isolation, OutOfMemory, Strategy, Sweep, pause};

use crate::case::{Fallible, room};
use crate::specimen::{Home, Specimen, assert_silent};

/// Turns a failure into a panic, and that into an error.
fn caught(panics: fn() -> Vec<u8>) -> Fallible<Vec<u8>> {
    let result = catch_unwind(|| room(64).unwrap_or_else(|_| panics()));
    result.or_else(|_| Vec::<u8>::new().try_reserve(usize::MAX).map(|()| Vec::new()))
}

specimens!(
    pushes_infallibly = Specimen {
        kinds: &[Aborted],
        broken: |sweep| sweep.run(|| {
            let mut bytes = room(8)?;
            bytes.extend_from_slice(black_box(&[1; 64]));
            Ok::<_, TryReserveError>(black_box(bytes))
        }),
        repaired: |sweep| sweep.run(|| room(64)),
        home: Home::Worker,
        ..Specimen::BASE
    },
    boxes_infallibly = Specimen {
        kinds: &[Aborted],
        broken: |sweep| sweep.run(|| Ok::<_, OutOfMemory>(black_box(Box::new(1_u64)))),
        repaired: |sweep| sweep.run(|| room(8)),
        look: |report| assert!(report.findings()[0].message().contains("memory allocation of 8")),
        home: Home::Worker,
        ..Specimen::BASE
    },
    catches_its_own_panic = Specimen {
        kinds: &[Panicked],
        broken: |sweep| sweep.run(|| caught(|| panic!("no memory"))),
        repaired: |sweep| sweep.run(|| room(64)),
        look: |report| {
            let message = report.findings()[0].message();
            assert!(message.contains("the panic itself asked for"), "{message}");
            assert!(report.findings()[0].plans().iter().all(|p| p.after == AfterFault::FailAll));
        },
        ..Specimen::BASE
    },
    resumes_a_panic_that_it_catches = Specimen {
        kinds: &[Panicked],
        // A value without a size needs no request of its own.
        broken: |sweep| sweep.run(|| caught(|| resume_unwind(Box::new(())))),
        repaired: |sweep| sweep.run(|| room(64)),
        look: |report| {
            let message = report.findings()[0].message();
            assert!(message.starts_with("panicked: the code caught it"), "{message}");
        },
        ..Specimen::BASE
    },
    logs_like_an_abort = Specimen {
        kinds: &[Aborted],
        broken: |sweep| sweep.run(|| room(16).inspect_err(|_| {
            log_like_an_abort();
            std::process::abort();
        })),
        repaired: |sweep| sweep.run(|| room(16).inspect_err(|_| log_like_an_abort())),
        home: Home::Worker,
        ..Specimen::BASE
    },
    ends_the_process = Specimen {
        kinds: &[Aborted],
        broken: |sweep| sweep
            .run(|| room(64)
                .or_else(|_| -> Result<_, OutOfMemory> { std::process::exit(black_box(3)) })),
        repaired: |sweep| sweep.run(|| room(64)),
        look: |report| assert!(report.findings()[0].message().contains("exit code 3")),
        home: Home::Worker,
        ..Specimen::BASE
    },
    expects_room = Specimen {
        kinds: &[Panicked],
        broken: |sweep| sweep.run(|| Ok::<_, OutOfMemory>(room(64).expect("room"))),
        repaired: |sweep| sweep.run(|| room(64)),
        look: |report| {
            let finding = &report.findings()[0];
            assert!(finding.message().contains("room"), "{finding:?}");
            assert!(finding.message().contains("ending.rs"), "{finding:?}");
            assert!(!finding.died_at().is_empty(), "{finding:?}");
        },
        ..Specimen::BASE
    },
    panics_when_half_built_is_dropped = Specimen {
        kinds: &[Panicked],
        broken: |sweep| sweep.run(build::<true>),
        repaired: |sweep| sweep.run(build::<false>),
        ..Specimen::BASE
    },
    panics_while_panicking = Specimen {
        kinds: &[Panicked],
        broken: |sweep| sweep.run(|| {
            let mut half = Half::<true> { is_whole: false };
            let room = room(64).expect("room");
            half.is_whole = true;
            Ok::<_, OutOfMemory>(room)
        }),
        repaired: |sweep| sweep.run(build::<false>),
        home: Home::Worker,
        ..Specimen::BASE
    },
    writes_through_null = Specimen {
        kinds: &[Crashed],
        broken: |sweep| sweep.run(|| second_byte(|_| Ok(()))),
        repaired: |sweep| sweep.run(|| second_byte(|block| match block.is_null() {
            true => Err(OutOfMemory::new(64)),
            false => Ok(()),
        })),
        look: |report| assert!(report.findings()[0].message().contains("SIGSEGV"), "{report}"),
        home: Home::Worker,
        ..Specimen::BASE
    },
    recurses_for_ever = Specimen {
        kinds: &[Crashed],
        broken: |sweep| sweep.run(|| room(64).map_err(|_| explain(64))),
        repaired: |sweep| sweep.run(|| room(64).map_err(|_| OutOfMemory::new(64))),
        look: |report| assert!(report.findings()[0].message().contains("stack"), "{report}"),
        home: Home::Worker,
        ..Specimen::BASE
    },
    retries_for_ever = Specimen {
        kinds: &[Hung],
        broken: |sweep| sweep
            .strategy(Strategy::Plans(vec!["nth:0/fail-all".parse().unwrap()]))
            .time_limit(Duration::from_millis(500))
            .run(|| Ok::<_, OutOfMemory>(insist(usize::MAX).expect("it never gave up"))),
        repaired: |sweep| sweep.after(AfterFault::FailAll).run(|| insist(3)),
        home: Home::Worker,
        ..Specimen::BASE
    },
);

#[test]
fn a_run_that_is_slow_is_not_hung() {
    const LIMIT: Duration = Duration::from_secs(1);
    let once = Strategy::Plans(vec!["nth:0".parse().expect("a plan")]);
    // Between one and four times the limit, and far from both.
    let slow = |_: &_| std::thread::sleep(LIMIT + LIMIT / 2);
    for isolation in [Isolation::Worker, Isolation::Snapshot] {
        let sweep = Sweep::new("slow").isolation(isolation).strategy(once.clone());
        let report = sweep.time_limit(LIMIT).run(|| room(64).inspect_err(slow));
        assert_silent(&report);
    }
}

/// A value that is built in two parts and checks itself in its drop.
struct Half<const CHECKS: bool> {
    is_whole: bool,
}

impl<const CHECKS: bool> Drop for Half<CHECKS> {
    fn drop(&mut self) {
        assert!(self.is_whole || !CHECKS, "dropped half built");
    }
}

fn build<const CHECKS: bool>() -> Fallible<Vec<u8>> {
    let mut half = Half::<CHECKS> { is_whole: false };
    let room = room(64)?;
    half.is_whole = true;
    Ok(room)
}

/// Logs the line that std writes before it aborts. The harness reads it while the code goes on.
fn log_like_an_abort() {
    pause(|| {
        // Past the capture of the test harness, as a logger does.
        let said = writeln!(std::io::stderr(), "memory allocation of 16 bytes failed");
        assert!(said.is_ok());
        std::thread::sleep(Duration::from_millis(100));
    });
}

/// Writes the second byte of a block. `look` decides whether null is handled.
fn second_byte(look: fn(*mut u8) -> Result<(), OutOfMemory>) -> Result<(), OutOfMemory> {
    let layout = Layout::new::<[u8; 64]>();
    // SAFETY: the size of the layout is not zero.
    let block = black_box(unsafe { alloc(layout) });
    look(block)?;
    // SAFETY: sound only if `look` rejects null; the broken specimen does not. The block is freed
    // once, with its layout.
    unsafe {
        block.wrapping_add(1).write_volatile(1);
        dealloc(block, layout);
    }
    Ok(())
}

/// Recurses without end.
#[inline(never)]
fn explain(size: usize) -> OutOfMemory {
    let page = black_box([size; 512]);
    if black_box(true) {
        return OutOfMemory::new(explain(page[0]).requested().saturating_add(page[1]));
    }
    OutOfMemory::new(size)
}

/// Retries `times` times, with a pause after each.
fn insist(times: usize) -> Result<Vec<u8>, OutOfMemory> {
    for _ in 0..times {
        if let Ok(room) = room(64) {
            return Ok(room);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Err(OutOfMemory::new(64))
}
