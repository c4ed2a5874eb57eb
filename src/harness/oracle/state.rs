//! Is the state consistent, unchanged by a failure, and usable afterwards? `Inconsistent`,
//! `PartialUpdate`, `Diverged`, `NotRecovered`.

use super::{Expected, FindingKind, Observation, Retried, Returned, StepSeen, Verdict, ViewSeen};

pub(super) fn judge_consistency(seen: &Observation, verdicts: &mut Vec<Verdict>) {
    let inconsistency = |step: &StepSeen| step.inconsistency.clone();
    let position = seen.steps.iter().position(|step| step.inconsistency.is_some());
    if let Some((position, message)) =
        position.and_then(|at| Some((at, inconsistency(&seen.steps[at])?)))
    {
        let message = format!("check failed: {message}");
        verdicts.push(Verdict::new(FindingKind::Inconsistent, message).at(position));
    }
}

pub(super) fn judge_views(seen: &Observation, verdicts: &mut Vec<Verdict>) {
    let before = verdicts.len();
    for (position, step) in seen.steps.iter().enumerate() {
        verdicts.extend(judge_step_view(step).map(|verdict| verdict.at(position)));
    }
    // An inconsistent state, or `Ok` with a wrong view, explains what is wrong after the retry.
    // A partial update does not: the retry may mend it, or lose more.
    let explains = |verdict: &Verdict| verdict.kind != FindingKind::PartialUpdate;
    if verdicts[before..].iter().any(explains)
        || verdicts.iter().any(|v| v.kind == FindingKind::Inconsistent)
    {
        return;
    }
    let retry = seen.steps.iter().find_map(|step| match &step.retry {
        Retried::Failed(how) => Some(format!("the retry without faults {how}")),
        Retried::NotPoisoned(how) => Some(format!(
            "the next operation {how}, but after a failure the state must refuse everything until \
             it is reset"
        )),
        Retried::Not | Retried::AsExpected => None,
    });
    match (&seen.end, retry) {
        (_, Some(how)) => verdicts.push(Verdict::new(FindingKind::NotRecovered, how)),
        (ViewSeen::Changed(_), None) if seen.has_failed_step() => {
            verdicts.push(Verdict::new(
                FindingKind::NotRecovered,
                "the view at the end differs from the one without faults",
            ));
        }
        (ViewSeen::Changed(_), None) => verdicts.push(Verdict::new(
            FindingKind::Diverged,
            "returned Ok, but the view at the end differs from the one without faults",
        )),
        (ViewSeen::NotCompared | ViewSeen::Same, None) => verdicts.extend(judge_output(seen)),
    }
}

fn judge_output(seen: &Observation) -> Option<Verdict> {
    match (&seen.output, seen.has_failed_step()) {
        (ViewSeen::Changed(_), true) => Some(Verdict::new(
            FindingKind::NotRecovered,
            "the retry returned another output than the fault-free run",
        )),
        (ViewSeen::Changed(_), false) => Some(Verdict::new(
            FindingKind::Diverged,
            "returned Ok, but with another output than without faults",
        )),
        (ViewSeen::NotCompared | ViewSeen::Same, _) => None,
    }
}

fn judge_step_view(step: &StepSeen) -> Option<Verdict> {
    match (&step.returned, &step.view) {
        (Returned::Err { .. }, ViewSeen::Changed(_)) => Some(Verdict::new(
            FindingKind::PartialUpdate,
            "returned an error, but the view changed",
        )),
        (Returned::Ok, ViewSeen::Changed(_)) => Some(Verdict::new(
            FindingKind::Diverged,
            "returned Ok, but the view differs from the one without faults",
        )),
        (Returned::Ok, _) if matches!(step.expected, Expected::Err { .. }) => Some(Verdict::new(
            FindingKind::Diverged,
            "returned Ok, but returns an error without faults",
        )),
        _ => None,
    }
}
