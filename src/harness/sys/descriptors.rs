//! What a process has besides memory: open file descriptors and threads.

/// The lowest file descriptor that is free; `None` if there is none.
///
/// The next file that opens gets it. So while it stays free, no file was left open.
pub(crate) fn lowest_free_descriptor() -> Option<i32> {
    // Standard error: it is open in every child.
    // SAFETY: system calls on plain numbers. The copy was just made here, so nobody else uses it.
    unsafe {
        let copy = libc::fcntl(libc::STDERR_FILENO, libc::F_DUPFD_CLOEXEC, 0);
        (copy >= 0 && libc::close(copy) == 0).then_some(copy)
    }
}

pub(crate) fn is_open(descriptor: i32) -> bool {
    // SAFETY: this reads the flags of a descriptor, or fails.
    unsafe { libc::fcntl(descriptor, libc::F_GETFD) != -1 }
}

/// The number of this process's threads; `None` if that is unknown.
pub(crate) fn threads() -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    // A folder has two links, and one for each folder in it. Here there is a folder for each
    // thread.
    let links = std::fs::metadata("/proc/self/task").ok()?.nlink();
    links.checked_sub(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_file_takes_a_descriptor() {
        let file = std::fs::File::open("/dev/null").unwrap();
        assert!(is_open(std::os::fd::AsRawFd::as_raw_fd(&file)));
        assert!(!is_open(-1) && !is_open(i32::MAX));
        // Other tests open files, too, so the lowest free one may be any.
        assert!(lowest_free_descriptor().is_some_and(|lowest| lowest > 0));
    }
}
