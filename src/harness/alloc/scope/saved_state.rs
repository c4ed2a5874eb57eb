//! [`SavedState`]: restores a thread's whole state in the scope when a region ends.
//!
//! It restores saved values and does not count up and down. In a paused region, a scheduler of
//! coroutines may run other code on the same thread. That code enters and leaves regions in its own
//! order before control comes back here.

use super::local::Local;
use super::state::State;

impl Local {
    /// Saves the thread's state; the guard restores it when it is dropped.
    pub(super) fn saved_state(&self) -> SavedState<'_> {
        SavedState {
            local: self,
            state: self.state.get(),
            run: self.joined.get(),
            entry: self.entry.get(),
            tolerance: self.tolerance.get(),
        }
    }
}

/// Restores the thread's state on drop, also while unwinding.
pub(super) struct SavedState<'a> {
    local: &'a Local,
    state: State,
    run: u64,
    entry: usize,
    tolerance: u32,
}

impl Drop for SavedState<'_> {
    fn drop(&mut self) {
        let Local { joined, state, entry, tolerance, .. } = self.local;
        // The run's own thread can be in no other run, and may have shared its run in the meantime.
        if !self.local.owner.get() {
            joined.set(self.run);
        }
        state.set(self.local.settle(self.state));
        entry.set(self.entry);
        tolerance.set(self.tolerance);
    }
}
