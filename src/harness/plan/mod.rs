//! Plans: plain values that say which requests fail and what later requests get.
//!
//! All parts of the harness pass plans on: strategies make them, a run takes one, findings and
//! replay commands name one. So a plan is plain data with a text form (in `text`): comparable,
//! hashable, and without references.
//!
//! It relies on nothing but std, and serde if that feature is on. It does not decide whether a
//! request fails: the scope in `alloc` reads the plan and counts.

pub(crate) mod duration;
mod error;
mod shard;
mod strategy;
mod text;

#[cfg(test)]
mod tests;

pub use error::ParsePlanError;
pub use shard::{ParseShardError, Shard};
pub use strategy::{ParseStrategyError, Strategy};

use std::collections::BTreeSet;

/// Which requests fail, and what the requests after the first fault get.
///
/// # Text form
///
/// The text form is `FAULT/AFTER`, without spaces. A text without `/AFTER` means `/succeed`.
/// [`Display`] always writes both parts, and reading its text gives the same plan.
///
/// | fault | written | faults |
/// | --- | --- | --- |
/// | [`None`](Fault::None) | `none` | nothing |
/// | [`Nth`](Fault::Nth) | `nth:17` | the 18th request |
/// | [`Set`](Fault::Set) | `set:17,23` | the 18th and the 24th |
/// | [`AtLeast`](Fault::AtLeast) | `size:4096` | what asks for 4096 bytes or more |
/// | [`Budget`](Fault::Budget) | `budget:65536` | what would bring the live bytes above 65536 |
/// | [`Random`](Fault::Random) | `random:50,seed=42` | each with probability 50 ‰ |
/// | [`Site`](Fault::Site) | `site:9f3c21d0#0` | the first request of that site |
///
/// | after | written | requests after the first fault |
/// | --- | --- | --- |
/// | [`Succeed`](AfterFault::Succeed) | `/succeed` | are served |
/// | [`FailAll`](AfterFault::FailAll) | `/fail-all` | fault |
/// | [`FailNext`](AfterFault::FailNext) | `/fail-next:3` | the next 3 fault |
/// | [`Forbid`](AfterFault::Forbid) | `/forbid` | are served, and are a finding |
///
/// With the feature `serde`, a plan and each of its parts is serialised as this text.
///
/// ```
/// use oom_sweep::{AfterFault, Fault, Plan};
///
/// let plan: Plan = "nth:17/fail-all".parse()?;
/// assert_eq!(plan, Plan::nth(17, AfterFault::FailAll));
/// assert_eq!(plan.to_string(), "nth:17/fail-all");
///
/// let plan: Plan = "size:4096".parse()?;
/// assert_eq!(plan, Plan::new(Fault::AtLeast { bytes: 4096 }, AfterFault::Succeed));
/// assert_eq!(plan.to_string(), "size:4096/succeed");
/// # Ok::<(), oom_sweep::ParsePlanError>(())
/// ```
///
/// [`Display`]: std::fmt::Display
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Plan {
    /// The rule that chooses the requests to fail.
    pub fault: Fault,
    /// What requests after the first fault get.
    pub after: AfterFault,
}

impl Plan {
    /// Makes a plan of these two parts.
    #[must_use]
    pub const fn new(fault: Fault, after: AfterFault) -> Self {
        Self { fault, after }
    }

    /// The plan without faults: `none/succeed`. A baseline runs under it.
    ///
    /// ```
    /// assert_eq!(oom_sweep::Plan::none().to_string(), "none/succeed");
    /// ```
    #[must_use]
    pub const fn none() -> Self {
        Self::new(Fault::None, AfterFault::Succeed)
    }

    /// The plan that fails request `n`, counted from 0.
    ///
    /// ```
    /// use oom_sweep::{AfterFault, Plan};
    ///
    /// let sweep: Vec<_> = (0..2).map(|n| Plan::nth(n, AfterFault::Forbid).to_string()).collect();
    /// assert_eq!(sweep, ["nth:0/forbid", "nth:1/forbid"]);
    /// ```
    #[must_use]
    pub const fn nth(n: u64, after: AfterFault) -> Self {
        Self::new(Fault::Nth(n), after)
    }
}

/// The rule that chooses the requests to fail.
///
/// Requests are numbered from 0, in the order in which the scope meets them. The text form is the
/// first part of a [`Plan`]'s.
///
/// ```
/// use oom_sweep::Fault;
///
/// assert_eq!("set:23,17".parse(), Ok(Fault::Set([17, 23].into())));
/// assert_eq!(Fault::Set([17, 23].into()).to_string(), "set:17,23");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// No request. Written `none`.
    None,
    /// Exactly the request with this number: `nth:17` is the 18th request.
    Nth(u64),
    /// Each request whose number is in the set. Counting continues after the first fault.
    ///
    /// Written `set:17,23`. The order does not matter, and a repeated number counts once. The empty
    /// set is written `set:` and chooses no request.
    Set(BTreeSet<u64>),
    /// Every request of at least this size. Written `size:4096`.
    AtLeast {
        /// The smallest size, in bytes, that fails.
        bytes: usize,
    },
    /// Every request that would bring the memory in use above this number of bytes.
    ///
    /// Memory in use is the sum of the sizes of the live blocks that were allocated while armed. A
    /// `realloc` counts its new size minus its old size, so shrinking never fails. Written
    /// `budget:65536`.
    Budget {
        /// The largest sum of sizes, in bytes, that may be live at once.
        bytes: usize,
    },
    /// Each request with this probability, from a seeded generator.
    ///
    /// Written `random:50,seed=42`.
    Random {
        /// The probability in thousandths: 0 is never, 1000 is always.
        ///
        /// More than 1000 means 1000, and is written as 1000. A text with more is refused.
        per_mille: u16,
        /// The generator's seed.
        seed: u64,
    },
    /// One request of one site. Written `site:9f3c21d0#0`.
    Site {
        /// The site.
        id: SiteId,
        /// Which of the site's requests, counted from 0.
        occurrence: u64,
    },
}

/// What requests after the first fault get.
///
/// The text form is the second half of a [`Plan`]'s, without the slash.
///
/// ```
/// use oom_sweep::AfterFault;
///
/// assert_eq!("fail-next:3".parse(), Ok(AfterFault::FailNext(3)));
/// assert_eq!(AfterFault::default().to_string(), "succeed");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AfterFault {
    /// They are served, unless the rule chooses them too: the shortage is short. Written `succeed`.
    #[default]
    Succeed,
    /// They fail: the shortage lasts. Written `fail-all`.
    FailAll,
    /// This many of the next requests fail, and later ones are served. Written `fail-next:3`.
    FailNext(u64),
    /// They are served, and the sweep reports a finding. Written `forbid`.
    Forbid,
}

/// The identity of a request's call stack, made of function paths. It is stable across builds.
///
/// Written as 8 lower-case hexadecimal digits.
///
/// ```
/// use oom_sweep::SiteId;
///
/// assert_eq!(SiteId(0x9f3c21d0).to_string(), "9f3c21d0");
/// assert_eq!("0000002a".parse(), Ok(SiteId(42)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteId(
    /// A hash of the function paths from the request to the entry of the scope.
    pub u32,
);
