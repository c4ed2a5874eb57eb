//! The common part of the targets of the harness's own readers: a text, and claims about what is
//! read from it.
//!
//! # Layout, version 1
//!
//! | byte | bits | meaning |
//! | --- | --- | --- |
//! | 0 | 4–7 | the version of the layout: 1. Any other is an error, so that inputs outlive changes |
//! | | 0–3 | the form of the text: the index in the target's list of kinds |
//! | others | | the text, in UTF-8; invalid bytes are read as U+FFFD |
//!
//! A reader belongs to the harness and promises nothing about failed requests, so it runs paused.
//! The target makes no request, no request can fail, and the only run is the fault-free one. A
//! violated claim ends a sweep with an error, and a fuzz target with a panic that shows the steps.
//! The last four bytes, which encode a plan in other targets, belong to the text here.
//!
//! Each claim is a step. A step depends only on the text and not on other steps.

use super::erased_steps::{AnySteps, ErasedSteps, Run};
use super::modelled::{ClaimResult, Disagreement, VERSION, kind};
use crate::collections::OutOfMemory;
use crate::pause;
use std::borrow::Cow;
use std::sync::Arc;

/// A target of a reader of the harness.
pub(super) struct Reader {
    pub(super) name: &'static str,
    pub(super) kinds: &'static [Kind],
    /// The file names and contents of the seeds.
    #[cfg(test)]
    pub(super) seeds: fn() -> Vec<(String, Vec<u8>)>,
}

/// A form that a text can have.
pub(super) struct Kind {
    #[cfg_attr(not(test), expect(dead_code, reason = "for the names of seeds"))]
    pub(super) name: &'static str,
    pub(super) claims: &'static [Claim],
}

/// A statement that must be true for every text.
pub(super) struct Claim {
    /// The statement as text.
    text: &'static str,
    /// Checks the statement; an `Err` says what is wrong.
    holds: fn(&str) -> ClaimResult,
}

impl Claim {
    pub(super) const fn new(text: &'static str, holds: fn(&str) -> ClaimResult) -> Self {
        Self { text, holds }
    }
}

impl Reader {
    /// Decodes the bytes into the claims about their text.
    ///
    /// # Errors
    /// Returns one line about the first byte.
    pub(super) fn decode(&self, bytes: &[u8]) -> Result<AnySteps<String>, String> {
        let (kind, text) = kind(bytes, VERSION, self.kinds)?;
        let text = String::from_utf8_lossy(text).into_owned();
        Ok(AnySteps::new(Arc::new(Script { text, claims: kind.claims })))
    }
}

struct Script {
    text: String,
    claims: &'static [Claim],
}

impl ErasedSteps<String> for Script {
    fn len(&self) -> usize {
        self.claims.len()
    }

    fn describe(&self, index: usize) -> String {
        self.claims[index].text.to_owned()
    }

    #[cfg(test)]
    fn is_refused(&self, _: usize) -> bool {
        false
    }

    fn start(self: Arc<Self>) -> Box<dyn Run<String>> {
        Box::new(Reading { script: self, disagreement: Disagreement::default() })
    }
}

struct Reading {
    script: Arc<Script>,
    disagreement: Disagreement,
}

impl Run<String> for Reading {
    fn step(&mut self, index: usize) -> Result<(), OutOfMemory> {
        let Script { text, claims } = &*self.script;
        let verdict = pause(|| (claims[index].holds)(text));
        self.disagreement.note(index, verdict);
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        self.disagreement.check(|index| self.script.describe(index))
    }

    /// The view is empty, because reading leaves no state.
    fn view(&self) -> String {
        String::new()
    }
}

/// Checks that an error message is one printable line, and not much longer than the text that it
/// quotes.
pub(super) fn is_a_line(error: &str, text: &str) -> ClaimResult {
    // Room for each character in its longest form, `\u{10ffff}`, twice: in the quoted text and at
    // the error position.
    let most = 2000 + 20 * text.len();
    match error {
        "" => Err("the refusal is empty".into()),
        _ if error.chars().any(char::is_control) => {
            Err(format!("the refusal is no line: {error:?}").into())
        }
        _ if error.len() > most => {
            Err(format!("the refusal has {} bytes, of a text of {}", error.len(), text.len())
                .into())
        }
        _ => Ok(()),
    }
}

/// Checks that the two are equal; an `Err` shows both.
pub(super) fn same<T: PartialEq + std::fmt::Debug>(what: &str, one: &T, other: &T) -> ClaimResult {
    match one == other {
        true => Ok(()),
        false => Err(Cow::Owned(format!("{what}: {one:?} became {other:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Steps;
    use crate::subjects::drivers::READERS;
    use crate::subjects::drivers::seeds::hold;
    use proptest::prelude::*;

    fn run(reader: &Reader, name: &str, bytes: &[u8]) {
        let steps = reader.decode(bytes).unwrap();
        let mut state = steps.setup();
        for index in 0..steps.len() {
            steps.step(&mut state, index).unwrap();
            let wrong = steps.check(&mut state);
            wrong.unwrap_or_else(|wrong| panic!("{}/{name}: {wrong}", reader.name));
        }
    }

    #[test]
    fn every_claim_is_true_of_every_seed() {
        for reader in READERS {
            for (name, bytes) in (reader.seeds)() {
                run(reader, &name, &bytes);
                for kind in 0..reader.kinds.len() as u8 {
                    run(reader, &name, &[&[VERSION << 4 | kind], &bytes[1..]].concat());
                }
            }
        }
    }

    /// Write the seeds again with `WRITE_SEEDS=1 cargo test --lib reader`.
    #[test]
    fn the_corpus_equals_the_seeds_in_this_file() {
        for reader in READERS {
            for (name, bytes) in (reader.seeds)() {
                assert!(bytes.len() <= 4096, "{name}: longer than the fuzzer's inputs");
            }
            hold(reader.name, (reader.seeds)());
        }
    }

    #[test]
    fn bad_first_bytes_are_refused_in_a_line() {
        for reader in READERS {
            assert_eq!(reader.decode(&[]).unwrap_err(), "the input is empty");
            let error = reader.decode(&[0x23]).unwrap_err();
            assert_eq!(error, "byte 0 is 0x23, layout version 2, where this build reads version 1");
            let error = reader.decode(&[0x1f]).unwrap_err();
            assert!(error.starts_with("byte 0 is 0x1f, kind 15 of a target with "), "{error}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        const CLAIMS: &[Claim] = &[
            Claim::new("it is short", |text| match text.len() {
                0..4 => Ok(()),
                _ => Err("it is long".into()),
            }),
            Claim::new("it is", |_| Ok(())),
        ];
        const KINDS: &[Kind] = &[Kind { name: "any", claims: CLAIMS }];
        let reader = Reader { name: "twin", kinds: KINDS, seeds: Vec::new };
        run(&reader, "a", b"\x10abc");
        let steps = reader.decode(b"\x10abcd").unwrap();
        let mut state = steps.setup();
        assert_eq!(steps.check(&mut state), Ok(()));
        steps.step(&mut state, 0).unwrap();
        steps.step(&mut state, 1).unwrap();
        assert_eq!(steps.check(&mut state), Err("it is short: it is long".to_owned()));
        assert!(is_a_line("", "").is_err() && is_a_line("a\nb", "").is_err());
        assert!(is_a_line("a", "").is_ok() && is_a_line(&"a".repeat(2021), "a").is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_claim_is_true_of_damaged_seeds(
            reader in 0..READERS.len(),
            seed: prop::sample::Index,
            hits in proptest::collection::vec(
                (any::<prop::sample::Index>(), prop_oneof![any::<u8>(), b' '..b'~']),
                1..4,
            ),
            cut: Option<prop::sample::Index>,
        ) {
            let reader = READERS[reader];
            let seeds = (reader.seeds)();
            let (name, mut bytes) = seeds[seed.index(seeds.len())].clone();
            if let Some(cut) = cut {
                bytes.truncate(1 + cut.index(bytes.len()));
            }
            for (at, byte) in hits {
                let at = at.index(bytes.len());
                if at > 0 {
                    bytes[at] = byte;
                }
            }
            run(reader, &name, &bytes);
        }
    }
}
