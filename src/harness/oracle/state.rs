//! Is the state consistent, unchanged by a failure, and usable afterwards? `Inconsistent`,
//! `PartialUpdate`, `Diverged`, `NotRecovered`.

use super::{Expected, FindingKind, Observation, Retried, Returned, StepSeen, Verdict, ViewSeen};

pub(super) fn judge_consistency(seen: &Observation, verdicts: &mut Vec<Verdict>) {
    let inconsistency = seen.steps.iter().find_map(|step| step.inconsistency.as_ref());
    if let Some(message) = inconsistency {
        verdicts.push(Verdict::new(FindingKind::Inconsistent, format!("check failed: {message}")));
    }
}

pub(super) fn judge_views(seen: &Observation, verdicts: &mut Vec<Verdict>) {
    let before = verdicts.len();
    for step in &seen.steps {
        verdicts.extend(judge_step_view(step));
    }
    // An earlier mistake explains what is wrong after the retry.
    if verdicts.len() > before || verdicts.iter().any(|v| v.kind == FindingKind::Inconsistent) {
        return;
    }
    let retry = seen.steps.iter().find_map(|step| match &step.retry {
        Retried::Failed(how) => Some(how),
        Retried::Not | Retried::AsExpected => None,
    });
    match (&seen.end, retry) {
        (_, Some(how)) => {
            verdicts.push(Verdict::new(
                FindingKind::NotRecovered,
                format!("the retry without faults {how}"),
            ));
        }
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
        (ViewSeen::NotCompared | ViewSeen::Same, None) => {}
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
