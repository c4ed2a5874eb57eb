//! Prints results to standard output, and errors and progress to standard error.
//!
//! If standard output cannot be written, printing stops but the sweep continues: the user may still
//! want its record. A reader may close it, as `head` does. Everything else, such as a full disk, is
//! an error at the end: [`failure`].

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::OnceLock;

use crate::harness::report::printable;

/// Why a result could not be printed, if it was not the reader's wish.
static FAILURE: OnceLock<String> = OnceLock::new();

/// Prints a result.
pub(crate) fn result(text: impl Display) {
    let mut out = io::stdout();
    note(writeln!(out, "{text}").and_then(|()| out.flush()));
}

/// Notes how printing to standard output ended.
pub(crate) fn note(printed: io::Result<()>) {
    match printed {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let _ = FAILURE.set(format!("cannot write to standard output: {error}"));
        }
        _ => {}
    }
}

/// Returns the error that kept a result from standard output.
pub(crate) fn failure() -> Option<String> {
    FAILURE.get().cloned()
}

/// Prints an error in one line, whatever the text contains.
pub(crate) fn error(text: &str) {
    let _ = writeln!(io::stderr(), "error: {}", line(text));
}

/// Prints a line about progress.
pub(crate) fn progress(text: &str) {
    let _ = writeln!(io::stderr(), "{}", line(text));
}

/// Turns the text into one printable line.
pub(crate) fn line(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    printable(&lines.join(" "))
}

/// Writes a path in one line, relative to the current folder if it is below it.
pub(crate) fn path(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let below = here.as_deref().and_then(|here| path.strip_prefix(here).ok());
    line(&below.unwrap_or(path).display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_is_one_line() {
        assert_eq!(line("a\n  b\r\n\n\u{1b}[31m\tc"), "a b \\u{1b}[31m\\tc");
        assert_eq!(line("\u{202e}\u{2028}a"), "\\u{202e}\\u{2028}a");
        assert_eq!(line(""), "");
    }
}
