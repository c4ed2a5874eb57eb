//! Lists the operations of an input and marks those with a failed request: [`operations`].
//!
//! The command line and a fuzzer's log show it beside a finding.

use std::fmt::Write;

use crate::harness::report::Report;

/// Longer sequences are shown only around the first operation that failed.
const MOST: usize = 256;
/// How many operations are shown before it, and after it.
const AROUND: usize = 32;

/// Lists this many operations, one a line, and marks those with a failed request.
pub(crate) fn operations(
    count: usize,
    report: &Report,
    describe: impl Fn(usize) -> String,
) -> String {
    let first = report.findings().iter().find_map(|finding| finding.step()).unwrap_or_default();
    let shown = match count {
        ..=MOST => 0..count,
        _ => first.saturating_sub(AROUND)..count.min(first + AROUND + 1),
    };
    let mut text = format!("operations: {count}\n");
    gap(&mut text, shown.start);
    for index in shown.clone() {
        let mut findings = report.findings().iter();
        let failed = findings.find(|finding| finding.step() == Some(index));
        let mark = if failed.is_some() { '>' } else { ' ' };
        // Writing to a string never fails.
        let _ = write!(text, "{mark} {index:>4}  {}", describe(index));
        if let Some(request) = failed.and_then(|finding| finding.request()) {
            let _ = write!(text, "  <- request {} failed", request.number);
        }
        text.push('\n');
    }
    gap(&mut text, count - shown.end);
    text
}

fn gap(text: &mut String, operations: usize) {
    if operations > 0 {
        let _ = writeln!(text, "     …  {operations} more");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_of_a_long_sequence_is_shown() {
        let list = |count| operations(count, &Report::blank(""), |index| format!("op {index}"));
        assert_eq!(list(2), "operations: 2\n     0  op 0\n     1  op 1\n");
        let long = list(300);
        assert_eq!(long.lines().count(), 1 + AROUND + 1 + 1, "{long}");
        assert!(long.ends_with("    32  op 32\n     …  267 more\n"), "{long}");
    }
}
