//! What a sweep tells whoever keeps its journal: [`Journal`], and the [`Event`]s that its report
//! is made of. Who keeps one, and in what file, is not known here.
//!
//! Events come in the order in which they shape the report. A sweep that is handed those of an
//! earlier one, cut short anywhere, begins where that one ended, and ends in the same report.

use crate::harness::oracle::{Finding, FindingKind};
use crate::harness::plan::SiteId;

/// Takes down events as they fall.
pub(crate) trait Journal {
    /// Called once, before the first run under a plan. Gives the events of an earlier sweep of
    /// the same identity.
    ///
    /// # Errors
    /// In one line, if what is kept is of another sweep or cannot be read.
    fn open(&mut self, sweep: &str, identity: &Identity) -> Result<Vec<Event>, String>;

    /// Takes an event down.
    ///
    /// # Errors
    /// In one line, if it cannot be kept: the sweep ends there.
    fn append(&mut self, event: &Event) -> Result<(), String>;
}

/// What the events of a sweep rest on: they mean nothing to a sweep with another.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Identity {
    /// Hash of the requests of the fault-free runs and of the plans, in hexadecimal digits.
    pub(crate) baseline: String,
    /// The share of the plans that is run, as `k/n`, if it is not all.
    pub(crate) shard: Option<String>,
    /// Number of plans.
    pub(crate) plans: u64,
}

/// Something that the report of a sweep is made of. Orders are numbered by their place in the
/// sweep's list of plans.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub(crate) enum Event {
    /// Orders `from..to` were judged clean; `tolerated` of their runs met a tolerated fault.
    Clean { from: u64, to: u64, tolerated: u64 },
    /// An order was judged: it shows these findings, known from an earlier order.
    Again { case: u64, tolerated: u64, keys: Vec<(FindingKind, Option<SiteId>)> },
    /// An order was judged: it shows these findings, some perhaps known from an earlier order.
    /// Without any, it was clean when alone.
    Found { case: u64, tolerated: u64, findings: Vec<Finding> },
    /// The report has this note.
    Note { text: String },
    /// Runs are made in these ways.
    Used(Used),
    /// A region tolerated for this reason was passed; whether a fault fell into it.
    Region { reason: String, was_hit: bool },
}

/// Of several ways to make runs, which have been used: for reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Used {
    pub(crate) workers: bool,
    /// The first request that was forked at, as far as numbers tell.
    pub(crate) passes_from: Option<u64>,
}

impl Used {
    /// Both together.
    pub(crate) fn and(self, other: Self) -> Self {
        let passes_from = self.passes_from.into_iter().chain(other.passes_from).min();
        Self { workers: self.workers || other.workers, passes_from }
    }
}
