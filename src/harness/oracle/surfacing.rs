//! Does the caller learn of the failure, and of its cause? `SwallowedOom`, `WrongError`,
//! `SpuriousError`, `WrongSize`.

use super::{Expected, FindingKind, Observation, Returned, Rules, Sizes, StepSeen, Verdict};

pub(super) fn judge(seen: &Observation, rules: Rules, verdicts: &mut Vec<Verdict>) {
    for step in &seen.steps {
        verdicts.extend(judge_step(step));
        if rules.sizes == Sizes::Exact {
            verdicts.extend(judge_size(seen, step));
        }
    }
}

fn judge_step(step: &StepSeen) -> Option<Verdict> {
    match (&step.returned, step.expected) {
        // The oracle of endings judges a panic.
        (Returned::Panicked, _) => None,
        (Returned::Ok, _) if step.untolerated > 0 => Some(Verdict::new(
            FindingKind::SwallowedOom,
            format!("{} failed, but the code returned Ok", count_requests(step.untolerated)),
        )),
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
