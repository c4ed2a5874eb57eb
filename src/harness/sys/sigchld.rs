//! Makes sure that the kernel keeps how a child ended until its parent asks: [`WaitsForChildren`].
//!
//! A process that ignores `SIGCHLD`, which it may have inherited from whoever started it, never
//! learns how its children ended.

use std::mem::MaybeUninit;
use std::ptr;
use std::sync::{Mutex, PoisonError};

/// While a value exists, this process can wait for its children. The last one restores what was
/// set before.
pub(crate) struct WaitsForChildren {
    _counted: (),
}

struct Setting {
    holders: usize,
    /// What was set before, if it had to be changed.
    before: Option<libc::sigaction>,
}

static SETTING: Mutex<Setting> = Mutex::new(Setting { holders: 0, before: None });

impl WaitsForChildren {
    pub(crate) fn new() -> Self {
        let mut setting = SETTING.lock().unwrap_or_else(PoisonError::into_inner);
        if setting.holders == 0 {
            setting.before = stop_ignoring();
        }
        setting.holders += 1;
        Self { _counted: () }
    }
}

impl Drop for WaitsForChildren {
    fn drop(&mut self) {
        let mut setting = SETTING.lock().unwrap_or_else(PoisonError::into_inner);
        setting.holders -= 1;
        if setting.holders == 0
            && let Some(before) = setting.before.take()
        {
            // SAFETY: the kernel filled `before` in for this signal.
            unsafe { libc::sigaction(libc::SIGCHLD, &before, ptr::null_mut()) };
        }
    }
}

/// Returns the setting before, if it had to be changed.
fn stop_ignoring() -> Option<libc::sigaction> {
    let mut before = MaybeUninit::uninit();
    // SAFETY: this only reads the setting, into memory of its size.
    let before = unsafe {
        if libc::sigaction(libc::SIGCHLD, ptr::null(), before.as_mut_ptr()) != 0 {
            return None;
        }
        before.assume_init()
    };
    let mut after = before;
    if after.sa_sigaction == libc::SIG_IGN {
        after.sa_sigaction = libc::SIG_DFL;
    }
    after.sa_flags &= !libc::SA_NOCLDWAIT;
    if (after.sa_sigaction, after.sa_flags) == (before.sa_sigaction, before.sa_flags) {
        return None;
    }
    // SAFETY: `after` is the setting that the kernel gave, but for what is said above: its handler,
    // if it has one, is the process's own.
    unsafe { libc::sigaction(libc::SIGCHLD, &after, ptr::null_mut()) };
    Some(before)
}
