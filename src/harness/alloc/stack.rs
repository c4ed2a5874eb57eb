//! Captures call stacks inside the allocator, as return addresses.

use super::record::RawStack;

/// Fills `stack` with the return addresses from the caller to the frame whose stack pointer is
/// `entry`, innermost first. Frames that do not fit are dropped.
pub(crate) fn capture(stack: &mut RawStack, entry: usize) {
    stack.clear();
    // SAFETY: unsynchronised tracing uses no shared state, and no symbols are resolved here.
    unsafe {
        backtrace::trace_unsynchronized(|frame| {
            let pointer = frame.sp() as usize;
            let is_inside = pointer == 0 || pointer <= entry;
            is_inside && stack.push(frame.ip() as usize)
        });
    }
}
