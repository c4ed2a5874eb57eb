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
    match death {
        // std's own handler, where ours was not asked first, ends with an abort.
        Death::Crash { .. } | Death::Abort if said.contains("has overflowed its stack") => {
            Verdict::new(FindingKind::Crashed, "the stack overflowed")
        }
        Death::Crash { signal, address } => Verdict::new(
            FindingKind::Crashed,
            format!("{} at address {address:#x}", signal_name(signal)),
        ),
        Death::Abort => Verdict::new(
            FindingKind::Aborted,
            match last_words(said) {
                Some(words) => format!("the process aborted: {words}"),
                None => "the process aborted".to_owned(),
            },
        ),
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

/// The line that says why: the last one, for the code may have logged before, but without
/// std's stack trace and advice after it.
fn last_words(said: &str) -> Option<&str> {
    let before = said.find("\nstack backtrace:\n").map_or(said, |end| &said[..end]);
    let mut lines = before.lines().map(str::trim).rev();
    lines.find(|line| !line.is_empty() && !line.starts_with("note: run with `RUST_BACKTRACE"))
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
