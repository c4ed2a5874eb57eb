//! The block of a [`TryArc`](super::TryArc): the reference count, then the value.
//!
//! Relies on `repr(C)` for the offset of the value, so a pointer to a value leads back to its
//! block. This file requests and frees blocks; `TryArc` maintains the count.

use crate::collections::OutOfMemory;
use crate::subjects::sync::AtomicUsize;
use std::alloc::{Layout, alloc, dealloc};
use std::mem::{MaybeUninit, forget};
use std::ptr::{self, NonNull};

/// The content of a block.
#[repr(C)]
pub(super) struct Inner<T: ?Sized> {
    /// How many pointers there are to this block.
    pub(super) count: AtomicUsize,
    pub(super) value: T,
}

/// The offset of a value with this alignment in its block: the first multiple of `align` after the
/// count.
pub(super) fn offset_of_value(align: usize) -> usize {
    size_of::<AtomicUsize>().next_multiple_of(align)
}

/// A guard that frees its block on drop. It does not drop the value.
pub(super) struct Block {
    start: NonNull<u8>,
    layout: Layout,
}

impl Block {
    /// Requests a block for a count and a value of this layout. Makes one request.
    #[inline]
    fn new(value: Layout) -> Result<Self, OutOfMemory> {
        let whole = Layout::new::<AtomicUsize>().extend(value);
        let Ok((layout, _)) = whole else { return Err(OutOfMemory::new(usize::MAX)) };
        // `repr(C)` pads the end too.
        let layout = layout.pad_to_align();
        // SAFETY: the layout has a count in it, so its size is not zero.
        let start = NonNull::new(unsafe { alloc(layout) });
        Ok(Self { start: start.ok_or(OutOfMemory::for_layout(layout))?, layout })
    }

    /// Makes a guard for an existing block, which the guard will free.
    ///
    /// # Safety
    ///
    /// `inner` was made by [`one`] or [`many`], its value is still there, and nobody but the caller
    /// uses the block any more. The caller may use it until the guard is dropped.
    #[inline]
    pub(super) unsafe fn of<T: ?Sized>(inner: NonNull<Inner<T>>) -> Self {
        // SAFETY: the caller says that the block and its value are there.
        let layout = Layout::for_value(unsafe { inner.as_ref() });
        Self { start: inner.cast(), layout }
    }

    /// Sets the count to one and disarms the guard, so the block is not freed.
    ///
    /// # Safety
    ///
    /// `inner` points to this block, whose value is there.
    #[inline]
    unsafe fn counted<T: ?Sized>(self, inner: *mut Inner<T>) -> NonNull<Inner<T>> {
        // SAFETY: the caller says that `inner` is this block, which has room for a count.
        unsafe { (&raw mut (*inner).count).write(AtomicUsize::new(1)) };
        forget(self);
        // SAFETY: a block is not null.
        unsafe { NonNull::new_unchecked(inner) }
    }
}

impl Drop for Block {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the block was requested with this layout: `new` lays a block out as `repr(C)`
        // does, so the layout that `of` found is the same. The code that made this guard owns the
        // block and may free it.
        unsafe { dealloc(self.start.as_ptr(), self.layout) };
    }
}

/// Requests a block and writes this value and a count of one; an `Err` returns the value. Makes one
/// request.
#[inline]
pub(super) fn one<T>(value: T) -> Result<NonNull<Inner<T>>, (OutOfMemory, T)> {
    let block = match Block::new(Layout::new::<T>()) {
        Ok(block) => block,
        Err(oom) => return Err((oom, value)),
    };
    let inner = block.start.as_ptr().cast::<Inner<T>>();
    // SAFETY: the block has room for a count and a `T`, and is not shared yet.
    unsafe { (&raw mut (*inner).value).write(value) };
    // SAFETY: the value was just written into this block.
    Ok(unsafe { block.counted(inner) })
}

/// Requests a block for `len` values, which `fill` writes, and sets the count to one. Makes one
/// request. If `fill` fails or panics, the block is freed.
///
/// # Safety
///
/// When `fill` returns `Ok`, it has initialised every slot.
pub(super) unsafe fn many<T>(
    len: usize,
    fill: impl FnOnce(&mut [MaybeUninit<T>]) -> Result<(), OutOfMemory>,
) -> Result<NonNull<Inner<[T]>>, OutOfMemory> {
    let Ok(values) = Layout::array::<T>(len) else {
        return Err(OutOfMemory::for_array(len, size_of::<T>()));
    };
    let block = Block::new(values)?;
    // The last field of `Inner` is the slice, so a pointer to `Inner` has the length of the slice.
    let inner = ptr::slice_from_raw_parts_mut(block.start.as_ptr(), len) as *mut Inner<[T]>;
    // SAFETY: the block has room for a count and `len` values, and is not shared yet; slots need
    // not be initialised.
    fill(unsafe { &mut *(&raw mut (*inner).value as *mut [MaybeUninit<T>]) })?;
    // SAFETY: `fill` wrote the values, as the caller promises.
    Ok(unsafe { block.counted(inner) })
}
