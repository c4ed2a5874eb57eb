//! The scope: where requests are tracked, numbered and faulted. A run's own thread opens it;
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
//!                     every thread that is born in it
//!   Outside, Paused   requests pass; blocks born are not tracked
//!   Tracked           blocks born are tracked; requests have no number and do not fault
//!   Armed             blocks born are tracked; requests are numbered and may fault
//!
//!   With company: from the first `Scope::current` in a run on, for every thread in it
//!
//!   the run's thread  Tracked, Armed ──Scope::current──▶ Joined ──Run finished──▶ Outside
//!   another thread    New, Outside, Paused ──────join──▶ Joined ──guard dropped──▶ as it was
//!   a newborn thread  New ──────────────first request──▶ Joined, to its end
//!
//!   Joined            Tracked or Armed, whichever the run's `extent` says. The run's state is
//!                     read and written with the ledger held, by its own thread too.
//!                     A `join` that is still on when its run ends passes: requests name the
//!                     run that they mean, and another one's number never matches.
//!
//!   re-entrancy       the harness allocates nothing in here. Capturing a stack might (in the
//!                     platform's unwinder): meanwhile the state is Paused. Nothing takes the
//!                     ledger that holds it.
//!   coroutines        a paused region may go on with other tasks on this thread, which enter regions
//!                     and leave them in any order. So it ends by putting back all of `Local` that
//!                     is the task's, whatever is there then (`footing`).
//!   panic             a panic allocates. While a thread panics, its Armed, Tracked and Joined
//!                     act like Paused; guards restore the state while unwinding.
//!   free, realloc     of a tracked block are recognised in every state, on every thread.
//! ```
//!
//! A run alone on its thread pays nothing for any of this: no atomic is read, and the run's own
//! thread is the one that gives it up, in `Scope::current`.
//!
//! The state is a `const` thread-local without a destructor: it can be read while a thread
//! starts and after its other thread-locals are gone.

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
