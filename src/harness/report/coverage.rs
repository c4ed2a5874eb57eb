//! Which requests of the code a sweep has failed: [`Coverage`].

use super::{Ranges, Report};
use crate::harness::plan::Strategy;

/// The greatest number of ranges that a text names.
const NAMED: usize = 6;

/// Which requests of the warm fault-free run a sweep has failed, and which of their sites.
///
/// A request is covered once a judged run has failed it first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Coverage {
    pub(crate) requests: Ranges,
    pub(crate) sites: Ranges,
}

impl Coverage {
    /// Returns the numbers of these requests.
    #[must_use]
    pub fn requests(&self) -> &Ranges {
        &self.requests
    }

    /// Returns the ordinals of these sites. Sites are numbered from 0, in the order of their first
    /// requests in the fault-free run.
    #[must_use]
    pub fn sites(&self) -> &Ranges {
        &self.sites
    }

    #[cfg(feature = "serde")]
    /// Adds the coverage of another shard of the same sweep.
    pub(super) fn unite(&mut self, other: &Self) {
        self.requests.union(&other.requests);
        self.sites.union(&other.sites);
    }
}

impl Report {
    /// Whether the text should say how much was skipped. It should not where the text says so
    /// already (nothing was failed), nor for a shard, whose rest is in other reports.
    pub(super) fn has_skipped(&self) -> bool {
        let Coverage { requests, .. } = &self.coverage;
        // Sites follow from requests. With several threads nobody knows them.
        let is_partial = requests.len() < self.requests;
        let is_whole = self.shard.is_none();
        is_partial && is_whole && !requests.is_empty() && !self.is_of_chosen_plans()
    }

    /// Whether the user chose the plans one by one, and so knows what they skip.
    fn is_of_chosen_plans(&self) -> bool {
        matches!(self.strategy.parse(), Ok(Strategy::Plans(_)))
    }

    /// Describes what was skipped, in one line.
    pub(super) fn describe_skipped(&self) -> Option<String> {
        if !self.has_skipped() {
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
