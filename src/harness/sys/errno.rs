//! Sets `errno`, as C's functions do when they fail.

/// Sets the calling thread's `errno` to `ENOMEM`, on platforms that this crate knows.
pub(crate) fn set_no_memory() {
    // SAFETY: the function takes nothing and returns the address of this thread's `errno`, which is
    // valid while the thread runs.
    #[cfg(any(target_os = "linux", target_os = "emscripten", target_os = "redox"))]
    unsafe {
        *libc::__errno_location() = libc::ENOMEM;
    }
    // SAFETY: as above.
    #[cfg(any(target_os = "android", target_os = "netbsd", target_os = "openbsd"))]
    unsafe {
        *libc::__errno() = libc::ENOMEM;
    }
    // SAFETY: as above.
    #[cfg(any(target_vendor = "apple", target_os = "freebsd", target_os = "dragonfly"))]
    unsafe {
        *libc::__error() = libc::ENOMEM;
    }
    // SAFETY: as above.
    #[cfg(any(target_os = "illumos", target_os = "solaris"))]
    unsafe {
        *libc::___errno() = libc::ENOMEM;
    }
}
