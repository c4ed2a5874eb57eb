//! Code that does not free a block after a failure: `Leaked`.

use std::collections::TryReserveError;
use std::hint::black_box;
use std::mem;
use std::rc::Rc;

use oom_sweep::FindingKind::Leaked;
use oom_sweep::{Retry, Sweep};

use crate::case::{Fallible, room};
use crate::specimen::{Specimen, assert_silent};

specimens!(
    leaks_what_it_made = Specimen {
        kinds: &[Leaked],
        broken: |sweep| sweep.run(|| {
            let first = mem::ManuallyDrop::new(room(32)?);
            let _second = room(64)?;
            drop(mem::ManuallyDrop::into_inner(first));
            Ok::<_, TryReserveError>(())
        }),
        repaired: |sweep| sweep.run(|| {
            let _first = room(32)?;
            room(64)
        }),
        look: |report| assert!(report.findings()[0].message().contains("32 bytes"), "{report}"),
        ..Specimen::BASE
    },
    leaves_a_count_high = Specimen {
        kinds: &[Leaked],
        broken: |sweep| sweep.run_state(|| Rc::new(1_u64), borrow_raw, |_| ()),
        repaired: |sweep| sweep.run_state(|| Rc::new(1_u64), borrow, |_| ()),
        ..Specimen::BASE
    },
    loses_what_set_up_made = Specimen {
        kinds: &[Leaked],
        broken: |sweep| sweep.run_state(filled, lose, |_| ()),
        repaired: |sweep| sweep.run_state(filled, put_back, |_| ()),
        ..Specimen::BASE
    },
    leaks_in_the_retry = Specimen {
        kinds: &[Leaked],
        broken: |sweep| sweep.run_state(Desk::default, Desk::work_anew, |_| ()),
        repaired: |sweep| sweep.run_state(Desk::default, Desk::work, |_| ()),
        ..Specimen::BASE
    },
);

#[test]
fn what_only_the_retry_leaks_is_silent_without() {
    let sweep = Sweep::new("no retry").retry(Retry::Never);
    assert_silent(&sweep.run_state(Desk::default, Desk::work_anew, |_| ()));
}

fn borrow(shared: &mut Rc<u64>) -> Fallible<Vec<u8>> {
    let _mine = black_box(Rc::clone(shared));
    room(64)
}

/// Holds a raw counted reference, as a binding to another language does.
fn borrow_raw(shared: &mut Rc<u64>) -> Fallible<Vec<u8>> {
    let raw = black_box(Rc::into_raw(Rc::clone(shared)));
    let room = room(64)?;
    // SAFETY: made by `into_raw` above, and taken back once.
    drop(unsafe { Rc::from_raw(raw) });
    Ok(room)
}

/// A slot that holds a value.
fn filled() -> Option<Box<u64>> {
    Some(Box::new(7))
}

/// Leaks the content of the slot after a failure.
fn lose(slot: &mut Option<Box<u64>>) -> Fallible<()> {
    let value = slot.take();
    match room(64) {
        Ok(_) => *slot = value,
        Err(error) => {
            mem::forget(black_box(value));
            return Err(error);
        }
    }
    Ok(())
}

fn put_back(slot: &mut Option<Box<u64>>) -> Fallible<()> {
    let value = slot.take();
    let room = room(64);
    *slot = black_box(value);
    room.map(drop)
}

/// A state that owns a scratch block by its raw parts during an operation.
#[derive(Default)]
struct Desk {
    scratch: Option<(*mut u8, usize)>,
}

impl Desk {
    fn work(&mut self) -> Fallible<()> {
        self.clear();
        self.work_anew()
    }

    /// Starts with a new scratch block, even if a failed attempt left one.
    fn work_anew(&mut self) -> Fallible<()> {
        let mut scratch = mem::ManuallyDrop::new(room(32)?);
        self.scratch = Some(black_box((scratch.as_mut_ptr(), scratch.capacity())));
        drop(room(64)?);
        self.clear();
        Ok(())
    }

    fn clear(&mut self) {
        if let Some((start, capacity)) = self.scratch.take() {
            // SAFETY: the parts are those of a vector that `work_anew` did not drop.
            drop(unsafe { Vec::from_raw_parts(start, 0, capacity) });
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.clear();
    }
}
