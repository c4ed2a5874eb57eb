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

/// Alignment of every block: that of C's `max_align_t`, or stricter.
pub const ALIGN: usize = 16;

/// Bytes before each block that hold its size; every request is larger than what was asked for
/// by so many.
pub const HEADER: usize = ALIGN;

/// C's `malloc`: a block of `size` bytes, or null, with `errno` set to `ENOMEM` on Unix.
///
/// For 0 bytes it is a block of its own that must be freed, and may fail like any other.
///
/// # Safety
/// None of its own; it is unsafe for its type to be that of C's.
pub unsafe extern "C" fn malloc(size: usize) -> *mut c_void {
    let Some(layout) = layout(size) else { return fail() };
    // SAFETY: the layout has a header, so its size is not zero.
    let base = unsafe { std::alloc::alloc(layout) };
    // SAFETY: given out just now with this layout, or null.
    unsafe { hand_out(base, size) }
}

/// C's `calloc`: a zeroed block of `count` times `size` bytes, or null, as [`malloc`]; also when
/// the product overflows.
///
/// # Safety
/// None of its own; it is unsafe for its type to be that of C's.
pub unsafe extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    let Some(size) = count.checked_mul(size) else { return fail() };
    let Some(layout) = layout(size) else { return fail() };
    // SAFETY: the layout has a header, so its size is not zero.
    let base = unsafe { std::alloc::alloc_zeroed(layout) };
    // SAFETY: given out just now with this layout, or null.
    unsafe { hand_out(base, size) }
}

/// C's `realloc`: the block at `address` with another size, perhaps elsewhere; or null, as
/// [`malloc`], and then the block is as it was.
///
/// Null for `address` makes it a [`malloc`]. A `size` of 0 frees the block and gives null, as
/// glibc does it: no request, no failure, `errno` untouched.
///
/// # Safety
/// `address` is null, or from this module and not freed since.
///
/// # Panics
/// If the block's header is not whole; called from C, this ends the process.
pub unsafe extern "C" fn realloc(address: *mut c_void, size: usize) -> *mut c_void {
    if address.is_null() {
        // SAFETY: nothing is asked of its caller.
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
    // SAFETY: the block was given out with the layout `held`; `wanted` has the same alignment.
    let moved = unsafe { std::alloc::realloc(base, held, wanted.size()) };
    // SAFETY: given out just now with the layout `wanted`, or null.
    unsafe { hand_out(moved, size) }
}

/// C's `free`: gives the block at `address` up; nothing, if that is null.
///
/// # Safety
/// `address` is null, or from this module and not freed since.
///
/// # Panics
/// If the block's header is not whole; called from C, this ends the process.
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

/// glibc's `malloc_usable_size`: how many bytes the block at `address` has, which here is as
/// many as were asked for; 0 for null. Some hooks need it, such as SQLite's `xSize`.
///
/// # Safety
/// `address` is null, or from this module and not freed since.
///
/// # Panics
/// If the block's header is not whole; called from C, this ends the process.
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

/// The layout of the request for a block of `size` bytes; `None` beyond what a layout can say.
fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_add(HEADER)?, ALIGN).ok()
}

/// Writes the header of a block and gives its address to C.
///
/// # Safety
/// `base` is null, or has the layout of `size`, and nobody else uses its first bytes.
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

/// What the global allocator has to be told of the block at `address`. A block that waits in a
/// sweep's quarantine gets a layout that is wrong, but the sweep knows the address, and finds
/// that it is freed twice.
///
/// # Safety
/// `address` is not null; else as [`free`].
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
        "oom_sweep::c::{function}({address:p}): no whole header before it; it is not from \
         oom_sweep::c, was freed, or was written before its start"
    );
}
