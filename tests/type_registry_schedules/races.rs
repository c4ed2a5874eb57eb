//! The races of the registry. Each runs in many orders and is swept in some of them.

use oom_sweep::AfterFault;
use oom_sweep::registry::schedule::Scheduled;
use oom_sweep::registry::{ArrayOfStructs, Dense, Hashed, Ordered};

use crate::tasks::{
    clones, drops, panics, registers, registers_and_keeps, registers_nth, roots, watches,
};
use crate::world::{Layout, Race};

/// Two groups. One refers to the other and has a trampoline type.
const CALL: &str = "(type $s (sub (struct))) (type (func (param (ref $s))))";
const CHAIN: &str = "(type $a (sub (struct))) (type $b (sub $a (struct (field i32))))
    (type (array (ref $b)))";

/// How many orders of each kind a race runs in without faults, and how many are swept.
struct Orders {
    explored: u64,
    swept: u64,
}

const MANY: Orders = Orders { explored: 200, swept: 4 };
/// For layouts that share the relevant code with the first one.
const FEW: Orders = Orders { explored: 20, swept: 1 };

impl Orders {
    fn of<T: Layout>(&self, layout: &str, race: Race<T>) {
        race.explore(self.explored);
        race.sweep(layout, self.swept, &[AfterFault::Succeed, AfterFault::FailAll]);
    }
}

fn last_drop_and_duplicates<T: Layout>() -> Race<T> {
    Race::new("last drop and duplicates", &[CALL], &[0], &[drops, registers, registers])
}

#[test]
fn the_last_drop_and_duplicates() {
    MANY.of("dense", last_drop_and_duplicates::<Dense<Scheduled>>());
    FEW.of("hashed", last_drop_and_duplicates::<Hashed<Scheduled>>());
    FEW.of("ordered", last_drop_and_duplicates::<Ordered<Scheduled>>());
    FEW.of("array of structs", last_drop_and_duplicates::<ArrayOfStructs<Scheduled>>());
}

#[test]
fn root_and_the_last_drop() {
    let race = Race::<Dense<Scheduled>>::new(
        "root and last drop",
        &[CHAIN],
        &[0],
        &[drops, roots, registers],
    );
    MANY.of("dense", race);
}

#[test]
fn clones_and_drops() {
    let race = Race::<Dense<Scheduled>>::new(
        "clones and drops",
        &[CALL],
        &[0, 0],
        &[clones, drops, registers],
    );
    MANY.of("dense", race);
}

fn overlapping_modules<T: Layout>() -> Race<T> {
    let modules = [
        "(type $s (sub (struct))) (type (array (ref $s)))",
        "(type $s (sub (struct))) (type (func (param (ref $s))))",
        "(type $s (sub (struct))) (type (sub $s (struct (field i64))))",
    ];
    Race::new("overlapping modules", &modules, &[0], &[drops, registers_nth, registers_nth])
}

#[test]
fn modules_that_overlap() {
    MANY.of("dense", overlapping_modules::<Dense<Scheduled>>());
    FEW.of("hashed", overlapping_modules::<Hashed<Scheduled>>());
    FEW.of("ordered", overlapping_modules::<Ordered<Scheduled>>());
    FEW.of("array of structs", overlapping_modules::<ArrayOfStructs<Scheduled>>());
}

/// One thread's registration is rolled back, together with a trampoline type that other threads
/// use.
#[test]
fn a_shared_trampoline_type() {
    let race = Race::<Dense<Scheduled>>::new(
        "shared trampoline type",
        &["(type (func (param i31ref)))", "(type (func (param eqref))) (type (struct))"],
        &[0],
        &[drops, registers_nth, registers],
    );
    MANY.of("dense", race);
}

#[test]
fn a_module_is_there_or_is_not() {
    let race = Race::<Dense<Scheduled>>::new(
        "half a module",
        &[CHAIN],
        &[],
        &[registers_and_keeps, watches],
    );
    MANY.of("dense", race);
}

#[test]
fn a_panic_under_the_lock() {
    // A panic at a later hash must roll back other groups and links to trampoline types.
    let modules = [
        "(type (struct))",
        "(type (struct)) (type (array i8)) (rec (type (func (param eqref)))
            (type (func (param (ref func))))) (type (func (param structref i32)))",
    ];
    let race = Race::<Dense<Scheduled>>::new(
        "panic under the lock",
        &modules,
        &[0],
        &[drops, panics, registers],
    );
    race.explore(FEW.explored);
    // A panic needs memory, so there must be some.
    race.sweep("dense", FEW.swept, &[AfterFault::Succeed]);
    let modules = ["(type (func (param eqref)))", "(type (func (param i31ref)))"];
    let race = Race::<ArrayOfStructs<Scheduled>>::new(
        "panic after others",
        &modules,
        &[0],
        &[drops, panics, registers],
    );
    race.explore(FEW.explored);
}
