//! The scope: where requests are tracked, numbered and made to fail. A run's own thread opens it;
//! other threads can join it.
//!
//! ```text
//!             Session::begin                  armed
//!   Outside ─────────────────▶ Tracked ─────────────────▶ Armed
//!      ▲                        │   ▲ ◀─────────────────  │  ▲
//!      │   Run finished/dropped │   │    guard dropped     │  │
//!      └────────────────────────┘   │    (also unwinding)  │  │
//!                       pause       │ guard                │  │ guard
//!                      (harness,    ▼ dropped      pause   ▼  │ dropped
//!                       user)     Paused ◀──────────────── Paused
//!
//!   New               the thread has made no request yet: Outside, or Joined if the run counts
//!                     every thread that starts in it
//!   Outside, Paused   requests pass; new blocks are not tracked
//!   Tracked           new blocks are tracked; requests have no number and do not fault
//!   Armed             new blocks are tracked; requests are numbered and may fault
//!
//!   Shared runs: after the first `Scope::current` in a run, for every thread in it
//!
//!   the run's thread  Tracked, Armed ──Scope::current──▶ Joined ──Run finished──▶ Outside
//!   another thread    New, Outside, Paused ──────join──▶ Joined ──guard dropped──▶ as it was
//!   a new thread      New ──────────────first request──▶ Joined, to its end
//!
//!   Joined            Tracked or Armed, whichever the run's `extent` says. The run's state is
//!                     read and written with the ledger held, by its own thread too.
//!                     If a `join` is still on when its run ends, its requests pass: they carry the
//!                     number of their run, and no other run has it.
//!
//!   re-entrancy       the harness allocates nothing in here. The platform's unwinder may allocate
//!                     when it captures a stack, so the state is Paused then. Code that holds the
//!                     ledger does not take it again.
//!   coroutines        in a paused region, other tasks may run on this thread, and enter and leave
//!                     regions in any order. So the end of the region restores everything in
//!                     `Local` that belongs to the task (`saved_state`).
//!   panic             a panic allocates. While a thread panics, its requests pass in every state.
//!                     Guards restore the state while unwinding.
//!   free, realloc     of a tracked block are recognised in every state, on every thread.
//! ```
//!
//! A run of one thread reads no atomics. Only its own thread can share the run, with
//! `Scope::current`.
//!
//! The state is a `const` thread-local without a destructor. It can be read while a thread starts
//! and after its other thread-locals are gone.

mod aside;
mod core;
mod fork;
mod future;
mod local;
mod policy;
mod published;
mod saved_state;
mod session;
mod sharing;
mod state;
mod user;

pub(crate) use self::core::Turn;
pub use self::core::oom_sweep_fault;
#[cfg(unix)]
pub(crate) use aside::become_child;
pub(crate) use aside::{inside_request, is_installed, note_panic};
pub(crate) use future::resume_async;
pub use future::{pause_async, tolerate_async};
pub(crate) use local::{Local, with};
pub(crate) use policy::{AllocPolicy, Capture, Moves, Shrinks, SpawnedThreads};
pub(crate) use session::{Run, Session, Settings, is_in_session};
pub use sharing::Scope;
pub(crate) use state::{Answer, Home};
pub use user::{pause, tolerate};
