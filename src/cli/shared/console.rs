//! Prints results to standard output, and errors and progress to standard error.
//!
//! If the reader closes standard output, as `head` does, printing stops but the sweep continues:
//! the user may still want its record.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;

/// Prints a result.
pub(crate) fn result(text: impl Display) {
    let _ = writeln!(io::stdout(), "{text}");
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
    let mut line = String::with_capacity(text.len());
    for c in lines.join(" ").chars() {
        if c.is_control() {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    line
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
        assert_eq!(line(""), "");
    }
}
