//! A look ahead: [`first`], which tries many inputs in one forked process, up to the first that
//! is worth a judge's own.
//!
//! Most of what is tried is rejected, and a fork costs more than a run. The process that looks
//! ahead says no more than how far it came, so that no verdict rests on it: where it ends or
//! stands still, a judge decides.

/// How many of the first things are not worth a judge, out of `count`.
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

    /// One thing that takes longer is left to the judge, which waits.
    const PATIENCE: Duration = Duration::from_millis(200);

    /// How many of the first things are not worth a judge, out of `count`: all that were looked
    /// at before the one that is, or that is not looked at to the end.
    pub(in super::super) fn first(count: usize, is_worth: &mut dyn FnMut(usize) -> bool) -> usize {
        // A judge of one is as soon asked, and what other threads hold would be lost.
        if count < 2 || sys::has_other_threads() {
            return 0;
        }
        look(count, is_worth)
    }

    /// The same, whoever else runs.
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

    /// Until it ends, or stands still for too long.
    fn wait(mut child: Child, passed: &AtomicUsize) {
        let (mut before, mut since) = (0, Instant::now());
        while child.look().is_none() && since.elapsed() < PATIENCE {
            sys::wait_for_any([&child], PATIENCE);
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
    fn it_says_how_far_it_came_whatever_became_of_it() {
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
