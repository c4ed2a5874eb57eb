//! Tests code that ends its process: stack overflows, runs that do not end, destructors that abort.

use std::collections::TryReserveError;
use std::hint::black_box;
use std::time::Duration;

use oom_sweep::FindingKind::{Aborted, Crashed, Hung};
use oom_sweep::{AfterFault, OutOfMemory, Strategy};

use crate::Home::OwnProcess;
use crate::assert_same;
use crate::room::room;

#[test]
fn deep_recursion() {
    assert_same("deep", OwnProcess, &[Crashed], |sweep| {
        sweep.run(|| {
            let nested = nest(50)?;
            let last = room(64).map_err(|_| OutOfMemory::new(explain(64)))?;
            Ok::<_, OutOfMemory>((nested, last))
        })
    });
}

/// Makes `depth` requests, each from another stack depth.
fn nest(depth: usize) -> Result<usize, OutOfMemory> {
    let _here = room(depth + 1).map_err(|_| OutOfMemory::new(depth + 1))?;
    if depth == 0 { Ok(0) } else { Ok(nest(depth - 1)? + 1) }
}

/// Recurses without end.
#[inline(never)]
fn explain(size: usize) -> usize {
    let page = black_box([size; 512]);
    if black_box(true) { explain(page[0]).saturating_add(page[1]) } else { size }
}

#[test]
fn a_hang_at_one_request() {
    assert_same("hang", OwnProcess, &[Hung], |sweep| {
        let plans = ["nth:0", "nth:2", "nth:1/fail-all", "nth:3"];
        let plans = plans.map(|plan| plan.parse().expect("a plan"));
        sweep.strategy(Strategy::Plans(plans.into())).time_limit(Duration::from_millis(400)).run(
            || {
                drop((room(8)?, room(16)?));
                let waited = room(24);
                while waited.is_err() && black_box(true) {
                    std::thread::sleep(Duration::from_millis(1));
                }
                room(32)
            },
        )
    });
}

#[test]
fn a_destructor_that_allocates() {
    struct Ended;
    impl Drop for Ended {
        fn drop(&mut self) {
            drop(black_box(vec![1_u8; 16]));
        }
    }
    assert_same("destructor", OwnProcess, &[Aborted], |sweep| {
        sweep.after(AfterFault::FailAll).run_state(
            || Ended,
            |_| {
                drop(room(32)?);
                Ok::<_, TryReserveError>(room(64)?.len())
            },
            |_| (),
        )
    });
}
