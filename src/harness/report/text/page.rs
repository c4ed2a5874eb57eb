//! Builds lines of text: [`Page`], and the short phrases that its users share.
//!
//! Every line is printable, has no space at its end, and is within [`WIDTH`] columns where the text
//! allows. A character counts as one column, a wide one too.

use std::time::Duration;

/// Columns that a line should fit into.
pub(super) const WIDTH: usize = 100;
/// The most columns that the names of sweeps get in a table. A longer name moves only its own row.
pub(in crate::harness::report) const NAME_COLUMN: usize = WIDTH / 2;
/// The column of a finding's labels.
const LABELS: usize = 4;
/// The column of the values beside the labels.
pub(super) const VALUES: usize = 16;
/// The greatest number of lines of one value; the JSON has the rest.
const MOST_LINES: usize = 12;
/// The greatest number of characters of an error: several paths, and an explained plan.
#[cfg(feature = "serde")]
const LONGEST_ERROR: usize = 2000;

/// A text that grows line by line.
#[derive(Default)]
pub(super) struct Page {
    text: String,
}

impl Page {
    /// Appends a line. Hidden characters are escaped, since they come from the code under test.
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(&printable(&line.trim_end().replace('\t', "    ")));
        self.text.push('\n');
    }

    /// Appends a text in as many lines as it needs. Lines after the first are indented.
    pub(super) fn paragraph(&mut self, text: &str, indent: &str) {
        let mut lines = wrapped(text, WIDTH, WIDTH - width(indent)).into_iter();
        self.line(&lines.next().unwrap_or_default());
        for line in lines {
            self.line(&format!("{indent}{line}"));
        }
    }

    /// Appends a label with its value beside it, wrapped at words.
    pub(super) fn field(&mut self, label: &str, value: &str) {
        let room = WIDTH - VALUES;
        self.field_of_lines(label, capped(wrapped(value, room, room)));
    }

    /// Appends a label with lines beside it.
    pub(super) fn field_of_lines(&mut self, label: &str, lines: Vec<String>) {
        let mut label = label;
        for line in lines {
            self.line(&format!("{:LABELS$}{label:<1$}{line}", "", VALUES - LABELS));
            label = "";
        }
    }

    /// Returns the text, without a newline at its end.
    pub(super) fn finish(mut self) -> String {
        self.text.truncate(self.text.trim_end().len());
        self.text
    }
}

/// Whether a character has no shape of its own and changes what a reader sees: controls, line and
/// paragraph separators, and marks that reverse the direction of what follows.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2066}'..='\u{2069}')
}

/// Escapes the hidden characters of a text, line breaks too.
pub(crate) fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for c in text.chars() {
        match is_hidden(c) {
            true => printable.extend(c.escape_default()),
            false => printable.push(c),
        }
    }
    printable
}

/// Writes an error in one line, whatever it quotes of a file. A long one is cut.
#[cfg(feature = "serde")]
pub(in crate::harness::report) fn one_line(error: &str) -> String {
    match error.char_indices().nth(LONGEST_ERROR) {
        Some((end, _)) => printable(&error[..end]) + "…",
        None => printable(error),
    }
}

/// Keeps the first lines, and says how many more there are.
pub(super) fn capped(mut lines: Vec<String>) -> Vec<String> {
    if lines.len() > MOST_LINES {
        let more = lines.len() - MOST_LINES + 1;
        lines.truncate(MOST_LINES - 1);
        lines.push(format!("… and {more} more lines"));
    }
    lines
}

/// Breaks a text into lines at spaces: the first line fits `first` columns, the others `rest`. A
/// longer word stays whole. Spaces at the start of a line are kept.
pub(super) fn wrapped(text: &str, first: usize, rest: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.trim_end().lines() {
        let words = line.trim_start();
        let mut current = line[..line.len() - words.len()].to_owned();
        let mut is_started = false;
        for word in words.split(' ') {
            let room = if lines.is_empty() { first } else { rest };
            let needed = width(&current) + usize::from(is_started) + width(word);
            if is_started && needed > room {
                lines.push(std::mem::take(&mut current));
            } else if is_started {
                current.push(' ');
            }
            current.push_str(word);
            is_started = true;
        }
        lines.push(current);
    }
    lines
}

/// Returns the number of columns of a text.
pub(in crate::harness::report) fn width(text: &str) -> usize {
    text.chars().count()
}

/// Pads the text to a column of this width. `{:1$}` panics above 65535, and names come from files.
pub(in crate::harness::report) fn padded(text: &str, side: Side, column: usize) -> String {
    let gap = " ".repeat(column.saturating_sub(width(text)));
    match side {
        Side::Left => format!("{text}{gap}"),
        Side::Right => format!("{gap}{text}"),
    }
}

/// The alignment of a text in its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::harness::report) enum Side {
    Left,
    Right,
}

/// Writes a number of things: `1 site`, `2 sites`.
pub(in crate::harness::report) fn count(number: u64, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// Writes a duration, rounded to a precision that suits its length.
pub(in crate::harness::report) fn duration(duration: Duration) -> String {
    let micros = duration.as_micros();
    let [millis, tenths, seconds, minutes] =
        [1_000, 100_000, 1_000_000, 60_000_000].map(|unit| (micros + unit / 2) / unit);
    match (millis, tenths, seconds) {
        (0, ..) => "<1 ms".to_owned(),
        (..1_000, ..) => format!("{millis} ms"),
        (_, ..600, _) => format!("{}.{} s", tenths / 10, tenths % 10),
        (_, _, ..3_600) => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_whole_and_lines_kept_apart() {
        assert_eq!(wrapped("one two three", 7, 5), ["one two", "three"]);
        assert_eq!(wrapped("abcdefgh ij kl", 3, 5), ["abcdefgh", "ij kl"]);
        assert_eq!(wrapped("  a b\n\nc\n", 20, 20), ["  a b", "", "c"]);
        assert_eq!(wrapped("ééé ééé", 7, 3), ["ééé ééé"]);
        assert!(wrapped("", 9, 9).is_empty());
    }

    #[test]
    fn lines_are_printable_and_end_with_a_character() {
        let mut page = Page::default();
        page.line("a\tb\u{1b}[31m \r  ");
        page.line("   ");
        page.field("afterwards", "");
        page.field("afterwards", "x  ");
        page.line("");
        assert_eq!(page.finish(), "a    b\\u{1b}[31m\n\n    afterwards  x");
    }

    #[test]
    fn long_values_are_cut() {
        let lines = capped((0..13).map(|n| n.to_string()).collect());
        assert_eq!((lines.len(), lines[11].as_str()), (12, "… and 2 more lines"));
        assert_eq!(capped(lines.clone()), lines);
    }

    #[test]
    fn durations_suit_their_size() {
        for (millis, text) in [
            (0, "<1 ms"),
            (41, "41 ms"),
            (999, "999 ms"),
            (1_000, "1.0 s"),
            (1_049, "1.0 s"),
            (1_050, "1.1 s"),
            (59_949, "59.9 s"),
            (59_950, "1 min 0 s"),
            (60_000, "1 min 0 s"),
            (200_400, "3 min 20 s"),
            (3_599_500, "1 h 0 min"),
            (7_380_000, "2 h 3 min"),
        ] {
            assert_eq!(duration(Duration::from_millis(millis)), text);
        }
        assert_eq!(duration(Duration::from_micros(1_499)), "1 ms");
        assert_eq!(duration(Duration::from_micros(999_500)), "1.0 s");
        assert_eq!(duration(Duration::from_micros(499)), "<1 ms");
    }
}
