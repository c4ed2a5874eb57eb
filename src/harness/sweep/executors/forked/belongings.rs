//! What a process has besides memory: [`Belongings`]. A run must not leave more of it.

use std::time::{Duration, Instant};

use crate::harness::oracle::LeftBehind;
use crate::harness::sys;

/// What the process has at one moment.
pub(crate) struct Belongings {
    /// The lowest descriptor that is free. The next file that opens gets it.
    free: Option<i32>,
    threads: Option<u64>,
}

/// Whether runs are watched for what they leave behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Watching {
    Yes,
    /// Fault-free runs leave files open or threads running, too.
    No,
}

impl Belongings {
    pub(crate) fn now() -> Self {
        Self { free: sys::lowest_free_descriptor(), threads: sys::threads() }
    }

    /// What the process has got since then. Threads may take some time to end.
    pub(crate) fn added(&self, patience: Duration) -> Option<LeftBehind> {
        if self.free.is_some_and(sys::is_open) {
            return Some(LeftBehind::Descriptor);
        }
        let start = Instant::now();
        while self.threads.zip(sys::threads()).is_some_and(|(before, now)| now > before) {
            if start.elapsed() >= patience {
                return Some(LeftBehind::Thread);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        None
    }
}
