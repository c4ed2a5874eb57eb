//! The story of a finding, for whoever reads the fuzzer's log: [`tell`].
//!
//! All of it stands in the log, since the process ends with it: the report, the operations and
//! the command that shows it again.

use std::fmt::Write;

use super::super::Decoded;
use crate::report::Report;

/// Operations shown before the one that failed, and after it.
const AROUND: usize = 32;

/// The command that shows a finding of this target again; what follows is the plan.
pub(super) fn command(target: &str) -> String {
    format!("oom-sweep repro --target {target} --input FILE --plan")
}

/// The report, and the operations about the one in which a request failed. A finding has its
/// command; what is wrong without any fault gets one here.
pub(super) fn tell(target: &str, decoded: &Decoded, report: &Report) -> String {
    let mut story = format!("\n{report}\n\noperations: {}\n", decoded.len());
    let failed = report.findings().iter().find_map(|finding| finding.step());
    let middle = failed.unwrap_or_default();
    let shown = middle.saturating_sub(AROUND)..decoded.len().min(middle + AROUND + 1);
    for index in shown {
        let mark = if failed == Some(index) { '>' } else { ' ' };
        // Writing to a string never fails.
        let _ = writeln!(story, "{mark} {index:>4}  {}", decoded.describe(index));
    }
    if report.findings().is_empty() {
        let _ = write!(story, "\nreplay: {} none\n", command(target));
    }
    story + "\nFILE stands for the input, which the fuzzer writes below.\n"
}
