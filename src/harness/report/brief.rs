//! A finding in three lines, for formats whose readers show little of it.

use super::text::printable;
use crate::harness::oracle::Finding;

/// Writes what is wrong, the sweep and the request, and the command that runs it again.
pub(super) fn brief(sweep: &str, finding: &Finding) -> String {
    let mut lines: Vec<_> = finding.message.lines().map(printable).collect();
    let sweep = printable(sweep);
    lines.push(match finding.request() {
        Some(request) => format!("sweep {sweep}, request {}: {request}", request.number),
        None => format!("sweep {sweep}, plan {}", finding.plan()),
    });
    if !finding.replay.is_empty() {
        lines.push(format!("replay: {}", printable(finding.replay.trim_end())));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::oracle::FindingKind;
    use crate::harness::report::samples;

    #[test]
    fn a_finding_is_three_lines() {
        assert_eq!(
            brief("memory::grow", &samples::partial_update()),
            "returned OutOfMemory, but the view changed\n\
             sweep memory::grow, request 17: realloc 96 → 192 bytes, align 8\n\
             replay: OOM_SWEEP_REPLAY='memory::grow=nth:17/fail-all' target/debug/deps/oom-a6a2 \
             --exact memory::grow --nocapture"
        );
        let bare = Finding { replay: String::new(), ..samples::bare(FindingKind::Hung) };
        assert_eq!(brief("a\nb", &bare), "something is wrong\nsweep a\\nb, plan none/succeed");
    }
}
