//! Plain values of the scope: a thread's state ([`State`]), the decision on a request ([`Answer`]),
//! and the allocator that tracked blocks go back to ([`Home`]).

use std::alloc::Layout;

use crate::harness::alloc::request::Birth;

/// What the allocator does with the requests of a thread; see the diagram in [`scope`](super).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum State {
    New,
    Outside,
    Paused,
    Tracked,
    Armed,
    Joined,
}

/// The allocator that serves tracked blocks, type-erased.
#[derive(Clone, Copy)]
pub(crate) struct Home {
    pub(crate) alloc: *const (),
    /// Frees a block without the ledger.
    pub(crate) dealloc: unsafe fn(*const (), *mut u8, Layout),
}

/// The decision on a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Serve it, and do not track the block.
    Pass,
    /// Serve it, and enter the block into the ledger.
    Track(Birth),
    /// Return null.
    Refuse,
}
