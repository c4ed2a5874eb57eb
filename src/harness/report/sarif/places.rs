//! Frames of a call stack as SARIF's locations.
//!
//! Files of the workspace are relative to it. Files of std, and of crates that Cargo has fetched,
//! are relative to a base of their own, which no reader can resolve, so readers show their names.
//! The document leaves out any other file, since its path would name a machine.

use std::collections::BTreeMap;
use std::path::Path;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_sarif::sarif::{
    ArtifactLocation, Location, LogicalLocation, Message, PhysicalLocation, Region,
};

use super::super::location::{below, line_of};
use super::super::text::place_of_library;
use crate::harness::oracle::Frame;

/// The base that readers take for the checkout.
pub(super) const WORKSPACE: &str = "%SRCROOT%";
const LIBRARIES: &str = "%LIBRARIES%";

/// Characters that a URI's path may contain unescaped.
const IN_PATHS: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Describes the bases.
pub(super) fn bases() -> BTreeMap<String, ArtifactLocation> {
    let described = [
        (WORKSPACE, "The workspace of the code that was swept."),
        (LIBRARIES, "The sources of std, and of the crates that Cargo has fetched."),
    ];
    let base = |(id, text): (&str, &str)| {
        let description = Message::from(text);
        (id.to_owned(), ArtifactLocation::builder().description(description).build())
    };
    described.map(base).into()
}

/// Returns the place of a frame. For some frames it is only the function.
pub(super) fn of_frame(frame: &Frame, root: &Path) -> Location {
    let mut location = of_function(&frame.function);
    location.physical_location = physical(frame, root);
    location
}

fn of_function(function: &str) -> Location {
    let function = LogicalLocation::builder().fully_qualified_name(function).kind("function");
    Location::builder().logical_locations(vec![function.build()]).build()
}

fn physical(frame: &Frame, root: &Path) -> Option<PhysicalLocation> {
    let file = frame.file.as_deref()?;
    let of_workspace = || below(file, root).map(|path| (path, WORKSPACE));
    let (path, base) =
        of_workspace().or_else(|| place_of_library(file).map(|path| (path, LIBRARIES)))?;
    Some(in_file(&path, base, line_of(frame)))
}

/// Without a line it is line 1: GitHub requires one.
pub(super) fn in_file(path: &str, base: &str, line: Option<u32>) -> PhysicalLocation {
    let uri = utf8_percent_encode(path, IN_PATHS).to_string();
    PhysicalLocation::builder()
        .artifact_location(ArtifactLocation::builder().uri(uri).uri_base_id(base).build())
        .region(Region::builder().start_line(i64::from(line.unwrap_or(1))).build())
        .build()
}
