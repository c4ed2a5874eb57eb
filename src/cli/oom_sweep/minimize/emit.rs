//! Writes a finding as a test, ready to be pasted: it replays the input under its plan, and passes
//! when the code is repaired.

use std::path::Path;

use super::judge::{Judge, Shown};
use crate::fuzzing::Target;

/// The test reads longer inputs from their file.
const MOST_INLINE: usize = 1024;

/// Writes the test. `table` is the program's list of targets, `file` is the file of the input.
pub(super) fn test(
    judge: &Judge<'_>,
    shown: &Shown,
    name: &str,
    file: &Path,
    target: &Target,
    table: &[Target],
) -> String {
    let Shown { bytes, plan, .. } = shown;
    let (kind, place) = (judge.kind, judge.place());
    let (target, function) = (target.name(), name.replace('-', "_"));
    let table = if is_ours(table) { "oom_sweep::targets::TABLE" } else { "crate::TARGETS" };
    let input = match bytes.len() {
        ..=MOST_INLINE => format!("b\"{}\"", bytes.escape_ascii()),
        _ => format!("&std::fs::read({:?}).unwrap()", file.display().to_string()),
    };
    format!(
        "\
/// {kind}{place}.
#[test]
fn {function}() {{
    let target = {table}.iter().find(|target| target.name() == \"{target}\").unwrap();
    let plans = vec![\"{plan}\".parse().unwrap()];
    let sweep = oom_sweep::Sweep::new(\"{target}/{name}\");
    let sweep = sweep.strategy(oom_sweep::Strategy::Plans(plans));
    target.sweep({input}, sweep).unwrap().assert_clean();
}}"
    )
}

/// Whether these are the targets of this crate.
#[cfg(feature = "subjects")]
fn is_ours(table: &[Target]) -> bool {
    let ours = crate::subjects::drivers::TABLE;
    table.iter().map(Target::name).eq(ours.iter().map(Target::name))
}

#[cfg(not(feature = "subjects"))]
fn is_ours(_: &[Target]) -> bool {
    false
}
