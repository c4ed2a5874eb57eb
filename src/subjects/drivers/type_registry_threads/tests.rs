//! Tests the whole target without faults, and the scheduler with deliberate races and deadlocks.

use super::super::modelled::VERSION;
use super::super::type_registry_wasm::noise;
use super::baton::{Turn, run};
use super::seeds::{encode, seeds};
use super::*;
use crate::Steps;
use crate::subjects::registry::TypeRegistry;
use crate::subjects::registry::schedule::Step;
use proptest::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, PoisonError, TryLockError};

/// Runs the case in these bytes, twice on the same registry.
fn run_bytes(name: &str, bytes: &[u8]) {
    let steps = decode(bytes).unwrap();
    let mut state = steps.setup();
    for _ in 0..2 {
        let what = steps.describe(0);
        steps.step(&mut state, 0).unwrap_or_else(|oom| panic!("{name}: {what}: {oom}"));
        steps.check(&mut state).unwrap_or_else(|wrong| panic!("{name}: {what}: {wrong}"));
        assert_eq!(steps.view(&mut state), "", "{name}: {what}");
    }
}

#[test]
fn seeds_keep_the_rules() {
    seeds().for_each(|(name, bytes)| run_bytes(&name, &bytes));
}

#[test]
fn the_layout_is_read() {
    let bytes = encode(2, &["register 1, drop 0", "look 7"], &[1, 0, 2]);
    assert_eq!(bytes, [0x12, 2, 0, 1, 4, 0, 7, 7, 15, 0, 1, 0, 2]);
    let steps = decode(&bytes).unwrap();
    assert_eq!(steps.len(), 1);
    assert_eq!(steps.describe(0), "task 0: register(1), drop(0); task 1: look(7)");
    let case = Case::read(&bytes[1..]);
    assert_eq!(&*case.order, &[1, 0, 2]);
    assert_eq!(case.describe(1), "task 0: drop(0)");
    assert_eq!(case.describe(8), "task 1: look(7)");
    assert_eq!(case.describe(usize::MAX), "when all tasks are done");
    // Truncated operations are skipped.
    assert_eq!(decode(&bytes[..5]).unwrap().describe(0), "task 0: register(1); task 1: ");
    run_bytes("cut", &bytes[..1]);
}

#[test]
fn what_is_wrong_is_one_line() {
    for (bytes, expected) in [
        (&b""[..], "the input is empty"),
        (b"\x21", "byte 0 is 0x21, layout version 2, where this build reads version 1"),
        (b"\x14", "byte 0 is 0x14, layout 4 of tables, of 4"),
    ] {
        assert_eq!(decode(bytes).unwrap_err(), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_keep_the_rules(
        layout in 0..4_u8,
        rest in proptest::collection::vec(any::<u8>(), 0..160),
    ) {
        run_bytes("any bytes", &[&[VERSION << 4 | layout][..], &rest].concat());
    }
}

/// Whether a thread reads the count again under the lock, in a small copy of the counting of
/// groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SecondLook {
    Taken,
    Forgotten,
}

struct Twin {
    second_look: SecondLook,
    table: Mutex<Option<Arc<Group>>>,
    is_broken: AtomicBool,
    /// The announced steps, with the task of each.
    steps: Mutex<Vec<(usize, Step)>>,
}

#[derive(Default)]
struct Group {
    count: AtomicUsize,
    is_unregistered: AtomicBool,
}

impl Twin {
    fn new(second_look: SecondLook) -> Self {
        let (table, steps) = (Mutex::default(), Mutex::default());
        Self { second_look, table, is_broken: AtomicBool::new(false), steps }
    }

    fn announce(&self, turn: &Turn, step: Step) {
        turn.announce(step);
        self.steps.lock().unwrap().push((turn.place(), step));
    }

    fn locked<R>(&self, turn: &Turn, f: impl FnOnce(&mut Option<Arc<Group>>) -> R) -> R {
        self.announce(turn, Step::Lock);
        loop {
            match self.table.try_lock() {
                Ok(mut table) => {
                    let result = f(&mut table);
                    self.announce(turn, Step::Unlock);
                    return result;
                }
                Err(TryLockError::WouldBlock) => self.announce(turn, Step::Blocked),
                Err(TryLockError::Poisoned(_)) => panic!("the lock is poisoned"),
            }
        }
    }

    /// Registers and drops.
    fn visit(&self, turn: &Turn) {
        let group = self.locked(turn, |table| {
            let group = Arc::clone(table.get_or_insert_default());
            self.announce(turn, Step::Count);
            group.count.fetch_add(1, SeqCst);
            group
        });
        self.announce(turn, Step::Count);
        if group.count.fetch_sub(1, SeqCst) > 1 {
            return;
        }
        self.locked(turn, |table| {
            let looks = self.second_look == SecondLook::Taken;
            let is_counted = looks && group.count.load(SeqCst) > 0;
            if is_counted || group.is_unregistered.load(SeqCst) {
                return;
            }
            group.is_unregistered.store(true, SeqCst);
            let is_there = table.take().is_some_and(|removed| Arc::ptr_eq(&removed, &group));
            let is_held = group.count.load(SeqCst) > 0;
            self.is_broken.fetch_or(!is_there || is_held, SeqCst);
        });
    }

    /// Whether the twin breaks in this order.
    fn breaks(&self, order: impl Into<Arc<[u8]>>) -> bool {
        run(&order.into(), 3, |turn| self.visit(turn));
        self.is_broken.load(SeqCst)
    }
}

fn order(number: u64) -> Vec<u8> {
    noise(number).take(60).collect()
}

#[test]
fn some_order_breaks_the_faulty_twin() {
    let breaks = |look, number| Twin::new(look).breaks(order(number));
    assert!(!(0..200).any(|number| breaks(SecondLook::Taken, number)));
    assert!((0..200).any(|number| breaks(SecondLook::Forgotten, number)));
    // Without interleaving the bug does not show.
    assert!(!Twin::new(SecondLook::Forgotten).breaks([]));
}

#[test]
fn an_order_is_the_same_each_time() {
    let steps = |order: Vec<u8>| {
        let twin = Twin::new(SecondLook::Taken);
        assert!(!twin.breaks(order));
        twin.steps.into_inner().unwrap()
    };
    for number in 0..20 {
        assert_eq!(steps(order(number)), steps(order(number)), "{number}");
    }
    assert_ne!(steps(order(0)), steps(order(1)));
    let places: Vec<_> = steps(Vec::new()).iter().map(|(place, _)| *place).collect();
    assert!(places.is_sorted() && places.last() == Some(&2), "{places:?}");
    // The order also decides which task starts first.
    assert_eq!(steps(vec![2])[0].0, 2);
}

/// The message with which a run panics.
fn panic_of(order: &[u8], tasks: usize, task: impl Fn(&Turn) + Sync) -> String {
    let runs = || run(&order.into(), tasks, task);
    let panic = catch_unwind(AssertUnwindSafe(runs)).expect_err("it panics");
    (*panic.downcast::<&str>().expect("a text")).to_owned()
}

/// Registers a group while it holds a reader, and so waits for itself. It also has a handle, which
/// is dropped afterwards.
fn waits_for_itself(registry: &TypeRegistry<Dense<Scheduled>>) {
    let (first, other) = crowd();
    let _handle = registry.register(&first[0]).unwrap();
    let _reader = registry.read();
    drop(registry.register(&other[0]));
}

#[test]
fn a_deadlock_is_noticed() {
    let registry = TypeRegistry::new().unwrap();
    let done = AtomicUsize::new(0);
    let task = |turn: &Turn| {
        if turn.place() == 1 {
            waits_for_itself(&registry);
        }
        drop(registry.register(&crowd().1[1]));
        done.fetch_add(1, SeqCst);
    };
    for number in 0..20 {
        let panic = panic_of(&order(number), 3, task);
        assert!(panic.starts_with("deadlock"), "{panic}");
        registry.check().unwrap();
    }
    // The other tasks continued.
    assert_eq!(done.load(SeqCst), 40);
    assert_eq!(registry.stats().groups, 0);
}

/// Each task also waits for the readers of the others while it unwinds.
#[test]
fn all_tasks_of_a_deadlock_panic() {
    let registry = TypeRegistry::new().unwrap();
    for number in 0..20 {
        let panic = panic_of(&order(number), 3, |_| waits_for_itself(&registry));
        assert!(panic.starts_with("deadlock"), "{panic}");
        registry.check().unwrap();
        assert_eq!(registry.stats().groups, 0);
    }
}

#[test]
fn a_panic_of_a_task_is_one_of_the_run() {
    let others = Mutex::new(0);
    let panic = panic_of(&order(3), 3, |turn| {
        assert!(turn.place() != 1, "the second one");
        turn.announce(Step::Count);
        *others.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    });
    assert_eq!((panic.as_str(), *others.lock().unwrap()), ("the second one", 2));
}
