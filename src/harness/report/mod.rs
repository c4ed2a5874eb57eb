//! All facts of a sweep as one value, [`Report`], and the formats that write it.
//!
//! The sweep makes the value. It knows no processes. Each format is a file beside this one:
//!
//! - for people: `text` writes one report, `summary` a table of many, `markdown` a comment, `html`
//!   a page;
//! - for programs: `json`, described by `JSON_SCHEMA`. `file` reads and writes one file of it,
//!   `folder` reads a folder of files;
//! - for continuous integration: `junit`, `sarif` and `github`, which share `brief` and `location`.
//!
//! The parts of a report are values with a file each: `coverage` and its `ranges`, `profile` and
//! its `series`, `shard`, `origin`, `tolerance`. Three files work on finished reports: `known`
//! tells known findings from new ones, `merge` joins shards, `compare` tells what has changed. All
//! three, and every format, take from `sweep_id` which sweeps are the same, and how to name them.

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
mod sweep_id;
mod text;
mod tolerance;

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
pub(crate) use folder::FolderReader;
#[cfg(feature = "serde")]
pub use folder::read_folder;
#[cfg(feature = "cli")]
pub(crate) use github::{Fence, github_error};
#[cfg(feature = "formats")]
pub use github::{github_annotations, github_summary};
#[cfg(feature = "serde")]
pub use html::html;
#[cfg(feature = "serde")]
pub use json::{Document, FindingDocument, JSON_SCHEMA, KnownDocument, SCHEMA, Tool};
#[cfg(feature = "formats")]
pub use junit::junit;
pub(crate) use known::apply_known;
#[cfg(feature = "cli")]
pub(crate) use known::mark_known;
pub use known::{KnownFinding, KnownFindings};
pub use markdown::markdown;
#[cfg(feature = "serde")]
pub use merge::merge;
pub use origin::Origin;
#[cfg(feature = "cli")]
pub(crate) use origin::{binary_name, hash_of};
pub(crate) use origin::{is_libtest, sweep_name};
pub use profile::Profile;
pub use ranges::{ParseRangesError, Ranges};
#[cfg(feature = "formats")]
pub use sarif::sarif;
pub use series::{ParseSeriesError, Series};
pub use summary::summary;
pub(crate) use sweep_id::SweepId;
#[cfg(feature = "cli")]
pub(crate) use sweep_id::{Names, unnumbered};
pub(crate) use text::is_hidden;
pub(crate) use text::printable;
pub use tolerance::Tolerance;

use std::fmt;
use std::time::Duration;

use crate::harness::oracle::{Finding, Status};
use crate::harness::plan::{AfterFault, SiteId};

/// The words that mark a note on blocks that a cache keeps, as opposed to a leak.
pub(crate) const RETAINED: &str = ": retained ";
/// Returns the size that such a note names. A process leaves the same cache behind once, so the
/// sweep keeps one note for each size: that of the first plan.
pub(crate) fn retained_bytes(note: &str) -> Option<&str> {
    note.split_once(RETAINED)?.1.split(' ').next()
}

/// The greatest number of such notes in a report.
pub(crate) const MOST_RETAINED: usize = 8;

/// What one sweep found, and how far it went.
///
/// [`Display`](fmt::Display) writes the report for people, without a newline at the end. It is one
/// line if nothing was found. Each finding names the request that failed and the command that runs
/// it again.
///
/// With the feature `serde`, a report serialises as an element of `Document::reports`.
///
/// ```
/// use std::time::Duration;
///
/// use oom_sweep::report::Outcome;
/// use oom_sweep::{Cold, FaultAlloc, Isolation, OutOfMemory, Status, Sweep};
///
/// #[global_allocator]
/// static ALLOC: FaultAlloc = FaultAlloc::system();
///
/// /// Makes two requests. It returns `Ok` even when the second one fails.
/// fn fill() -> Result<(), OutOfMemory> {
///     let mut names: Vec<u64> = Vec::new();
///     names.try_reserve_exact(4).map_err(|_| OutOfMemory::new(32))?;
///     let mut cache: Vec<u64> = Vec::new();
///     let _ = cache.try_reserve_exact(8);
///     Ok(())
/// }
///
/// # fn main() {
/// let sweep = Sweep::new("fill").isolation(Isolation::InProcess);
/// let report = sweep.run(fill);
///
/// // The result.
/// assert_eq!(report.outcome(), Outcome::Fail);
/// assert!(!report.is_clean() && report.is_complete());
/// assert_eq!(report.error(), None);
/// assert!(report.to_string().starts_with("FAIL fill  2 requests, 2 sites, "));
///
/// // What was found.
/// assert_eq!((report.new_findings(), report.known_findings()), (1, 0));
/// assert_eq!(report.findings()[0].status(), Status::New);
///
/// // What was swept.
/// assert_eq!((report.name(), report.executor()), ("fill", "in-process"));
/// assert_eq!((report.strategy(), report.shard()), ("every-request", None));
/// assert_eq!(report.after().len(), 2); // `succeed` and `fail-all`
///
/// // How much of it was failed.
/// assert_eq!((report.requests(), report.sites()), (2, 2));
/// assert_eq!((report.plans(), report.runs()), (4, 4));
/// assert_eq!(report.coverage().requests().to_string(), "0-1");
/// assert!(matches!(report.cold(), Cold::SameAsWarm | Cold::NotSwept { .. }));
///
/// // What was tolerated, and the rest.
/// assert_eq!((report.tolerated(), report.tolerances()), (0, &[][..]));
/// report.notes().iter().for_each(|note| println!("{note}"));
/// let _: Duration = report.elapsed();
///
/// // Reports that are written as JSON have these, too.
/// let _ = (report.origin(), report.site_ids(), report.profile());
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize))] // it is serialised in `json`
#[must_use = "a report that nobody looks at cannot fail: call `assert_clean`"]
pub struct Report {
    pub(crate) name: String,
    pub(crate) executor: String,
    /// The text form of the strategy. A range of requests is part of it:
    /// `every-request in 100..200`.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) strategy: String,
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) after: Vec<AfterFault>,
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) shard: Option<Shard>,
    /// The number of armed requests of the warm fault-free run.
    pub(crate) requests: u64,
    /// The number of their sites.
    pub(crate) sites: u64,
    /// Their sites, in the order of their first requests. Empty unless they were asked for.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) site_ids: Vec<SiteId>,
    /// The stacks of these sites, and the site of each request. `None` unless asked for.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) profile: Option<Profile>,
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) coverage: Coverage,
    /// The number of plans of the strategy in this shard, cold ones included.
    pub(crate) plans: u64,
    /// The number of plans of all shards.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) all_plans: u64,
    /// The number of plans that ran and were judged.
    pub(crate) runs: u64,
    pub(crate) cold: Cold,
    /// The number of runs in which a fault was tolerated.
    pub(crate) tolerated: u64,
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) tolerances: Vec<Tolerance>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) notes: Vec<String>,
    /// Why the sweep tested nothing, if it did not.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) empty: Option<String>,
    /// The error that kept the harness from its work.
    pub(crate) error: Option<String>,
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) origin: Option<Origin>,
    #[cfg_attr(feature = "serde", serde(rename = "elapsed_ms", with = "json::millis"))]
    pub(crate) elapsed: Duration,
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) printed: Printed,
}

/// Whether the sweep has printed its report, as it does in a replay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Printed {
    #[default]
    No,
    Yes,
}

/// The result of a sweep in one word. The worst is the greatest.
///
/// [`Display`](fmt::Display) writes the word that the report starts with, such as `PASS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Outcome {
    /// Every plan ran, and there is no new finding.
    Pass,
    /// There is no new finding, but not every plan ran.
    Partial,
    /// There is no plan, so nothing was tested: [`Report::empty`] says why.
    Empty,
    /// There are new findings.
    Fail,
    /// The harness could not do its work: [`Report::error`] says why.
    Error,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "PASS",
            Self::Partial => "PARTIAL",
            Self::Empty => "EMPTY",
            Self::Fail => "FAIL",
            Self::Error => "ERROR",
        })
    }
}

/// Whether the sweep failed the requests of the first run in a process, which also runs first-use
/// code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Cold {
    /// The first run in a process makes the same requests as every later one.
    #[default]
    SameAsWarm,
    /// The first run makes other requests. The sweep failed each in a fresh process.
    Swept {
        /// The number of requests of the first run.
        requests: u64,
    },
    /// The sweep did not fail them.
    NotSwept {
        /// The reason.
        reason: String,
    },
}

impl Report {
    /// Makes the report of a sweep that left none because its process died.
    #[cfg(feature = "serde")]
    pub(crate) fn unfinished(name: String, origin: Option<Origin>) -> Self {
        let error =
            Some("the sweep did not end, because its process died: run it again".to_owned());
        Self { origin, error, ..Self::blank(name) }
    }

    /// Makes a report of nothing. Only the harness does: such a report reads as clean.
    pub(crate) fn blank(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            executor: String::new(),
            strategy: String::new(),
            after: Vec::new(),
            shard: None,
            requests: 0,
            sites: 0,
            site_ids: Vec::new(),
            profile: None,
            coverage: Coverage::default(),
            plans: 0,
            all_plans: 0,
            runs: 0,
            cold: Cold::default(),
            tolerated: 0,
            tolerances: Vec::new(),
            findings: Vec::new(),
            notes: Vec::new(),
            empty: None,
            error: None,
            origin: None,
            elapsed: Duration::ZERO,
            printed: Printed::default(),
        }
    }

    /// Returns the sweep's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns how the code was isolated: `in-process`, `worker` or `snapshot`.
    #[must_use]
    pub fn executor(&self) -> &str {
        &self.executor
    }

    /// Returns the text form of the [`Strategy`](crate::Strategy). A range of requests is part of
    /// it: `every-request in 100..200`.
    #[must_use]
    pub fn strategy(&self) -> &str {
        &self.strategy
    }

    /// Returns what requests after the first fault got. The sweep makes one pass for each.
    #[must_use]
    pub fn after(&self) -> &[AfterFault] {
        &self.after
    }

    /// Returns the share of the plans that this report covers, or `None` if it covers all.
    #[must_use]
    pub fn shard(&self) -> Option<Shard> {
        self.shard
    }

    /// Returns whether something was tested, and there is no new finding and no error of the
    /// harness.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.error.is_none() && self.empty.is_none() && self.new_findings() == 0
    }

    /// Returns whether every plan of the strategy ran.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.error.is_none() && self.runs == self.plans
    }

    /// Returns the result in one word.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match (self.is_clean(), self.is_complete()) {
            _ if self.error.is_some() => Outcome::Error,
            _ if self.new_findings() > 0 => Outcome::Fail,
            (false, _) => Outcome::Empty,
            (true, false) => Outcome::Partial,
            (true, true) => Outcome::Pass,
        }
    }

    /// Returns why the sweep tested nothing. `None` if it did test something, and if
    /// [`Sweep::allow_empty`](crate::Sweep::allow_empty) accepts that.
    #[must_use]
    pub fn empty(&self) -> Option<&str> {
        self.empty.as_deref()
    }

    /// Returns every finding, the most severe first.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Returns the number of findings that make the sweep fail.
    #[must_use]
    pub fn new_findings(&self) -> usize {
        self.count(Status::New)
    }

    /// Returns the number of findings that a file of known findings lists.
    #[must_use]
    pub fn known_findings(&self) -> usize {
        self.count(Status::Known)
    }

    fn count(&self, status: Status) -> usize {
        self.findings.iter().filter(|finding| finding.status() == status).count()
    }

    /// Returns the error that kept the harness from its work, with what to do about it.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Returns the number of requests that the code makes without faults.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// Returns the number of sites of these requests.
    #[must_use]
    pub fn sites(&self) -> u64 {
        self.sites
    }

    /// Returns these sites, in the order of their first requests. Empty unless the report is to be
    /// written as JSON.
    #[must_use]
    pub fn site_ids(&self) -> &[SiteId] {
        &self.site_ids
    }

    /// Returns the size and the call stack of each of these requests. `None` unless the report is
    /// to be written as JSON.
    #[must_use]
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
    }

    /// Returns which of these requests were failed.
    #[must_use]
    pub fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// Returns the number of plans that ran and were judged. Fault-free runs, retries and replays
    /// do not count.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.runs
    }

    /// Returns the number of plans of the strategy, in this shard.
    #[must_use]
    pub fn plans(&self) -> u64 {
        self.plans
    }

    /// Returns the number of plans of the strategy in all shards.
    #[must_use]
    pub fn all_plans(&self) -> u64 {
        self.all_plans
    }

    /// Returns whether the sweep failed the requests of first-use code.
    #[must_use]
    pub fn cold(&self) -> &Cold {
        &self.cold
    }

    /// Returns the number of runs in which a fault was tolerated.
    #[must_use]
    pub fn tolerated(&self) -> u64 {
        self.tolerated
    }

    /// Returns what the sweep was told to tolerate, and whether it had to.
    #[must_use]
    pub fn tolerances(&self) -> &[Tolerance] {
        &self.tolerances
    }

    /// Returns the code that was swept, if it is known.
    #[must_use]
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// Returns the notes: what a reader should know but need not act on.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Returns how long the sweep took.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Panics unless the report [is clean](Self::is_clean). Prints a clean report to standard error
    /// if it is not complete.
    ///
    /// # Panics
    /// If the report is not clean. The message is the whole report. A replay has printed it already;
    /// then the message says so.
    #[track_caller]
    pub fn assert_clean(&self) {
        match self.printed {
            Printed::No => assert!(self.is_clean(), "\n{self}"),
            Printed::Yes => {
                let name = printable(&self.name);
                assert!(self.is_clean(), "the report of {name} above is not clean");
            }
        }
        if !self.is_complete() {
            eprintln!("{self}");
        }
    }
}
