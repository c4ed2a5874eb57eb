//! Tests of [`TryVec`] with copies, iterators or drops that fail, and with unusual sizes.
//!
//! The tests in `tests/` cover success and failed requests.

use super::*;
use crate::collections::testing::{Budget, CountedValue, End};
use crate::collections::{TryCollect, TryFromIterator, TryToOwned};
use std::borrow::Borrow;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The values 10, 11, 12, with no spare capacity.
fn three(budget: &Budget) -> TryVec<CountedValue> {
    let mut vec = TryVec::with_capacity(3).unwrap();
    vec.try_extend((10..13).map(|value| CountedValue::new(budget, value))).unwrap();
    vec
}

fn values(vec: &TryVec<CountedValue>) -> Vec<u32> {
    vec.iter().map(|value| value.value).collect()
}

/// Runs `step`, which needs `copies` copies, with every smaller budget. In one run the next copy
/// fails, in another it panics. After each run the vector must read as before, and no additional
/// value may be alive. The last run has the full budget.
fn every_failure(
    copies: usize,
    step: fn(&mut TryVec<CountedValue>, &Budget) -> Result<(), OutOfMemory>,
) {
    let budget = Budget::default();
    let mut vec = three(&budget);
    for allowed in 0..copies {
        for end in [End::Fail, End::Panic] {
            budget.allow_until(allowed, end);
            let outcome = catch_unwind(AssertUnwindSafe(|| step(&mut vec, &budget)));
            match end {
                End::Fail => assert_eq!(outcome.unwrap(), Err(OutOfMemory::new(1))),
                End::Panic => assert!(outcome.is_err()),
            }
            assert_eq!((values(&vec), budget.live()), (vec![10, 11, 12], 3));
        }
    }
    budget.allow(copies);
    step(&mut vec, &budget).unwrap();
    assert_eq!(budget.left(), Some(0), "the step needs {copies} copies");
    drop(vec);
    assert_eq!(budget.live(), 0);
}

#[test]
fn copies_that_fail_are_taken_back() {
    every_failure(3, |vec, _| vec.try_clone().map(|copy| assert_eq!(copy, *vec)));
    every_failure(3, |vec, _| vec[..].try_to_owned().map(|copy| assert_eq!(copy.capacity(), 3)));
    every_failure(2, |vec, budget| {
        let more = [20, 21].map(|value| CountedValue::new(budget, value));
        vec.extend_from_slice(&more)?;
        assert_eq!(values(vec), [10, 11, 12, 20, 21]);
        Ok(())
    });
    every_failure(2, |vec, budget| {
        vec.resize(6, CountedValue::new(budget, 7))?;
        assert_eq!(values(vec), [10, 11, 12, 7, 7, 7]);
        Ok(())
    });
    every_failure(0, |vec, budget| {
        vec.resize(3, CountedValue::new(budget, 7))?;
        vec.resize(1, CountedValue::new(budget, 7))?;
        assert_eq!(values(vec), [10]);
        Ok(())
    });
}

#[test]
fn items_that_panic_are_taken_back() {
    let budget = Budget::default();
    let mut vec = three(&budget);
    let items = || {
        (0..).map(|value| {
            assert!(value < 100, "enough");
            CountedValue::new(&budget, value)
        })
    };
    let extended = catch_unwind(AssertUnwindSafe(|| vec.try_extend(items())));
    assert!(extended.is_err());
    let mut made = items();
    let resized = catch_unwind(AssertUnwindSafe(|| vec.resize_with(200, || made.next().unwrap())));
    assert!(resized.is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| TryVec::try_from_iter(items()))).is_err());
    assert_eq!((values(&vec), budget.live()), (vec![10, 11, 12], 3));
}

#[test]
fn next_is_not_called_after_the_end() {
    let mut countdown = 3_u32;
    let items = std::iter::from_fn(|| {
        countdown = countdown.checked_sub(1).expect("asked only to its end");
        (countdown > 0).then_some(countdown)
    });
    assert_eq!(items.collect_fallible::<TryVec<_>>().unwrap(), [2, 1]);
}

#[test]
fn false_size_hints_request_little() {
    struct EndlessHint(u32);
    impl Iterator for EndlessHint {
        type Item = u32;
        fn next(&mut self) -> Option<u32> {
            self.0 = self.0.checked_sub(1)?;
            Some(self.0)
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            (usize::MAX, None)
        }
    }
    let mut vec: TryVec<u32> = EndlessHint(3).collect_fallible().unwrap();
    assert_eq!((&vec[..], vec.capacity() <= 2048), (&[2, 1, 0][..], true));
    vec.reserve_exact(100_000).unwrap();
    let room = vec.capacity();
    vec.resize(room - 1, 0).unwrap();
    vec.try_extend(EndlessHint(1)).unwrap();
    assert_eq!((vec.len(), vec.capacity()), (room, room), "it has room for what is yielded");
    assert_eq!(EndlessHint(0).collect_fallible::<TryVec<_>>().unwrap().capacity(), 0);
}

#[test]
fn impossible_sizes_are_errors() {
    let most = isize::MAX.cast_unsigned();
    let mut vec = TryVec::from(vec![1_u32]);
    let errors = [
        vec.reserve(usize::MAX),
        vec.reserve_exact(usize::MAX),
        vec.resize(usize::MAX, 0),
        vec.resize_with(usize::MAX, || unreachable!()),
        TryVec::<u16>::with_capacity(usize::MAX).map(drop),
    ];
    assert!(errors.iter().all(|error| error.unwrap_err().requested() == most));
    assert_eq!(vec, [1]);
}

#[test]
fn values_without_bytes_are_counted_to_the_end() {
    let mut vec = TryVec::new();
    vec.resize(usize::MAX, ()).unwrap();
    assert_eq!(vec.push(()), Err(OutOfMemory::new(usize::MAX)));
    assert!(vec.push_or_return(()).is_err() && vec.insert_or_return(0, ()).is_err());
    assert!(vec.append(&mut TryVec::from(vec![()])).is_err());
    assert!(vec.reserve_exact(1).is_err() && vec.try_extend([()]).is_err());
    assert_eq!((vec.len(), vec.capacity()), (usize::MAX, usize::MAX));
    assert_eq!(vec.split_off(5).unwrap().len(), usize::MAX - 5);
    assert_eq!(vec.into_boxed_slice().unwrap().len(), 5);
    let mut calls = 0;
    TryVec::new().resize_with(7, || calls += 1).unwrap();
    assert_eq!(calls, 7, "as many calls as in std");
}

#[test]
fn over_aligned_values_stay_aligned() {
    #[repr(align(64))]
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Line(u8);
    let mut vec: TryVec<Line> = (0..100).map(Line).collect_fallible().unwrap();
    vec.try_extend(&[Line(100)]).unwrap();
    vec.shrink_to_fit().unwrap();
    assert_eq!((vec.capacity(), vec.as_ptr().addr() % 64), (101, 0));
    assert!(vec.iter().zip(0..).all(|(line, i)| line.0 == i));
}

#[test]
fn indices_out_of_bounds_panic_before_any_request() {
    let mut vec = TryVec::from(Vec::<u8>::new());
    assert!(catch_unwind(AssertUnwindSafe(|| vec.insert(1, 0))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| vec.split_off(1))).is_err());
    assert_eq!((vec.len(), vec.capacity()), (0, 0));
}

#[test]
fn conversions_keep_the_memory() {
    let vec = vec![1, 2, 3];
    let place = vec.as_ptr();
    let boxed = TryVec::from(vec).into_boxed_slice().unwrap();
    assert_eq!(boxed.as_ptr(), place);
    let vec = TryVec::from(TryVec::from(boxed).into_vec().into_boxed_slice());
    assert_eq!(vec.as_ptr(), place);
    let vec = Vec::from(vec);
    assert_eq!((vec.as_ptr(), vec), (place, vec![1, 2, 3]));
}

#[test]
fn a_vector_converts_to_an_array_of_its_length() {
    let three = <[String; 3]>::try_from(TryVec::from(vec![String::from("a"); 3])).unwrap();
    assert_eq!(three.concat(), "aaa");
    assert_eq!(<[u8; 2]>::try_from(TryVec::from(vec![1, 2, 3])).unwrap_err(), [1, 2, 3]);
    assert_eq!(TryVec::try_from(&[1, 2][..]).unwrap(), [1, 2]);
}

#[test]
fn spare_capacity_can_be_written() {
    let mut vec = TryVec::with_capacity(3).unwrap();
    vec.spare_capacity_mut()[0].write(7);
    // SAFETY: the first element was just written.
    unsafe { vec.set_len(1) };
    assert_eq!((vec.pop_if(|value| *value == 6), vec.pop_if(|value| *value == 7)), (None, Some(7)));
    assert!(TryVec::<u8>::new().leak().is_empty());
}

#[test]
fn bytes_are_written() {
    let mut bytes = TryVec::new();
    write!(bytes, "{}-{}", 1, 2).unwrap();
    bytes.write_all(b"!").unwrap();
    assert_eq!(bytes, b"1-2!");
}

#[test]
fn vectors_compare_like_slices() {
    let mut vec = TryVec::from(vec![1, 2]);
    assert_eq!(vec, [1, 2]);
    assert_eq!([1, 2], vec);
    assert_eq!(vec, &[1, 2]);
    assert_eq!(vec, vec![1, 2]);
    assert_eq!(vec[..], vec);
    let greater = TryVec::from(vec![1, 3]);
    assert_eq!((vec < greater, format!("{vec:?}")), (true, "[1, 2]".into()));
    assert_eq!(Borrow::<[i32]>::borrow(&vec), AsRef::<[i32]>::as_ref(&vec));
    vec[0] = 5;
    vec.sort_unstable();
    (&mut vec).into_iter().for_each(|value| *value += 1);
    assert_eq!((&vec).into_iter().copied().collect::<Vec<_>>(), [3, 6]);
    assert_eq!(vec.into_iter().rev().collect::<Vec<_>>(), [6, 3]);
}
