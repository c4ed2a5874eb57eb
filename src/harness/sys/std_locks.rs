//! Holds std's locks during a fork, so that forking is safe while other threads use them.
//!
//! A forked child has one thread. A lock that another thread held during the fork stays held in the
//! child for ever, and the child's first `println!`, or std's report of an abort, would hang. So
//! this thread holds the locks that code probably needs, while it forks: those of standard output
//! (or of the test harness's capture), of standard error, and the lock around stack traces. std has
//! no direct access to these locks, so this file uses two facts: std formats while it holds the
//! lock of what it prints to, and allocates while it holds the lock of stack traces.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::sync::mpsc;
use std::time::Duration;

/// How long a thread may hold standard output before the harness assumes that it never releases it.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Calls `f` while this thread holds std's output locks. If another thread seems to hold them for
/// ever, calls `f` without them.
pub(super) fn with_output_locks<R>(f: impl FnOnce() -> R) -> R {
    if !output_is_free() {
        return f();
    }
    let (f, result) = (Cell::new(Some(f)), RefCell::new(None));
    let call = || {
        if let Some(f) = f.take() {
            *result.borrow_mut() = Some(f());
        }
    };
    // The outer call takes the test harness's capture if there is one, otherwise standard output.
    // Inside it the capture is not reachable, so the inner call takes standard error.
    print!("{}", Formatted(&|| eprint!("{}", Formatted(&call))));
    // Writing nothing cannot fail before `call`. If std ever skips it, fork without the locks.
    call();
    result.into_inner().expect("`call` ran")
}

struct Formatted<'a>(&'a dyn Fn());

impl fmt::Display for Formatted<'_> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.0)();
        Ok(())
    }
}

/// Returns whether another thread, which has the same capture, gets the locks within [`TIMEOUT`].
fn output_is_free() -> bool {
    let (sender, receiver) = mpsc::channel();
    let probe = std::thread::Builder::new().spawn(move || {
        print!("{}", Formatted(&|| eprint!("{}", Formatted(&|| ()))));
        // If it took too long, nobody waits any more.
        let _ = sender.send(());
    });
    let is_free = probe.is_ok() && receiver.recv_timeout(TIMEOUT).is_ok();
    if let (Ok(probe), true) = (probe, is_free) {
        // The thread has almost ended. This makes sure that the fork has one thread less.
        let _ = probe.join();
    }
    is_free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_is_made_once_and_its_result_comes_back() {
        let mut calls = 0;
        let answer = with_output_locks(|| {
            calls += 1;
            42
        });
        assert_eq!((answer, calls), (42, 1));
    }
}
