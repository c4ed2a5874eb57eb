//! Call stacks as return addresses: captured inside the allocator, read by people later.

use super::record::RawStack;

/// Fills `stack` with the return addresses from the caller out to the frame whose stack
/// pointer is `entry`, innermost first; frames beyond the buffer are dropped.
pub(crate) fn capture(stack: &mut RawStack, entry: usize) {
    stack.clear();
    // SAFETY: unsynchronised tracing touches no shared state; symbols are not resolved here.
    unsafe {
        backtrace::trace_unsynchronized(|frame| {
            let pointer = frame.sp() as usize;
            let is_inside = pointer == 0 || pointer <= entry;
            is_inside && stack.push(frame.ip() as usize)
        });
    }
}
