//! Tries many inputs in one forked process: [`first`]. It stops at the first that is worth a
//! judge's run.
//!
//! Most inputs that are tried are rejected, and a fork costs more than a run. The process reports
//! only how far it came, so no verdict depends on it: where it dies or hangs, a judge decides.

/// Returns how many of the first `count` things are not worth a judge's run.
#[cfg(not(unix))]
pub(super) fn first(_count: usize, _is_worth: &mut dyn FnMut(usize) -> bool) -> usize {
    0
}

#[cfg(unix)]
pub(super) use forked::first;

#[cfg(unix)]
mod forked {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::{Duration, Instant};

    use crate::harness::sys::{self, Child, Forked, Mapping};

    /// A judge, which waits, takes over what needs more time.
    const TIMEOUT: Duration = Duration::from_millis(200);

    /// Returns how many of the first `count` things are not worth a judge's run: those before the
    /// first that is, or that was not finished.
    pub(in super::super) fn first(count: usize, is_worth: &mut dyn FnMut(usize) -> bool) -> usize {
        // For one thing a judge is as fast, and a fork would lose what other threads hold.
        if count < 2 || sys::has_other_threads() {
            return 0;
        }
        look(count, is_worth)
    }

    /// Does the same, whichever other threads run.
    pub(super) fn look(count: usize, is_worth: &mut dyn FnMut(usize) -> bool) -> usize {
        let Some(pages) = Mapping::shared(size_of::<AtomicUsize>()) else { return 0 };
        // SAFETY: the pages are large enough and aligned, and live as long as this function and
        // the child; zero is valid for an atomic.
        let passed = unsafe { &*pages.start().cast::<AtomicUsize>() };
        match sys::fork(|fork| fork()) {
            Ok(Forked::Child) => {
                for place in 0..count {
                    if is_worth(place) {
                        break;
                    }
                    passed.store(place + 1, Ordering::Release);
                }
                sys::exit_child(0)
            }
            Ok(Forked::Parent(child)) => {
                wait(child, passed);
                passed.load(Ordering::Acquire)
            }
            Err(_) => 0,
        }
    }

    /// Waits until the child ends or makes no progress for too long.
    fn wait(mut child: Child, passed: &AtomicUsize) {
        let (mut before, mut since) = (0, Instant::now());
        while child.look().is_none() && since.elapsed() < TIMEOUT {
            sys::wait_for_any([&child], TIMEOUT);
            let now = passed.load(Ordering::Acquire);
            if now != before {
                (before, since) = (now, Instant::now());
            }
        }
        child.end();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Duration;
    use std::{process, thread};

    use super::forked::look;

    fn passed(is_worth: impl Fn(usize) -> bool) -> usize {
        look(9, &mut |place| is_worth(place))
    }

    #[test]
    fn the_progress_of_a_process_that_died_is_known() {
        assert_eq!(passed(|_| false), 9);
        assert_eq!(passed(|place| place == 4), 4);
        assert_eq!(passed(|place| place == 5 && crate::harness::sys::exit_child(0)), 5);
        assert_eq!(passed(|place| place == 6 && process::abort()), 6);
        let hang = || loop {
            thread::sleep(Duration::from_secs(60));
        };
        assert_eq!(passed(|place| place == 7 && hang()), 7);
    }
}
