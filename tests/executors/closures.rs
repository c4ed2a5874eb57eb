//! Tests closures: clean, broken in several ways at once, tolerant, with first-use requests, and
//! with a ceiling.

use std::collections::TryReserveError;
use std::hint::black_box;
use std::mem::ManuallyDrop;
use std::sync::Mutex;

use oom_sweep::FindingKind::{Aborted, Leaked, Panicked, SwallowedOom, WrongError};
use oom_sweep::{OomError, tolerate};

use crate::Home::{Anywhere, OwnProcess};
use crate::assert_same;
use crate::room::{Fallible, room};

#[test]
fn a_clean_closure() {
    assert_same("clean", Anywhere, &[], |sweep| {
        sweep.run(|| {
            let mut numbers = Vec::new();
            for number in 0..20_u64 {
                numbers.try_reserve(1)?;
                numbers.push(number);
                drop(room(8 * number as usize + 1)?);
            }
            Ok::<_, TryReserveError>(black_box(numbers))
        })
    });
}

#[test]
fn a_closure_that_panics_swallows_and_leaks() {
    assert_same("sloppy", Anywhere, &[Panicked, SwallowedOom, Leaked], |sweep| {
        sweep.run(|| sloppy(|| room(24)))
    });
}

#[test]
fn a_closure_that_aborts_as_well() {
    let kinds = [Aborted, Panicked, SwallowedOom, Leaked];
    assert_same("very sloppy", OwnProcess, &kinds, |sweep| {
        sweep.run(|| sloppy(|| Ok(black_box(vec![1; 24]))))
    });
}

fn sloppy(middle: fn() -> Fallible<Vec<u8>>) -> Fallible<Vec<u8>> {
    for size in 1..4 {
        drop(room(size)?);
        drop(room(8 * size).expect("room"));
    }
    let _ = room(16);
    let held = ManuallyDrop::new(room(20)?);
    let middle = middle()?;
    // The only leak: a failure here loses blocks.
    let last = room(32)?;
    drop((ManuallyDrop::into_inner(held), middle));
    Ok(last)
}

#[test]
fn first_use_fills_a_table() {
    static TABLE: Mutex<Option<Vec<u8>>> = Mutex::new(None);
    assert_same("first use", OwnProcess, &[Aborted, SwallowedOom], |sweep| {
        sweep.run(|| {
            let first = room(64)?;
            let mut table = TABLE.lock().expect("the lock is not poisoned");
            if table.is_none() {
                // Only in cold runs.
                *table = Some(black_box(vec![1; 256]));
            } else {
                // Only in warm runs.
                let _ = room(16);
            }
            drop(room(8)?);
            Ok::<_, TryReserveError>(first)
        })
    });
}

#[test]
fn caches_filled_by_failures() {
    static CACHE: Mutex<[Option<Vec<u8>>; 5]> = Mutex::new([const { None }; 5]);
    // In each process, the first failure of a kind keeps a block forever.
    let keep = |kind: usize| {
        let mut cache = CACHE.lock().expect("the lock is not poisoned");
        if cache[kind].is_none() {
            cache[kind] = room(1000 - kind).ok();
        }
    };
    assert_same("caches", OwnProcess, &[SwallowedOom], |sweep| {
        sweep.run(|| {
            for number in 0..10 {
                drop(room(64).inspect_err(|_| keep(number / 2))?);
                let _ = room(8);
            }
            Ok::<_, TryReserveError>(())
        })
    });
}

#[test]
fn some_failures_are_tolerated() {
    assert_same("tolerant", Anywhere, &[SwallowedOom, WrongError], |sweep| {
        let sweep = sweep
            .tolerate_in("executors::closures::vendor::", "not ours")
            .tolerate_in("executors::closures::nowhere::", "stale");
        sweep.run(|| {
            let hint = tolerate("only a hint", || room(32));
            vendor::warm_up();
            let _ = tolerate("nothing in here fails", || black_box(1));
            let _ = room(16);
            match room(64) {
                Ok(room) => Ok((room, hint.is_ok())),
                Err(_) => Err(NotOom),
            }
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

#[derive(Debug)]
struct NotOom;

impl OomError for NotOom {
    fn is_oom(&self) -> bool {
        false
    }
}

#[test]
fn a_ceiling_refuses_the_largest_request() {
    assert_same("ceiling", Anywhere, &[Panicked], |sweep| {
        sweep.ceiling(1 << 20).run(|| {
            let large = room(2 << 20).or_else(|_| room(1 << 10))?;
            drop(room(64).expect("room"));
            Ok::<_, TryReserveError>(large)
        })
    });
}
