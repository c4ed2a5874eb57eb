//! What the targets of the harness's own readers have in common: a text, and claims about what is
//! read from it.
//!
//! # Layout, version 1
//!
//! | byte | bits | what they say |
//! | --- | --- | --- |
//! | 0 | 4–7 | the version of the layout: 1. Any other is an error, so that inputs outlive changes |
//! | | 0–3 | what the text is read as: the place in the target's list of kinds |
//! | others | | the text, in UTF-8; what is none is read as U+FFFD |
//!
//! A reader belongs to the harness and promises nothing about failed requests. So it runs paused:
//! the target makes no request, there is nothing to fail, and the fault-free run is all there is.
//! What is wrong in that ends a sweep with an error and a fuzz target with its story. The last four
//! bytes, which elsewhere spell out a plan, are of the text, too.
//!
//! Each claim is a step. They depend on nothing but the text, and on each other not at all.

use super::erased_steps::{AnySteps, ErasedSteps, Run};
use super::modelled::{ClaimResult, Disagreement, VERSION, kind};
use crate::collections::OutOfMemory;
use crate::pause;
use std::borrow::Cow;
use std::sync::Arc;

/// A target of this kind.
pub(super) struct Reader {
    pub(super) name: &'static str,
    pub(super) kinds: &'static [Kind],
    /// File names and contents.
    #[cfg(test)]
    pub(super) seeds: fn() -> Vec<(String, Vec<u8>)>,
}

/// What a text can be read as.
pub(super) struct Kind {
    #[cfg_attr(not(test), expect(dead_code, reason = "for the names of seeds"))]
    pub(super) name: &'static str,
    pub(super) claims: &'static [Claim],
}

/// Something that is true of every text.
pub(super) struct Claim {
    /// In words.
    text: &'static str,
    /// Whether it is, or what is wrong.
    holds: fn(&str) -> ClaimResult,
}

impl Claim {
    pub(super) const fn new(text: &'static str, holds: fn(&str) -> ClaimResult) -> Self {
        Self { text, holds }
    }
}

impl Reader {
    /// The claims about the text that these bytes are.
    ///
    /// # Errors
    /// With one line, about the first byte.
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

    /// Reading leaves nothing behind.
    fn view(&self) -> String {
        String::new()
    }
}

/// Of an error for people: that it is one line, which can be printed, and no longer than what it
/// quotes allows.
pub(super) fn is_a_line(error: &str, text: &str) -> ClaimResult {
    // Each character at its longest, `\u{10ffff}`, and twice: in the text and where it goes wrong.
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

/// That the two are the same, or what they are.
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

    /// To write them anew: `WRITE_SEEDS=1 cargo test --lib reader`.
    #[test]
    fn the_corpus_is_what_is_written_here() {
        for reader in READERS {
            for (name, bytes) in (reader.seeds)() {
                assert!(bytes.len() <= 4096, "{name}: a fuzzer would cut it off");
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
