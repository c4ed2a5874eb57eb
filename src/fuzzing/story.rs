//! Writes a finding to the fuzzer's log: [`describe`].
//!
//! The process ends with the finding, so the log must contain everything: the report, the
//! operations and the command that runs it again.

use std::fmt::Write;

use super::{Decoded, listing};
use crate::harness::report::Report;

/// Returns the command that runs a finding of this target again, without the plan at its end.
pub(crate) fn command(target: &str) -> String {
    format!("oom-sweep repro --target {target} --input FILE --plan")
}

/// Writes the report, and the operations around the one with a failed request. A report without a
/// replay command gets one.
pub(crate) fn describe(target: &str, decoded: &Decoded, report: &Report) -> String {
    let operations = listing::operations(decoded.len(), report, |index| decoded.describe(index));
    let mut text = format!("\n{report}\n\n{operations}");
    if report.findings().is_empty() {
        // Writing to a string never fails.
        let _ = write!(text, "\nreplay: {} none\n", command(target));
    }
    text + "\nFILE stands for the input, which the fuzzer writes below.\n"
}
