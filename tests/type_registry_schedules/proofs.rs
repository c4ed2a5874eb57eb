//! Tests the properties of schedules on which the races rely: orders can be replayed, the requests
//! of the scheduler are not counted, and call stacks are those of tasks.

use std::sync::{Arc, Mutex};

use oom_sweep::registry::schedule::Scheduled;
use oom_sweep::registry::{ArrayOfStructs, Dense, RegisterError, View};
use oom_sweep::{Finding, FindingKind, Guarantee, Isolation, Plan, Scenario, Scope, Sweep};

use crate::orders::{self, Order};
use crate::tasks::registers_nth;
use crate::world::{InOrder, Layout, Outcome, Race, World};

/// Swallows every failure, so that each request gets a finding with its call stack.
fn swallows<T: Layout>(world: &World<T>, place: usize) -> Outcome {
    registers_nth(world, place).or(Ok(()))
}

fn two() -> Race<Dense<Scheduled>> {
    let modules = ["(type (func (param eqref)))", "(type (func (param i31ref))) (type (struct))"];
    Race::new("two", &modules, &[], &[swallows, swallows])
}

/// The call stacks of a scenario's requests: the plans that fail them, and the functions.
fn stacks<S: Scenario>(scenario: &S) -> Vec<(Vec<String>, Vec<String>)> {
    orders::install_shuttle();
    let report = Sweep::new("proof").isolation(Isolation::Worker).run_scenario(scenario);
    assert!(report.error().is_none() && report.is_complete(), "{report}");
    let plans: usize = report.findings().iter().map(|finding| finding.plans().len()).sum();
    assert_eq!(plans as u64, report.runs(), "{report}");
    let swallowed =
        report.findings().iter().all(|finding| finding.kind() == FindingKind::SwallowedOom);
    assert!(swallowed, "{report}");
    let plans = |finding: &Finding| finding.plans().iter().map(Plan::to_string).collect();
    let functions = |finding: &Finding| {
        finding.stack().iter().map(|frame| frame.function.to_string()).collect()
    };
    report.findings().iter().map(|finding| (plans(finding), functions(finding))).collect()
}

/// Records the decisions of a random order.
fn recorded(race: &Race<Dense<Scheduled>>, seed: u64) -> Vec<usize> {
    let tasks = Arc::new(Mutex::new(Vec::new()));
    race.run(&Order::Recorded(seed, Arc::clone(&tasks))).unwrap();
    std::mem::take(&mut tasks.lock().unwrap())
}

#[test]
fn an_order_can_be_replayed() {
    let race = two();
    let [one, again, other] = [5, 5, 6].map(|seed| recorded(&race, seed));
    assert_eq!(one, again);
    assert_ne!(one, other);
    race.run(&Order::Given(one.clone())).unwrap();
}

/// The same seed leads to the same requests in the same order; another seed does not.
#[test]
fn an_order_is_one_of_requests_too() {
    let race = two();
    let [one, again, other] =
        [5, 5, 6].map(|seed| stacks(&InOrder { race: &race, order: Order::Random(seed) }));
    assert_eq!(one, again);
    assert_ne!(one, other);
}

/// One task alone, without a scheduler.
struct Alone<'a, T: Layout>(&'a Race<T>);

impl<T: Layout> Scenario for Alone<'_, T> {
    type State = Arc<World<T>>;
    type Output = ();
    type Error = RegisterError;
    type View = View;

    fn setup(&self) -> Arc<World<T>> {
        self.0.world()
    }

    fn exercise(&self, world: &mut Arc<World<T>>) -> Outcome {
        orders::in_scope(Scope::current(), self.0.tasks()[0], world, 0)
    }

    fn view(&self, world: &mut Arc<World<T>>) -> View {
        world.registry.view()
    }

    fn guarantee(&self) -> Guarantee {
        Guarantee::Basic
    }
}

#[test]
fn a_scheduler_adds_no_request_and_no_frame() {
    fn in_layout<T: Layout>() {
        let modules = ["(type $s (sub (struct))) (type (func (param (ref $s) eqref)))"];
        let race = Race::<T>::new("one", &modules, &[], &[swallows]);
        let alone = stacks(&Alone(&race));
        let scheduled = stacks(&InOrder { race: &race, order: Order::Random(0) });
        assert!(alone.len() > 10, "{alone:#?}");
        assert_eq!(scheduled, alone);
        let ends = alone.iter().map(|(_, functions)| functions.last());
        assert!(ends.flatten().all(|last| last.contains("in_scope")), "{alone:#?}");
    }
    in_layout::<Dense<Scheduled>>();
    in_layout::<ArrayOfStructs<Scheduled>>();
}
