//! Where the requests of the fault-free run come from, and their sizes: [`Profile`].
//!
//! The HTML page draws all requests from it, those without findings too. It contains no plan and no
//! verdict. Each frame is stored once, and a request takes a few characters.

use std::collections::HashMap;

use super::Series;
use crate::harness::oracle::Frame;

/// The greatest number of requests that a profile describes: a few megabytes of JSON.
const MOST: usize = 1 << 18;

/// The requests of the warm fault-free run: their sizes and their call stacks.
///
/// A profile of a very long run describes its first requests. If several threads make the requests,
/// the order is that of one run.
///
/// ```
/// use oom_sweep::report::Profile;
///
/// // Reports that are written as JSON have a filled one: see `Report::profile`.
/// let profile = Profile::default();
/// assert_eq!((profile.stacks(), profile.stack(0).count()), (0, 0));
/// assert!(profile.sites().is_empty() && profile.sizes().is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Profile {
    /// Every frame of the stacks, once.
    frames: Vec<Frame>,
    /// For each site, the indices of its frames.
    stacks: Vec<Series>,
    /// For each request, the ordinal of its site.
    sites: Series,
    /// For each request, its size.
    sizes: Series,
}

impl Profile {
    /// Makes a profile of the stacks of all sites, and of the site and the size of each request. A
    /// site past the last is an unknown one.
    pub(crate) fn new(
        stacks: impl IntoIterator<Item = Vec<Frame>>,
        requests: impl IntoIterator<Item = (u64, usize)>,
    ) -> Self {
        let mut profile = Self::default();
        let mut known = HashMap::new();
        for stack in stacks {
            let number = |frame: Frame| {
                *known.entry(frame).or_insert_with_key(|frame| {
                    profile.frames.push(frame.clone());
                    profile.frames.len() as u64 - 1
                })
            };
            profile.stacks.push(stack.into_iter().map(number).collect());
        }
        let unknown = profile.stacks.len() as u64;
        for (site, size) in requests.into_iter().take(MOST) {
            profile.sites.push(site.min(unknown));
            profile.sizes.push(size as u64);
        }
        profile
    }

    /// Returns the call stack of a site, innermost frame first. Empty if there is no such site.
    pub fn stack(&self, site: usize) -> impl Iterator<Item = &Frame> {
        let numbers = self.stacks.get(site).into_iter().flat_map(Series::iter);
        // A document may contain any number: the stack ends at a frame that does not exist.
        numbers.map_while(|number| self.frames.get(usize::try_from(number).ok()?))
    }

    /// Returns the number of sites that have a stack here.
    #[must_use]
    pub fn stacks(&self) -> usize {
        self.stacks.len()
    }

    /// Returns the ordinal of each request's site, numbered as in
    /// [`Coverage::sites`](super::Coverage::sites). A number past the last means an unknown stack.
    #[must_use]
    pub fn sites(&self) -> &Series {
        &self.sites
    }

    /// Returns the size of each request in bytes.
    #[must_use]
    pub fn sizes(&self) -> &Series {
        &self.sizes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(function: &str) -> Frame {
        Frame { function: function.to_owned(), file: None, line: None }
    }

    #[test]
    fn frames_stand_once_and_stacks_are_found_again() {
        let stacks = [vec![frame("push"), frame("main")], vec![frame("new"), frame("main")]];
        let profile = Profile::new(stacks.clone(), [(0, 8), (1, 8), (u64::MAX, 16)]);
        assert_eq!((profile.frames.len(), profile.stacks()), (3, 2));
        for (site, stack) in stacks.iter().enumerate() {
            assert!(profile.stack(site).eq(stack));
        }
        assert_eq!(profile.stack(2).count(), 0);
        assert_eq!(profile.sites().to_string(), "0,1,2");
        assert_eq!(profile.sizes().to_string(), "8*2,16");
    }

    #[test]
    fn a_long_run_is_described_in_part() {
        let profile = Profile::new([], (0..).map(|size| (0, size)).take(MOST + 1));
        assert_eq!((profile.sites().len(), profile.sizes().len()), (MOST as u64, MOST as u64));
    }

    #[test]
    fn a_stack_of_unknown_frames_ends_there() {
        let mut profile = Profile::new([vec![frame("a")]], []);
        profile.stacks[0] = "0,18446744073709551615*18446744073709551615".parse().unwrap();
        assert_eq!(profile.stack(0).count(), 1);
    }
}
