//! Did the code fall back? A fallback answers a failed request with another one; a swallow goes on
//! with the next request of the fault-free run.
//!
//! Only a diagnosing run has the call stacks that tell them apart.

use super::state::Engine;
use crate::harness::oracle::{
    Evidence, Fallback, Frame, Observation, Sequence, ViewSeen, function,
};
use crate::harness::sweep::run::baseline::Baseline;

impl Engine<'_> {
    /// Notes whether the request after the only fault stands in for it: the fault-free run does not
    /// make it there, it was served in the same operation, and the same function asked for both.
    pub(super) fn look_for_fallback(&mut self, baseline: &Baseline, seen: &mut Observation) {
        let ([fault], Some(next), Sequence::Agrees) = (&seen.faults[..], &seen.next, seen.sequence)
        else {
            return;
        };
        let usual = baseline.trace.requests().get(fault.request.number as usize + 1);
        let is_usual = usual.is_some_and(|usual| {
            usual.request.size == next.request.size
                && baseline.stack_of(usual.request.number).is_some_and(|stack| {
                    self.symbols.site(baseline.trace.stack(stack)) == self.symbols.site(&next.stack)
                })
        });
        if is_usual {
            return;
        }
        let failed = self.symbols.resolve(&fault.stack);
        let Some(caller) = common_caller(&failed, &self.symbols.resolve(&next.stack)) else {
            return;
        };
        let evidence = match (&seen.end, &seen.output) {
            // The result is wrong.
            (ViewSeen::Changed(_), _) | (_, ViewSeen::Changed(_)) => return,
            (ViewSeen::Same, _) if seen.is_view_telling => Evidence::View,
            (_, ViewSeen::Same) => Evidence::Output,
            _ => Evidence::Missing,
        };
        let (failed, served) = (fault.request.size, next.request.size);
        seen.fallback = Some(Fallback { function: caller, failed, served, evidence });
    }
}

/// The innermost function that both stacks share, if it made both requests: by itself, in a closure
/// of its own, through the same helper, or through a library.
fn common_caller(failed: &[Frame], next: &[Frame]) -> Option<String> {
    let pairs = failed.iter().rev().zip(next.iter().rev());
    let common = pairs.take_while(|(one, other)| one.function == other.function).count();
    let (failed, shared) = failed.split_at(failed.len() - common);
    let next = &next[..next.len() - common];
    let caller = &shared.first()?.function;
    let is_means = |frame: &Frame, of_other: &[Frame]| {
        crate_of(&frame.function) != crate_of(caller)
            || frame.function.starts_with(caller)
            || of_other.iter().any(|other| other.function == frame.function)
    };
    let is_all = failed.iter().all(|frame| is_means(frame, next))
        && next.iter().all(|frame| is_means(frame, failed));
    is_all.then(|| function::stable(caller))
}

/// The crate of a function's path: of `<a::B as c::D>::e` it is `a`.
fn crate_of(path: &str) -> &str {
    let path = path.trim_start_matches(['<', '&', '*']);
    path.split("::").next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(functions: &[&str]) -> Vec<Frame> {
        let frame = |name: &&str| Frame { function: (*name).to_owned(), file: None, line: None };
        functions.iter().map(frame).collect()
    }

    fn caller(failed: &[&str], next: &[&str]) -> Option<String> {
        common_caller(&frames(failed), &frames(next))
    }

    #[test]
    fn the_function_that_asked_twice_is_the_caller() {
        let main = "app::main";
        assert_eq!(
            caller(&["app::grow", main], &["app::grow", main]).as_deref(),
            Some("app::grow")
        );
        // Through a library, by two of its functions.
        let failed = ["lib::exact", "app::grow", main];
        assert_eq!(
            caller(&failed, &["lib::more", "app::grow", main]).as_deref(),
            Some("app::grow")
        );
        // By a helper, the second time in a closure.
        let next = ["app::room", "app::grow::{closure#0}", "app::grow"];
        assert_eq!(caller(&["app::room", "app::grow"], &next).as_deref(), Some("app::grow"));
        // A logger did not ask for the failed block.
        assert_eq!(caller(&["app::room", main], &["app::room", "app::log", main]), None);
        assert_eq!(caller(&["app::room", "app::cache", main], &["app::room", main]), None);
        assert_eq!(caller(&["app::cache", main], &["app::log", main]), None);
        assert_eq!(caller(&[], &[main]), None);
    }
}
