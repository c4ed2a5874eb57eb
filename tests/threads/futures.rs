//! Tests futures that are cancelled, paused, tolerated, and moved between threads.

use std::alloc::{Layout, alloc, dealloc};
use std::collections::TryReserveError;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};
use std::thread;

use oom_sweep::{
    FindingKind, OutOfMemory, Report, Scope, Sweep, pause, pause_async, tolerate_async,
};

use crate::{assert_kind, assert_silent, room, wait};

type Result<T> = std::result::Result<T, OutOfMemory>;

fn sweep<F: Future<Output = Result<()>>>(f: impl FnMut() -> F) -> Report {
    Sweep::new("futures").run_async(|_| true, |fut| pollster::block_on(fut), f)
}

fn take(bytes: usize) -> Result<Vec<u8>> {
    room(bytes).map_err(|_: TryReserveError| OutOfMemory::new(bytes))
}

/// Runs both. If one fails, drops the other unfinished.
async fn try_both(
    one: impl Future<Output = Result<()>>,
    other: impl Future<Output = Result<()>>,
) -> Result<()> {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let (mut is_one_done, mut is_other_done) = (false, false);
    poll_fn(|context| {
        for (future, is_done) in [
            (one.as_mut() as Pin<&mut dyn Future<Output = _>>, &mut is_one_done),
            (other.as_mut(), &mut is_other_done),
        ] {
            if *is_done {
                continue;
            }
            match future.poll(context) {
                Poll::Ready(Ok(())) => *is_done = true,
                Poll::Ready(error) => return Poll::Ready(error),
                Poll::Pending => {}
            }
        }
        if is_one_done && is_other_done { Poll::Ready(Ok(())) } else { Poll::Pending }
    })
    .await
}

#[test]
fn a_future_that_leaks_when_it_is_cancelled() {
    const LAYOUT: Layout = Layout::new::<[u64; 4]>();
    async fn raw() -> Result<()> {
        // SAFETY: the size of the layout is not zero.
        let block = unsafe { alloc(LAYOUT) };
        if block.is_null() {
            return Err(OutOfMemory::new(LAYOUT.size()));
        }
        let address = block as usize;
        wait().await;
        // SAFETY: allocated above and freed only here.
        unsafe { dealloc(address as *mut u8, LAYOUT) };
        Ok(())
    }
    async fn owned() -> Result<()> {
        let block = take(32)?;
        wait().await;
        drop(block);
        Ok(())
    }
    let other = || async { take(64).map(drop) };
    assert_kind(&sweep(|| try_both(raw(), other())), FindingKind::Leaked);
    assert_silent(&sweep(|| try_both(owned(), other())), 2);
}

#[test]
fn tolerance_lasts_as_long_as_the_future() {
    let cache = || async {
        wait().await;
        drop(take(16));
        wait().await;
        drop(take(16));
    };
    let tolerated = sweep(|| async {
        tolerate_async("only a cache", cache()).await;
        take(32).map(drop)
    });
    assert_silent(&tolerated, 3);
    assert!(tolerated.tolerated() > 0 && tolerated.notes().is_empty(), "{tolerated}");
    // Between its polls and after it, nothing is paused.
    let beside = sweep(|| async {
        let both = try_both(
            async {
                tolerate_async("only a cache", cache()).await;
                Ok(())
            },
            async {
                drop(take(64));
                Ok(())
            },
        );
        both.await
    });
    assert_kind(&beside, FindingKind::SwallowedOom);
    assert_eq!(beside.findings().len(), 1, "{beside}");
}

#[test]
fn a_pause_lasts_as_long_as_the_future() {
    let log = || async {
        drop(take(16));
        wait().await;
        drop(take(16));
    };
    let paused = sweep(|| async {
        pause_async(log()).await;
        take(32).map(drop)
    });
    assert_silent(&paused, 1);
    assert_kind(
        &sweep(|| async {
            log().await;
            take(32).map(drop)
        }),
        FindingKind::SwallowedOom,
    );
}

/// Polls a future until it ends, each time on another thread.
fn on_many_threads<T: Send>(future: impl Future<Output = T> + Send) -> T {
    let future = Mutex::new(Box::pin(future));
    loop {
        let poll = || {
            let mut future = future.lock().expect("no poll panics");
            future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        };
        let polled = thread::scope(|threads| threads.spawn(poll).join().expect("no panic"));
        if let Poll::Ready(value) = polled {
            return value;
        }
    }
}

#[test]
fn a_future_may_move_from_thread_to_thread() {
    let work = || async {
        let first = take(8)?;
        wait().await;
        tolerate_async("only a cache", async {
            wait().await;
            drop(take(16));
            wait().await;
        })
        .await;
        pause_async(async {
            drop(take(1));
            wait().await;
            drop(take(1));
        })
        .await;
        let last = take(24)?;
        wait().await;
        drop((first, last));
        Ok::<_, OutOfMemory>(())
    };
    let report = Sweep::new("moves").run(|| {
        let scope = Scope::current();
        pause(|| on_many_threads(scope.wrap(work())))
    });
    assert_silent(&report, 3);
    assert_eq!(report.tolerated(), 2, "{report}");
    // The future leaves no state on a thread that polled it.
    let report = Sweep::new("moves, sticks").run(|| {
        let scope = Scope::current();
        let swallow = async {
            tolerate_async("only a cache", wait()).await;
            drop(take(16));
        };
        pause(|| on_many_threads(scope.wrap(swallow)));
        Ok::<_, OutOfMemory>(())
    });
    assert_kind(&report, FindingKind::SwallowedOom);
}

#[test]
fn a_wrapped_future_is_dropped_in_the_scope() {
    /// A value that makes a request in its drop.
    struct Loud;
    impl Drop for Loud {
        fn drop(&mut self) {
            drop(room(40));
        }
    }
    let report = Sweep::new("dropped").run(|| {
        let scope = Scope::current();
        let loud = Loud;
        let future = scope.wrap(async move {
            let _loud = loud;
            wait().await;
        });
        pause(|| drop(future));
        Ok::<_, OutOfMemory>(())
    });
    assert_eq!(report.requests(), 1, "{report}");
}
