//! [`SavedState`]: all of what a thread is in the scope, put back exactly as it was when a region ends.
//!
//! Put back, not counted up and down: in a paused region a scheduler of coroutines may go on with
//! other code on the same thread, which enters regions and leaves them in an order of its own, and
//! comes back here only then.

use super::local::Local;
use super::state::State;

impl Local {
    /// Keeps what the thread is now, until the guard is dropped.
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

/// Puts the thread back on drop, also while unwinding.
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
        // A run's own thread is in no other, and may have got company meanwhile.
        if !self.local.owner.get() {
            joined.set(self.run);
        }
        state.set(self.local.settle(self.state));
        entry.set(self.entry);
        tolerance.set(self.tolerance);
    }
}
