//! Stands in for reading and writing files of JSON in a build without the feature `serde`. Each
//! call returns an error that says so.

use std::path::Path;

use super::{KnownFindings, Report, Shard};

/// A sweep's files in a folder: never made here.
#[derive(Debug)]
pub(crate) enum Entry {}

impl Entry {
    /// # Errors
    /// Always: it says which feature to turn on.
    pub(crate) fn begin(_: &Path, _: &str, _: Option<Shard>) -> Result<Self, String> {
        Err("to write reports, turn on the feature `serde` of oom-sweep".to_owned())
    }

    pub(crate) fn name(&self) -> &str {
        match *self {}
    }

    pub(crate) fn finish(self, _: &Report) -> Result<(), String> {
        match self {}
    }
}

impl KnownFindings {
    /// # Errors
    /// Always: it says which feature to turn on.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let path = path.display();
        Err(format!("{path}: to read known findings, turn on the feature `serde` of oom-sweep"))
    }
}
