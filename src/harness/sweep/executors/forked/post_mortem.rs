//! What a process that died or hung can still tell about its run.

use super::channel::Channel;
use super::run_output;
use super::watch::{ChildExit, End};
use crate::harness::oracle::{Death, Ending, Observation};
use crate::harness::sweep::executors::Task;
use crate::harness::sweep::run::case::Case;
use crate::harness::sweep::run::observe::read_record;

/// Reads the channel of a child that has ended.
pub(crate) fn observe(
    channel: &Channel,
    task: Task<'_>,
    case: &Case,
    exit: ChildExit,
) -> Observation {
    let mut seen = Observation::new(case.plan.clone(), case.temperature);
    // SAFETY: the child has ended.
    let record = unsafe { channel.record() };
    let panic = record
        .panic
        .has_happened()
        .then(|| format!("{} at {}", record.panic.message.text(), record.panic.location.text()));
    seen.ending = match exit.ended {
        End::Done | End::Lost => Ending::Finished,
        End::Hung(limit) => Ending::Hung { limit },
        End::Died(death) => {
            // If an abort follows a panic, the place of the panic is more useful.
            let stack = match (death, &panic) {
                (Death::Abort, Some(_)) => record.panic.stack.frames().to_vec(),
                _ => channel.crash.frames(),
            };
            let said = run_output::of_run(&exit.said).to_owned();
            Ending::Died { death, panic, said, stack }
        }
    };
    read_record(record, case, task.facts(case), &mut seen);
    seen
}
