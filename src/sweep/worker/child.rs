//! The child's side of a worker: it warms up, runs orders until one is not clean, says so on
//! the board, and exits.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::board::{Board, WARMING_UP};
use super::wire::{Wire, to_bytes};
use crate::alloc::{self, Capture, Habits, Session, Trace};
use crate::oracle::{Observation, Rules, Temperature, ViewChange, ViewSeen, judge};
use crate::sweep::baseline::{Facts, Schedule};
use crate::sweep::drive::{Checks, Driven};
use crate::sweep::executor::{Lab, MOST_BASELINES, NoBaseline, Order, agree};
use crate::sys;

/// Exit code of a child that has said all it had to say.
pub(super) const DONE: i32 = 0x5e;
/// Longest text of a view in a message, in bytes.
const MAX_VIEW: usize = 256 << 10;

/// What a child runs code in.
pub(super) struct Context<'a> {
    board: &'a Board,
    lab: Lab<'a>,
}

/// What a child says of its fault-free runs.
pub(super) enum Answer {
    Agreed(Facts, Option<Facts>, Duration),
    Trouble(String),
    Nondeterministic(String),
}

/// Leads a new child through `life`, and ends it.
pub(super) fn run(
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
        let mut context = Context { board, lab };
        // What panics here is the user's `Debug`, `PartialEq`, `OomError` or `len`, which no
        // run catches. Up the stack from here on all is the parent's: none of it may run.
        if catch_unwind(AssertUnwindSafe(|| life(&mut context))).is_err() {
            std::process::abort();
        }
    }
    end(board)
}

/// Ends the child of its own accord.
fn end(board: &Board) -> ! {
    board.set_done(true);
    sys::exit_child(DONE)
}

impl Context<'_> {
    /// Runs without faults until two sequences agree, and says what they do.
    pub(super) fn baselines(&mut self, code: &mut dyn Driven, traces: &[Trace; 2]) {
        let start = Instant::now();
        let mut code = Beating { board: self.board, code };
        let agreed = agree(&mut code, &mut self.lab, traces, Capture::Stacks);
        let answer = match agreed {
            Ok(agreement) => Answer::Agreed(agreement.first, agreement.warm, start.elapsed()),
            Err(NoBaseline::Trouble(text)) => Answer::Trouble(text),
            Err(NoBaseline::Nondeterministic(text)) => Answer::Nondeterministic(text),
        };
        self.board.post(&to_bytes(&answer));
    }

    /// Runs without faults until the requests are those of the warm baseline.
    pub(super) fn warm_up(&mut self, code: &mut dyn Driven, facts: &Facts) {
        let Some(trace) = Trace::private() else { end(self.board) };
        for _ in 0..MOST_BASELINES {
            self.board.begin(WARMING_UP);
            let warm = code.baseline(&mut self.lab, &trace, Capture::Nothing, Checks::None);
            if warm.is_ok_and(|warm| warm.agrees_with(facts)) {
                return;
            }
        }
        if facts.schedule == Schedule::Shared {
            // The schedule may never come the same way again.
            return;
        }
        // The parent sees that no order has begun.
        end(self.board)
    }

    /// Runs the orders of the first one's temperature, if that is cold one, up to the first
    /// that may not be clean.
    pub(super) fn sweep(&mut self, code: &mut dyn Driven, facts: &Facts, orders: &[Order]) {
        let temperature = orders[0].temperature;
        let most = match temperature {
            Temperature::Cold => 1,
            Temperature::Warm => usize::MAX,
        };
        let alike = orders.iter().take_while(|order| order.temperature == temperature);
        for (index, order) in alike.take(most).enumerate() {
            self.board.begin(index);
            let seen = code.run(&mut self.lab, order, facts);
            if seen.refused > seen.untolerated {
                self.board.add_tolerated();
            }
            self.board.add_retained(index, &seen.retained);
            if !judge(&seen, self.lab.rules).is_empty() {
                return self.report(seen);
            }
        }
    }

    fn report(&self, mut seen: Observation) {
        for view in seen.steps.iter_mut().map(|step| &mut step.view).chain([&mut seen.end]) {
            if let ViewSeen::Changed(change) = view {
                shorten(change);
            }
        }
        if !self.board.post(&to_bytes(&seen)) {
            // Thousands of steps went wrong at once; the first few say enough.
            seen.steps.truncate(8);
            seen.leaked.truncate(1000);
            seen.retained.clear();
            self.board.post(&to_bytes(&seen));
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
        self.board.begin(WARMING_UP);
        self.code.baseline(lab, trace, capture, checks)
    }

    fn run(&mut self, lab: &mut Lab<'_>, order: &Order, facts: &Facts) -> Observation {
        self.code.run(lab, order, facts)
    }
}

fn shorten(change: &mut ViewChange) {
    for text in [&mut change.before, &mut change.after] {
        let end = text.floor_char_boundary(MAX_VIEW);
        if end < text.len() {
            text.truncate(end);
            text.push('…');
        }
    }
}

impl Wire for Answer {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Agreed(first, warm, duration) => {
                0_u8.put(out);
                first.put(out);
                warm.put(out);
                duration.put(out);
            }
            Self::Trouble(text) => {
                1_u8.put(out);
                text.put(out);
            }
            Self::Nondeterministic(text) => {
                2_u8.put(out);
                text.put(out);
            }
        }
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        Some(match u8::take(from)? {
            0 => Self::Agreed(Wire::take(from)?, Wire::take(from)?, Wire::take(from)?),
            1 => Self::Trouble(Wire::take(from)?),
            2 => Self::Nondeterministic(Wire::take(from)?),
            _ => return None,
        })
    }
}
