//! The orderings of [`TryArc`]'s count, in every order of steps that they allow. A value is a cell
//! of loom's, which fails a test if two threads use it without an order between them.
//!
//! `scripts/loom.sh` runs these tests.

use super::TryArc;
use loom::cell::UnsafeCell;
use loom::thread;

/// A number that threads read through shared pointers, and that its last owner changes.
struct Value(UnsafeCell<u32>);

// SAFETY: loom fails the test if accesses are not ordered.
unsafe impl Send for Value {}
// SAFETY: as above.
unsafe impl Sync for Value {}

impl Value {
    fn new(number: u32) -> TryArc<Self> {
        TryArc::new(Self(UnsafeCell::new(number))).expect("memory suffices")
    }

    fn read(&self) -> u32 {
        // SAFETY: loom checks that nothing changes it meanwhile.
        self.0.with(|number| unsafe { *number })
    }

    /// What only one owner may do.
    fn change(&self) {
        // SAFETY: loom checks that nothing else uses it meanwhile.
        self.0.with_mut(|number| unsafe { *number += 1 });
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        // After a violation, loom would only abort here.
        if !std::thread::panicking() {
            self.change();
        }
    }
}

#[test]
fn what_owners_did_comes_before_the_drop() {
    loom::model(|| {
        let first = Value::new(7);
        let threads = [first.clone(), first.clone()].map(|owner| {
            thread::spawn(move || {
                assert_eq!(owner.read(), 7);
                drop(owner);
            })
        });
        assert_eq!(first.read(), 7);
        drop(first);
        for thread in threads {
            thread.join().expect("it does not panic");
        }
    });
}

#[test]
fn what_owners_did_comes_before_a_change_of_the_only_owner() {
    loom::model(|| {
        let mut first = Value::new(7);
        let other = first.clone();
        let thread = thread::spawn(move || {
            assert_eq!(other.read(), 7);
            drop(other);
        });
        if let Some(value) = TryArc::get_mut(&mut first) {
            value.change();
            assert_eq!(value.read(), 8);
        }
        thread.join().expect("it does not panic");
        assert!(TryArc::get_mut(&mut first).is_some());
    });
}

#[test]
fn a_clone_of_another_owner_is_never_overlooked() {
    loom::model(|| {
        let mut first = Value::new(7);
        let other = first.clone();
        let thread = thread::spawn(move || {
            let third = other.clone();
            drop(other);
            third.read();
            third
        });
        if let Some(value) = TryArc::get_mut(&mut first) {
            value.change();
        }
        let third = thread.join().expect("it does not panic");
        assert_eq!((TryArc::strong_count(&third), third.read()), (2, 7));
        assert!(TryArc::get_mut(&mut first).is_none());
    });
}

#[test]
fn exactly_one_owner_gets_the_value() {
    loom::model(|| {
        let first = Value::new(7);
        let threads = [first.clone(), first].map(|owner| {
            thread::spawn(move || {
                owner.read();
                TryArc::into_inner(owner).map(|value| value.change())
            })
        });
        let got = threads.map(|thread| thread.join().expect("it does not panic"));
        assert_eq!(got.iter().flatten().count(), 1);
    });
}

#[test]
fn whoever_unwraps_is_alone() {
    loom::model(|| {
        let first = Value::new(7);
        let threads = [first.clone(), first].map(|owner| {
            thread::spawn(move || {
                owner.read();
                // Either may get its pointer back, and drops it then.
                TryArc::try_unwrap(owner).map(|value| value.change()).is_ok()
            })
        });
        let got = threads.map(|thread| thread.join().expect("it does not panic"));
        assert!(got.iter().filter(|got| **got).count() <= 1);
    });
}
