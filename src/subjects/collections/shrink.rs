//! Releases the spare capacity of a `Vec` in a way that can fail.
//!
//! std's `Vec::shrink_to` and `into_boxed_slice` abort if the allocator returns null for the
//! smaller block. Relies on the documented raw parts of `Vec`: a block of the global allocator with
//! the layout of an array of `capacity` values.

use super::OutOfMemory;
use std::alloc::{Layout, realloc};
use std::mem::{ManuallyDrop, take};
use std::ptr::NonNull;

/// Shrinks the capacity to `capacity`, or to the length if that is greater. Makes one request, or
/// none if the new capacity is 0 or the old one; after an `Err` the vector keeps its block.
pub(super) fn shrink_to<T>(vec: &mut Vec<T>, capacity: usize) -> Result<(), OutOfMemory> {
    let capacity = capacity.max(vec.len());
    if size_of::<T>() == 0 || capacity >= vec.capacity() {
        return Ok(());
    }
    if capacity == 0 {
        *vec = Vec::new();
        return Ok(());
    }
    let mut old = ManuallyDrop::new(take(vec));
    let (block, len, room) = (old.as_mut_ptr(), old.len(), old.capacity());
    // Neither product overflows: the first is the size of the block, and the second is smaller.
    let size = room * size_of::<T>();
    // SAFETY: this is the layout with which the vector requested its block.
    let layout = unsafe { Layout::from_size_align_unchecked(size, align_of::<T>()) };
    let smaller = capacity * size_of::<T>();
    // SAFETY: the block is from the global allocator and has this layout; the new size is not zero
    // and not greater.
    let shrunk = NonNull::new(unsafe { realloc(block.cast(), layout, smaller) });
    let (block, room, outcome) = match shrunk {
        Some(shrunk) => (shrunk.as_ptr().cast(), capacity, Ok(())),
        None => (block, room, Err(OutOfMemory::new(smaller))),
    };
    // SAFETY: `old` gave up its parts. If `realloc` failed, they are unchanged. Otherwise the new
    // block has `capacity` slots, which is at least `len`, and contains the values.
    *vec = unsafe { Vec::from_raw_parts(block, len, room) };
    outcome
}

/// Converts to a boxed slice without spare capacity. Makes one request, or none if there is no
/// spare capacity; an `Err` returns the vector as it was.
pub(super) fn into_boxed_slice<T>(mut vec: Vec<T>) -> Result<Box<[T]>, (OutOfMemory, Vec<T>)> {
    match shrink_to(&mut vec, 0) {
        Ok(()) => Ok(vec.into_boxed_slice()),
        Err(oom) => Err((oom, vec)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrinking_stops_at_the_values() {
        let mut vec = Vec::with_capacity(100);
        vec.extend([String::from("a"), String::from("b")]);
        shrink_to(&mut vec, 200).unwrap();
        assert_eq!(vec.capacity(), 100);
        shrink_to(&mut vec, 10).unwrap();
        assert_eq!(vec.capacity(), 10);
        shrink_to(&mut vec, 0).unwrap();
        assert_eq!((vec.capacity(), &vec[..]), (2, &["a".into(), "b".into()][..]));
        vec.clear();
        shrink_to(&mut vec, 0).unwrap();
        assert_eq!(vec.capacity(), 0);
    }

    #[test]
    fn values_without_bytes_and_over_aligned_ones_shrink_too() {
        #[repr(align(64))]
        #[derive(Debug, PartialEq)]
        struct Line(u8);
        let mut units = vec![(); 9];
        shrink_to(&mut units, 0).unwrap();
        assert_eq!((units.len(), units.capacity()), (9, usize::MAX));
        assert_eq!(into_boxed_slice(units).unwrap().len(), 9);
        let mut lines = Vec::with_capacity(8);
        lines.push(Line(1));
        let lines = into_boxed_slice(lines).unwrap();
        assert_eq!((&*lines, lines.as_ptr().addr() % 64), (&[Line(1)][..], 0));
    }
}
