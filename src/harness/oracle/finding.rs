//! A verdict with everything that a person needs to act on it: [`Finding`].

use super::{FindingKind, Temperature, ViewChange};
use crate::harness::alloc::Request;
use crate::harness::plan::{Plan, SiteId};

/// One frame of a call stack, for people.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Frame {
    /// The function's path, without hash.
    pub function: String,
    /// Its source file, if the binary has debug info.
    pub file: Option<String>,
    /// The line in that file.
    pub line: Option<u32>,
}

/// Whether a finding makes the sweep fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Status {
    /// It does.
    New,
    /// Its kind was allowed by [`Sweep::allow`](crate::Sweep::allow).
    Allowed,
    /// A known file lists it, by [`Sweep::known`](crate::Sweep::known).
    Known,
}

/// One kind of trouble at one site, with every plan that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Finding {
    pub(crate) kind: FindingKind,
    pub(crate) status: Status,
    pub(crate) message: String,
    #[cfg_attr(feature = "serde", serde(deserialize_with = "at_least_one_plan"))]
    pub(crate) plans: Vec<Plan>,
    /// The place of each of these in the sweep's list of plans.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) plan_indices: Vec<u64>,
    pub(crate) temperatures: Vec<Temperature>,
    pub(crate) request: Option<Request>,
    pub(crate) step: Option<usize>,
    pub(crate) stack: Vec<Frame>,
    pub(crate) site: Option<SiteId>,
    pub(crate) returned: Option<String>,
    pub(crate) view: Option<ViewChange>,
    pub(crate) afterwards: Option<String>,
    pub(crate) died_at: Vec<Frame>,
    pub(crate) replay: String,
}

impl Finding {
    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> FindingKind {
        self.kind
    }

    /// Whether it makes the sweep fail.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// The first plan that shows it.
    ///
    /// # Panics
    /// Never: a finding has at least one plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plans[0]
    }

    /// Every plan that shows it.
    #[must_use]
    pub fn plans(&self) -> &[Plan] {
        &self.plans
    }

    /// The place of each of these in the sweep's list of plans.
    #[must_use]
    pub fn plan_indices(&self) -> &[u64] {
        &self.plan_indices
    }

    /// Whether it shows in a fresh process, in one that has run the code before, or in both.
    #[must_use]
    pub fn temperatures(&self) -> &[Temperature] {
        &self.temperatures
    }

    /// The first request that failed, if one did.
    #[must_use]
    pub fn request(&self) -> Option<&Request> {
        self.request.as_ref()
    }

    /// The index of the step that made that request, of [`Steps`](crate::Steps); a scenario or
    /// a closure is one step.
    #[must_use]
    pub fn step(&self) -> Option<usize> {
        self.step
    }

    /// The call stack of that request, innermost first, from the user's first frame on.
    #[must_use]
    pub fn stack(&self) -> &[Frame] {
        &self.stack
    }

    /// The identity of that stack.
    #[must_use]
    pub fn site(&self) -> Option<SiteId> {
        self.site
    }

    /// What is wrong, in a line.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What the code returned, as text.
    #[must_use]
    pub fn returned(&self) -> Option<&str> {
        self.returned.as_deref()
    }

    /// The view that should not have changed, before and after.
    #[must_use]
    pub fn view(&self) -> Option<&ViewChange> {
        self.view.as_ref()
    }

    /// What happened after the fault, in a line.
    #[must_use]
    pub fn afterwards(&self) -> Option<&str> {
        self.afterwards.as_deref()
    }

    /// Where the code panicked, crashed or did the damage, if that is elsewhere than the
    /// failed request; innermost frame first.
    #[must_use]
    pub fn died_at(&self) -> &[Frame] {
        &self.died_at
    }

    /// The old name of [`status`](Self::status).
    #[deprecated(since = "0.2.0", note = "renamed to `status`")]
    #[must_use]
    pub fn standing(&self) -> Status {
        self.status
    }

    /// The old name of [`plan_indices`](Self::plan_indices).
    #[deprecated(since = "0.2.0", note = "renamed to `plan_indices`")]
    #[must_use]
    pub fn orders(&self) -> &[u64] {
        &self.plan_indices
    }

    /// The old name of [`afterwards`](Self::afterwards).
    #[deprecated(since = "0.2.0", note = "renamed to `afterwards`")]
    #[must_use]
    pub fn then(&self) -> Option<&str> {
        self.afterwards.as_deref()
    }

    /// The old name of [`died_at`](Self::died_at).
    #[deprecated(since = "0.2.0", note = "renamed to `died_at`")]
    #[must_use]
    pub fn scene(&self) -> &[Frame] {
        &self.died_at
    }

    /// The command that shows it again.
    #[must_use]
    pub fn replay(&self) -> &str {
        &self.replay
    }
}

/// What [`Finding::plan`] relies on.
#[cfg(feature = "serde")]
fn at_least_one_plan<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<Plan>, D::Error> {
    let plans: Vec<Plan> = serde::Deserialize::deserialize(from)?;
    match plans.is_empty() {
        true => Err(serde::de::Error::custom("a finding needs at least one plan")),
        false => Ok(plans),
    }
}
