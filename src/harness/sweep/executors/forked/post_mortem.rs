//! What a process that died or hung can still tell of the run that it was on.

use super::channel::Channel;
use super::watch::{End, Life};
use crate::harness::oracle::{Death, Ending, Observation};
use crate::harness::sweep::executors::Task;
use crate::harness::sweep::run::case::Case;
use crate::harness::sweep::run::observe::read_record;

/// Reads the board of a child that is gone.
pub(crate) fn observe(channel: &Channel, task: Task<'_>, case: &Case, life: Life) -> Observation {
    let mut seen = Observation::new(case.plan.clone(), case.temperature);
    // SAFETY: the child is gone.
    let record = unsafe { channel.record() };
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
                _ => channel.crash.frames(),
            };
            Ending::Died { death, panic, said: life.said, stack }
        }
    };
    read_record(record, case, task.facts(case), &mut seen);
    seen
}
