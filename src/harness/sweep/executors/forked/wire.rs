//! Plain values as bytes, for messages from a child to its parent: [`Wire`].
//!
//! Both ends are the same program, so there is no version. A truncated value reads as `None`.

use std::time::Duration;

use crate::harness::alloc::{Birth, Harm, Leftover, Operation, Request, Tolerance};
use crate::harness::oracle::{
    DamageSeen, Death, Ending, Evidence, Expected, Fallback, FaultSeen, LeftBehind, NextSeen,
    Observation, Retried, Returned, Sequence, StepSeen, Temperature, ViewChange, ViewSeen,
};
use crate::harness::plan::Plan;
use crate::harness::sweep::executors::Freshness;
use crate::harness::sweep::run::baseline::{Facts, Schedule, Stability, StepFacts};

pub(crate) trait Wire: Sized {
    fn put(&self, out: &mut Vec<u8>);
    fn take(from: &mut &[u8]) -> Option<Self>;
}

/// The bytes of a value.
pub(crate) fn to_bytes(value: &impl Wire) -> Vec<u8> {
    let mut out = Vec::new();
    value.put(&mut out);
    out
}

fn take_array<const N: usize>(from: &mut &[u8]) -> Option<[u8; N]> {
    let (array, rest) = from.split_first_chunk()?;
    *from = rest;
    Some(*array)
}

macro_rules! wire_number {
    ($($number:ty)*) => {$(
        impl Wire for $number {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_ne_bytes());
            }
            fn take(from: &mut &[u8]) -> Option<Self> {
                take_array(from).map(Self::from_ne_bytes)
            }
        }
    )*};
}

wire_number!(u8 i32 u32 u64 usize);

impl Wire for bool {
    fn put(&self, out: &mut Vec<u8>) {
        u8::from(*self).put(out);
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        u8::take(from).map(|byte| byte != 0)
    }
}

impl<T: Wire> Wire for Box<T> {
    fn put(&self, out: &mut Vec<u8>) {
        T::put(self, out);
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        T::take(from).map(Self::new)
    }
}

impl Wire for String {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        out.extend_from_slice(self.as_bytes());
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        let len = usize::take(from)?;
        let (text, rest) = from.split_at_checked(len)?;
        *from = rest;
        Some(Self::from_utf8_lossy(text).into_owned())
    }
}

impl Wire for Duration {
    fn put(&self, out: &mut Vec<u8>) {
        (self.as_nanos() as u64).put(out);
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        u64::take(from).map(Self::from_nanos)
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        self.iter().for_each(|item| item.put(out));
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        (0..usize::take(from)?).map(|_| T::take(from)).collect()
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        Some((A::take(from)?, B::take(from)?))
    }
}

/// Writes structs field by field, and enums variant by variant after a tag byte.
macro_rules! wire {
    (struct $name:ident { $($field:ident),* $(,)? }) => {
        impl Wire for $name {
            fn put(&self, out: &mut Vec<u8>) {
                $( self.$field.put(out); )*
            }
            fn take(from: &mut &[u8]) -> Option<Self> {
                Some(Self { $( $field: Wire::take(from)? ),* })
            }
        }
    };
    (enum $name:ident { $( $tag:literal = $variant:ident
        $( ( $($item:ident),* ) )? $( { $($field:ident),* } )? ),* $(,)? }) => {
        impl Wire for $name {
            fn put(&self, out: &mut Vec<u8>) {
                match self {
                    $( Self::$variant $( ( $($item),* ) )? $( { $($field),* } )? => {
                        <u8 as Wire>::put(&$tag, out);
                        $( $( $item.put(out); )* )?
                        $( $( $field.put(out); )* )?
                    } )*
                }
            }
            fn take(from: &mut &[u8]) -> Option<Self> {
                Some(match u8::take(from)? {
                    $( $tag => {
                        $( $( let $item = Wire::take(from)?; )* )?
                        $( $( let $field = Wire::take(from)?; )* )?
                        Self::$variant $( ( $($item),* ) )? $( { $($field),* } )?
                    } )*
                    _ => return None,
                })
            }
        }
    };
}

pub(super) use wire;

wire!(enum Freshness { 0 = Fresh, 1 = Used });
wire!(enum Death { 0 = Crash { signal, address }, 1 = Abort, 2 = Signal(signal), 3 = Exit(code), 4 = EndedEarly });
wire!(enum Ending {
    0 = Finished, 1 = Panicked { message, location, stack },
    2 = Died { death, panic, said, stack }, 3 = Hung { limit },
});
wire!(enum Operation { 0 = Alloc, 1 = AllocZeroed, 2 = Realloc });
wire!(enum Tolerance { 0 = Outside, 1 = Inside });
wire!(enum Birth { 0 = Armed(number), 1 = Unarmed(number) });
wire!(enum LeftBehind { 0 = Descriptor, 1 = Thread });
wire!(enum Temperature { 0 = Warm, 1 = Cold });
wire!(enum Sequence { 0 = Agrees, 1 = NeverFired, 2 = Differs, 3 = Unordered });
wire!(enum Schedule { 0 = Alone, 1 = Shared });
wire!(enum Stability { 0 = Stable, 1 = Varies, 2 = NotItself });
wire!(enum Expected { 0 = Ok, 1 = Err { is_oom } });
wire!(enum Retried { 0 = Not, 1 = AsExpected, 2 = Failed(how), 3 = NotPoisoned(how) });
wire!(enum ViewSeen { 0 = NotCompared, 1 = Same, 2 = Changed(change) });
wire!(enum Harm {
    0 = FreedTwice, 1 = FreedInside(offset), 2 = OtherLayout(size, align), 3 = Overrun,
    4 = WrittenAfterFree(offset),
});
wire!(enum Returned { 0 = Ok, 1 = Err { is_oom, requested, text }, 2 = Panicked });
wire!(struct Request { number, size, old_size, align, operation });

wire!(struct ViewChange { before, after });
wire!(struct NextSeen { request, stack });
wire!(enum Evidence { 0 = View, 1 = Output, 2 = Missing });
wire!(struct Fallback { function, failed, served, evidence });
wire!(struct FaultSeen { request, tolerance, stack });
wire!(struct DamageSeen { harm, size, align, birth, stack });
wire!(struct StepSeen {
    index, returned, expected, refused, untolerated, over_ceiling, inconsistency, view, retry,
});
wire!(struct StepFacts { expected, from, to });
wire!(struct Observation {
    plan, temperature, ending, requests, faults, refused, untolerated, forbidden,
    first_forbidden, next, fallback, sequence, steps, end, output, is_view_telling, leaked, retained,
    damages, left_behind,
});

impl<T: Wire> Wire for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        Some(if bool::take(from)? { Some(T::take(from)?) } else { None })
    }
}

impl Wire for Leftover {
    /// Without the address, which means nothing in another process.
    fn put(&self, out: &mut Vec<u8>) {
        self.birth.put(out);
        self.size.put(out);
        self.align.put(out);
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        let (birth, size) = (Wire::take(from)?, Wire::take(from)?);
        Some(Self { birth, size, align: Wire::take(from)?, address: 0 })
    }
}

impl Wire for Plan {
    fn put(&self, out: &mut Vec<u8>) {
        self.to_string().put(out);
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        String::take(from)?.parse().ok()
    }
}

impl Wire for Facts {
    /// Without the hashes, which the parent reads from the shared trace.
    fn put(&self, out: &mut Vec<u8>) {
        self.requests.put(out);
        self.multitude.put(out);
        self.schedule.put(out);
        self.steps.put(out);
        self.leftovers.put(out);
        self.views.put(out);
        self.outputs.put(out);
        self.failure.put(out);
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        Some(Self {
            requests: Wire::take(from)?,
            prefix: Vec::new(),
            multitude: Wire::take(from)?,
            schedule: Wire::take(from)?,
            steps: Wire::take(from)?,
            leftovers: Wire::take(from)?,
            views: Wire::take(from)?,
            outputs: Wire::take(from)?,
            failure: Wire::take(from)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rich() -> Observation {
        let mut seen = Observation::new("nth:3/forbid".parse().unwrap(), Temperature::Cold);
        seen.ending = Ending::Panicked {
            message: "no".to_owned(),
            location: "a.rs:1:2".to_owned(),
            stack: vec![1, 2],
        };
        seen.first_forbidden = Some(Request::NONE);
        seen.steps.push(StepSeen {
            index: 4,
            returned: Returned::Err { is_oom: true, requested: Some(8), text: None },
            expected: Expected::Err { is_oom: false },
            refused: 1,
            untolerated: 0,
            over_ceiling: 2,
            inconsistency: Some("π".to_owned()),
            view: ViewSeen::Changed(ViewChange { before: "1".into(), after: "2".into() }),
            retry: Retried::Failed("so".to_owned()),
        });
        seen.damages.push(DamageSeen {
            harm: Harm::OtherLayout(1, 2),
            size: 3,
            align: 4,
            birth: Birth::Unarmed(5),
            stack: vec![6],
        });
        seen.leaked.push(Leftover { birth: Birth::Armed(1), size: 2, align: 4, address: 0 });
        seen
    }

    #[test]
    fn an_observation_arrives_as_it_was_sent() {
        let seen = rich();
        let bytes = to_bytes(&seen);
        let back = Observation::take(&mut &bytes[..]).unwrap();
        assert_eq!(format!("{seen:?}"), format!("{back:?}"));
    }

    #[test]
    fn damaged_bytes_are_nothing_or_an_observation_that_can_be_judged() {
        use crate::harness::alloc::mix;
        use crate::harness::oracle::{Rules, judge};
        let bytes = to_bytes(&rich());
        let mut read = 0;
        for seed in 0..20_000 {
            let mut damaged = bytes.clone();
            for turn in 0..1 + seed % 3 {
                let random = mix(seed * 3 + turn);
                let at = random as usize % damaged.len();
                damaged[at] = match seed % 2 {
                    0 => (random >> 32) as u8,
                    _ => u8::MAX,
                };
            }
            if let Some(seen) = Observation::take(&mut &damaged[..]) {
                read += 1;
                judge(&seen, Rules::default());
            }
        }
        assert!(read > 1000, "{read}");
    }

    #[test]
    fn what_is_cut_short_reads_as_nothing() {
        let bytes = to_bytes(&rich());
        for len in 0..bytes.len() {
            assert!(Observation::take(&mut &bytes[..len]).is_none(), "{len}");
        }
    }
}
