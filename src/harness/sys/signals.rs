//! Notes crashes of a forked child in shared memory before the process dies.

use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicU32, AtomicUsize, Ordering};

use super::memory::Mapping;

/// Number of return addresses that are kept of a crash.
const MAX_FRAMES: usize = 96;
/// Stack size that is enough to unwind.
const ALTERNATE_STACK: usize = 256 << 10;

/// The first crash signal of a run, written by the handler.
#[repr(C)]
pub(crate) struct CrashNote {
    signal: AtomicI32,
    address: AtomicUsize,
    /// Whether the stack goes through std's function for allocations that failed: 0 or 1.
    has_alloc_error: AtomicU32,
    len: AtomicUsize,
    frames: [AtomicUsize; MAX_FRAMES],
}

impl CrashNote {
    /// Forgets a signal that the code under test has handled.
    pub(crate) fn clear(&self) {
        self.signal.store(0, Ordering::Relaxed);
        self.has_alloc_error.store(0, Ordering::Relaxed);
        self.len.store(0, Ordering::Relaxed);
    }

    /// The signal's number, and the address that caused it.
    pub(crate) fn signal(&self) -> Option<(i32, usize)> {
        let signal = self.signal.load(Ordering::Acquire);
        // Code under test may have written any number here.
        SIGNALS.contains(&signal).then(|| (signal, self.address.load(Ordering::Relaxed)))
    }

    /// Returns whether the stack certainly goes through std's function for allocations that failed.
    /// False if the optimiser put the function into its callers, or on platforms that do not tell
    /// where a function begins.
    pub(crate) fn has_alloc_error(&self) -> bool {
        self.has_alloc_error.load(Ordering::Acquire) != 0
    }

    /// Return addresses at the crash, innermost first.
    pub(crate) fn frames(&self) -> Vec<usize> {
        let len = self.len.load(Ordering::Acquire).min(MAX_FRAMES);
        self.frames[..len].iter().map(|frame| frame.load(Ordering::Relaxed)).collect()
    }

    fn fill(&self, signal: i32, address: usize) {
        self.address.store(address, Ordering::Relaxed);
        // Set before the stack: the note counts even if the unwinder crashes on a broken stack.
        if self.signal.compare_exchange(0, signal, Ordering::AcqRel, Ordering::Relaxed).is_err() {
            return;
        }
        let alloc_error = std::alloc::handle_alloc_error as *const () as usize;
        let mut len = 0;
        // SAFETY: unsynchronised tracing is the only kind that works in a handler. The process is
        // about to die. If tracing crashes too, it dies with the signal noted.
        unsafe {
            backtrace::trace_unsynchronized(|frame| {
                self.frames[len].store(frame.ip() as usize, Ordering::Relaxed);
                len += 1;
                self.len.store(len, Ordering::Release);
                if frame.symbol_address() as usize == alloc_error {
                    self.has_alloc_error.store(1, Ordering::Release);
                }
                len < MAX_FRAMES
            });
        }
    }
}

const SIGNALS: [i32; 5] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGABRT, libc::SIGILL, libc::SIGFPE];

static NOTE: AtomicPtr<CrashNote> = AtomicPtr::new(ptr::null_mut());
/// The handlers that were installed before, which run next: those of std, or of a runtime under
/// test.
static mut BEFORE: [Option<libc::sigaction>; SIGNALS.len()] = [None; SIGNALS.len()];

/// Makes every crash of this process, a forked child with one thread, fill `note`. After that the
/// crash continues as it would have without this handler.
///
/// # Safety
/// `note` is valid while the process lives.
pub(crate) unsafe fn install_crash_handlers(note: *const CrashNote) {
    NOTE.store(note.cast_mut(), Ordering::Release);
    if let Some(stack) = Mapping::private(ALTERNATE_STACK) {
        let alternate =
            libc::stack_t { ss_sp: stack.start().cast(), ss_flags: 0, ss_size: stack.len() };
        // SAFETY: the pages stay mapped, because `stack` is forgotten.
        unsafe { libc::sigaltstack(&alternate, ptr::null_mut()) };
        std::mem::forget(stack);
    }
    for (index, signal) in SIGNALS.into_iter().enumerate() {
        // SAFETY: zero is a valid `sigaction`, and its fields are set below.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = on_crash as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        // SAFETY: as above.
        let mut before: libc::sigaction = unsafe { std::mem::zeroed() };
        // SAFETY: both point to valid values. The process has one thread, and no signal is raised
        // here, so no handler of ours runs before `BEFORE` is written.
        unsafe {
            libc::sigaction(signal, &action, &mut before);
            BEFORE[index] = Some(before);
        }
    }
}

/// Makes the installed handlers fill another note.
///
/// # Safety
/// `note` is valid while the process lives.
pub(crate) unsafe fn note_crashes_in(note: *const CrashNote) {
    NOTE.store(note.cast_mut(), Ordering::Release);
}

extern "C" fn on_crash(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the kernel passes a valid `siginfo_t`, and `NOTE` is valid as promised.
    unsafe {
        if let Some(note) = NOTE.load(Ordering::Acquire).as_ref() {
            note.fill(signal, (*info).si_addr() as usize);
        }
        chain(signal, info, context);
    }
}

/// # Safety
/// Called from a handler, with the arguments of the kernel.
unsafe fn chain(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let index = SIGNALS.iter().position(|&known| known == signal);
    // SAFETY: written once, before any signal.
    let before = index.and_then(|index| unsafe { BEFORE[index] });
    match before {
        Some(before)
            if before.sa_sigaction != libc::SIG_DFL && before.sa_sigaction != libc::SIG_IGN =>
        {
            if before.sa_flags & libc::SA_SIGINFO != 0 {
                type Handler = extern "C" fn(i32, *mut libc::siginfo_t, *mut libc::c_void);
                // SAFETY: with this flag the field holds a handler with three arguments.
                let handler: Handler = unsafe { std::mem::transmute(before.sa_sigaction) };
                handler(signal, info, context);
            } else {
                // SAFETY: without it, a handler with one argument.
                let handler: extern "C" fn(i32) =
                    unsafe { std::mem::transmute(before.sa_sigaction) };
                handler(signal);
            }
        }
        _ => {
            // SAFETY: plain calls. The faulting instruction runs again, or `abort` raises again.
            // This time the process dies of it.
            unsafe {
                libc::signal(signal, libc::SIG_DFL);
                libc::raise(signal);
            }
        }
    }
}
