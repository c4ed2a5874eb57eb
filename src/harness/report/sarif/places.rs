//! Frames of a call stack as SARIF's locations.
//!
//! Files of the workspace are relative to it. Files of std, and of crates that Cargo has fetched,
//! are relative to a base of their own, which no reader can resolve, so readers show their names.
//! The document leaves out any other file, since its path would name a machine.

use std::path::Path;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::super::location::{below, line_of};
use super::super::text::{place_of_library, printable};
use crate::harness::oracle::Frame;

/// The base that readers take for the checkout.
pub(super) const WORKSPACE: &str = "%SRCROOT%";
const LIBRARIES: &str = "%LIBRARIES%";

/// Characters that a URI's path may contain unescaped.
const IN_PATHS: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Describes the bases.
pub(super) fn bases() -> Value {
    let base = |text: &str| json!({ "description": { "text": text } });
    json!({
        WORKSPACE: base("The workspace of the code that was swept."),
        LIBRARIES: base("The sources of std, and of the crates that Cargo has fetched."),
    })
}

/// Returns the place of a frame. For some frames it is only the function.
pub(super) fn of_frame(frame: &Frame, root: &Path) -> Value {
    let function = json!({ "fullyQualifiedName": printable(&frame.function), "kind": "function" });
    let mut location = json!({ "logicalLocations": [function] });
    if let Some(place) = physical(frame, root) {
        location["physicalLocation"] = place;
    }
    location
}

fn physical(frame: &Frame, root: &Path) -> Option<Value> {
    let file = frame.file.as_deref()?;
    let of_workspace = || below(file, root).map(|path| (path, WORKSPACE));
    let (path, base) =
        of_workspace().or_else(|| place_of_library(file).map(|path| (path, LIBRARIES)))?;
    Some(in_file(&path, base, line_of(frame)))
}

/// Without a line it is line 1: GitHub requires one.
pub(super) fn in_file(path: &str, base: &str, line: Option<u32>) -> Value {
    let uri = utf8_percent_encode(path, IN_PATHS).to_string();
    json!({
        "artifactLocation": { "uri": uri, "uriBaseId": base },
        "region": { "startLine": line.unwrap_or(1) },
    })
}
