//! The operating system behind safe functions: memory outside the heap, processes, signals.
//!
//! Everything that is not portable is here. It knows nothing about plans, requests or findings.

#[cfg(unix)]
mod descriptors;
mod errno;
mod memory;
#[cfg(unix)]
mod modules;
#[cfg(unix)]
mod output;
#[cfg(unix)]
mod process;
#[cfg(unix)]
mod sigchld;
#[cfg(unix)]
mod signals;
#[cfg(unix)]
mod std_locks;

#[cfg(unix)]
pub(crate) use descriptors::{is_open, lowest_free_descriptor, threads};
pub(crate) use errno::set_no_memory;
pub(crate) use memory::Mapping;
#[cfg(target_os = "linux")]
pub(crate) use memory::{expedited_barrier, register_expedited_barrier};
/// Nobody counts the threads of other platforms.
#[cfg(not(unix))]
pub(crate) fn threads() -> Option<u64> {
    None
}

#[cfg(unix)]
pub(crate) use modules::locate;
#[cfg(unix)]
pub(crate) use process::{
    Child, Ended, Forked, exit_child, fork, fork_again, has_other_threads, wait_for_any,
    write_to_stderr,
};
#[cfg(unix)]
pub(crate) use sigchld::WaitsForChildren;
#[cfg(unix)]
pub(crate) use signals::{CrashNote, install_crash_handlers, note_crashes_in};
