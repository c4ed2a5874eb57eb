//! The story of a finding, for whoever reads the fuzzer's log: [`tell`].
//!
//! All of it stands in the log, since the process ends with it: the report, the operations and
//! the command that shows it again.

use std::fmt::Write;

use super::{Decoded, listing};
use crate::harness::report::Report;

/// The command that shows a finding of this target again; what follows is the plan.
pub(crate) fn command(target: &str) -> String {
    format!("oom-sweep repro --target {target} --input FILE --plan")
}

/// The report, and the operations about the one in which a request failed. A finding has its
/// command; what is wrong without any fault gets one here.
pub(crate) fn tell(target: &str, decoded: &Decoded, report: &Report) -> String {
    let operations = listing::operations(decoded.len(), report, |index| decoded.describe(index));
    let mut story = format!("\n{report}\n\n{operations}");
    if report.findings().is_empty() {
        // Writing to a string never fails.
        let _ = write!(story, "\nreplay: {} none\n", command(target));
    }
    story + "\nFILE stands for the input, which the fuzzer writes below.\n"
}
