//! Pages from the operating system, so that the harness's own data is never in the heap under test.

use std::ptr::NonNull;

/// Zeroed pages that are unmapped on drop.
///
/// Untouched pages cost only address space, so a large length is cheap.
pub(crate) struct Mapping {
    start: NonNull<u8>,
    len: usize,
}

/// Which processes see writes to a mapping after a fork.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// Each process has its own copy.
    Private,
    /// Parent and children see the same bytes.
    #[cfg(unix)]
    Shared,
}

impl Mapping {
    /// Maps at least `len` bytes for this process only; `None` if the system refuses.
    pub(crate) fn private(len: usize) -> Option<Self> {
        Self::new(len, Sharing::Private)
    }

    /// Maps at least `len` bytes that forked children share; `None` if the system refuses.
    #[cfg(unix)]
    pub(crate) fn shared(len: usize) -> Option<Self> {
        Self::new(len, Sharing::Shared)
    }

    #[cfg(unix)]
    fn new(len: usize, sharing: Sharing) -> Option<Self> {
        let visibility = match sharing {
            Sharing::Private => libc::MAP_PRIVATE,
            Sharing::Shared => libc::MAP_SHARED,
        };
        // SAFETY: the kernel chooses the address of an anonymous mapping, so it overlaps nothing.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                len,
                libc::PROT_READ | libc::PROT_WRITE,
                visibility | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return None;
        }
        NonNull::new(start.cast()).map(|start| Self { start, len })
    }

    #[cfg(not(unix))]
    fn new(len: usize, _sharing: Sharing) -> Option<Self> {
        use std::alloc::{GlobalAlloc, Layout, System};
        let layout = Layout::from_size_align(len.max(1), 4096).ok()?;
        // SAFETY: the size is not zero. `System` is not the allocator under test.
        NonNull::new(unsafe { System.alloc_zeroed(layout) }).map(|start| Self { start, len })
    }

    /// The first byte, aligned to a page.
    pub(crate) fn start(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    /// Length in bytes.
    pub(crate) fn len(&self) -> usize {
        self.len
    }
}

impl Drop for Mapping {
    #[cfg(unix)]
    fn drop(&mut self) {
        // SAFETY: start and length are those of a mapping that this value owns.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
    }

    #[cfg(not(unix))]
    fn drop(&mut self) {
        use std::alloc::{GlobalAlloc, Layout, System};
        if let Ok(layout) = Layout::from_size_align(self.len.max(1), 4096) {
            // SAFETY: `new` got the block from `System` with this layout.
            unsafe { System.dealloc(self.start.as_ptr(), layout) };
        }
    }
}

// SAFETY: a mapping is plain memory that no thread owns; users synchronise what they store in it.
unsafe impl Send for Mapping {}
// SAFETY: as above; a shared reference only gives a raw pointer.
unsafe impl Sync for Mapping {}

/// Asks the kernel for the right to call [`expedited_barrier`]; false if it does not have the call.
#[cfg(target_os = "linux")]
pub(crate) fn register_expedited_barrier() -> bool {
    const REGISTER_PRIVATE_EXPEDITED: libc::c_int = 1 << 4;
    // SAFETY: this system call reads no memory of this process.
    unsafe { libc::syscall(libc::SYS_membarrier, REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0 }
}

/// Makes every running thread of this process pass a full memory barrier; false if refused.
#[cfg(target_os = "linux")]
pub(crate) fn expedited_barrier() -> bool {
    const PRIVATE_EXPEDITED: libc::c_int = 1 << 3;
    // SAFETY: this system call reads no memory of this process.
    unsafe { libc::syscall(libc::SYS_membarrier, PRIVATE_EXPEDITED, 0, 0) == 0 }
}
