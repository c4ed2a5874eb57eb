//! Did the run end by itself? `Panicked`, `Aborted`, `Crashed`, `Hung`.

use super::{Death, Ending, FindingKind, Observation, Verdict};

pub(super) fn judge(seen: &Observation, verdicts: &mut Vec<Verdict>) {
    let verdict = match &seen.ending {
        Ending::Finished => return,
        Ending::Panicked { message, location, .. } => {
            Verdict::new(FindingKind::Panicked, format!("panicked at {location}: {message}"))
        }
        // The abort follows from the panic: one in a destructor, or `panic = "abort"`.
        Ending::Died { death: Death::Abort, panic: Some(panic), .. } => {
            Verdict::new(FindingKind::Panicked, format!("panicked, then aborted: {panic}"))
        }
        Ending::Died { death, said, .. } => judge_death(*death, said),
        Ending::Hung { limit } => Verdict::new(
            FindingKind::Hung,
            format!("did not end within {limit:?}, nor within four times that when alone"),
        ),
    };
    verdicts.push(verdict);
}

fn judge_death(death: Death, said: &str) -> Verdict {
    let last_words = said.lines().next().unwrap_or_default();
    match death {
        Death::Crash { signal, address } => Verdict::new(
            FindingKind::Crashed,
            match said.contains("has overflowed its stack") {
                true => "the stack overflowed".to_owned(),
                false => format!("{} at address {address:#x}", signal_name(signal)),
            },
        ),
        Death::Abort if last_words.is_empty() => {
            Verdict::new(FindingKind::Aborted, "the process aborted")
        }
        Death::Abort => {
            Verdict::new(FindingKind::Aborted, format!("the process aborted: {last_words}"))
        }
        Death::Signal(signal) => Verdict::new(
            FindingKind::Aborted,
            format!("the process was killed by {}", signal_name(signal)),
        ),
        Death::Exit(code) => Verdict::new(
            FindingKind::Aborted,
            format!("the code ended the process with exit code {code}"),
        ),
    }
}

/// The name of a signal as people know it; numbers are those of Linux, and the first 15 are
/// the same elsewhere.
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
