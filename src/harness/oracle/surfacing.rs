//! Does the caller learn of the failure, and of its cause? `SwallowedOom`, `WrongError`,
//! `SpuriousError`, `WrongSize`.

use super::{
    Evidence, Expected, Fallback, FindingKind, Observation, Returned, Rules, Sizes, StepSeen,
    Verdict,
};
use crate::harness::plan::AfterFault;

pub(super) fn judge(seen: &Observation, rules: Rules, verdicts: &mut Vec<Verdict>) {
    // Failed requests that nobody has told of yet. An error of a later step may do so.
    let mut untold = Vec::new();
    for (position, step) in seen.steps.iter().enumerate() {
        let is_oom = matches!(step.returned, Returned::Err { is_oom: true, .. });
        // Under a plan that fails everything, nobody can tell for which fault the error is.
        let tells = is_oom && (step.refused == 0 || seen.plan.after == AfterFault::FailAll);
        let verdict = judge_step(seen, step).map(|verdict| verdict.at(position));
        match verdict {
            Some(verdict) if verdict.kind == FindingKind::SwallowedOom => untold.push(verdict),
            // This error is for an earlier request.
            _ if tells && !untold.is_empty() => untold.clear(),
            verdict => verdicts.extend(verdict),
        }
        if rules.sizes == Sizes::Exact {
            verdicts.extend(judge_size(seen, step).map(|verdict| verdict.at(position)));
        }
    }
    verdicts.extend(untold);
}

fn judge_step(seen: &Observation, step: &StepSeen) -> Option<Verdict> {
    match (&step.returned, step.expected) {
        // The oracle of endings judges a panic.
        (Returned::Panicked, _) => None,
        (Returned::Ok, _) if step.untolerated > 0 => judge_silence(seen, step),
        // No request failed, or only tolerated ones did.
        (Returned::Ok, _) => None,
        // The code fails in the same way without faults.
        (Returned::Err { is_oom, .. }, Expected::Err { is_oom: expected })
            if *is_oom == expected =>
        {
            None
        }
        (Returned::Err { is_oom: true, .. }, _) if step.refused > 0 => None,
        (Returned::Err { is_oom: false, text, .. }, _) if step.refused > 0 => {
            // Code that tolerates the fault may report it with an error of its own.
            (step.untolerated > 0).then(|| {
                let error = text.as_deref().unwrap_or("an error");
                Verdict::new(
                    FindingKind::WrongError,
                    format!("returned {error}, which does not mean \"out of memory\""),
                )
            })
        }
        (Returned::Err { .. }, _) if step.over_ceiling > 0 => None,
        (Returned::Err { text, .. }, _) => Some(Verdict::new(
            FindingKind::SpuriousError,
            format!(
                "failed with {} although no request failed",
                text.as_deref().unwrap_or("an error")
            ),
        )),
    }
}

/// Judges a step that returned `Ok` although a request failed: it fell back, or it swallowed.
fn judge_silence(seen: &Observation, step: &StepSeen) -> Option<Verdict> {
    let swallowed =
        format!("{} failed, but the code returned Ok", count_requests(step.untolerated));
    let Some(fallback) = &seen.fallback else {
        return Some(Verdict::new(FindingKind::SwallowedOom, swallowed));
    };
    let Fallback { function, failed, served, evidence } = fallback;
    let proof = match evidence {
        // The oracle of the sequence judges the request itself.
        Evidence::View | Evidence::Output if seen.plan.after == AfterFault::Forbid => return None,
        Evidence::View => "the view at the end is right",
        Evidence::Output => "the output is right",
        Evidence::Missing => {
            return Some(Verdict::new(
                FindingKind::SwallowedOom,
                format!(
                    "{swallowed}; another request of the same function, of {served} bytes, was \
                     served: give the sweep a view that changes, or paste \
                     `.tolerate_in(\"{function}\", \"falls back\")`"
                ),
            ));
        }
    };
    Some(Verdict::new(
        FindingKind::FellBack,
        format!(
            "a request of {failed} bytes failed; `{function}` asked for {served} bytes instead, and \
             {proof}"
        ),
    ))
}

fn judge_size(seen: &Observation, step: &StepSeen) -> Option<Verdict> {
    let Returned::Err { is_oom: true, requested: Some(said), .. } = step.returned else {
        return None;
    };
    // The size may be that of a request over the ceiling, or of a fault that is not listed.
    let is_unknown = step.over_ceiling > 0 || seen.refused > seen.faults.len() as u64;
    let is_right = step.refused == 0
        || is_unknown
        || seen.faults.iter().any(|fault| fault.request.size == said);
    (!is_right).then(|| {
        let failed: Vec<_> =
            seen.faults.iter().map(|fault| fault.request.size.to_string()).collect();
        Verdict::new(
            FindingKind::WrongSize,
            format!(
                "the error names {said} bytes; the failed requests had these sizes: {}",
                failed.join(", ")
            ),
        )
    })
}

fn count_requests(count: u64) -> String {
    if count == 1 { "a request".to_owned() } else { format!("{count} requests") }
}
