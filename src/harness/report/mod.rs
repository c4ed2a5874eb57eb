//! All of a sweep's facts as one value: [`Report`].
//!
//! It is made by the sweep, knows no processes, and is written out by the files beside this
//! one, a format each: `text` for people, a report each; `summary` for people, many reports in
//! a table; `markdown` for people, in a comment; `json` for programs, described by `JSON_SCHEMA`;
//! `file` reads and writes that, `folder` many of it. What continuous integration shows are
//! `junit`, `sarif` and `github`; `brief` and `location` are what these have in common. `html` is a
//! page to look at.
//!
//! Its parts are values with a file each: `coverage` and the `ranges` that it is made of,
//! `profile` and its `series`, `shard`, `origin`, `tolerance`. What is made of finished reports:
//! `known` tells old findings from new ones, `merge` joins shards, `compare` tells what has
//! changed.

#[cfg(feature = "formats")]
mod brief;
mod compare;
mod coverage;
#[cfg(feature = "serde")]
mod file;
#[cfg(feature = "serde")]
mod folder;
#[cfg(feature = "formats")]
mod github;
#[cfg(feature = "serde")]
mod html;
#[cfg(feature = "serde")]
mod json;
#[cfg(feature = "formats")]
mod junit;
mod known;
#[cfg(feature = "formats")]
mod location;
mod markdown;
#[cfg(feature = "serde")]
mod merge;
mod origin;
#[cfg(feature = "serde")]
mod place;
mod profile;
mod ranges;
#[cfg(feature = "formats")]
mod sarif;
mod series;
mod summary;
mod text;
mod tolerance;
#[cfg(not(feature = "serde"))]
mod without_serde;

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod snapshots;

pub use crate::harness::plan::{ParseShardError, Shard};
pub use compare::Comparison;
pub use coverage::Coverage;
#[cfg(feature = "subjects")]
pub(crate) use file::finding_in;
#[cfg(feature = "serde")]
pub use file::read_finding;
#[cfg(feature = "cli")]
pub(crate) use file::{Staged, describe_choice, write_text};
#[cfg(feature = "serde")]
pub(crate) use folder::Entry;
#[cfg(feature = "cli")]
pub(crate) use folder::Gathering;
#[cfg(feature = "serde")]
pub use folder::read_folder;
#[cfg(feature = "cli")]
pub(crate) use github::github_trouble;
#[cfg(feature = "formats")]
pub use github::{github_annotations, github_summary};
#[cfg(feature = "serde")]
pub use html::html;
#[cfg(feature = "serde")]
pub use json::{Document, FindingDocument, JSON_SCHEMA, KnownDocument, SCHEMA, Tool};
#[cfg(feature = "formats")]
pub use junit::junit;
pub(crate) use known::apply_known;
pub use known::{KnownFinding, KnownFindings};
#[cfg(feature = "cli")]
pub(crate) use known::{mark_known, unnumbered};
pub use markdown::markdown;
#[cfg(feature = "serde")]
pub use merge::merge;
pub use origin::Origin;
#[cfg(feature = "cli")]
pub(crate) use origin::binary_name;
pub use profile::Profile;
pub use ranges::{ParseRangesError, Ranges};
#[cfg(feature = "formats")]
pub use sarif::sarif;
pub use series::{ParseSeriesError, Series};
pub use summary::summary;
pub use tolerance::Tolerance;
#[cfg(not(feature = "serde"))]
pub(crate) use without_serde::Entry;

use std::fmt;
use std::time::Duration;

use crate::harness::oracle::{Finding, Status};
use crate::harness::plan::{AfterFault, SiteId};

/// What stands in notes on blocks that are a cache rather than a leak.
pub(crate) const RETAINED: &str = ": retained ";
/// The size that such a note is about. A process leaves the same cache behind once, so notes of
/// one size are one: that of the first plan.
pub(crate) fn retained_bytes(note: &str) -> Option<&str> {
    note.split_once(RETAINED)?.1.split(' ').next()
}

/// How many of these notes a report has at most.
pub(crate) const MOST_RETAINED: usize = 8;

/// What one sweep found, and how far it went.
///
/// [`Display`](fmt::Display) is the report for people, without a newline at the end: one line
/// if nothing was found. Each finding says what to look at and which command shows it again.
///
/// With the feature `serde` it is serialised as the elements of `Document::reports` are.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize))] // it is serialised in `json`
pub struct Report {
    pub(crate) name: String,
    pub(crate) executor: String,
    /// The text form of the strategy; one that is restricted to a range of requests is another
    /// text: `every-request in 100..200`.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) strategy: String,
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) after: Vec<AfterFault>,
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) shard: Option<Shard>,
    /// Armed requests of the fault-free run, when warm.
    pub(crate) requests: u64,
    /// Distinct call stacks that these came from.
    pub(crate) sites: u64,
    /// Which these are, in the order of their first requests; none if nobody asked.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) site_ids: Vec<SiteId>,
    /// Their stacks, and which request is of which; none if nobody asked.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) profile: Option<Profile>,
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) coverage: Coverage,
    /// Plans that the strategy asked for, cold ones included.
    pub(crate) plans: u64,
    /// Plans that ran and were judged.
    pub(crate) runs: u64,
    pub(crate) cold: Cold,
    /// Runs in which a fault was tolerated.
    pub(crate) tolerated: u64,
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) tolerances: Vec<Tolerance>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) notes: Vec<String>,
    /// The harness's own trouble.
    pub(crate) error: Option<String>,
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) origin: Option<Origin>,
    #[cfg_attr(feature = "serde", serde(rename = "elapsed_ms", with = "json::millis"))]
    pub(crate) elapsed: Duration,
}

/// What a sweep came to, in a word; the worst is the greatest.
///
/// [`Display`](fmt::Display) is the word that the report opens with, such as `PASS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Outcome {
    /// Every plan ran, and there is no new finding.
    Pass,
    /// There is no new finding, but not every plan ran.
    Partial,
    /// There are new findings.
    Fail,
    /// The harness could not do its work.
    Error,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "PASS",
            Self::Partial => "PARTIAL",
            Self::Fail => "FAIL",
            Self::Error => "ERROR",
        })
    }
}

/// Whether first-use code was swept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Cold {
    /// The first run in a process makes the requests of every other one.
    #[default]
    SameAsWarm,
    /// The first run makes other requests, this many; each was failed in a fresh process.
    Swept {
        /// Requests of the first run.
        requests: u64,
    },
    /// It was not, for this reason.
    NotSwept {
        /// Why.
        reason: String,
    },
}

impl Report {
    /// What stands for a sweep that left none.
    #[cfg(feature = "cli")]
    pub(crate) fn unended(name: &str) -> Self {
        let error = Some("it never ended, for its process died: sweep it again".to_owned());
        Self { name: name.to_owned(), error, ..Self::default() }
    }

    /// The sweep's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the code was isolated: `in-process`, `worker` or `snapshot`.
    #[must_use]
    pub fn executor(&self) -> &str {
        &self.executor
    }

    /// Which plans were to be run: the text form of the [`Strategy`](crate::Strategy), with the
    /// range of requests that it was restricted to, as in `every-request in 100..200`.
    #[must_use]
    pub fn strategy(&self) -> &str {
        &self.strategy
    }

    /// What requests after the first fault got, a pass each.
    #[must_use]
    pub fn after(&self) -> &[AfterFault] {
        &self.after
    }

    /// Which share of the plans it is about, if not of all.
    #[must_use]
    pub fn shard(&self) -> Option<Shard> {
        self.shard
    }

    /// Whether there is no new finding, and the harness itself had no trouble.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.error.is_none() && self.new_findings() == 0
    }

    /// Whether every plan of the strategy ran.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.error.is_none() && self.runs == self.plans
    }

    /// The report in a word.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match (self.is_clean(), self.is_complete()) {
            _ if self.error.is_some() => Outcome::Error,
            (false, _) => Outcome::Fail,
            (true, false) => Outcome::Partial,
            (true, true) => Outcome::Pass,
        }
    }

    /// Every finding, the most severe first.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Number of findings that make the sweep fail.
    #[must_use]
    pub fn new_findings(&self) -> usize {
        self.count(Status::New)
    }

    /// Number of findings that a known file lists.
    #[must_use]
    pub fn known_findings(&self) -> usize {
        self.count(Status::Known)
    }

    fn count(&self, status: Status) -> usize {
        self.findings.iter().filter(|finding| finding.status() == status).count()
    }

    /// What kept the harness from doing its work, with what to do about it.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Requests that the code makes when nothing fails.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// Distinct call stacks that these requests come from.
    #[must_use]
    pub fn sites(&self) -> u64 {
        self.sites
    }

    /// The identities of these call stacks, in the order of their first requests. Empty unless
    /// the report was made to be written as JSON.
    #[must_use]
    pub fn site_ids(&self) -> &[SiteId] {
        &self.site_ids
    }

    /// What each of these requests asks for, and the stacks that they come from; under the same
    /// condition.
    #[must_use]
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
    }

    /// How much of these requests was failed.
    #[must_use]
    pub fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// Plans that were run and judged; baselines, retries and replays do not count.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.runs
    }

    /// Plans that the strategy asked for.
    #[must_use]
    pub fn plans(&self) -> u64 {
        self.plans
    }

    /// Whether first-use code was swept.
    #[must_use]
    pub fn cold(&self) -> &Cold {
        &self.cold
    }

    /// Runs in which a fault was tolerated.
    #[must_use]
    pub fn tolerated(&self) -> u64 {
        self.tolerated
    }

    /// What was declared to be tolerated, and whether it had to be.
    #[must_use]
    pub fn tolerances(&self) -> &[Tolerance] {
        &self.tolerances
    }

    /// What code was swept, if that is known.
    #[must_use]
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// What a reader should know, but need not act on.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// How long the sweep took.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Passes if [`is_clean`](Self::is_clean); what is not complete is printed as `PARTIAL`.
    ///
    /// # Panics
    /// If it is not clean, with the whole report.
    #[track_caller]
    pub fn assert_clean(&self) {
        assert!(self.is_clean(), "\n{self}");
        if !self.is_complete() {
            eprintln!("{self}");
        }
    }
}
