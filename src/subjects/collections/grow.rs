//! Grows a `Vec` in two steps: first the memory, which can fail, then the values.
//!
//! All dense collections grow through these functions. So one file decides what is requested, what
//! an [`OutOfMemory`] reports, and what remains after a failure. Relies on
//! `Vec::try_reserve_exact`, and writes only into memory that was reserved before.

use super::{OutOfMemory, TryClone, Undo};
use std::mem::{MaybeUninit, forget, needs_drop};
use std::ops::ControlFlow;
use std::ptr::drop_in_place;

/// Makes room for exactly `len` values in all. Makes one request, or none if there is capacity.
pub(super) fn reserve_exact<T>(vec: &mut Vec<T>, len: usize) -> Result<(), OutOfMemory> {
    vec.try_reserve_exact(len.saturating_sub(vec.len()))
        .map_err(|_| OutOfMemory::for_array(len, size_of::<T>()))
}

/// Makes room for `len` values in all. If the vector grows, its capacity at least doubles, so a
/// series of insertions takes linear time. Makes one request, or none if there is capacity.
///
/// This function chooses the capacity instead of `Vec::try_reserve`, because the error must report
/// the size of the failed request.
#[inline]
pub(super) fn reserve<T>(vec: &mut Vec<T>, len: usize) -> Result<(), OutOfMemory> {
    /// The smallest capacity to request, in values.
    const fn smallest<T>() -> usize {
        if size_of::<T>() <= 1024 { 4 } else { 1 }
    }

    #[cold]
    #[inline(never)]
    fn grow<T>(vec: &mut Vec<T>, len: usize) -> Result<(), OutOfMemory> {
        let doubled = vec.capacity().saturating_mul(2);
        reserve_exact(vec, len.max(doubled).max(smallest::<T>()))
    }

    if len <= vec.capacity() { Ok(()) } else { grow(vec, len) }
}

/// The length after `more` values are added. An overflow of the sum is an `Err`, also for
/// zero-sized values.
#[inline]
pub(super) fn total<T>(vec: &[T], more: usize) -> Result<usize, OutOfMemory> {
    vec.len().checked_add(more).ok_or(OutOfMemory::new(usize::MAX))
}

/// Makes room for `more` values beyond the present ones, like [`reserve`].
#[inline]
pub(super) fn reserve_more<T>(vec: &mut Vec<T>, more: usize) -> Result<(), OutOfMemory> {
    let len = total(vec, more)?;
    reserve(vec, len)
}

/// Copies the values into a vector without spare capacity. Makes one request, or none if there are
/// no values, plus those of the copies.
pub(super) fn copy_of<T: TryClone>(values: &[T]) -> Result<Vec<T>, OutOfMemory> {
    let mut copy = Vec::new();
    reserve_exact(&mut copy, values.len())?;
    append_copies(&mut copy, values)?;
    Ok(copy)
}

/// Appends a value. Grows first if there is no room. An `Err` gives the value back.
#[inline]
pub(super) fn push_growing<T>(vec: &mut Vec<T>, value: T) -> Result<(), (OutOfMemory, T)> {
    #[cold]
    #[inline(never)]
    fn grow<T>(vec: &mut Vec<T>) -> Result<(), OutOfMemory> {
        reserve_more(vec, 1)
    }

    let len = vec.len();
    if len == vec.capacity()
        && let Err(oom) = grow(vec)
    {
        return Err((oom, value));
    }
    // SAFETY: there was room for one more value, or there is now.
    unsafe {
        vec.as_mut_ptr().add(len).write(value);
        vec.set_len(len + 1);
    }
    Ok(())
}

/// Appends a value within the capacity. Unlike `Vec::push`, it never makes a request.
///
/// # Panics
///
/// If there is no room.
#[inline]
pub(super) fn push<T>(vec: &mut Vec<T>, value: T) {
    vec.spare_capacity_mut()[0].write(value);
    let len = vec.len() + 1;
    // SAFETY: the slot at `len - 1` is the first of the spare capacity, and was just written.
    unsafe { vec.set_len(len) };
}

/// Appends `count` values within the capacity; `make(i)` makes the `i`th. If `make` fails or
/// panics, `vec` is left as it was.
///
/// # Panics
///
/// If the room for `count` values has not been reserved.
pub(super) fn append<T>(
    vec: &mut Vec<T>,
    count: usize,
    make: impl FnMut(usize) -> Result<T, OutOfMemory>,
) -> Result<(), OutOfMemory> {
    fill_from(&mut vec.spare_capacity_mut()[..count], (0..count).map(make))?;
    let len = vec.len() + count;
    // SAFETY: the slots up to `len` were just sliced from the spare capacity, and `fill_from`
    // initialised them all.
    unsafe { vec.set_len(len) };
    Ok(())
}

/// Appends copies of these values, like [`append`].
#[inline]
pub(super) fn append_copies<T: TryClone>(
    vec: &mut Vec<T>,
    values: &[T],
) -> Result<(), OutOfMemory> {
    fill_copies(&mut vec.spare_capacity_mut()[..values.len()], values)?;
    let len = vec.len() + values.len();
    // SAFETY: the slots up to `len` were just sliced from the spare capacity, and `fill_copies`
    // initialised them all.
    unsafe { vec.set_len(len) };
    Ok(())
}

/// Appends the items and grows as needed. If a request fails or `items` panics, `vec` is truncated
/// to its old length, and the items taken so far are dropped.
///
/// `size_hint` is called only when there is no room for an item that was already yielded, and never
/// leads to more than [`AHEAD`] bytes of extra room.
#[inline]
pub(super) fn extend<T>(
    vec: &mut Vec<T>,
    items: impl IntoIterator<Item = T>,
) -> Result<(), OutOfMemory> {
    let mut items = items.into_iter();
    let len = vec.len();
    let mut vec = Undo::new(vec, |vec| vec.truncate(len));
    while let ControlFlow::Continue(()) = fill_room(&mut vec, &mut items) {
        let Some(item) = items.next() else { break };
        let more = items.size_hint().0.min(AHEAD / size_of::<T>().max(1));
        reserve_more(&mut vec, more + 1)?;
        push(&mut vec, item);
    }
    vec.commit();
    Ok(())
}

/// The most bytes to reserve because of a `size_hint`.
const AHEAD: usize = 4096;

/// Moves items into the spare capacity until it is full. Returns `Break` if the items end first,
/// because the caller must not call `next` after the end.
#[inline]
fn fill_room<T>(vec: &mut Vec<T>, items: &mut impl Iterator<Item = T>) -> ControlFlow<()> {
    let mut end = ControlFlow::Continue(());
    let mut filled = Filled { slots: vec.spare_capacity_mut(), count: 0 };
    while let Some(slot) = filled.slots.get_mut(filled.count) {
        let Some(item) = items.next() else {
            end = ControlFlow::Break(());
            break;
        };
        slot.write(item);
        filled.count += 1;
    }
    let count = filled.count;
    forget(filled);
    let len = vec.len() + count;
    // SAFETY: the first `count` slots of the spare capacity were just written.
    unsafe { vec.set_len(len) };
    end
}

/// Initialises each slot with a copy of the value at the same index. If a copy fails or panics, the
/// copies made so far are dropped and no slot counts as initialised.
///
/// # Panics
///
/// If there are more slots than values.
#[inline]
pub(super) fn fill_copies<T: TryClone>(
    slots: &mut [MaybeUninit<T>],
    values: &[T],
) -> Result<(), OutOfMemory> {
    if !T::COPIES.are_at_once() {
        return fill_from(slots, values.iter().map(T::try_clone));
    }
    let values = &values[..slots.len()];
    // SAFETY: both slices have the same length, and do not overlap, because one is borrowed
    // mutably. The values are `Copy`: `Copies::at_once` requires it.
    unsafe {
        values.as_ptr().copy_to_nonoverlapping(slots.as_mut_ptr().cast(), slots.len());
    }
    Ok(())
}

/// Initialises each slot with the next item, like [`fill_copies`].
///
/// For a zero-sized type without drop glue, one item initialises all slots, as [`TryClone`]
/// documents. So a map of `()` reaches its 2^32nd key in one step.
#[inline]
fn fill_from<T>(
    slots: &mut [MaybeUninit<T>],
    mut items: impl Iterator<Item = Result<T, OutOfMemory>>,
) -> Result<(), OutOfMemory> {
    let count = slots.len();
    if size_of::<T>() == 0 && !needs_drop::<T>() {
        // The slots have no bytes, and one value of the type was made, so all slots are
        // initialised.
        return if count == 0 { Ok(()) } else { items.next().expect("an item").map(forget) };
    }
    let mut filled = Filled { slots, count: 0 };
    // Not by index: the compiler turns this form into a `memcpy`.
    for (slot, item) in filled.slots.iter_mut().zip(items) {
        slot.write(item?);
        filled.count += 1;
    }
    assert_eq!(filled.count, count, "as many items as slots");
    forget(filled);
    Ok(())
}

/// A guard that owns the first `count` values of `slots` until all are initialised.
struct Filled<'a, T> {
    slots: &'a mut [MaybeUninit<T>],
    count: usize,
}

impl<T> Drop for Filled<'_, T> {
    fn drop(&mut self) {
        let values: *mut [MaybeUninit<T>] = &mut self.slots[..self.count];
        // SAFETY: the first `count` slots were written, and nothing else drops them.
        unsafe { drop_in_place(values as *mut [T]) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::rc::Rc;

    const OOM: OutOfMemory = OutOfMemory::new(1);

    #[test]
    fn reserve_doubles_and_reports_what_it_asked_for() {
        let mut vec = vec![0_u64; 10];
        vec.shrink_to_fit();
        reserve(&mut vec, 11).unwrap();
        assert_eq!(vec.capacity(), 20);
        let most = isize::MAX as usize;
        assert_eq!(reserve(&mut vec, usize::MAX).unwrap_err().requested(), most);
        assert_eq!(reserve(&mut vec, most / 8 + 1).unwrap_err().requested(), most);
        assert_eq!(vec.capacity(), 20);
    }

    #[test]
    fn a_failed_append_drops_what_it_made() {
        let value = Rc::new(());
        let mut vec = Vec::with_capacity(8);
        vec.push(value.clone());
        let failed = append(&mut vec, 5, |i| if i < 3 { Ok(value.clone()) } else { Err(OOM) });
        assert_eq!(failed, Err(OOM));
        assert_eq!((vec.len(), Rc::strong_count(&value)), (1, 2));

        let panicked = catch_unwind(AssertUnwindSafe(|| {
            append(&mut vec, 5, |i| if i < 3 { Ok(value.clone()) } else { panic!("clone") })
        }));
        assert!(panicked.is_err());
        assert_eq!((vec.len(), Rc::strong_count(&value)), (1, 2));

        append(&mut vec, 5, |_| Ok(value.clone())).unwrap();
        assert_eq!((vec.len(), Rc::strong_count(&value)), (6, 7));
    }

    #[test]
    fn nothing_is_written_beyond_the_room() {
        let mut vec = Vec::with_capacity(2);
        let room = vec.capacity();
        let panicked = catch_unwind(AssertUnwindSafe(|| append(&mut vec, room + 1, |_| Ok(0_u8))));
        assert!(panicked.is_err());
        assert!(vec.is_empty());
        (0..room).for_each(|_| push(&mut vec, 7));
        assert!(catch_unwind(AssertUnwindSafe(|| push(&mut vec, 7))).is_err());
        assert_eq!(vec, vec![7; room]);
    }

    #[test]
    fn one_value_stands_for_all_that_have_no_bytes() {
        let mut calls = 0;
        let mut vec = Vec::new();
        append(&mut vec, usize::MAX, |_| {
            calls += 1;
            Ok(())
        })
        .unwrap();
        assert_eq!((vec.len(), calls), (usize::MAX, 1));
        assert_eq!(append::<()>(&mut Vec::new(), 9, |_| Err(OOM)), Err(OOM));
        assert_eq!(append::<()>(&mut Vec::new(), 0, |_| Err(OOM)), Ok(()));
    }

    #[test]
    fn drop_glue_without_bytes_is_run_for_each() {
        thread_local!(static LIVE: std::cell::Cell<isize> = const { std::cell::Cell::new(0) });
        struct Counted;
        impl Drop for Counted {
            fn drop(&mut self) {
                LIVE.set(LIVE.get() - 1);
            }
        }
        let make = |_| {
            LIVE.set(LIVE.get() + 1);
            if LIVE.get() > 5 { Err(OOM) } else { Ok(Counted) }
        };
        let mut vec = Vec::new();
        append(&mut vec, 5, make).unwrap();
        assert_eq!(LIVE.get(), 5);
        drop(vec);
        assert_eq!(LIVE.get(), 0);
        assert!(append(&mut Vec::new(), 9, make).is_err());
        assert_eq!(LIVE.get(), 1, "every item was dropped except the one that was not made");
    }
}
