//! The zoo: for each kind of finding, a piece of deliberately broken code that must get exactly
//! this kind, and a repaired twin that must have no finding. Each file has one theme.
//!
//! `specimen` makes the tests of each pair and checks what must hold for all. `replay` runs the
//! commands that findings print. `NotInstalled` needs a binary without the allocator, so it is in
//! `tests/not_installed.rs`.

mod case;
mod replay;
#[macro_use]
mod specimen;

mod awkward;
mod cache;
mod ceiling;
mod cold;
mod compound;
mod determinism;
mod empty;
mod ending;
mod fallback;
mod heap;
mod leak;
mod left_behind;
mod message;
mod operation;
mod persistence;
mod promise;
mod script;
mod state;
mod surfacing;
mod threads;
mod tolerance;
mod unseen;

use std::collections::BTreeSet;

use oom_sweep::{FaultAlloc, FindingKind};
use specimen::Specimen;

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

fn everybody() -> impl Iterator<Item = &'static Specimen> {
    let themes = [
        awkward::TABLE,
        cache::TABLE,
        cold::TABLE,
        compound::TABLE,
        determinism::TABLE,
        empty::TABLE,
        ending::TABLE,
        fallback::TABLE,
        heap::TABLE,
        leak::TABLE,
        left_behind::TABLE,
        message::TABLE,
        operation::TABLE,
        persistence::TABLE,
        promise::TABLE,
        script::TABLE,
        state::TABLE,
        surfacing::TABLE,
    ];
    themes.into_iter().flatten()
}

#[test]
fn every_kind_has_a_specimen() {
    let mut shown: BTreeSet<_> = everybody().map(|specimen| specimen.kinds[0]).collect();
    // It has its own test binary.
    shown.insert(FindingKind::NotInstalled);
    assert!(shown.iter().eq(&FindingKind::ALL), "{shown:?}");
}

#[test]
fn names_and_kinds_are_in_order() {
    let mut names = BTreeSet::new();
    for specimen in everybody() {
        assert!(names.insert(specimen.name), "two specimens have the name {}", specimen.name);
        assert!(specimen.kinds.is_sorted(), "{}", specimen.name);
    }
}
