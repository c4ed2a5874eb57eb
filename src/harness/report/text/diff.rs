//! Two views that should be equal, as the lines that differ.
//!
//! Equal lines are left out except for a little context: views of large states differ in a line or
//! two, and long lines in a few characters.

use super::page::{VALUES, WIDTH, width};

/// Columns for a line's text after its mark.
const ROOM: usize = WIDTH - VALUES - 2;
/// Equal lines shown around changed ones, and equal characters before the first different one.
const CONTEXT: usize = 2;
const CONTEXT_CHARS: usize = 24;
/// The greatest number of lines shown of one comparison.
const MOST_LINES: usize = 40;
/// The greatest number of pairs of lines that are compared. Larger views count as changed as a
/// whole.
const MOST_PAIRS: usize = 1 << 20;

/// A line of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line<'a> {
    Same(&'a str),
    Removed(&'a str),
    Added(&'a str),
}

/// Writes `- ` before lines of `before`, `+ ` before lines of `after`, two spaces before context.
pub(in crate::harness::report) fn lines(before: &str, after: &str) -> Vec<String> {
    let compared = compare(&split(before), &split(after));
    if compared.iter().all(|line| matches!(line, Line::Same(_))) {
        let mut lines = one_sided(' ', &before.lines().take(CONTEXT).collect::<Vec<_>>());
        lines.push("(the views differ, but have the same text)".to_owned());
        return lines;
    }
    let mut written = Vec::new();
    let mut is_gap = false;
    let mut index = 0;
    while index < compared.len() {
        if let Line::Same(text) = compared[index] {
            if is_near_change(&compared, index) {
                written.extend(one_sided(' ', &[text]));
                is_gap = false;
            } else if !is_gap {
                written.push("  …".to_owned());
                is_gap = true;
            }
            index += 1;
            continue;
        }
        let len =
            compared[index..].iter().take_while(|line| !matches!(line, Line::Same(_))).count();
        written.extend(changed(&compared[index..index + len]));
        is_gap = false;
        index += len;
    }
    if written.len() > MOST_LINES {
        let more = written.len() - MOST_LINES + 1;
        written.truncate(MOST_LINES - 1);
        written.push(format!("… and {more} more lines"));
    }
    written
}

/// Splits a view into lines. An empty view has one line, so that a reader sees that it is empty.
fn split(view: &str) -> Vec<&str> {
    if view.is_empty() { vec![""] } else { view.lines().collect() }
}

fn is_near_change(compared: &[Line<'_>], index: usize) -> bool {
    let near = index.saturating_sub(CONTEXT)..(index + CONTEXT + 1).min(compared.len());
    compared[near].iter().any(|line| !matches!(line, Line::Same(_)))
}

/// Writes a group of changed lines: the expected ones, then the actual ones. Lines that replace
/// each other are cut at the same place, near the first difference.
fn changed(group: &[Line<'_>]) -> Vec<String> {
    let mut removed = Vec::new();
    let mut added = Vec::new();
    for line in group {
        match line {
            Line::Removed(text) => removed.push(*text),
            Line::Added(text) => added.push(*text),
            Line::Same(_) => {}
        }
    }
    if removed.len() != added.len() {
        return [one_sided('-', &removed), one_sided('+', &added)].concat();
    }
    let starts: Vec<_> = removed.iter().zip(&added).map(|(a, b)| start_of_window(a, b)).collect();
    let side = |mark: char, lines: &[&str]| -> Vec<String> {
        lines
            .iter()
            .zip(&starts)
            .map(|(line, &start)| format!("{mark} {}", window(line, start)))
            .collect()
    };
    [side('-', &removed), side('+', &added)].concat()
}

fn one_sided(mark: char, lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| format!("{mark} {}", window(line, 0))).collect()
}

/// Returns the character from which a pair of lines is shown.
fn start_of_window(a: &str, b: &str) -> usize {
    if width(a).max(width(b)) <= ROOM {
        return 0;
    }
    let equal = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    equal.saturating_sub(CONTEXT_CHARS)
}

/// Returns the part of the line from character `start` that fits.
fn window(line: &str, start: usize) -> String {
    let opening = if start > 0 { "…" } else { "" };
    let rest: String = line.chars().skip(start).collect();
    let room = ROOM - width(opening);
    if width(&rest) <= room {
        return format!("{opening}{rest}");
    }
    let shown: String = rest.chars().take(room - 1).collect();
    format!("{opening}{shown}…")
}

/// Returns the comparison with the most equal lines.
fn compare<'a>(before: &[&'a str], after: &[&'a str]) -> Vec<Line<'a>> {
    let start = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let (head, before) = before.split_at(start);
    let after = &after[start..];
    let end = before.iter().rev().zip(after.iter().rev()).take_while(|(a, b)| a == b).count();
    let (before, tail) = before.split_at(before.len() - end);
    let after = &after[..after.len() - end];
    let same = |lines: &[&'a str]| lines.iter().map(|line| Line::Same(line)).collect::<Vec<_>>();
    let middle = if before.len().saturating_mul(after.len()) <= MOST_PAIRS {
        align(before, after)
    } else {
        let removed = before.iter().map(|line| Line::Removed(line));
        removed.chain(after.iter().map(|line| Line::Added(line))).collect()
    };
    [same(head), middle, same(tail)].concat()
}

/// Finds the longest common subsequence, with the textbook's table.
fn align<'a>(before: &[&'a str], after: &[&'a str]) -> Vec<Line<'a>> {
    let columns = after.len() + 1;
    // The length of the best alignment of the lines from here on.
    let mut best = vec![0_u32; (before.len() + 1) * columns];
    for i in (0..before.len()).rev() {
        for j in (0..after.len()).rev() {
            best[i * columns + j] = if before[i] == after[j] {
                best[(i + 1) * columns + j + 1] + 1
            } else {
                best[(i + 1) * columns + j].max(best[i * columns + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut lines = Vec::new();
    while i < before.len() && j < after.len() {
        if before[i] == after[j] {
            lines.push(Line::Same(before[i]));
            (i, j) = (i + 1, j + 1);
        } else if best[(i + 1) * columns + j] >= best[i * columns + j + 1] {
            lines.push(Line::Removed(before[i]));
            i += 1;
        } else {
            lines.push(Line::Added(after[j]));
            j += 1;
        }
    }
    lines.extend(before[i..].iter().map(|line| Line::Removed(line)));
    lines.extend(after[j..].iter().map(|line| Line::Added(line)));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(count: usize) -> Vec<String> {
        (0..count).map(|n| format!("line {n}")).collect()
    }

    #[test]
    fn single_lines_stand_as_they_are() {
        assert_eq!(lines("len: 1", "len: 2"), ["- len: 1", "+ len: 2"]);
        assert_eq!(lines("", "x"), ["- ", "+ x"]);
    }

    #[test]
    fn only_changed_lines_and_a_little_context() {
        let before = numbered(20);
        let mut after = before.clone();
        after[9] = "other".to_owned();
        after.insert(10, "inserted".to_owned());
        after.remove(18); // line 17
        assert_eq!(
            lines(&before.join("\n"), &after.join("\n")),
            [
                "  …",
                "  line 7",
                "  line 8",
                "- line 9",
                "+ other",
                "+ inserted",
                "  line 10",
                "  line 11",
                "  …",
                "  line 15",
                "  line 16",
                "- line 17",
                "  line 18",
                "  line 19",
            ]
        );
    }

    #[test]
    fn long_lines_are_cut_to_where_they_differ() {
        let before = format!("{}1{}", "a".repeat(200), "b".repeat(200));
        let after = before.replace('1', "2");
        let lines = lines(&before, &after);
        let start = format!("…{}", "a".repeat(24));
        assert!(lines[0].starts_with(&format!("- {start}1bbb")), "{lines:?}");
        assert!(lines[1].starts_with(&format!("+ {start}2bbb")), "{lines:?}");
        assert!(lines.iter().all(|line| width(line) == ROOM + 2 && line.ends_with('…')));
    }

    #[test]
    fn an_invisible_difference_is_mentioned() {
        assert_eq!(lines("NaN", "NaN"), ["  NaN", "(the views differ, but have the same text)"]);
        assert_eq!(lines("a", "a\n").len(), 2);
    }

    #[test]
    fn large_views_end_soon() {
        let before = numbered(5000);
        let after: Vec<_> = before.iter().rev().cloned().collect();
        let lines = lines(&before.join("\n"), &after.join("\n"));
        assert_eq!(lines.len(), MOST_LINES);
        assert_eq!(lines[MOST_LINES - 1], "… and 9961 more lines");
    }
}
