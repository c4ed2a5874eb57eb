//! Did the run do what the plan assumes? `Nondeterministic`, `AllocatedAfterFault`.

use super::{FindingKind, Observation, Sequence, Verdict};

pub(super) fn judge(seen: &Observation, verdicts: &mut Vec<Verdict>) {
    match seen.sequence {
        Sequence::Agrees | Sequence::Unordered => {}
        Sequence::NeverFired => verdicts.push(Verdict::new(
            FindingKind::Nondeterministic,
            format!("the fault did not happen: the run made only {} requests", seen.requests),
        )),
        Sequence::Differs => verdicts.push(Verdict::new(
            FindingKind::Nondeterministic,
            "the requests before the fault differ from those of the fault-free run",
        )),
    }
    if let Some(first) = &seen.first_forbidden {
        let more = match seen.forbidden {
            0 | 1 => String::new(),
            all => format!(" and {} more", all - 1),
        };
        verdicts.push(Verdict::new(
            FindingKind::AllocatedAfterFault,
            format!(
                "made another request after the fault: request {}: {first}{more}",
                first.number
            ),
        ));
    }
}
