//! The plans of an input: [`plans_of`] decodes one from the last four bytes, or draws several from
//! all bytes.
//!
//! Any bytes are plans. The target reads the same bytes with a layout of its own, which this file
//! does not know.

use crate::harness::alloc::{Request, mix};
use crate::harness::plan::{AfterFault, Fault, Plan};

/// Returns the plans of an input, given the requests of its fault-free run; none if there are no
/// requests. The last four bytes choose them. Missing bytes count as 0.
///
/// | byte from the end | bits | meaning |
/// | --- | --- | --- |
/// | 1 | 4–7 | 0–3: one plan, as the other bits say; 4–13: four, drawn; 14, 15: no fault |
/// | | 0–2 | the fault: 0–3 `nth:N`, 4, 5 `set:N,N+1+M`, 6 `random:X,seed=M`, 7 `budget:16*X` |
/// | | 3–5 | what follows: 0–3 `/succeed`, 4, 5 `/fail-all`, 6, 7 `/fail-next:1+M` |
/// | 2 | | M |
/// | 3, 4 | | X, its low byte nearer to the end; N is X modulo the number of requests |
///
/// Drawn plans depend on every byte of the input, so each change of the operations changes them,
/// and a fuzzer need not find four bytes out of thousands. Everything that the table leaves open is
/// drawn. N is drawn by kind, which is the entry point and the power of two of the size: first a
/// kind, each equally likely and none twice while there are others, then one of its requests, later
/// ones more often. So a kind that occurs once fails as often as one that occurs a thousand times.
///
/// Of random inputs, an eighth have no fault. Of drawn plans, a quarter are persistent, and most of
/// the others may have two faults.
///
/// Bits 4–7 of the last byte are the version of the layout. A corpus depends on the plans in it, so
/// the layout must not change what existing bytes mean. A later layout may use the pattern 14,
/// which means no fault until then. Commands name the plan itself, and so do not depend on the
/// layout.
#[must_use]
pub fn plans_of(bytes: &[u8], requests: &[Request]) -> Vec<Plan> {
    match encoded(bytes, requests.len() as u64) {
        Encoded::Plan(plan) => vec![plan],
        Encoded::Nothing => Vec::new(),
        Encoded::Drawn => drawn(Random::of(bytes), requests),
    }
}

/// The number of plans that are drawn. Each is one more run, and all share the fault-free run.
const DRAWN: usize = 4;

/// The meaning of the last four bytes alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Encoded {
    Plan(Plan),
    /// Draw the plans from all bytes.
    Drawn,
    /// There is nothing that could fail.
    Nothing,
}

/// Decodes the last four bytes of an input that makes `requests` requests.
pub(crate) fn encoded(bytes: &[u8], requests: u64) -> Encoded {
    let mut from_end = bytes.iter().rev().copied().chain([0; 4]);
    let [kinds, more, low, high] = [(); 4].map(|()| from_end.next().unwrap_or_default());
    let x = u16::from_be_bytes([high, low]);
    let Some(number) = u64::from(x).checked_rem(requests) else { return Encoded::Nothing };
    match kinds >> 4 {
        0..4 => Encoded::Plan(Choice { kinds, number, more, x }.plan()),
        4..14 => Encoded::Drawn,
        _ => Encoded::Plan(Plan::none()),
    }
}

/// The fields of the table.
struct Choice {
    kinds: u8,
    number: u64,
    more: u8,
    x: u16,
}

impl Choice {
    fn plan(self) -> Plan {
        let Self { kinds, number, x, .. } = self;
        let more = u64::from(self.more);
        let fault = match kinds & 7 {
            0..4 => Fault::Nth(number),
            4 | 5 => Fault::Set([number, number + 1 + more].into()),
            6 => Fault::Random { per_mille: x % 1001, seed: more },
            _ => Fault::Budget { bytes: usize::from(x) * 16 },
        };
        let after = match kinds >> 3 & 7 {
            0..4 => AfterFault::Succeed,
            4 | 5 => AfterFault::FailAll,
            _ => AfterFault::FailNext(1 + more),
        };
        Plan { fault, after }
    }
}

fn drawn(mut random: Random, requests: &[Request]) -> Vec<Plan> {
    let all = kinds(requests);
    let mut left = Vec::new();
    let mut plans = Vec::new();
    for _ in 0..DRAWN {
        if left.is_empty() {
            left.clone_from(&all);
        }
        let chosen = left.swap_remove(random.below(left.len() as u64) as usize);
        let number = one_of(chosen, &mut random, requests);
        // A second fault is most useful near the first, in clean-up code.
        let more = (random.throw() as u8) >> random.below(8);
        let (kinds, x) = (random.throw() as u8, random.throw() as u16);
        plans.push(Choice { kinds, number, more, x }.plan());
    }
    plans
}

/// Returns every kind of request, and how many requests it has.
fn kinds(requests: &[Request]) -> Vec<(u64, u64)> {
    let mut kinds: Vec<(u64, u64)> = Vec::new();
    for kind in requests.iter().map(kind) {
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((kind, 1)),
        }
    }
    kinds
}

fn kind(request: &Request) -> u64 {
    let magnitude = request.size.checked_ilog2().unwrap_or_default();
    u64::from(magnitude) << 8 | request.operation as u64
}

/// Returns the number of one of the requests of a kind.
fn one_of((chosen, count): (u64, u64), random: &mut Random, requests: &[Request]) -> u64 {
    // The lesser of two draws: the last of n is twice as likely as with one draw.
    let from_end = random.below(count).min(random.below(count));
    let of_kind = requests.iter().rev().filter(|request| kind(request) == chosen);
    of_kind.map(|request| request.number).nth(from_end as usize).unwrap_or_default()
}

/// Random numbers that the bytes of an input determine.
struct Random(u64);

impl Random {
    fn of(bytes: &[u8]) -> Self {
        let word = |chunk: &[u8]| {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            u64::from_le_bytes(word)
        };
        let words = bytes.chunks(8).map(word);
        Self(words.fold(bytes.len() as u64, |hash, word| mix(hash ^ word)))
    }

    fn throw(&mut self) -> u64 {
        self.0 = mix(self.0);
        self.0
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.throw() % limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::alloc::Operation;

    /// A hundred requests of one kind, and one of another kind in the middle.
    fn requests() -> Vec<Request> {
        let request = |number| match number {
            50 => Request { number, size: 4096, operation: Operation::Realloc, ..Request::NONE },
            _ => Request { number, size: 16, ..Request::NONE },
        };
        (0..100).map(request).collect()
    }

    fn text(bytes: &[u8]) -> Option<String> {
        plans_of(bytes, &requests()).first().map(Plan::to_string)
    }

    #[test]
    fn the_last_four_bytes_are_the_plan() {
        for (bytes, plan) in [
            (&b""[..], "nth:0/succeed"),
            (b"\x11\x05\x20", "nth:17/fail-all"),
            (b"any bytes\x00\x11\x05\x20", "nth:17/fail-all"),
            (b"\x01\x00\x05\x34", "set:56,62/fail-next:6"),
            (b"\x00\x32\x2a\x06", "random:50,seed=42/succeed"),
            (b"\xff\xff\x00\x07", "budget:1048560/succeed"),
        ] {
            assert_eq!(text(bytes).as_deref(), Some(plan), "{bytes:?}");
        }
        for kinds in [0, 0x40, 0xd0, 0xe0, 0xf0] {
            assert_eq!(plans_of(&[0, 0, 0, kinds], &[]), []);
        }
    }

    /// If this fails, committed corpora have lost their meaning.
    #[test]
    fn every_pattern_of_the_last_byte_keeps_its_meaning() {
        let [nth, set] = ["nth:56", "set:56,62"];
        let faults = [nth, nth, nth, nth, set, set, "random:256,seed=5", "budget:4096"];
        let [one, all, some] = ["succeed", "fail-all", "fail-next:6"];
        let afters = [one, one, one, one, all, all, some, some];
        for kinds in 0..=u8::MAX {
            let expected = match kinds {
                0xe0.. => "none/succeed".to_owned(),
                0x40.. => {
                    assert_eq!(encoded(&[1, 0, 5, kinds], 100), Encoded::Drawn, "{kinds:#04x}");
                    continue;
                }
                _ => {
                    let fault = faults[usize::from(kinds & 7)];
                    format!("{fault}/{}", afters[usize::from(kinds >> 3 & 7)])
                }
            };
            assert_eq!(text(&[1, 0, 5, kinds]), Some(expected), "{kinds:#04x}");
        }
    }

    fn draws() -> impl Iterator<Item = Plan> {
        let inputs = (0..4096_u16).map(|n| [&n.to_be_bytes()[..], &[0, 0, 0, 0x40]].concat());
        inputs.flat_map(|input| plans_of(&input, &requests()))
    }

    #[test]
    fn a_drawn_plan_fails_what_is_rare_as_often_as_what_is_common() {
        let first = |plan: Plan| match plan.fault {
            Fault::Nth(number) => Some(number),
            Fault::Set(numbers) => numbers.first().copied(),
            _ => None,
        };
        let firsts: Vec<u64> = draws().filter_map(first).collect();
        let share = |is_it: &dyn Fn(u64) -> bool| {
            firsts.iter().filter(|&&number| is_it(number)).count() as f64 / firsts.len() as f64
        };
        assert!((0.4..0.6).contains(&share(&|number| number == 50)), "one of two kinds");
        let [first, last] = [0, 99].map(|wanted| share(&|number| number == wanted));
        assert!(last > 2.0 * first, "the last {last}, the first {first}");
        assert!((0..100).all(|wanted| share(&|number| number == wanted) > 0.0), "every request");
    }

    #[test]
    fn every_sort_of_plan_is_drawn() {
        let texts: Vec<String> = draws().map(|plan| plan.to_string()).collect();
        for part in ["nth:", "set:", "random:", "budget:", "/succeed", "/fail-all", "/fail-next:1"]
        {
            assert!(texts.iter().any(|text| text.contains(part)), "{part}");
        }
    }

    /// The same bytes give the same plans, everywhere and in every version.
    #[test]
    fn drawn_plans_do_not_change() {
        let drawn = |bytes: &[u8]| {
            let plans = plans_of(bytes, &requests());
            plans.iter().map(Plan::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            drawn(b"\x40"),
            "set:50,56/fail-next:6 set:33,35/fail-next:2 set:50,54/fail-all nth:98/succeed"
        );
        assert_eq!(
            drawn(b"some operations \xd7"),
            "nth:50/fail-next:3 set:42,55/fail-next:13 set:89,90/succeed nth:50/succeed"
        );
    }
}
