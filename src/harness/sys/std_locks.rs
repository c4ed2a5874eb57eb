//! Forking while other threads hold std's locks, made safe by holding them oneself.
//!
//! A forked child has one thread. A lock that another thread held at that moment stays held
//! in the child for ever: its first `println!`, or std's own report of an abort, would hang.
//! So the fork is made while this thread holds the locks that code is likely to need: those
//! of standard output (or of the test harness's capture of it), of standard error, and the
//! one around stack traces. std gives no other handle on them than this: it formats under
//! the lock of what it prints to, and allocates under the lock of what it traces.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::sync::mpsc;
use std::time::Duration;

/// How long a thread may hold standard output before it is taken for one that keeps it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Calls `f` with std's output locks held, or without, if a thread seems to keep them for good.
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
    // The outer one takes the test harness's capture, if there is one, else standard output;
    // the inner one, for which the capture is out of reach meanwhile, standard error.
    print!("{}", Formatted(&|| eprint!("{}", Formatted(&call))));
    // Writing nothing cannot have failed before `call`; should std ever skip it, fork bare.
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

/// Whether another thread (which has the same capture) gets the locks within [`PATIENCE`].
fn output_is_free() -> bool {
    let (sender, receiver) = mpsc::channel();
    let probe = std::thread::Builder::new().spawn(move || {
        print!("{}", Formatted(&|| eprint!("{}", Formatted(&|| ()))));
        // Nobody waits any more if it took too long.
        let _ = sender.send(());
    });
    let is_free = probe.is_ok() && receiver.recv_timeout(PATIENCE).is_ok();
    if let (Ok(probe), true) = (probe, is_free) {
        // It has ended but for its last steps; a thread less at the fork.
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
