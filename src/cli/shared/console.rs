//! What is printed, and where: results on standard output, trouble on standard error.
//!
//! A reader that goes away, as `head` does, ends the printing and not the sweep: its record may
//! still be wanted.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;

/// Prints a result.
pub(crate) fn result(text: impl Display) {
    let _ = writeln!(io::stdout(), "{text}");
}

/// Prints one line of trouble, whatever the text holds.
pub(crate) fn error(text: &str) {
    let _ = writeln!(io::stderr(), "error: {}", line(text));
}

/// Prints one line about how things go.
pub(crate) fn progress(text: &str) {
    let _ = writeln!(io::stderr(), "{}", line(text));
}

/// The text in one line of what can be printed.
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

/// A path in one line, from the current folder if it lies below.
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
