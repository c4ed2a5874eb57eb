//! What a run writes to standard error, for somebody who replays it. The child puts marks around
//! the run, and the parent shows what is between them.

use super::channel::Channel;
use crate::harness::sweep::api::options::RunOutput;
use crate::harness::sweep::executors::Task;
use crate::harness::sweep::run::case::Case;
use crate::harness::sys;

const BEGIN: &str = "\0oom-sweep: run\0\n";
const END: &str = "\0oom-sweep: end\0\n";

/// Called by the child where a run begins.
pub(crate) fn mark_begin(output: RunOutput) {
    mark(output, BEGIN);
}

/// Called by the child where a run has ended. A run that dies does not get there.
pub(crate) fn mark_end(output: RunOutput) {
    mark(output, END);
}

fn mark(output: RunOutput, text: &str) {
    match output {
        RunOutput::Keep => {}
        RunOutput::Show => sys::write_to_stderr(text.as_bytes()),
    }
}

/// What the last run wrote, if the child marked one.
pub(crate) fn of_run(said: &str) -> &str {
    let (_, run) = said.rsplit_once(BEGIN).unwrap_or(("", said));
    run.split_once(END).map_or(run, |(run, _)| run)
}

/// Shows what the run of the case in `channel` wrote.
pub(crate) fn show(output: RunOutput, said: &str, channel: &Channel, task: Task<'_>) {
    if let Some(case) = task.cases.get(channel.current()) {
        show_case(output, said, case);
    }
}

/// Shows what the run of this case wrote.
pub(crate) fn show_case(output: RunOutput, said: &str, case: &Case) {
    if output == RunOutput::Keep || !said.contains(BEGIN) {
        return;
    }
    let text = of_run(said);
    if !text.is_empty() {
        let line_end = if text.ends_with('\n') { "" } else { "\n" };
        eprint!("under {}, the code wrote to standard error:\n{text}{line_end}", case.describe());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_run_is_between_its_marks() {
        for (said, run) in [
            ("as it was", "as it was"),
            (&format!("warm-up\n{BEGIN}a\nb\n{END}repeated\n"), "a\nb\n"),
            (&format!("{BEGIN}a\n{END}{BEGIN}b, and died"), "b, and died"),
            (&format!("{BEGIN}{END}"), ""),
        ] {
            assert_eq!(of_run(said), run);
        }
    }
}
