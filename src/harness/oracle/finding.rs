//! A verdict with everything that a person needs to act on it: [`Finding`].

use super::{FindingKind, Temperature, ViewChange};
use crate::harness::alloc::Request;
use crate::harness::plan::{Plan, SiteId};

/// One frame of a call stack, for people to read.
///
/// ```
/// use oom_sweep::Frame;
///
/// let frame = Frame {
///     function: "store::push".to_owned(),
///     file: Some("src/store.rs".to_owned()),
///     line: Some(7),
/// };
/// assert_eq!(frame.function, "store::push");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Frame {
    /// The function's path, without the compiler's hash.
    pub function: String,
    /// The source file, if the binary has debug info.
    pub file: Option<String>,
    /// The line in that file.
    pub line: Option<u32>,
}

/// Whether a finding makes the sweep fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Status {
    /// It makes the sweep fail.
    New,
    /// It does not: [`Sweep::allow`](crate::Sweep::allow) allows its kind.
    Allowed,
    /// It does not: a file of known findings lists it. See `Sweep::known`.
    Known,
}

/// A request that failed in a run, and its call stack.
///
/// ```
/// use oom_sweep::{FaultAlloc, OutOfMemory, Strategy, Sweep};
///
/// #[global_allocator]
/// static ALLOC: FaultAlloc = FaultAlloc::system();
///
/// fn reserve(bytes: usize) -> Result<Vec<u8>, OutOfMemory> {
///     let mut room = Vec::new();
///     room.try_reserve_exact(bytes).map_err(|_| OutOfMemory::new(bytes))?;
///     Ok(room)
/// }
///
/// /// Asks for less if there is little memory, and then forgets the error.
/// fn fill() -> Result<(), OutOfMemory> {
///     if reserve(64).is_err() {
///         let _ = reserve(16);
///         return Err(OutOfMemory::new(64));
///     }
///     Ok(())
/// }
///
/// # fn main() {
/// let plans = vec!["set:0,1".parse().unwrap()];
/// let report = Sweep::new("fill").strategy(Strategy::Plans(plans)).run(fill);
/// assert!(report.findings().iter().all(|finding| finding.earlier_faults().len() < 2));
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FailedRequest {
    /// The request.
    pub request: Request,
    /// Its call stack, innermost frame first.
    pub stack: Vec<Frame>,
}

/// One kind of mistake at one site, with every plan that shows it.
///
/// ```
/// use oom_sweep::{FaultAlloc, FindingKind, OutOfMemory, Plan, Status, Sweep, Temperature};
///
/// #[global_allocator]
/// static ALLOC: FaultAlloc = FaultAlloc::system();
///
/// /// Returns `Ok` even when it could not reserve: the sweep finds `SwallowedOom`.
/// fn forget_the_error() -> Result<(), OutOfMemory> {
///     let mut numbers: Vec<u64> = Vec::new();
///     let _ = numbers.try_reserve_exact(4);
///     Ok(())
/// }
///
/// # fn main() {
/// let report = Sweep::new("forget").run(forget_the_error);
/// let finding = &report.findings()[0];
///
/// // What is wrong, and whether it fails the sweep.
/// assert_eq!(finding.kind(), FindingKind::SwallowedOom);
/// assert_eq!(finding.status(), Status::New);
/// assert_eq!(finding.message(), "a request failed, but the code returned Ok");
/// assert_eq!(finding.returned(), Some("Ok"));
///
/// // Which plans show it, and how to run one again.
/// assert_eq!(finding.plan(), &"nth:0/succeed".parse::<Plan>().unwrap());
/// assert_eq!(finding.plans().len(), finding.plan_indices().len());
/// assert_eq!(finding.temperatures(), [Temperature::Warm]);
/// assert!(finding.replay().contains("OOM_SWEEP_REPLAY='forget=nth:0/succeed'"));
///
/// // Which request failed, and where.
/// let request = finding.request().unwrap();
/// assert_eq!((request.number, request.size), (0, 32));
/// let mut functions = finding.stack().iter().map(|frame| &frame.function);
/// assert!(functions.any(|name| name.ends_with("forget_the_error")));
/// assert!(finding.site().is_some());
/// assert_eq!(finding.step(), Some(0));
///
/// // What happened later. `view` is for a state that changed, `died_at` for a panic or a crash.
/// assert!(finding.afterwards().is_some());
/// assert!(finding.view().is_none() && finding.died_at().is_empty());
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Finding {
    pub(crate) kind: FindingKind,
    pub(crate) status: Status,
    pub(crate) message: String,
    #[cfg_attr(feature = "serde", serde(deserialize_with = "at_least_one_plan"))]
    pub(crate) plans: Vec<Plan>,
    /// For each of `plans`, its index in the sweep's list of plans.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) plan_indices: Vec<u64>,
    pub(crate) temperatures: Vec<Temperature>,
    pub(crate) request: Option<Request>,
    pub(crate) step: Option<usize>,
    pub(crate) stack: Vec<Frame>,
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) earlier: Vec<FailedRequest>,
    pub(crate) site: Option<SiteId>,
    pub(crate) returned: Option<String>,
    pub(crate) view: Option<ViewChange>,
    pub(crate) afterwards: Option<String>,
    pub(crate) died_at: Vec<Frame>,
    pub(crate) replay: String,
}

impl Finding {
    /// Returns the kind of mistake.
    #[must_use]
    pub fn kind(&self) -> FindingKind {
        self.kind
    }

    /// Returns whether it makes the sweep fail.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// Returns the first plan that shows it.
    ///
    /// # Panics
    /// Never: a finding has at least one plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plans[0]
    }

    /// Returns every plan that shows it.
    #[must_use]
    pub fn plans(&self) -> &[Plan] {
        &self.plans
    }

    /// Returns, for each of these plans, its index in the sweep's list of plans.
    #[must_use]
    pub fn plan_indices(&self) -> &[u64] {
        &self.plan_indices
    }

    /// Returns whether it shows in a fresh process, in a process that ran the code before, or in
    /// both.
    #[must_use]
    pub fn temperatures(&self) -> &[Temperature] {
        &self.temperatures
    }

    /// Returns the request that failed, if one did. If several did, it is the one in whose operation
    /// the mistake showed.
    #[must_use]
    pub fn request(&self) -> Option<&Request> {
        self.request.as_ref()
    }

    /// Returns the index of the step of [`Steps`](crate::Steps) that made this request. A scenario
    /// or a closure is one step.
    #[must_use]
    pub fn step(&self) -> Option<usize> {
        self.step
    }

    /// Returns the call stack of this request, innermost frame first. Frames of std and of the
    /// harness at both ends are left out.
    #[must_use]
    pub fn stack(&self) -> &[Frame] {
        &self.stack
    }

    /// Returns the requests that failed before this one in the same run.
    #[must_use]
    pub fn earlier_faults(&self) -> &[FailedRequest] {
        &self.earlier
    }

    /// Returns the site of this request: the identity of its call stack, stable across builds. For
    /// an error without any fault, it is the identity of the error's text.
    #[must_use]
    pub fn site(&self) -> Option<SiteId> {
        self.site
    }

    /// Returns what is wrong, in one line or more.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns what the code returned, as text.
    #[must_use]
    pub fn returned(&self) -> Option<&str> {
        self.returned.as_deref()
    }

    /// Returns the view that the code should have left and the view that it left.
    #[must_use]
    pub fn view(&self) -> Option<&ViewChange> {
        self.view.as_ref()
    }

    /// Returns what happened after the fault, in one line.
    #[must_use]
    pub fn afterwards(&self) -> Option<&str> {
        self.afterwards.as_deref()
    }

    /// Returns where the code panicked, crashed or damaged a block, innermost frame first. Empty if
    /// that is the failed request.
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

    /// Returns the command that runs the finding's first plan again.
    #[must_use]
    pub fn replay(&self) -> &str {
        &self.replay
    }
}

/// Refuses an empty list: [`Finding::plan`] relies on a first plan.
#[cfg(feature = "serde")]
fn at_least_one_plan<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<Plan>, D::Error> {
    let plans: Vec<Plan> = serde::Deserialize::deserialize(from)?;
    match plans.is_empty() {
        true => Err(serde::de::Error::custom("a finding needs at least one plan")),
        false => Ok(plans),
    }
}
