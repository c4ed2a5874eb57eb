//! Tells a leak from a cache: a run that leaves blocks is repeated in the same process.

use std::time::{Duration, Instant};

use super::baseline::Facts;
use super::case::Case;
use super::context::RunContext;
use super::runner::ScenarioRunner;
use super::subject::Subject;
use crate::harness::alloc::{Leftover, holds};
use crate::harness::sys;

/// No more than this is left behind by repetitions.
const MOST_BYTES: usize = 64 << 20;
/// How long threads of the run may take to free what they hold.
const THREADS_END: Duration = Duration::from_secs(1);

impl<S: Subject> ScenarioRunner<'_, S> {
    /// Splits the blocks that a run left into leaked and retained ones. A block is retained if a
    /// repetition does not leave it again, or if one that an earlier run left is freed: by a cache
    /// that replaces it, by code that frees such blocks later, by a thread that still held it.
    pub(super) fn tell_leaks(
        &mut self,
        context: &mut RunContext<'_>,
        (case, facts): (&Case, &Facts),
        left: Vec<Leftover>,
        fault: u64,
    ) -> (Vec<Leftover>, Vec<Leftover>) {
        let start = Instant::now();
        let mut earlier: Vec<Leftover> = left.clone();
        let mut leaked = left.clone();
        for tries in 0..case.leak_tries {
            let (.., left_again) = self.run_once(context, case, facts);
            let again = facts.unexpected(&left_again, fault);
            // A block at the address of an earlier one has taken its place.
            let is_replaced =
                |block: &Leftover| left_again.iter().any(|other| other.address == block.address);
            let freed: Vec<_> =
                earlier.iter().filter(|&b| is_replaced(b) || !holds(b.address)).collect();
            leaked.retain(|block| {
                let is_same = |other: &Leftover| facts.is_same(block, other);
                let is_left_again = tries > 0 || again.iter().any(is_same);
                is_left_again && !freed.iter().any(|&other| is_same(other))
            });
            earlier.extend(again);
            let bytes: usize = earlier.iter().map(|block| block.size).sum();
            if leaked.is_empty() || bytes > MOST_BYTES || start.elapsed() > case.patience {
                break;
            }
        }
        if !leaked.is_empty() && case.leak_tries > 1 {
            self.wait_for_threads(&earlier);
            let freed: Vec<_> = earlier.iter().filter(|block| !holds(block.address)).collect();
            leaked.retain(|block| !freed.iter().any(|other| facts.is_same(block, other)));
        }
        let retained = left.into_iter().filter(|block| !leaked.contains(block)).collect();
        (leaked, retained)
    }

    /// Waits while threads that the runs started are alive and free nothing. If they do not end in
    /// time, that proves nothing.
    fn wait_for_threads(&self, left: &[Leftover]) {
        let start = Instant::now();
        while sys::threads() > self.threads
            && start.elapsed() < THREADS_END
            && left.iter().all(|block| holds(block.address))
        {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
