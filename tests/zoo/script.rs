//! Sequences of operations under plans with more than one fault: `SpuriousError`, and mistakes that
//! only a second failure shows.

use std::hint::black_box;
use std::mem;

use oom_sweep::FindingKind::{
    Diverged, NotRecovered, Panicked, PartialUpdate, SpuriousError, SwallowedOom,
};
use oom_sweep::{
    Finding, Isolation, OomError, OutOfMemory, Plan, Report, Steps, Strategy, Sweep, tolerate,
};

use crate::replay;
use crate::specimen::{Specimen, assert_silent};

specimens!(
    complains_later = Specimen {
        kinds: &[SpuriousError],
        broken: |sweep| sweep.run_steps(&Script(&[Tray::add_or_mark, Tray::add_unless_dirty])),
        repaired: |sweep| sweep.run_steps(&Script(&[Tray::add, Tray::add_unless_dirty])),
        look: |report| {
            let finding = &report.findings()[0];
            assert!(finding.message().contains("Dirty"), "{finding:?}");
            assert_eq!(finding.request().map(|request| request.number), Some(0), "{finding:?}");
        },
        ..Specimen::BASE
    },
    loses_items_in_the_last_step = Specimen {
        kinds: &[PartialUpdate, NotRecovered],
        broken: |sweep| sweep.run_steps(&Script(&[Tray::add, Tray::add, Tray::take_then_add])),
        repaired: |sweep| sweep.run_steps(&Script(&[Tray::add, Tray::add, Tray::add])),
        look: |report| {
            let change = report.findings()[0].view().expect("the view changed");
            assert_eq!((&*change.before, &*change.after), ("[0, 1]", "[]"));
        },
        ..Specimen::BASE
    },
    does_not_expect_a_second_failure = Specimen {
        kinds: &[Panicked],
        broken: |sweep| planned(sweep, EVERY_PLAN, &[Tray::add, Tray::add_after_a_spill]),
        repaired: |sweep| planned(sweep, EVERY_PLAN, &[Tray::add, Tray::add]),
        look: |report| {
            let plans: Vec<_> = report.findings().iter().flat_map(Finding::plans).collect();
            assert!(plans.contains(&&plan("set:2,3")), "{report}");
            assert!(!plans.contains(&&plan("nth:2")), "{report}");
        },
        ..Specimen::BASE
    },
    skips_an_item_untold = Specimen {
        kinds: &[SwallowedOom, Diverged],
        broken: |sweep| planned(sweep, &["nth:2"], &[Tray::add, Tray::add_or_not]),
        repaired: |sweep| planned(sweep, &["nth:2"], &[Tray::add, Tray::add]),
        ..Specimen::BASE
    },
);

const EVERY_PLAN: &[&str] = &[
    "nth:0",
    "nth:2",
    "nth:0/fail-next:1",
    "nth:1/forbid",
    "nth:1/fail-all",
    "set:1,5",
    "set:2,3",
    "random:400,seed=1",
    "random:400,seed=2/fail-all",
    "size:64",
    "size:64/fail-next:2",
    "budget:64",
    "budget:100",
    "budget:0/fail-all",
    "none",
];

#[test]
fn plans_of_every_form_are_silent_on_good_code() {
    const STEPS: &[Step] = &[Tray::add as Step; 6];
    for isolation in [Isolation::Auto, Isolation::InProcess] {
        let sweep = Sweep::new("every form of plan").isolation(isolation);
        assert_silent(&planned(sweep, EVERY_PLAN, STEPS));
    }
}

#[test]
fn a_site_can_be_failed_by_its_name() {
    const STEPS: &[Step] = &[Tray::add, Tray::add, Tray::take_then_add];
    let found = Sweep::new("find a site").run_steps(&Script(STEPS));
    if replay::is_on() {
        return;
    }
    let finding = &found.findings()[0];
    let plan = format!("site:{}#0", finding.site().expect("a request failed"));
    let again = planned(Sweep::new("fail a site"), &[&plan], STEPS);
    let again = &again.findings()[0];
    assert_eq!((again.kind(), again.site()), (finding.kind(), finding.site()));
    assert_eq!(again.request(), finding.request());
}

#[test]
fn a_budget_is_of_what_lives_at_once() {
    let fickle = || (0..10).try_for_each(|_| room(64).map(drop)).or(Ok::<_, OutOfMemory>(()));
    let budget = |bytes| Strategy::Plans(vec![plan(&format!("budget:{bytes}"))]);
    assert_silent(&Sweep::new("budget, enough").strategy(budget(64)).run(fickle));
    let short = Sweep::new("budget, short").strategy(budget(63)).run(fickle);
    assert!(replay::is_on() || !short.is_clean(), "{short}");
}

fn plan(text: &str) -> Plan {
    text.parse().expect("a plan")
}

fn planned(sweep: Sweep, plans: &[&str], steps: &'static [Step]) -> Report {
    let plans = plans.iter().copied().map(plan).collect();
    sweep.strategy(Strategy::Plans(plans)).run_steps(&Script(steps))
}

type Step = fn(&mut Tray) -> Result<(), Failure>;

/// Steps on a tray that is empty at the start.
struct Script(&'static [Step]);

impl Steps for Script {
    type State = Tray;
    type Error = Failure;
    type View = Vec<u32>;

    fn setup(&self) -> Tray {
        Tray::default()
    }
    fn len(&self) -> usize {
        self.0.len()
    }
    fn step(&self, tray: &mut Tray, index: usize) -> Result<(), Failure> {
        self.0[index](tray)
    }
    fn check(&self, tray: &mut Tray) -> Result<(), String> {
        match tray.items.iter().zip(0..).all(|(&item, index)| item == index) {
            true => Ok(()),
            false => Err(format!("out of order: {:?}", tray.items)),
        }
    }
    fn view(&self, tray: &mut Tray) -> Vec<u32> {
        tray.items.clone()
    }
}

#[derive(Debug)]
enum Failure {
    Oom(#[expect(dead_code, reason = "only shown in its Debug form")] usize),
    Dirty,
}

impl OomError for Failure {
    fn is_oom(&self) -> bool {
        matches!(self, Self::Oom(_))
    }
}

impl From<OutOfMemory> for Failure {
    fn from(error: OutOfMemory) -> Self {
        Self::Oom(error.requested())
    }
}

fn room(bytes: usize) -> Result<Vec<u8>, OutOfMemory> {
    let mut room = Vec::new();
    room.try_reserve_exact(bytes).map_err(|_| OutOfMemory::new(bytes))?;
    Ok(black_box(room))
}

/// Numbered items.
#[derive(Default)]
struct Tray {
    items: Vec<u32>,
    is_dirty: bool,
}

impl Tray {
    fn grow(&mut self) -> Result<(), OutOfMemory> {
        let size = self.items.len() + 1;
        self.items.try_reserve_exact(1).map_err(|_| OutOfMemory::new(size * 4))
    }

    fn push(&mut self) {
        self.items.push(self.items.len() as u32);
    }

    /// Makes two requests: for scratch space and for the item.
    fn add(&mut self) -> Result<(), Failure> {
        let _scratch = room(64)?;
        self.grow()?;
        self.push();
        Ok(())
    }

    /// Sets a flag after a failure, which only a later operation reads.
    fn add_or_mark(&mut self) -> Result<(), Failure> {
        self.add().inspect_err(|_| self.is_dirty = true)
    }

    fn add_unless_dirty(&mut self) -> Result<(), Failure> {
        if mem::take(&mut self.is_dirty) { Err(Failure::Dirty) } else { self.add() }
    }

    fn take_then_add(&mut self) -> Result<(), Failure> {
        let mut taken = mem::take(self);
        taken.add()?;
        *self = black_box(taken);
        Ok(())
    }

    /// Uses less scratch space after a failure and relies on getting it.
    fn add_after_a_spill(&mut self) -> Result<(), Failure> {
        let scratch = tolerate("there is less to be had", || room(64));
        let _scratch = scratch.unwrap_or_else(|_| room(16).expect("so little is always there"));
        self.grow()?;
        self.push();
        Ok(())
    }

    fn add_or_not(&mut self) -> Result<(), Failure> {
        let _ = self.add();
        Ok(())
    }
}
