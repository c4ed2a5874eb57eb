//! Reads what a run leaves: compares views, and copies the allocator's record into an
//! [`Observation`]. It judges nothing.

use std::fmt::Debug;

use super::baseline::{Facts, Schedule};
use super::case::Case;
use crate::harness::alloc::Record;
use crate::harness::oracle::{
    DamageSeen, Ending, FaultSeen, NextSeen, Observation, Sequence, ViewChange, ViewSeen,
};

/// Compares two views. Formats them only if they differ.
pub(crate) fn compare<V: PartialEq + Debug>(expected: &V, seen: &V) -> ViewSeen {
    if expected == seen {
        ViewSeen::Same
    } else {
        ViewSeen::Changed(describe_change(expected, seen))
    }
}

/// Two views as text.
pub(crate) fn describe_change<V: Debug>(expected: &V, seen: &V) -> ViewChange {
    let text = |view: &V| {
        let line = format!("{view:?}");
        if line.len() <= 100 { line } else { format!("{view:#?}") }
    };
    ViewChange { before: text(expected), after: text(seen) }
}

/// Copies what the allocator and the panic hook noted.
pub(crate) fn read_record(record: &Record, case: &Case, facts: &Facts, seen: &mut Observation) {
    seen.requests = record.requests;
    seen.refused = record.refused;
    seen.untolerated = record.untolerated;
    seen.forbidden = record.forbidden;
    seen.next = record.next().map(|(request, stack)| NextSeen { request, stack: stack.to_vec() });
    seen.first_forbidden = record.first_forbidden();
    seen.faults.extend(record.faults().map(|fault| FaultSeen {
        request: fault.request,
        tolerance: fault.tolerance,
        stack: fault.stack.to_vec(),
    }));
    seen.damages.extend(record.damages().map(|damage| DamageSeen {
        harm: damage.harm,
        size: damage.size,
        align: damage.align,
        birth: damage.birth,
        stack: damage.stack.to_vec(),
    }));
    if matches!(seen.ending, Ending::Panicked { .. }) {
        seen.ending = Ending::Panicked {
            message: record.panic.message.text(),
            location: record.panic.location.text(),
            stack: record.panic.stack.frames().to_vec(),
        };
    }
    if seen.ending == Ending::Finished && record.panic_needed > 0 {
        let message = match record.panic.message.text() {
            message if message.is_empty() => String::new(),
            message => format!("{message}; "),
        };
        seen.ending = Ending::Panicked {
            message: format!(
                "{message}the code caught it, but the panic itself asked for {} bytes, which were \
                 not there",
                record.panic_needed
            ),
            location: record.panic.location.text(),
            stack: record.panic.stack.frames().to_vec(),
        };
    }
    seen.sequence = match seen.faults.first() {
        _ if facts.schedule == Schedule::Shared => Sequence::Unordered,
        Some(fault) if facts.agrees_before(fault.request.number, record.prefix) => Sequence::Agrees,
        Some(_) => Sequence::Differs,
        None if case.must_fire() => Sequence::NeverFired,
        // The plan did not have to fire and did not, so the run is compared as a whole.
        None if seen.ending != Ending::Finished => Sequence::Agrees,
        None if facts.agrees_before(record.requests, record.prefix) => Sequence::Agrees,
        None => Sequence::Differs,
    };
}
