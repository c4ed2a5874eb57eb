//! The child's side: what a forked process does from its first to its last moment.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::board::Board;
use super::message::{Message, Telling, shorten};
use super::stage::{Stage, Status};
use super::wire::to_bytes;
use crate::harness::alloc::{self, Capture, Habits, Session, Trace};
use crate::harness::oracle::{Observation, Rules, Temperature, judge};
use crate::harness::sweep::executors::{
    Agreement, Freshness, Lab, MOST_BASELINES, NoBaseline, Regions, Task, agree,
};
use crate::harness::sweep::run::baseline::{Facts, Schedule};
use crate::harness::sweep::run::case::Order;
use crate::harness::sweep::run::runner::{Checks, Driven, Pass};
use crate::harness::sys;

/// Exit code of a child that has said all it had to say.
pub(crate) const DONE: i32 = 0x5e;
/// What a child runs code in.
pub(crate) struct Context<'a> {
    pub(crate) board: &'a Board,
    pub(crate) lab: Lab<'a>,
    /// Mark of the tolerated regions that the parent knows of.
    regions_told: u64,
}

/// Leads a new child through `life`, and ends it.
pub(crate) fn run(
    board: &Board,
    habits: Habits,
    rules: Rules,
    life: impl FnOnce(&mut Context<'_>),
) -> ! {
    alloc::become_child();
    // SAFETY: the board is mapped as long as the process lives.
    unsafe { sys::install_crash_handlers(&raw const board.crash) };
    if let Some(session) = Session::open() {
        // SAFETY: this is the child, and no other one lives.
        let record = unsafe { board.record() };
        let lab = Lab { session: &session, record, habits, rules };
        let mut context = Context { board, lab, regions_told: 0 };
        // What panics here is the user's `Debug`, `PartialEq`, `OomError` or `len`, which no
        // run catches. Up the stack from here on all is the parent's: none of it may run.
        if catch_unwind(AssertUnwindSafe(|| life(&mut context))).is_err() {
            std::process::abort();
        }
    }
    end(board)
}

/// Ends the child of its own accord.
pub(crate) fn end(board: &Board) -> ! {
    board.set_done();
    sys::exit_child(DONE)
}

/// Says something to the parent. What is longer than any outbox is about thousands of steps
/// that went wrong at once; the first few say enough.
pub(crate) fn tell(board: &Board, message: &mut Message) {
    if board.send(&to_bytes(message)).is_err() {
        shorten(message);
        // Short enough now: a few steps with bounded views.
        let _ = board.send(&to_bytes(message));
    }
}

impl Context<'_> {
    /// Runs without faults until two sequences agree, and says what they do.
    pub(crate) fn baselines(&mut self, code: &mut dyn Driven, traces: &[Trace; 2]) {
        let mut code = Beating { board: self.board, code };
        let mut message = match agree(&mut code, &mut self.lab, traces, Capture::Stacks) {
            Ok(agreement) => {
                let Agreement { first, warm, duration } = agreement;
                Message::Agreed { first, warm: warm.map(Box::new), duration }
            }
            Err(NoBaseline::Trouble(text)) => Message::Trouble(text),
            Err(NoBaseline::Nondeterministic(text)) => Message::Nondeterministic(text),
        };
        tell(self.board, &mut message);
    }

    /// Runs without faults until the requests are those of the warm baseline.
    pub(crate) fn warm_up(&mut self, code: &mut dyn Driven, facts: &Facts) {
        let Some(trace) = Trace::private() else { end(self.board) };
        for _ in 0..MOST_BASELINES {
            self.board.beat();
            let warm = code.baseline(&mut self.lab, &trace, Capture::Nothing, Checks::None);
            if warm.is_ok_and(|warm| warm.agrees_with(facts)) {
                return;
            }
        }
        if facts.schedule == Schedule::Shared {
            // The schedule may never come the same way again.
            return;
        }
        let text = "fault-free runs in another process make other requests: the code depends on \
                    something outside, such as time, addresses or random numbers";
        tell(self.board, &mut Message::Trouble(text.to_owned()));
        end(self.board)
    }

    /// Runs orders of a lot until there are none, or one that may not be clean; a cold one is
    /// the only one of its process.
    pub(crate) fn rerun(
        &mut self,
        code: &mut dyn Driven,
        task: Task<'_>,
        stage: &Stage,
        lot: usize,
    ) {
        let temperature = stage.lots[lot].temperature;
        let mut freshness = Freshness::Fresh;
        while let Some(index) = stage.claim_next(lot) {
            let order = stage.order(task.orders, index);
            let is_clean = self.run_order(code, task, order, (stage, index), freshness);
            freshness = Freshness::Used;
            if !is_clean || temperature == Temperature::Cold {
                return;
            }
        }
    }

    /// Runs an order, tells what became of it, and says whether it was clean.
    fn run_order(
        &mut self,
        code: &mut dyn Driven,
        task: Task<'_>,
        order: &Order,
        (stage, index): (&Stage, usize),
        freshness: Freshness,
    ) -> bool {
        let place = stage.places[index];
        self.board.begin(place);
        let seen = code.run(&mut self.lab, order, task.facts(order));
        let mark = self.lab.record.regions_mark();
        let is_new = std::mem::replace(&mut self.regions_told, mark) != mark;
        let regions = if is_new { self.lab.record.regions() } else { Regions::new() };
        match conclude(seen, self.lab.rules, freshness, regions) {
            Ok(status) => {
                stage.set(index, status);
                true
            }
            Err(telling) => {
                let is_clean = telling.suspect.is_none();
                tell(self.board, &mut Message::Told { place, telling });
                stage.set(index, Status::Told);
                is_clean
            }
        }
    }

    /// Runs one order, and says what it did, clean or not.
    pub(crate) fn alone(&mut self, code: &mut dyn Driven, task: Task<'_>, order: &Order) {
        self.board.begin(0);
        let seen = code.run(&mut self.lab, order, task.facts(order));
        let telling = Telling::suspect(seen, Freshness::Fresh, Regions::new());
        tell(self.board, &mut Message::Told { place: 0, telling });
    }

    /// Follows the runs of some orders past their faults, from the first of those left on.
    pub(crate) fn survey(&mut self, code: &mut dyn Driven, task: Task<'_>, from: usize) {
        let Some(trace) = Trace::private() else { end(self.board) };
        for (place, order) in task.orders.iter().enumerate().skip(from) {
            self.board.begin(place);
            let numbers = code.survey(&mut self.lab, order, task.facts(order), &trace);
            tell(self.board, &mut Message::Surveyed { place, numbers });
        }
    }
}

/// Code whose every fault-free run begins with a beat, so that each has its time.
struct Beating<'a> {
    board: &'a Board,
    code: &'a mut dyn Driven,
}

impl Driven for Beating<'_> {
    fn baseline(
        &mut self,
        lab: &mut Lab<'_>,
        trace: &Trace,
        capture: Capture,
        checks: Checks,
    ) -> Result<Facts, String> {
        self.board.beat();
        self.code.baseline(lab, trace, capture, checks)
    }

    fn run(&mut self, lab: &mut Lab<'_>, order: &Order, facts: &Facts) -> Observation {
        self.code.run(lab, order, facts)
    }

    fn pass(&mut self, lab: &mut Lab<'_>, pass: Pass<'_>, facts: &Facts) -> Option<Observation> {
        self.code.pass(lab, pass, facts)
    }

    fn has_view(&self) -> bool {
        self.code.has_view()
    }
}

/// A run that is clean, as a status; what there is to tell of another. Regions that the parent
/// does not know of are told with the verdict, which might else be all that outlives a kill.
pub(crate) fn conclude(
    mut seen: Observation,
    rules: Rules,
    freshness: Freshness,
    regions: Regions,
) -> Result<Status, Box<Telling>> {
    let is_tolerated = seen.refused > seen.untolerated;
    if !judge(&seen, rules).is_empty() {
        return Err(Telling::suspect(seen, freshness, regions));
    }
    if !seen.retained.is_empty() || !regions.is_empty() {
        let (tolerated, retained) = (u64::from(is_tolerated), std::mem::take(&mut seen.retained));
        return Err(Box::new(Telling { tolerated, retained, suspect: None, regions }));
    }
    Ok(if is_tolerated { Status::Tolerated } else { Status::Clean })
}
