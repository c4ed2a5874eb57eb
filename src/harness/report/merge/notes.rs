//! Joins the notes of shards in the order in which the whole sweep would have made them: [`join`].
//!
//! A note on a run starts with its plan, as in `nth:3/fail-all: …` or `nth:3/fail-all (cold): …`.
//! Other notes are about the whole sweep and equal in each shard. They come before or after the
//! notes on runs.

use std::collections::HashMap;

use super::super::{MOST_RETAINED, Report, retained_bytes};
use crate::harness::plan::Strategy;
use crate::harness::plan::{Fault, Plan};

/// The position of a note.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Before,
    /// A note on a run: cold runs come first, then the plan decides, then what follows its fault.
    Run {
        warm: bool,
        listed: usize,
        fault: Fault,
        pass: usize,
    },
    After,
}

/// Returns each note once.
pub(super) fn join(shards: &[Report]) -> Vec<String> {
    let order = PlanOrder::of(&shards[0]);
    let mut placed: Vec<(Place, &str)> = Vec::new();
    for shard in shards {
        let mut place_of_others = Place::Before;
        let has_runs = shard.notes.iter().any(|note| order.run(note).is_some());
        for note in &shard.notes {
            let place = match order.run(note) {
                Some(place) => {
                    place_of_others = Place::After;
                    place
                }
                None => place_of_others.clone(),
            };
            match placed.iter_mut().find(|(_, other)| other == note) {
                // Without notes on runs, it is not known whether this one comes before or after
                // them.
                Some((known, _)) if has_runs => *known = place,
                Some(_) => {}
                None => placed.push((place, note)),
            }
        }
    }
    placed.sort_by(|a, b| a.0.cmp(&b.0)); // stable
    let mut retained = Vec::new();
    let is_kept = |note: &&str| {
        let Some(bytes) = retained_bytes(note) else { return true };
        let is_new = !retained.iter().any(|known| known == bytes);
        if is_new {
            retained.push(bytes.to_owned());
        }
        is_new && retained.len() <= MOST_RETAINED
    };
    let mut notes: Vec<_> =
        placed.into_iter().map(|(_, note)| note).filter(is_kept).map(str::to_owned).collect();
    notes.extend(note_builds(shards));
    notes
}

/// The order of a sweep's plans.
struct PlanOrder<'a> {
    sweep: &'a Report,
    /// The indices of plans that the user listed.
    listed: HashMap<Plan, usize>,
}

impl<'a> PlanOrder<'a> {
    fn of(sweep: &'a Report) -> Self {
        let listed = match sweep.strategy.parse() {
            Ok(Strategy::Plans(plans)) => {
                plans.into_iter().enumerate().map(|(i, p)| (p, i)).collect()
            }
            _ => HashMap::new(),
        };
        Self { sweep, listed }
    }

    /// Returns the position of a note on a run.
    fn run(&self, note: &str) -> Option<Place> {
        let start = note.split(' ').next()?;
        let plan: Plan = start.strip_suffix(':').unwrap_or(start).parse().ok()?;
        let warm = !note[start.len()..].starts_with(" (cold):");
        let pass = self.sweep.after.iter().position(|after| *after == plan.after);
        let (listed, pass) = (self.listed.get(&plan).copied(), pass.unwrap_or_default());
        Some(Place::Run { warm, listed: listed.unwrap_or_default(), fault: plan.fault, pass })
    }
}

fn note_builds(shards: &[Report]) -> Option<String> {
    let build = |shard: &Report| shard.origin.as_ref().and_then(|origin| origin.build.clone());
    let first = shards.iter().find(|shard| build(shard).is_some())?;
    let other =
        shards.iter().find(|shard| build(shard).is_some_and(|_| build(shard) != build(first)))?;
    Some(format!(
        "shards {} and {} were run by different builds of the same commit",
        first.shard?, other.shard?
    ))
}
