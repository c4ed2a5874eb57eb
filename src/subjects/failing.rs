//! Fails the requests of an operation one by one, in unit tests: [`each_request_fails`].
//!
//! The sweeps in `tests/` do so too, and see more. These tests see a mistake in a rollback within a
//! second, beside the code. They rely on an allocator of their own: without one that fails, the
//! harness would test the collections with itself.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fmt::Debug;
use std::ptr::null_mut;

/// What the requests after the failed one get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Served,
    Failed,
}

/// What happens to the requests of this thread.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Served,
    /// This many are served, and the next one fails.
    FailsAfter(u64, Then),
    /// One has failed.
    HasFailed(Then),
}

thread_local! {
    static FATE: Cell<Fate> = const { Cell::new(Fate::Served) };
    /// The number of blocks that this thread has requested and not freed.
    static LIVE: Cell<isize> = const { Cell::new(0) };
}

#[global_allocator]
static ALLOCATOR: Failing = Failing;

struct Failing;

impl Failing {
    /// Counts a request. Returns whether it is served.
    fn is_served(&self) -> bool {
        let (fate, is_served) = match FATE.get() {
            Fate::Served => return true,
            Fate::FailsAfter(0, then) => (Fate::HasFailed(then), false),
            Fate::FailsAfter(left, then) => (Fate::FailsAfter(left - 1, then), true),
            Fate::HasFailed(then) => (Fate::HasFailed(then), then == Then::Served),
        };
        FATE.set(fate);
        is_served
    }
}

// SAFETY: `System` serves each request that is served, and null is a valid answer to the others.
unsafe impl GlobalAlloc for Failing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !self.is_served() {
            return null_mut();
        }
        LIVE.set(LIVE.get() + 1);
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        LIVE.set(LIVE.get() - 1);
        // SAFETY: the caller keeps the contract, and `System` made the block.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !self.is_served() {
            return null_mut();
        }
        // SAFETY: as in `dealloc`.
        unsafe { System.realloc(block, layout, size) }
    }
}

/// Calls `work` and fails the request with this number. Returns its result, and whether it made
/// that request.
fn failing<R>(number: u64, then: Then, work: impl FnOnce() -> R) -> (R, bool) {
    FATE.set(Fate::FailsAfter(number, then));
    let result = work();
    let has_failed = matches!(FATE.replace(Fate::Served), Fate::HasFailed(_));
    (result, has_failed)
}

/// Asserts that an operation is all or nothing: whichever request fails, alone or with all later
/// ones, it returns an error, the view is as before, nothing is left behind, and a second attempt
/// ends where an undisturbed one ends.
#[track_caller]
pub(crate) fn each_request_fails<S, E: Debug, V: PartialEq + Debug>(
    setup: impl Fn() -> S,
    operation: impl Fn(&mut S) -> Result<(), E>,
    view: impl Fn(&S) -> V,
) {
    let mut state = setup();
    operation(&mut state).expect("memory suffices");
    let after = view(&state);
    drop(state);
    for then in [Then::Served, Then::Failed] {
        let mut number = 0;
        loop {
            let live = LIVE.get();
            let mut state = setup();
            let before = view(&state);
            let (result, has_failed) = failing(number, then, || operation(&mut state));
            let place = format!("request {number}, later ones {then:?}");
            if !has_failed {
                result.expect("no request failed");
                break;
            }
            assert!(result.is_err(), "{place}: it returned Ok");
            drop(result);
            assert_eq!(view(&state), before, "{place}: it changed");
            operation(&mut state).unwrap_or_else(|error| panic!("{place}: again: {error:?}"));
            assert_eq!(view(&state), after, "{place}: it ends elsewhere");
            drop((state, before, place));
            assert_eq!(LIVE.get(), live, "request {number}: blocks are left");
            number += 1;
        }
        assert!(number > 0, "the operation makes no request");
    }
}

#[test]
#[should_panic(expected = "request 1, later ones Served: it changed")]
fn a_rollback_that_is_missing_is_seen() {
    let add_both = |lists: &mut [Vec<u8>; 2]| {
        lists.iter_mut().try_for_each(|list| {
            list.try_reserve_exact(1)?;
            list.push(1);
            Ok::<_, std::collections::TryReserveError>(())
        })
    };
    each_request_fails(<[Vec<u8>; 2]>::default, add_both, |lists| lists.clone());
}

#[test]
#[should_panic(expected = "blocks are left")]
fn a_leak_is_seen() {
    let leak = |list: &mut Vec<u8>| {
        let mut first = Vec::<u8>::new();
        first.try_reserve_exact(8)?;
        let room = list.try_reserve_exact(8);
        if room.is_err() {
            std::mem::forget(std::mem::take(&mut first));
        }
        room
    };
    each_request_fails(Vec::new, leak, |list| list.len());
}
