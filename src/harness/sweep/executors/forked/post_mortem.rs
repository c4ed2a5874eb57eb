//! What a process that died or hung can still tell of the run that it was on.

use super::board::Board;
use super::watch::{End, Life};
use crate::harness::oracle::{Death, Ending, Observation};
use crate::harness::sweep::executors::Task;
use crate::harness::sweep::run::case::Order;
use crate::harness::sweep::run::observe::read_record;

/// Reads the board of a child that is gone.
pub(crate) fn observe(board: &Board, task: Task<'_>, order: &Order, life: Life) -> Observation {
    let mut seen = Observation::new(order.plan.clone(), order.temperature);
    // SAFETY: the child is gone.
    let record = unsafe { board.record() };
    let panic = record
        .panic
        .happened
        .then(|| format!("{} at {}", record.panic.message.text(), record.panic.location.text()));
    seen.ending = match life.ended {
        End::Done => Ending::Finished,
        End::Hung(limit) => Ending::Hung { limit },
        End::Died(death) => {
            // An abort that follows a panic is of interest for where the panic was.
            let stack = match (death, &panic) {
                (Death::Abort, Some(_)) => record.panic.stack.frames().to_vec(),
                _ => board.crash.frames(),
            };
            Ending::Died { death, panic, said: life.said, stack }
        }
    };
    read_record(record, order, task.facts(order), &mut seen);
    seen
}
