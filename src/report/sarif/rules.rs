//! Each kind of finding as a SARIF rule, with its help.
//!
//! The help is what fits beside a line of code: what it means and what usually repairs it. There
//! is more in `oom-sweep explain`.

use std::collections::BTreeMap;

use serde_json::json;
use serde_sarif::sarif::{
    MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor,
};

use crate::oracle::FindingKind;

/// A rule for every kind, those that never occurred too.
pub(super) fn all() -> Vec<ReportingDescriptor> {
    FindingKind::ALL.map(rule).to_vec()
}

/// The place of a kind's rule among [`all`]; -1 is SARIF's word for none.
pub(super) fn index(kind: FindingKind) -> i64 {
    let index = FindingKind::ALL.iter().position(|&other| other == kind);
    index.and_then(|index| i64::try_from(index).ok()).unwrap_or(-1)
}

fn rule(kind: FindingKind) -> ReportingDescriptor {
    let (meaning, repair) = explain(kind);
    let help = format!("{meaning} {repair}\nMore: oom-sweep explain {kind}");
    let markdown = format!("{meaning}\n\n{repair}\n\nMore: `oom-sweep explain {kind}`");
    let help = MultiformatMessageString::builder().text(help).markdown(markdown);
    let properties = PropertyBag::builder()
        .tags(vec!["reliability".to_owned(), "out-of-memory".to_owned()])
        .additional_properties(BTreeMap::from([("precision".to_owned(), json!("very-high"))]));
    ReportingDescriptor::builder()
        .id(kind.to_string())
        .name(kind.to_string())
        .short_description(text(meaning))
        .full_description(text(&format!("{meaning} {repair}")))
        .help(help.build())
        .default_configuration(ReportingConfiguration::builder().level(json!("error")).build())
        .properties(properties.build())
        .build()
}

fn text(text: &str) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text).build()
}

/// What a kind means, in a sentence, and what usually repairs it.
fn explain(kind: FindingKind) -> (&'static str, &'static str) {
    match kind {
        FindingKind::NotInstalled => (
            "The binary's global allocator is not FaultAlloc, so nothing was failed.",
            "Declare `#[global_allocator] static ALLOC: FaultAlloc = FaultAlloc::system();` in the \
             test's binary.",
        ),
        FindingKind::Crashed => (
            "A failed allocation led to a segmentation fault, a bus error, an illegal instruction \
             or a stack overflow.",
            "Look for a null pointer that is used unchecked, and for state that was already \
             changed when the allocation failed.",
        ),
        FindingKind::CorruptedBlock => (
            "After a failed allocation a block was written past its end or after its free.",
            "Look for a length or a capacity that was raised before the memory was there.",
        ),
        FindingKind::InvalidFree => (
            "After a failed allocation a block was freed twice, inside, or with another layout.",
            "Look for an error path that frees what its owner frees again, and for a capacity that \
             was changed before the reallocation succeeded.",
        ),
        FindingKind::Aborted => (
            "The process aborted when an allocation failed.",
            "Replace the call that cannot report it by one that can, such as `try_reserve` before \
             `push`.",
        ),
        FindingKind::Panicked => (
            "The code panicked when an allocation failed.",
            "Pass the error on with `?` in place of `unwrap` or `expect`, and check what the error \
             path takes for granted.",
        ),
        FindingKind::Hung => (
            "The code did not end when an allocation failed.",
            "Look for a loop that tries again until the allocation succeeds, and for a lock that \
             the error path keeps.",
        ),
        FindingKind::Nondeterministic => (
            "Runs without faults do not make the same requests, so that their numbers mean nothing.",
            "Fix the seeds of hash maps and random numbers, and create threads and caches in the \
             set-up.",
        ),
        FindingKind::Inconsistent => (
            "After a failed allocation the state does not pass its own check.",
            "Allocate all that an operation needs before it changes anything, or undo what it \
             changed.",
        ),
        FindingKind::PartialUpdate => (
            "The operation failed for want of memory, and yet the state changed.",
            "Reserve first and change afterwards, or roll back on the way out.",
        ),
        FindingKind::SwallowedOom => (
            "An allocation failed, and yet the code returned Ok.",
            "Return the error; if the code may do without that memory, say so with `tolerate`.",
        ),
        FindingKind::Diverged => (
            "An allocation failed, and the code returned Ok with another result than without the \
             failure.",
            "Return the error, or make the way without that memory reach the same state.",
        ),
        FindingKind::NotRecovered => (
            "After a failed allocation the operation does not succeed when there is memory again, \
             or ends in another state.",
            "Look for what the failed attempt left behind: a flag, an entry, a length.",
        ),
        FindingKind::WrongError => (
            "An allocation failed, and the code returned an error that does not say so.",
            "Keep the cause when errors are converted, or tell the sweep which errors mean it.",
        ),
        FindingKind::SpuriousError => (
            "The code failed although no allocation did.",
            "Look for state that outlives a run, such as a static that an earlier failure left \
             half made.",
        ),
        FindingKind::AllocatedAfterFault => (
            "The code allocated again after a failed allocation, on a path that must not.",
            "Build errors without allocating, and reserve beforehand what cleaning up needs.",
        ),
        FindingKind::Leaked => (
            "After a failed allocation blocks were left when everything was dropped.",
            "Give each block an owner before the next request, so that `?` drops it.",
        ),
        FindingKind::WrongSize => (
            "The error names another size than the allocation that failed.",
            "Take the size from the layout that was asked for.",
        ),
    }
}
