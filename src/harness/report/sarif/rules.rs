//! Each kind of finding as a SARIF rule, with its help.
//!
//! The texts are the guide's, `guide::kinds`: a kind's summary describes it, its page is the help.

use std::collections::BTreeMap;

use serde_json::json;
use serde_sarif::sarif::{
    MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor,
};

use crate::guide::kinds;
use crate::harness::oracle::FindingKind;
use crate::harness::report::text::explain;

/// Returns a rule for every kind, also for kinds that did not occur.
pub(super) fn all() -> Vec<ReportingDescriptor> {
    FindingKind::ALL.map(rule).to_vec()
}

/// Returns the index of a kind's rule in [`all`]. SARIF writes -1 for none.
pub(super) fn index(kind: FindingKind) -> i64 {
    let index = FindingKind::ALL.iter().position(|&other| other == kind);
    index.and_then(|index| i64::try_from(index).ok()).unwrap_or(-1)
}

fn rule(kind: FindingKind) -> ReportingDescriptor {
    let summary = kinds::summary(kind);
    let help = MultiformatMessageString::builder()
        .text(format!("{summary}\nMore: {}", explain([kind])))
        .markdown(kinds::page(kind));
    let properties = PropertyBag::builder()
        .tags(vec!["reliability".to_owned(), "out-of-memory".to_owned()])
        .additional_properties(BTreeMap::from([("precision".to_owned(), json!("very-high"))]));
    ReportingDescriptor::builder()
        .id(kind.to_string())
        .name(kind.to_string())
        .short_description(text(&summary))
        .full_description(text(&summary))
        .help(help.build())
        .default_configuration(ReportingConfiguration::builder().level(json!("error")).build())
        .properties(properties.build())
        .build()
}

fn text(text: &str) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text).build()
}
