//! The target `plan_text`: the parsers of the texts in commands, variables and reports: [`Plan`]
//! and its parts, [`Strategy`], [`Ranges`], [`Shard`].
//!
//! `reader` has the layout and explains why there are no faults. The kinds: 0 a plan, 1 a fault, 2
//! what follows a fault, 3 a site, 4 a strategy, 5 ranges of numbers, 6 a shard.
//!
//! The claims for each text: it is either parsed, or refused with one line that names the position.
//! A parsed value has exactly one text form, which parses to the same value; JSON behaves in the
//! same way. For a plan, the allocator fails the requests that the plan names.

use super::modelled::ClaimResult;
use super::reader::{Claim, Kind, Reader, is_a_line, same};
use super::{AnySteps, Target};
use crate::harness::alloc::{Compiled, Request};
use crate::harness::plan::{AfterFault, Fault, ParsePlanError, Plan, SiteId};
use crate::harness::plan::{ParseStrategyError, Strategy};
use crate::harness::report::{ParseRangesError, ParseShardError, Ranges, Shard};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::{Debug, Display};
use std::marker::PhantomData;
use std::str::FromStr;

pub(super) const READER: Reader = Reader {
    name: "plan_text",
    kinds: &[
        Kind { name: "plan", claims: Of::<Plan>::OF_A_PLAN },
        Kind { name: "fault", claims: Of::<Fault>::IN_JSON_TOO },
        Kind { name: "after", claims: Of::<AfterFault>::IN_JSON_TOO },
        Kind { name: "site", claims: Of::<SiteId>::IN_JSON_TOO },
        Kind { name: "strategy", claims: Of::<Strategy>::AS_TEXT },
        Kind { name: "ranges", claims: Of::<Ranges>::IN_JSON_TOO },
        Kind { name: "shard", claims: Of::<Shard>::IN_JSON_TOO },
    ],
    #[cfg(test)]
    seeds: tests::seeds,
};

/// The target, for the table.
pub const TARGET: Target = Target::try_steps(READER.name, decode)
    .allow_empty()
    .about("the texts of plans, strategies, ranges and shards, read and written");

fn decode(bytes: &[u8]) -> Result<AnySteps<String>, String> {
    READER.decode(bytes)
}

/// A value with a text form.
trait Form: FromStr<Err: Refusal> + Display + Debug + PartialEq {}
impl<T: FromStr<Err: Refusal> + Display + Debug + PartialEq> Form for T {}

/// The error for a text that cannot be parsed.
trait Refusal: std::error::Error {
    /// The byte position of the error, for errors that have one.
    fn position(&self) -> Option<usize> {
        None
    }
}

impl Refusal for ParsePlanError {
    fn position(&self) -> Option<usize> {
        Some(self.position())
    }
}

impl Refusal for ParseStrategyError {}
impl Refusal for ParseRangesError {}
impl Refusal for ParseShardError {}

const REFUSED: &str = "it is read, or refused in a line that says where";
const AGAIN: &str = "what was read is written, and read as the same";
const JSON: &str = "in JSON it is read and written alike";

/// The claims about texts of the form `T`.
struct Of<T>(PhantomData<T>);

impl<T: Form> Of<T> {
    const AS_TEXT: &[Claim] =
        &[Claim::new(REFUSED, refused::<T>), Claim::new(AGAIN, read_again::<T>)];
}

impl<T: Form + Serialize + DeserializeOwned> Of<T> {
    const IN_JSON_TOO: &[Claim] = &[
        Claim::new(REFUSED, refused::<T>),
        Claim::new(AGAIN, read_again::<T>),
        Claim::new(JSON, in_json::<T>),
    ];
}

impl Of<Plan> {
    const OF_A_PLAN: &[Claim] = &[
        Claim::new(REFUSED, refused::<Plan>),
        Claim::new(AGAIN, read_again::<Plan>),
        Claim::new(JSON, in_json::<Plan>),
        Claim::new("the allocator takes it for what it says", compiled),
    ];
}

fn refused<T: Form>(text: &str) -> ClaimResult {
    let Err(error) = text.parse::<T>() else { return Ok(()) };
    let line = error.to_string();
    is_a_line(&line, text)?;
    match error.position() {
        Some(at) if !text.is_char_boundary(at) => Err(format!("no character is at {at}").into()),
        Some(at) if !line.contains(&format!(" at position {at}, found ")) => {
            Err(format!("the refusal does not say {at}: {line}").into())
        }
        _ => Ok(()),
    }
}

fn read_again<T: Form>(text: &str) -> ClaimResult {
    let Ok(value) = text.parse::<T>() else { return Ok(()) };
    let written = value.to_string();
    let again = written.parse::<T>();
    let again = again.map_err(|error| format!("{written:?} is not read again: {error}"))?;
    same("the value", &value, &again)?;
    same("the text", &written, &again.to_string())
}

fn in_json<T: Form + Serialize + DeserializeOwned>(text: &str) -> ClaimResult {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let read = serde_json::from_str::<T>(&quoted(text));
    match (text.parse::<T>(), read) {
        (Ok(value), Ok(read)) => {
            same("the value", &value, &read)?;
            let written = serde_json::to_string(&value).map_err(|error| error.to_string())?;
            same("the text", &quoted(&value.to_string()), &written)
        }
        (Err(_), Err(error)) => is_a_line(&error.to_string(), text),
        (value, read) => Err(format!("as a text {value:?}, in JSON {read:?}").into()),
    }
}

/// Checks the compiled plan for requests with numbers and sizes around the plan's limits.
fn compiled(text: &str) -> ClaimResult {
    let Ok(plan) = text.parse::<Plan>() else { return Ok(()) };
    // Kept alive, because the rule points into it.
    let compiled = Compiled::new(&plan);
    let rule = &compiled.rule;
    same("what follows", &plan.after, &compiled.after)?;
    for number in numbers(&plan.fault) {
        for size in sizes(&plan.fault) {
            let request = Request { number, size, ..Request::NONE };
            let hits = rule.hits(&request, 0);
            if must_hit(&plan.fault, number, size).is_some_and(|must| must != hits) {
                return Err(format!("{request} of number {number}: {hits}").into());
            }
            for from in numbers(&plan.fault).filter(|&from| hits && from <= number) {
                let stop = rule.next_stop(from);
                if !(from..=number).contains(&stop) {
                    return Err(format!("from {from}, {number} is missed for {stop}").into());
                }
            }
        }
    }
    Ok(())
}

/// Whether the request must fail, if that depends only on its number and size.
fn must_hit(fault: &Fault, number: u64, size: usize) -> Option<bool> {
    match fault {
        Fault::None | Fault::Site { .. } => Some(false),
        Fault::Nth(n) => Some(number == *n),
        Fault::Set(members) => Some(members.contains(&number)),
        Fault::AtLeast { bytes } => Some(size >= *bytes),
        Fault::Budget { bytes } => Some(size > *bytes),
        Fault::Random { per_mille: 0, .. } => Some(false),
        Fault::Random { per_mille: 1000.., .. } => Some(true),
        Fault::Random { .. } => None,
    }
}

/// Some of the numbers that the fault names, their neighbours, and the smallest and greatest
/// numbers.
fn numbers(fault: &Fault) -> impl Iterator<Item = u64> {
    let named: Vec<u64> = match fault {
        Fault::Nth(number) => vec![*number],
        Fault::Set(members) => {
            members.iter().take(4).chain(members.iter().rev().take(4)).copied().collect()
        }
        _ => Vec::new(),
    };
    let near = |number: u64| [number.saturating_sub(1), number, number.saturating_add(1)];
    named.into_iter().flat_map(near).chain([0, 1, u64::MAX])
}

fn sizes(fault: &Fault) -> impl Iterator<Item = usize> {
    let named = match fault {
        Fault::AtLeast { bytes } | Fault::Budget { bytes } => Some(*bytes),
        _ => None,
    };
    let near = |size: usize| [size.saturating_sub(1), size, size.saturating_add(1)];
    named.into_iter().flat_map(near).chain([1, usize::MAX])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subjects::drivers::modelled::VERSION;

    /// For each kind, texts that are parsed, and a text for each way to be refused.
    const TEXTS: &[(&str, &[&str])] = &[
        (
            "plan",
            &[
                "none",
                "nth:17/fail-all",
                "set:/forbid",
                "set:23,17,17,18446744073709551615/fail-next:3",
                "size:4096",
                "budget:65536/succeed",
                "random:50,seed=42/fail-all",
                "random:1000,seed=0/fail-next:0",
                "site:9f3c21d0#0/forbid",
                "nth:x/fail-all",
                "nth:18446744073709551616",
                "set:1,,2",
                "random:1001,seed=1",
                "random:5",
                "site:9f3c21d01#0",
                "nth:1/none",
                "nth:1 /succeed",
                "nth:\u{e9}\n",
            ],
        ),
        ("fault", &["size:0", "nth:00017", "nth:1/succeed", "Nth:1"]),
        ("after", &["fail-next:18446744073709551615", "forbid", "fail-next:", "fail"]),
        ("site", &["0000002a", "0000002A", "2a"]),
        (
            "strategy",
            &[
                "every-request",
                "pairs",
                "unique-sites",
                "unique-sites:2",
                "sample:100,seed=7",
                "nth:1;set:2,3/fail-all;none",
                "pairs:1",
                "sample:-1",
                "unique-sites:0",
                "nth:1;",
            ],
        ),
        ("ranges", &["", "0-99,105", "7,3-5,4,6", "0-18446744073709551615", "2-1", "1,,2", "a\nb"]),
        ("shard", &["2/3", "01/1", "5/4", "0/4", "1/0", "1/2/3", "1\n/2"]),
    ];

    pub(super) fn seeds() -> Vec<(String, Vec<u8>)> {
        let mut seeds = Vec::new();
        for (name, texts) in TEXTS {
            let kind = READER.kinds.iter().position(|kind| kind.name == *name).unwrap() as u8;
            for (number, text) in (0..).zip(*texts) {
                let bytes = [&[VERSION << 4 | kind], text.as_bytes()].concat();
                seeds.push((format!("{name}-{number:02}.bin"), bytes));
            }
        }
        seeds
    }

    #[test]
    fn each_kind_has_texts_that_are_read_and_others() {
        for (name, texts) in TEXTS {
            let read = |text: &&&str| match *name {
                "plan" => text.parse::<Plan>().is_ok(),
                "fault" => text.parse::<Fault>().is_ok(),
                "after" => text.parse::<AfterFault>().is_ok(),
                "site" => text.parse::<SiteId>().is_ok(),
                "strategy" => text.parse::<Strategy>().is_ok(),
                "ranges" => text.parse::<Ranges>().is_ok(),
                _ => text.parse::<Shard>().is_ok(),
            };
            let good = texts.iter().filter(read).count();
            assert!(good > 0 && good < texts.len(), "{name}");
        }
        assert_eq!(TEXTS.len(), READER.kinds.len());
    }

    /// A form that violates the claims, in one way each.
    #[derive(Debug, PartialEq)]
    struct Odd(String);

    impl FromStr for Odd {
        type Err = ParseShardError;

        fn from_str(text: &str) -> Result<Self, ParseShardError> {
            if text.is_empty() { Err(Shard::new(0, 1).unwrap_err()) } else { Ok(Self(text.into())) }
        }
    }

    impl Display for Odd {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(&self.0[1..])
        }
    }

    #[test]
    fn a_form_that_changes_is_noticed() {
        assert!(read_again::<Odd>("ab").unwrap_err().starts_with("the value: Odd(\"ab\") became"));
        assert!(read_again::<Odd>("a").unwrap_err().starts_with("\"\" is not read again"));
        assert_eq!(refused::<Odd>(""), Ok(()));
    }
}
