//! Each kind of finding as a SARIF rule, with its help.
//!
//! The texts are the guide's, `guide::kinds`: a kind's summary describes it, its page is the help.

use serde_json::{Value, json};

use crate::guide::kinds;
use crate::harness::oracle::FindingKind;
use crate::harness::report::text::explain;

/// Returns a rule for every kind, also for kinds that did not occur.
pub(super) fn all() -> Vec<Value> {
    FindingKind::ALL.map(rule).to_vec()
}

/// Returns the index of a kind's rule in [`all`]. SARIF writes -1 for none.
pub(super) fn index(kind: FindingKind) -> i64 {
    let index = FindingKind::ALL.iter().position(|&other| other == kind);
    index.and_then(|index| i64::try_from(index).ok()).unwrap_or(-1)
}

fn rule(kind: FindingKind) -> Value {
    let summary = kinds::summary(kind);
    let help = format!("{summary}\nMore: {}", explain([kind]));
    json!({
        "id": kind.to_string(),
        "name": kind.to_string(),
        "shortDescription": { "text": summary },
        "fullDescription": { "text": summary },
        "help": { "text": help, "markdown": kinds::page(kind) },
        "defaultConfiguration": { "level": "error" },
        "properties": { "tags": ["reliability", "out-of-memory"], "precision": "very-high" },
    })
}
