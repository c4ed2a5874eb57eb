//! What the oracles report if several things are wrong: which has precedence, what is tolerated,
//! and the messages.
//!
//! The observations are those of the tables beside this file, with changes.

use super::*;

/// Returns the message of the only verdict on the changed run.
fn message(change: Change) -> String {
    let verdicts = judge(&observed(change), EXACT);
    assert_eq!(verdicts.len(), 1, "{verdicts:#?}");
    verdicts[0].message.clone()
}

/// Consequences of something worse are not reported.
#[test]
fn precedence() {
    use FindingKind::*;
    let table: [(&str, Change, &[FindingKind]); 12] = [
        (
            "after a panic, the heap and the state are still judged",
            |seen| {
                panic(seen);
                harm(seen, Harm::FreedTwice);
                harm(seen, Harm::Overrun);
                seen.leaked.push(leftover(Birth::Armed(1)));
                seen.steps[0].inconsistency = Some("two owners".into());
            },
            &[CorruptedBlock, InvalidFree, Panicked, Inconsistent, Leaked],
        ),
        (
            "after a panic, nothing else is",
            |seen| {
                panic(seen);
                seen.steps[0].view = changed();
                seen.steps[0].retry = Retried::Failed("returned Err(Full)".into());
                seen.end = changed();
                seen.sequence = Sequence::Differs;
                seen.first_forbidden = Some(request(18, 8));
                let mut later = sound().steps.remove(0);
                later.returned = Returned::Ok;
                seen.steps.push(later);
            },
            &[Panicked],
        ),
        (
            "a partial update does not explain the end",
            |seen| {
                seen.steps[0].view = changed();
                seen.end = changed();
            },
            &[PartialUpdate, NotRecovered],
        ),
        (
            "a partial update does not explain the retry",
            |seen| {
                seen.steps[0].view = changed();
                seen.steps[0].retry = Retried::Failed("returned Err(Full)".into());
            },
            &[PartialUpdate, NotRecovered],
        ),
        (
            "an inconsistent state explains the end",
            |seen| {
                seen.steps[0].inconsistency = Some("two owners".into());
                seen.end = changed();
            },
            &[Inconsistent],
        ),
        (
            "an inconsistent state does not explain a change",
            |seen| {
                seen.steps[0].inconsistency = Some("two owners".into());
                seen.steps[0].view = changed();
            },
            &[Inconsistent, PartialUpdate],
        ),
        ("another end after a failure", |seen| seen.end = changed(), &[NotRecovered]),
        (
            "another end, and yet nothing failed",
            |seen| {
                seen.steps.clear();
                seen.end = changed();
            },
            &[Diverged],
        ),
        (
            "a retry that failed explains the end",
            |seen| {
                seen.steps[0].retry = Retried::Failed("returned Err(Full)".into());
                seen.end = changed();
            },
            &[NotRecovered],
        ),
        (
            "a fault that was swallowed may show in the view too",
            |seen| {
                seen.steps[0].returned = Returned::Ok;
                seen.steps[0].view = changed();
            },
            &[SwallowedOom, Diverged],
        ),
        (
            "a fault that never fired is nobody's failure",
            |seen| {
                seen.sequence = Sequence::NeverFired;
                seen.steps.clear();
            },
            &[Nondeterministic],
        ),
        (
            "the end of a process is the end of its story",
            |seen| {
                die(seen, Death::Exit(0), None, "");
                seen.end = changed();
                seen.sequence = Sequence::Differs;
            },
            &[Aborted],
        ),
    ];
    for (name, change, expected) in table {
        assert_eq!(kinds(&observed(change), EXACT), expected, "{name}");
    }
}

/// A tolerated fault, or a failure that occurs without faults too, is no finding.
#[test]
fn excuses() {
    use FindingKind::*;
    let table: [(&str, Change, &[FindingKind]); 13] = [
        ("a tolerated fault may surface", tolerate, &[]),
        (
            "of two faults, one was not tolerated",
            |seen| {
                seen.steps[0].returned = Returned::Ok;
                seen.steps[0].refused = 2;
            },
            &[SwallowedOom],
        ),
        (
            "a tolerated fault excuses no change of a failed step",
            |seen| {
                tolerate(seen);
                seen.steps[0].view = changed();
            },
            &[PartialUpdate],
        ),
        (
            "an expected error recurs",
            |seen| {
                unfaulted(seen);
                seen.steps[0].returned = other_error();
                seen.steps[0].expected = Expected::Err { is_oom: false };
            },
            &[],
        ),
        (
            "an expected error comes before the fault is looked at",
            |seen| {
                seen.steps[0].returned = other_error();
                seen.steps[0].expected = Expected::Err { is_oom: false };
            },
            &[],
        ),
        (
            "a fault may come before the expected error",
            |seen| seen.steps[0].expected = Expected::Err { is_oom: false },
            &[],
        ),
        (
            "an expected error that says out of memory is no excuse for another one",
            |seen| {
                seen.steps[0].returned = other_error();
                seen.steps[0].expected = Expected::Err { is_oom: true };
            },
            &[WrongError],
        ),
        (
            "an expected error that is missing",
            |seen| {
                tolerate(seen);
                seen.steps[0].returned = Returned::Ok;
                seen.steps[0].expected = Expected::Err { is_oom: false };
            },
            &[Diverged],
        ),
        (
            "the ceiling refused, and the code went on",
            |seen| {
                unfaulted(seen);
                seen.steps[0].returned = Returned::Ok;
                seen.steps[0].over_ceiling = 1;
            },
            &[],
        ),
        (
            "the size is a later fault's",
            |seen| {
                seen.faults
                    .push(FaultSeen { request: request(18, 96), ..fault(Tolerance::Outside) });
                seen.steps[0].returned = oom(96);
            },
            &[],
        ),
        (
            "the size may be of a fault that is only counted",
            |seen| {
                seen.refused = 2;
                seen.steps[0].returned = oom(96);
            },
            &[],
        ),
        (
            "the size may be of what the ceiling refused",
            |seen| {
                seen.steps[0].over_ceiling = 1;
                seen.steps[0].returned = oom(1 << 40);
            },
            &[],
        ),
        (
            "without a fault there is no right size",
            |seen| {
                unfaulted(seen);
                seen.steps[0].expected = Expected::Err { is_oom: true };
                seen.steps[0].returned = oom(96);
            },
            &[],
        ),
    ];
    for (name, change, expected) in table {
        assert_eq!(kinds(&observed(change), EXACT), expected, "{name}");
    }
}

#[test]
fn sizes_are_judged_only_if_asked_for() {
    let seen = observed(|seen| seen.steps[0].returned = oom(96));
    assert_eq!(judge(&seen, ANY), []);
}

#[test]
fn messages_say_what_was_seen() {
    let table: [(Change, &str); 10] = [
        (panic, "panicked at src/a.rs:3:5: index out of bounds"),
        (
            |seen| seen.sequence = Sequence::NeverFired,
            "the fault did not happen: the run made only 20 requests",
        ),
        (
            |seen| {
                seen.forbidden = 3;
                seen.first_forbidden = Some(request(18, 8));
            },
            "made another request after the fault: request 18: alloc 8 bytes, align 8 and 2 more",
        ),
        (
            |seen| seen.steps[0].inconsistency = Some("two owners".into()),
            "check failed: two owners",
        ),
        (
            |seen| {
                seen.steps[0].returned = Returned::Ok;
                seen.steps[0].untolerated = 2;
            },
            "2 requests failed, but the code returned Ok",
        ),
        (
            |seen| seen.steps[0].returned = other_error(),
            "returned Full, which does not mean \"out of memory\"",
        ),
        (unfaulted, "failed with OutOfMemory although no request failed"),
        (
            |seen| seen.steps[0].returned = oom(96),
            "the error names 96 bytes; the failed requests had these sizes: 192",
        ),
        (
            |seen| seen.leaked.push(leftover(Birth::Armed(4))),
            "1 block left, 24 bytes: 24 bytes allocated by request 4",
        ),
        (
            |seen| seen.leaked = (0..4).map(|n| leftover(Birth::Armed(n))).collect(),
            "4 blocks left, 96 bytes: 24 bytes allocated by request 0, 24 bytes allocated by request 1, \
             24 bytes allocated by request 2, …",
        ),
    ];
    for (change, expected) in table {
        assert_eq!(message(change), expected);
    }
}
