//! Faults under the paths of [`Sweep::tolerate_in`](crate::Sweep::tolerate_in): a run that is only
//! clean if its faults are tolerated is excused if they are under such a path.
//!
//! Looking up a path makes a call stack readable, which is slow. So only runs that need an excuse are
//! looked up, once for each call stack: the other cases of the stack are excused from then on.

use std::collections::HashSet;

use super::paths::PathPattern;
use super::state::Engine;
use crate::harness::oracle::{Frame, Observation, Sequence, Verdict, judge};
use crate::harness::report::Report;
use crate::harness::sweep::api::events::Event;
use crate::harness::sweep::executors::Task;
use crate::harness::sweep::run::baseline::Baselines;
use crate::harness::sweep::run::case::{Case, Excuse};

/// Whether a path of `tolerate_in` excuses a run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Excused {
    Yes,
    No,
    /// The run has to be repeated with the call stacks of its faults.
    Unknown,
}

impl Engine<'_> {
    /// Decides on a run with one fault, whose call stack the fault-free run has told.
    pub(super) fn excuse_suspect(
        &mut self,
        task: Task<'_>,
        case: &Case,
        seen: &Observation,
    ) -> (Excused, Vec<Event>) {
        let nothing = Vec::new();
        if self.sweep.tolerated_paths.is_empty() || self.verdicts_if_excused(seen).is_some() {
            return (Excused::No, nothing);
        }
        let Some(stack) = case.stack.filter(|_| {
            seen.refused == 1 && seen.faults.len() == 1 && seen.sequence == Sequence::Agrees
        }) else {
            return (Excused::Unknown, nothing);
        };
        let frames = self.symbols.resolve(task.baselines.of(case.temperature).trace.stack(stack));
        let Some(paths) = self.paths_above(&frames) else { return (Excused::No, nothing) };
        for other in task.cases {
            let is_same = (other.temperature, other.stack) == (case.temperature, case.stack);
            if is_same && other.excuse.get() == Excuse::None {
                other.excuse.set(Excuse::FirstFault);
            }
        }
        (Excused::Yes, self.matched(paths))
    }

    /// Decides on a run whose faults have call stacks. If all are under a path, they count as
    /// tolerated.
    pub(super) fn excuse_repeated(&mut self, seen: &mut Observation) -> (Excused, Vec<Event>) {
        let is_complete = seen.refused == seen.faults.len() as u64;
        if self.sweep.tolerated_paths.is_empty()
            || !is_complete
            || judge(seen, self.sweep.rules).is_empty()
        {
            return (Excused::No, Vec::new());
        }
        let mut all = HashSet::new();
        for fault in &seen.faults {
            let frames = self.symbols.resolve(&fault.stack);
            let Some(paths) = self.paths_above(&frames) else {
                return (Excused::No, Vec::new());
            };
            all.extend(paths);
        }
        seen.excuse_faults();
        let mut all: Vec<_> = all.into_iter().collect();
        all.sort_unstable();
        (Excused::Yes, self.matched(all))
    }

    /// The verdicts that are left if all faults are tolerated, if there are any.
    fn verdicts_if_excused(&self, seen: &Observation) -> Option<Vec<Verdict>> {
        let mut excused = seen.clone();
        excused.excuse_faults();
        Some(judge(&excused, self.sweep.rules)).filter(|verdicts| !verdicts.is_empty())
    }

    /// The places of the declared paths that a frame is under; `None` if there are none.
    fn paths_above(&self, frames: &[Frame]) -> Option<Vec<usize>> {
        let paths = self.sweep.tolerated_paths.iter().enumerate();
        let above = paths.filter(|(_, path)| {
            let pattern = PathPattern::new(&path.path);
            frames.iter().any(|frame| pattern.matches(&frame.function))
        });
        Some(above.map(|(place, _)| place).collect()).filter(|above: &Vec<_>| !above.is_empty())
    }

    /// The events of paths that have excused their first run.
    fn matched(&self, paths: Vec<usize>) -> Vec<Event> {
        let is_new = |&place: &usize| !self.sweep.tolerated_paths[place].has_matched;
        let event = |place| Event::Excused { path: place as u64 };
        paths.into_iter().filter(is_new).map(event).collect()
    }

    /// For each path that has excused nothing although every plan ran, finds the function path that
    /// is most like it, if it matches none. Each shard finds the same.
    pub(super) fn find_nearest(&mut self, report: &Report, baselines: &Baselines) {
        let is_complete = report.runs == report.plans;
        if !is_complete || self.sweep.tolerated_paths.iter().all(|path| path.has_matched) {
            return;
        }
        let mut functions = Vec::new();
        for baseline in [Some(&baselines.warm), baselines.cold.as_ref()].into_iter().flatten() {
            for stack in 0..baseline.trace.stacks() {
                let frames = self.symbols.resolve(baseline.trace.stack(stack));
                functions.extend(frames.into_iter().map(|frame| frame.function));
            }
        }
        functions.sort_unstable();
        functions.dedup();
        for path in self.sweep.tolerated_paths.iter_mut().filter(|path| !path.has_matched) {
            let pattern = PathPattern::new(&path.path);
            if !functions.iter().any(|function| pattern.matches(function)) {
                let nearest = functions.iter().min_by_key(|function| pattern.distance(function));
                path.nearest = nearest.cloned();
            }
        }
    }
}
