//! What a sweep tells a journal: [`Journal`], and the [`Event`]s from which the report is made.
//! This file does not know who keeps a journal, or in which file.
//!
//! Events come in the order in which they change the report. A sweep that gets the events of an
//! earlier sweep, cut off at any point, continues there and ends with the same report.

use crate::harness::oracle::{Finding, FindingKind};
use crate::harness::plan::SiteId;

/// Stores the events of a sweep.
pub(crate) trait Journal {
    /// Called once, before the first run under a plan. Returns the events of an earlier sweep with
    /// the same identity.
    ///
    /// # Errors
    /// One line, if the stored events are of another sweep or cannot be read.
    fn open(&mut self, sweep: &str, identity: &Identity) -> Result<Vec<Event>, String>;

    /// Stores an event.
    ///
    /// # Errors
    /// One line, if the event cannot be stored. This ends the sweep.
    fn append(&mut self, event: &Event) -> Result<(), String>;
}

/// What the events of a sweep depend on. They are only valid for a sweep with an equal identity.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Identity {
    /// Hash of the requests of the fault-free runs and of the plans, in hexadecimal digits.
    pub(crate) baseline: String,
    /// The share of the plans, as `k/n`, if the sweep does not run all.
    pub(crate) shard: Option<String>,
    /// Number of plans.
    pub(crate) plans: u64,
}

/// A change of the report. Cases are numbered by their place in the sweep's list of plans.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub(crate) enum Event {
    /// Cases `from..to` are clean. In `tolerated` of their runs a fault was tolerated.
    Clean { from: u64, to: u64, tolerated: u64 },
    /// This case shows these findings, which earlier cases have shown.
    Again { case: u64, tolerated: u64, keys: Vec<(FindingKind, Option<SiteId>)> },
    /// This case shows these findings, and earlier cases may have shown some of them. Without
    /// findings: the case was clean when it ran alone.
    Found { case: u64, tolerated: u64, findings: Vec<Finding> },
    /// This case, whose verdict is known, also shows these findings.
    Also { case: u64, findings: Vec<Finding> },
    /// The path at this place of the list given to `tolerate_in` has excused a run.
    Excused { path: u64 },
    /// Adds a note to the report.
    Note { text: String },
    /// These ways to make runs were used.
    Used(Used),
    /// A region with this reason for tolerance was entered; whether a fault was in it.
    Region { reason: String, was_hit: bool },
}

/// Which ways to make runs a sweep has used, for reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Used {
    pub(crate) workers: bool,
    /// The lowest request number at which a pass forked.
    pub(crate) passes_from: Option<u64>,
}

impl Used {
    /// Combines both.
    pub(crate) fn and(self, other: Self) -> Self {
        let passes_from = self.passes_from.into_iter().chain(other.passes_from).min();
        Self { workers: self.workers || other.workers, passes_from }
    }
}
