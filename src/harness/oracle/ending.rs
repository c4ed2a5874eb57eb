//! Did the run end normally? `Panicked`, `Aborted`, `Crashed`, `Hung`.

use super::{Death, Ending, FindingKind, Observation, Verdict};

pub(super) fn judge(seen: &Observation, verdicts: &mut Vec<Verdict>) {
    let verdict = match &seen.ending {
        Ending::Finished => return,
        // `resume_unwind` calls no hook, so nobody knows the place.
        Ending::Panicked { message, location, .. } if location.is_empty() => {
            Verdict::new(FindingKind::Panicked, format!("panicked: {message}"))
        }
        Ending::Panicked { message, location, .. } => {
            Verdict::new(FindingKind::Panicked, format!("panicked at {location}: {message}"))
        }
        // The abort follows from a panic: one in a destructor, or one under `panic = "abort"`.
        Ending::Died { death: Death::Abort, panic: Some(panic), .. } => {
            Verdict::new(FindingKind::Panicked, format!("panicked, then aborted: {panic}"))
        }
        Ending::Died { death, said, .. } => judge_death(*death, said),
        Ending::Hung { limit } => Verdict::new(
            FindingKind::Hung,
            format!(
                "did not end within {limit:?}; run again alone, it did not end within four times that"
            ),
        ),
    };
    verdicts.push(verdict);
}

fn judge_death(death: Death, said: &str) -> Verdict {
    match death {
        // std's own handler aborts. It runs where ours is not called first.
        Death::Crash { .. } | Death::Abort if said.contains("has overflowed its stack") => {
            Verdict::new(FindingKind::Crashed, "the stack overflowed")
        }
        Death::Crash { signal, address } => Verdict::new(
            FindingKind::Crashed,
            format!("{} at address {address:#x}", signal_name(signal)),
        ),
        Death::Abort => Verdict::new(
            FindingKind::Aborted,
            match abort_message(said) {
                Some(words) => format!("the process aborted: {words}"),
                None => "the process aborted".to_owned(),
            },
        ),
        Death::Signal(signal) => Verdict::new(
            FindingKind::Aborted,
            format!("the process was killed by {}", signal_name(signal)),
        ),
        // The run is repeated alone before anything is reported.
        Death::EndedEarly => Verdict::new(
            FindingKind::Aborted,
            "the process wrote std's message about an abort".to_owned(),
        ),
        Death::Exit(code) => Verdict::new(
            FindingKind::Aborted,
            format!("the code ended the process with exit code {code}"),
        ),
    }
}

/// Returns the line of standard error that says why the process aborted: std's message, or else the
/// last line.
///
/// Earlier lines may be the code's own log. std's stack trace and its hints do not count: how much
/// of them is written before the process ends varies from run to run.
fn abort_message(said: &str) -> Option<&str> {
    let before = said.find("\nstack backtrace:\n").map_or(said, |end| &said[..end]);
    let lines = || before.lines().map(str::trim);
    let is_of_std = |line: &&str| STD_PREFIXES.iter().any(|start| line.starts_with(start));
    let is_message = |line: &&str| !line.is_empty() && !is_of_std(line);
    // Take the first message: it is about the code. Printing the stack trace may fail as well.
    lines().find(is_std_abort).or_else(|| lines().rev().find(is_message))
}

/// The first words of the lines in which std writes about its stack traces.
const STD_PREFIXES: [&str; 2] = ["note: run with `RUST_BACKTRACE", "skipping backtrace printing"];

/// Whether the line is std's message of `handle_alloc_error`.
fn is_std_abort(line: &&str) -> bool {
    let size = line.strip_prefix("memory allocation of ");
    let size = size.and_then(|rest| rest.strip_suffix(" bytes failed"));
    size.is_some_and(|size| size.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Returns the usual name of a signal. The numbers are Linux's; the first 15 are the same on other
/// systems.
fn signal_name(signal: i32) -> String {
    let name = match signal {
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        15 => "SIGTERM",
        other => return format!("signal {other}"),
    };
    name.to_owned()
}
