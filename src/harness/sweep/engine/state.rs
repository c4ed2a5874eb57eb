//! The state of a sweep while it runs: [`Engine`]. `cases`, `suspects` and the parent module
//! implement its steps.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use super::findings::Findings;
use super::symbols::Symbols;
use crate::harness::oracle::FindingKind;
use crate::harness::plan::{SiteId, Strategy};
use crate::harness::sweep::api::builder::Sweep;
use crate::harness::sweep::api::events::Used;
use crate::harness::sweep::api::options::Retry;
use crate::harness::sweep::executors::{Executor, Regions};

pub(super) struct Engine<'a> {
    pub(super) start: Instant,
    pub(super) sweep: &'a mut Sweep,
    pub(super) strategy: Strategy,
    pub(super) retry: Retry,
    pub(super) executor: Box<dyn Executor>,
    pub(super) findings: Findings,
    pub(super) symbols: Symbols,
    /// Tolerated regions that were entered so far.
    pub(super) regions: Regions,
    pub(super) used: Used,
    /// Sites of which the blocks that runs leave are a cache.
    pub(super) caches: HashSet<Option<SiteId>>,
    /// What the fault of this request shows alone, for sweeps of pairs.
    pub(super) single_faults: HashMap<u64, Vec<FindingKind>>,
}
