//! C's allocation functions over Rust's global allocator, for libraries that take allocator
//! hooks: [`malloc`], [`calloc`], [`realloc`], [`free`], and [`usable_size`].
//!
//! A C library calls C's `malloc`, which no Rust allocator sees. If the library lets its user choose
//! the functions, pass it these. The sweep then counts, fails and checks its requests like all
//! others.
//!
//! ```
//! use std::ffi::c_void;
//!
//! use oom_sweep::{FaultAlloc, Sweep, c};
//!
//! #[global_allocator]
//! static ALLOC: FaultAlloc = FaultAlloc::system();
//!
//! /// As in the library's header.
//! #[repr(C)]
//! struct Hooks {
//!     malloc: unsafe extern "C" fn(usize) -> *mut c_void,
//!     calloc: unsafe extern "C" fn(usize, usize) -> *mut c_void,
//!     realloc: unsafe extern "C" fn(*mut c_void, usize) -> *mut c_void,
//!     free: unsafe extern "C" fn(*mut c_void),
//! }
//!
//! const HOOKS: Hooks =
//!     Hooks { malloc: c::malloc, calloc: c::calloc, realloc: c::realloc, free: c::free };
//!
//! # /// Stands for the library: returns 0, or 12 if memory runs out.
//! # unsafe extern "C" fn library_work(hooks: *const Hooks) -> i32 {
//! #     unsafe {
//! #         let text = ((*hooks).malloc)(10);
//! #         let table = ((*hooks).calloc)(4, 8);
//! #         let longer = if text.is_null() { text } else { ((*hooks).realloc)(text, 100) };
//! #         let is_done = !longer.is_null() && !table.is_null();
//! #         ((*hooks).free)(if longer.is_null() { text } else { longer });
//! #         ((*hooks).free)(table);
//! #         if is_done { 0 } else { 12 }
//! #     }
//! # }
//! # fn main() {
//! let report = Sweep::new("library_work").run_with(
//!     |&code| code == 12, // what this library returns if memory runs out
//!     || match unsafe { library_work(&HOOKS) } {
//!         0 => Ok(()),
//!         code => Err(code),
//!     },
//! );
//! report.assert_clean();
//! assert_eq!(report.requests(), 3);
//! # }
//! ```
//!
//! # What the allocator sees
//!
//! C frees a block without saying its size, so these functions keep the size in a header before the
//! block. `malloc(n)` is one `alloc` of `n` + [`HEADER`] bytes at alignment [`ALIGN`]. Reports show
//! this size, and plans such as `size:4096` compare it. `calloc` is one `alloc_zeroed`, `realloc`
//! one `realloc`, `free` one `dealloc`. A call that is refused before it makes a request does not
//! count, such as a `calloc` whose product overflows.
//!
//! # Misuse
//!
//! A sweep judges a double free, a free after a `realloc` moved the block, and a write past the end
//! as it does for Rust code. If the header of a block is damaged, because the pointer is not from
//! these functions or because the code wrote before the block, the function panics with a message.
//! In a function that C calls, a panic ends the process.
//!
//! Do not mix these functions with C's own: free a block with the `free` of the same family.

mod header;

#[cfg(test)]
mod tests;

use std::alloc::Layout;
use std::ffi::c_void;
use std::ptr;

use crate::harness::sys;
use header::{Header, Seen};

/// Alignment of every block. It is at least that of C's `max_align_t`.
pub const ALIGN: usize = 16;

/// Number of bytes before each block, for its size. Every request is this much larger than the
/// block.
pub const HEADER: usize = ALIGN;

/// C's `malloc`: returns a block of `size` bytes, or null. If null, `errno` is `ENOMEM` on Unix.
///
/// A block of 0 bytes is a block of its own: it must be freed, and its request can fail.
///
/// # Safety
/// None. The function is `unsafe` so that its type is that of C's.
pub unsafe extern "C" fn malloc(size: usize) -> *mut c_void {
    let Some(layout) = layout(size) else { return fail() };
    // SAFETY: the layout has a header, so its size is not zero.
    let base = unsafe { std::alloc::alloc(layout) };
    // SAFETY: just allocated with this layout, or null.
    unsafe { hand_out(base, size) }
}

/// C's `calloc`: returns a zeroed block of `count` times `size` bytes, or null, like [`malloc`]. It
/// also returns null if the product overflows.
///
/// # Safety
/// None. The function is `unsafe` so that its type is that of C's.
pub unsafe extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    let Some(size) = count.checked_mul(size) else { return fail() };
    let Some(layout) = layout(size) else { return fail() };
    // SAFETY: the layout has a header, so its size is not zero.
    let base = unsafe { std::alloc::alloc_zeroed(layout) };
    // SAFETY: just allocated with this layout, or null.
    unsafe { hand_out(base, size) }
}

/// C's `realloc`: changes the size of the block at `address`, and may move it. Returns null like
/// [`malloc`]; then the block is as it was.
///
/// If `address` is null, this is a [`malloc`]. If `size` is 0, it frees the block and returns null,
/// as glibc does. This makes no request and leaves `errno` alone.
///
/// # Safety
/// `address` is null, or from this module and not freed.
///
/// # Panics
/// If the block's header is damaged. If C called the function, the panic ends the process.
pub unsafe extern "C" fn realloc(address: *mut c_void, size: usize) -> *mut c_void {
    if address.is_null() {
        // SAFETY: `malloc` has no requirements.
        return unsafe { malloc(size) };
    }
    if size == 0 {
        // SAFETY: passed on.
        unsafe { free(address) };
        return ptr::null_mut();
    }
    let Some(wanted) = layout(size) else { return fail() };
    // SAFETY: passed on.
    let (base, held) = unsafe { take_back(address, "realloc") };
    // SAFETY: the block was allocated with the layout `held`; `wanted` has the same alignment.
    let moved = unsafe { std::alloc::realloc(base, held, wanted.size()) };
    // SAFETY: just allocated with the layout `wanted`, or null.
    unsafe { hand_out(moved, size) }
}

/// C's `free`: frees the block at `address`. Does nothing if that is null.
///
/// # Safety
/// `address` is null, or from this module and not freed.
///
/// # Panics
/// If the block's header is damaged. If C called the function, the panic ends the process.
pub unsafe extern "C" fn free(address: *mut c_void) {
    if address.is_null() {
        return;
    }
    // SAFETY: passed on.
    unsafe {
        let (base, layout) = take_back(address, "free");
        std::alloc::dealloc(base, layout);
    }
}

/// glibc's `malloc_usable_size`: returns the size of the block at `address`, which is the size that
/// was asked for; 0 for null. Some hooks need it, such as SQLite's `xSize`.
///
/// # Safety
/// `address` is null, or from this module and not freed.
///
/// # Panics
/// If the block's header is damaged. If C called the function, the panic ends the process.
pub unsafe extern "C" fn usable_size(address: *mut c_void) -> usize {
    if address.is_null() {
        return 0;
    }
    // SAFETY: passed on.
    match unsafe { header::read(address.cast()) } {
        Seen::Whole(header) => header.size(),
        Seen::Freed | Seen::Damaged => refuse("usable_size", address),
    }
}

/// The layout of the request for a block of `size` bytes; `None` if the size is too large for a
/// layout.
fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_add(HEADER)?, ALIGN).ok()
}

/// Writes the header of a block and returns its address for C.
///
/// # Safety
/// `base` is null, or has the layout of `size` and nobody else uses its first bytes.
unsafe fn hand_out(base: *mut u8, size: usize) -> *mut c_void {
    if base.is_null() {
        return fail();
    }
    // SAFETY: the block starts with room for a header, and is aligned for it.
    unsafe {
        let address = base.add(HEADER);
        Header::write(address, size);
        address.cast()
    }
}

/// The pointer and layout that free the block at `address`. A freed block in a sweep's quarantine
/// has lost its size. It gets a wrong layout, but the sweep knows the address and reports the
/// double free.
///
/// # Safety
/// `address` is not null; otherwise as for [`free`].
unsafe fn take_back(address: *mut c_void, function: &str) -> (*mut u8, Layout) {
    // SAFETY: passed on.
    let size = match unsafe { header::read(address.cast()) } {
        Seen::Whole(header) => header.size(),
        Seen::Freed => 0,
        Seen::Damaged => refuse(function, address),
    };
    let Some(layout) = layout(size) else { refuse(function, address) };
    (address.cast::<u8>().wrapping_sub(HEADER), layout)
}

#[cold]
fn fail() -> *mut c_void {
    sys::set_no_memory();
    ptr::null_mut()
}

#[cold]
fn refuse(function: &str, address: *mut c_void) -> ! {
    panic!(
        "oom_sweep::c::{function}({address:p}): its header is damaged: the pointer is not from \
         oom_sweep::c, the block was freed, or the code wrote before its start"
    );
}
