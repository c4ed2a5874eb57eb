//! Tests of [`TryArc`] when memory suffices: counts, copies, layouts, threads, coercions.

use super::*;
use crate::collections::testing::{Budget, CountedValue, End};
use crate::collections::{TryBox, TryCollect, TryString, TryVec};
use std::cell::Cell;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::MutexGuard;
use std::sync::atomic::AtomicU32;
use std::thread;

fn vec_of(budget: &Budget, values: impl IntoIterator<Item = u32>) -> TryVec<CountedValue> {
    values.into_iter().map(|value| CountedValue::new(budget, value)).collect_fallible().unwrap()
}

#[test]
fn the_last_owner_drops_the_value() {
    let budget = Budget::default();
    let mut one = TryArc::new(CountedValue::new(&budget, 1)).unwrap();
    TryArc::get_mut(&mut one).unwrap().value = 2;
    let two = one.clone();
    assert_eq!((TryArc::strong_count(&one), TryArc::ptr_eq(&one, &two)), (2, true));
    assert!(TryArc::get_mut(&mut one).is_none());
    let two = TryArc::try_unwrap(two).unwrap_err();
    assert_eq!(TryArc::into_inner(one), None);
    assert_eq!((budget.live(), two.value), (1, 2));
    assert_eq!(TryArc::try_unwrap(two).unwrap().value, 2);
    let last = TryArc::new_or_return(CountedValue::new(&budget, 3)).unwrap();
    assert_eq!(TryArc::into_inner(last.try_clone().unwrap()), None);
    assert_eq!(TryArc::into_inner(last).unwrap().value, 3);
    assert_eq!(budget.live(), 0);
}

#[test]
fn make_mut_copies_what_is_shared() {
    let budget = Budget::default();
    let mut one = TryArc::new(CountedValue::new(&budget, 1)).unwrap();
    budget.allow(0);
    TryArc::make_mut(&mut one).unwrap().value = 2;
    let two = one.clone();
    assert!(TryArc::make_mut(&mut one).is_err());
    assert!(TryArc::ptr_eq(&one, &two));
    budget.allow(1);
    TryArc::make_mut(&mut one).unwrap().value = 3;
    assert_eq!((one.value, two.value, budget.live()), (3, 2, 2));
}

#[test]
fn unwrap_or_clone_copies_what_is_shared() {
    let budget = Budget::default();
    let one = TryArc::new(CountedValue::new(&budget, 1)).unwrap();
    let two = one.clone();
    budget.allow(0);
    let (_, one) = TryArc::unwrap_or_clone(one).unwrap_err();
    assert!(TryArc::ptr_eq(&one, &two));
    budget.allow(1);
    let copy = TryArc::unwrap_or_clone(one).unwrap();
    let moved = TryArc::unwrap_or_clone(two).unwrap();
    assert_eq!((copy.value, moved.value, budget.live()), (1, 1, 2));
}

#[test]
fn slices_are_copied_all_or_not_at_all() {
    let budget = Budget::default();
    let values = vec_of(&budget, 0..3);
    for allowed in 0..3 {
        for end in [End::Fail, End::Panic] {
            budget.allow_until(allowed, end);
            let made = catch_unwind(AssertUnwindSafe(|| TryArc::try_from(&values[..])));
            assert!(made.is_err() || made.unwrap().is_err());
            assert_eq!(budget.live(), 3);
        }
    }
    budget.allow(3);
    let copy = TryArc::try_from(&values[..]).unwrap();
    assert_eq!((copy[..] == values[..], budget.live()), (true, 6));
    drop((copy, values));
    assert_eq!(budget.live(), 0);
}

#[test]
fn slices_are_moved() {
    let budget = Budget::default();
    budget.allow(0);
    let arc = TryArc::try_from(vec_of(&budget, 0..5)).unwrap();
    let boxed: TryBox<[_]> = vec_of(&budget, 0..5).into_boxed_slice().unwrap();
    let other = TryArc::try_from(boxed).unwrap();
    assert_eq!((other == arc, budget.live()), (true, 10));
    drop((arc, other));
    assert_eq!(budget.live(), 0);
    let none: TryArc<[String]> = [].into_iter().collect_fallible().unwrap();
    assert!(none.is_empty());
}

#[test]
fn values_of_any_layout() {
    #[derive(Clone, Copy)]
    #[repr(align(128))]
    struct Line(u8);
    impl TryClone for Line {
        fn try_clone(&self) -> Result<Self, OutOfMemory> {
            Ok(*self)
        }
    }
    let lines = TryArc::try_from(&[Line(1), Line(2), Line(3)][..]).unwrap();
    assert!(lines.iter().all(|line| (&raw const *line).addr() % 128 == 0));
    assert_eq!(lines[2].0, 3);
    let raw = TryArc::into_raw(TryArc::new(Line(4)).unwrap());
    // SAFETY: the address is from `into_raw`.
    assert_eq!(unsafe { TryArc::from_raw(raw) }.0, 4);

    TryArc::new(()).unwrap();
    assert_eq!(TryArc::try_from(&[(); usize::MAX][..]).unwrap().len(), usize::MAX);
    let huge = TryArc::<[u64]>::try_from(TryVec::from(Vec::new())).unwrap();
    assert_eq!(huge.len(), 0);
    assert_eq!(size_of::<TryArc<u8>>(), size_of::<Option<TryArc<u8>>>());
}

#[test]
fn strings_compare_and_hash_as_strings() {
    let names = ["b", "", "a"].map(|name| TryArc::<str>::try_from(name).unwrap());
    assert!(names[1] < names[2] && names[2] < names[0]);
    assert_eq!((names[0].to_string(), format!("{:?}", names[2])), ("b".into(), "\"a\"".into()));
    let text = TryString::try_from("tell").unwrap();
    let shared = TryArc::<str>::try_from(text).unwrap();
    let (place, bytes) = (TryArc::as_ptr(&shared).cast(), TryArc::<[u8]>::from(shared));
    assert_eq!((TryArc::as_ptr(&bytes).cast::<u8>(), &*bytes), (place, &b"tell"[..]));
    let set = HashSet::from(names);
    assert!(set.contains("a") && !set.contains("c"));
}

#[test]
fn a_panicking_drop_frees_the_block() {
    struct Bomb(#[expect(dead_code, reason = "a leak checker would miss it")] Box<u8>);
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("armed");
        }
    }
    let bomb = TryArc::new(Bomb(Box::new(1))).unwrap();
    let other = bomb.clone();
    drop(other);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(bomb))).is_err());
}

#[test]
fn arcs_are_covariant() {
    fn shorten<'a>(arc: TryArc<&'static str>, _: &'a str) -> TryArc<&'a str> {
        arc
    }
    let local = String::from("local");
    let mut arc = shorten(TryArc::new("static").unwrap(), &local);
    *TryArc::get_mut(&mut arc).unwrap() = &local;
    assert_eq!(*arc, "local");
}

/// An inherent constant that hides a trait's constant tells whether a type implements a trait.
#[test]
fn send_and_sync_need_a_value_that_is_both() {
    struct Probe<T>(PhantomData<T>);
    trait Otherwise {
        const SEND: bool = false;
        const SYNC: bool = false;
    }
    impl<T> Otherwise for Probe<T> {}
    impl<T: Send> Probe<T> {
        const SEND: bool = true;
    }
    impl<T: Sync> Probe<T> {
        const SYNC: bool = true;
    }
    type Shared<T> = Probe<TryArc<T>>;
    type Guard = MutexGuard<'static, u8>;
    assert_eq!([Shared::<u8>::SEND, Shared::<u8>::SYNC], [true; 2]);
    assert_eq!([Shared::<Cell<u8>>::SEND, Shared::<Cell<u8>>::SYNC], [false; 2]);
    assert_eq!([Shared::<Guard>::SEND, Shared::<Guard>::SYNC], [false; 2]);
}

#[test]
fn raw_pointers_can_be_coerced() {
    let budget = Budget::default();
    let arc = TryArc::new((CountedValue::new(&budget, 9), 0_u8)).unwrap();
    let raw = TryArc::into_raw(arc) as *const dyn std::fmt::Debug;
    // SAFETY: the address is from `into_raw`.
    let shown = unsafe { TryArc::from_raw(raw) };
    assert_eq!((format!("{shown:?}"), budget.live()), ("(9, 0)".into(), 1));
    drop(shown.clone());
    drop(shown);
    assert_eq!(budget.live(), 0);
}

/// Threads clone, read and drop. The last owner must see what all others wrote.
#[test]
fn exactly_one_thread_is_the_last_owner() {
    const THREADS: u32 = 4;
    const STEPS: u32 = 500;
    static DROPPED: AtomicU32 = AtomicU32::new(0);
    struct Sum(AtomicU32);
    impl Drop for Sum {
        fn drop(&mut self) {
            DROPPED.fetch_add(*self.0.get_mut(), Relaxed);
        }
    }
    for _ in 0..20 {
        let arc = TryArc::new(Sum(AtomicU32::new(0))).unwrap();
        let work = |mut arc: TryArc<Sum>| {
            for _ in 0..STEPS {
                let clone = arc.clone();
                clone.0.fetch_add(1, Relaxed);
                drop(std::mem::replace(&mut arc, clone));
            }
            TryArc::into_inner(arc)
        };
        let threads: Vec<_> = (0..THREADS)
            .map(|_| (arc.clone(), work))
            .map(|(a, w)| thread::spawn(move || w(a)))
            .collect();
        drop(arc);
        let last: Vec<_> = threads.into_iter().filter_map(|t| t.join().unwrap()).collect();
        // None of the threads was last if `arc` above was dropped last.
        assert!(last.len() <= 1);
        drop(last);
        assert_eq!(DROPPED.swap(0, Relaxed), THREADS * STEPS);
    }
}
