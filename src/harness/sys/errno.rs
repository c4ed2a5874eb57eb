//! What C's functions leave behind when they fail: `errno`.

/// Sets the calling thread's `errno` to `ENOMEM`, where this crate knows the way to it.
pub(crate) fn set_no_memory() {
    // SAFETY: it takes nothing and gives the place of this thread's `errno`, which is valid for
    // as long as the thread runs.
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
