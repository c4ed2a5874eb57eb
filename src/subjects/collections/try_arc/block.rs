//! The block behind a [`TryArc`](super::TryArc): a count, and the value after it.
//!
//! Relies on `repr(C)` for where the value lies, which is what lets a pointer to a value lead
//! back to its block. It requests and frees blocks; the count is the pointer's to keep.

use crate::collections::OutOfMemory;
use std::alloc::{Layout, alloc, dealloc};
use std::mem::{MaybeUninit, forget};
use std::ptr::{self, NonNull};
use std::sync::atomic::AtomicUsize;

/// What a block holds.
#[repr(C)]
pub(super) struct Inner<T: ?Sized> {
    /// How many pointers there are to this block.
    pub(super) count: AtomicUsize,
    pub(super) value: T,
}

/// Where in its block a value of this alignment begins: at the first multiple after the count.
pub(super) fn offset_of_value(align: usize) -> usize {
    size_of::<AtomicUsize>().next_multiple_of(align)
}

/// The right to free a block, used when this is dropped. The value is not dropped with it.
pub(super) struct Block {
    start: NonNull<u8>,
    layout: Layout,
}

impl Block {
    /// A block for a count and a value of this layout. One request.
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

    /// Takes the right to free a block back.
    ///
    /// # Safety
    ///
    /// `inner` was made by [`one`] or [`many`], its value is still there, and nobody but the
    /// caller uses the block any more; the caller until this is dropped.
    #[inline]
    pub(super) unsafe fn of<T: ?Sized>(inner: NonNull<Inner<T>>) -> Self {
        // SAFETY: the caller says that the block and its value are there.
        let layout = Layout::for_value(unsafe { inner.as_ref() });
        Self { start: inner.cast(), layout }
    }

    /// Sets the count to one, and gives the right to free the block away.
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
        // does, so the layout that `of` found is the same. Whoever made this guard had the right
        // to free the block.
        unsafe { dealloc(self.start.as_ptr(), self.layout) };
    }
}

/// A block with this value and a count of one; an `Err` gives the value back. One request.
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

/// A block with `len` values, which `fill` writes, and a count of one. One request. If `fill`
/// fails or panics, the block is freed.
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
    // The tail of `Inner` is the slice, so that the slice's length is that of the whole.
    let inner = ptr::slice_from_raw_parts_mut(block.start.as_ptr(), len) as *mut Inner<[T]>;
    // SAFETY: the block has room for a count and `len` values, and is not shared yet; slots need
    // not be initialised.
    fill(unsafe { &mut *(&raw mut (*inner).value as *mut [MaybeUninit<T>]) })?;
    // SAFETY: `fill` wrote the values, as the caller promises.
    Ok(unsafe { block.counted(inner) })
}
