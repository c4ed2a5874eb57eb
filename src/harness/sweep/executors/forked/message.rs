//! The messages of a child to its parent: [`Message`].

use std::time::Duration;

use super::belongings::Watching;
use super::cost::Cost;
use super::wire::{Wire, wire};
use crate::harness::alloc::Leftover;
use crate::harness::oracle::{Observation, ViewChange, ViewSeen};
use crate::harness::sweep::executors::{Freshness, Regions};
use crate::harness::sweep::run::baseline::Facts;

/// The longest text of a view in a message, in bytes.
const MAX_VIEW: usize = 256 << 10;
/// How many steps and leftovers are kept of a message that is too long.
const FEW_STEPS: usize = 8;
const FEW_LEFTOVERS: usize = 1000;

pub(crate) enum Message {
    /// The fault-free runs agree. `warm` is `None` if it equals `first`.
    Agreed { first: Facts, warm: Option<Box<Facts>>, duration: Duration, watching: Watching },
    /// What runs cost.
    Costs { duration: Duration, cost: Option<Cost> },
    /// No two fault-free runs agree.
    Nondeterministic(String),
    /// The harness cannot continue.
    Trouble(String),
    /// A fork here would lose the other threads.
    OtherThreads,
    /// The result of the case at this place.
    Judged { place: usize, result: Box<CaseResult> },
    /// How the fault-free run after many failures failed, if it did.
    Endured(Option<String>),
    /// The requests that follow the fault of the case at this place.
    LaterSites { place: usize, numbers: Vec<u64> },
    /// After the cases at these places, the process had more descriptors or threads than before.
    LeftBehind { places: Vec<usize> },
}

/// The result of a case.
pub(crate) struct CaseResult {
    pub(crate) tolerated: u64,
    /// Blocks that were left once, but not again.
    pub(crate) retained: Vec<Leftover>,
    /// The observation, if it may not be clean.
    pub(crate) suspect: Option<Box<(Observation, Freshness)>>,
    /// The tolerated regions entered so far, if the parent does not know them.
    pub(crate) regions: Regions,
}

impl CaseResult {
    /// The result of a run that may not be clean.
    pub(crate) fn suspect(
        mut seen: Observation,
        freshness: Freshness,
        regions: Regions,
    ) -> Box<Self> {
        for view in seen
            .steps
            .iter_mut()
            .map(|step| &mut step.view)
            .chain([&mut seen.end, &mut seen.output])
        {
            if let ViewSeen::Changed(change) = view {
                cut(change);
            }
        }
        let tolerated = u64::from(seen.refused > seen.untolerated);
        let retained = std::mem::take(&mut seen.retained);
        let suspect = Some(Box::new((seen, freshness)));
        Box::new(Self { tolerated, retained, suspect, regions })
    }
}

/// Shortens a message that is too long.
pub(crate) fn shorten(message: &mut Message) {
    let Message::Judged { result, .. } = message else { return };
    result.retained.truncate(FEW_LEFTOVERS);
    if let Some((seen, _)) = result.suspect.as_deref_mut() {
        seen.steps.truncate(FEW_STEPS);
        seen.leaked.truncate(FEW_LEFTOVERS);
    }
}

fn cut(change: &mut ViewChange) {
    for text in [&mut change.before, &mut change.after] {
        let end = text.floor_char_boundary(MAX_VIEW);
        if end < text.len() {
            text.truncate(end);
            text.push('…');
        }
    }
}

impl Wire for CaseResult {
    fn put(&self, out: &mut Vec<u8>) {
        self.tolerated.put(out);
        self.retained.put(out);
        self.suspect.put(out);
        self.regions.put(out);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        let (tolerated, retained) = (Wire::take(from)?, Wire::take(from)?);
        let (suspect, regions) = (Wire::take(from)?, Wire::take(from)?);
        Some(Self { tolerated, retained, suspect, regions })
    }
}

wire!(enum Watching { 0 = Yes, 1 = No });
wire!(struct Cost { fork, rerun, branch });
wire!(enum Message {
    0 = Agreed { first, warm, duration, watching }, 6 = Costs { duration, cost }, 1 = Nondeterministic(text), 2 = Trouble(text),
    3 = OtherThreads, 4 = Judged { place, result }, 5 = LaterSites { place, numbers },
    7 = LeftBehind { places }, 8 = Endured(how),
});
