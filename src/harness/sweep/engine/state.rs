//! The state of a sweep while it runs: [`Engine`]. `cases`, `suspects` and the parent module
//! implement its steps.

use std::time::Instant;

use super::findings::Findings;
use super::symbols::Symbols;
use crate::harness::plan::Strategy;
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
}
