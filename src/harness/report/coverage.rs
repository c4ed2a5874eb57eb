//! How much of the code's requests a sweep has failed: [`Coverage`].

use super::{Ranges, Report};
use crate::harness::plan::Strategy;

/// Ranges of requests that are named in a text.
const NAMED: usize = 6;

/// Which requests of the warm fault-free run a sweep has failed, and which of their sites.
///
/// A request is covered once it was the first to fail in a run that was judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Coverage {
    pub(crate) requests: Ranges,
    pub(crate) sites: Ranges,
}

impl Coverage {
    /// The numbers of these requests.
    #[must_use]
    pub fn requests(&self) -> &Ranges {
        &self.requests
    }

    /// The ordinals of these sites: the fault-free run's call stacks are numbered from 0, in
    /// the order of their first requests.
    #[must_use]
    pub fn sites(&self) -> &Ranges {
        &self.sites
    }

    #[cfg(feature = "serde")]
    /// Adds what another part of the same sweep has failed.
    pub(super) fn unite(&mut self, other: &Self) {
        self.requests.union(&other.requests);
        self.sites.union(&other.sites);
    }
}

impl Report {
    /// Whether something is known to be left out, so that a reader should be told how much. A
    /// sweep that failed nothing has said so otherwise, and of a shard the rest is elsewhere.
    pub(super) fn is_coverage_telling(&self) -> bool {
        let Coverage { requests, sites } = &self.coverage;
        let is_partial = requests.len() < self.requests || sites.len() < self.sites;
        let is_whole = self.shard.is_none();
        is_partial && is_whole && !requests.is_empty() && !self.is_of_chosen_plans()
    }

    /// Whether somebody asked for some plans alone, and knows what they leave out.
    fn is_of_chosen_plans(&self) -> bool {
        matches!(self.strategy.parse(), Ok(Strategy::Plans(_)))
    }

    /// What was left out, in a line.
    pub(super) fn describe_skipped(&self) -> Option<String> {
        if !self.is_coverage_telling() {
            return None;
        }
        let requests = self.coverage.requests.missing_below(self.requests);
        let sites = self.coverage.sites.missing_below(self.sites);
        let requests_named = requests.in_short(NAMED);
        let of_sites = match sites.len() {
            0 => "every site was failed".to_owned(),
            1 => "1 site was never failed".to_owned(),
            many => format!("{many} sites were never failed"),
        };
        let ids: Vec<_> = sites
            .iter()
            .take(NAMED)
            .filter_map(|site| self.site_ids.get(usize::try_from(site).ok()?))
            .map(ToString::to_string)
            .collect();
        let ids = match (ids.len(), sites.len() > NAMED as u64) {
            (0, _) => String::new(),
            (_, false) => format!(" ({})", ids.join(", ")),
            (_, true) => format!(" ({}, …)", ids.join(", ")),
        };
        let strategy = match &*self.strategy {
            "" => String::new(),
            strategy => format!(", under {strategy}"),
        };
        let count = match requests.len() {
            1 => "1 request".to_owned(),
            many => format!("{many} requests"),
        };
        Some(format!("skipped: {count} ({requests_named}){strategy}; {of_sites}{ids}"))
    }
}
