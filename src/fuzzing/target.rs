//! A named driver from bytes to operations: [`Target`], and the result of decoding, [`Decoded`].
//!
//! The command line, libFuzzer and the tests use targets only through these two types;
//! [`decoder`](super::decoder) hides the types of steps. A target says which bytes it reads and how
//! to sweep it. It opens no files and starts nothing itself.

use super::decoder::{
    DecodedInput, Decoder, Scenarios, StepSequences, TryScenarios, TryStepSequences,
};
use crate::harness::report::Report;
use crate::harness::sweep::{Empty, Scenario, Steps, Sweep};

/// A named function from bytes to the operations of a sweep.
///
/// All methods that make one are `const`, so that a program can have a table of targets:
///
/// ```
/// use std::collections::TryReserveError;
///
/// use oom_sweep::{Steps, Target};
///
/// /// Pushes bytes, one a step.
/// struct Pushes(Vec<u8>);
///
/// impl Steps for Pushes {
///     type State = Vec<u8>;
///     type Error = TryReserveError;
///     type View = Vec<u8>;
///
///     fn setup(&self) -> Vec<u8> {
///         Vec::new()
///     }
///     fn len(&self) -> usize {
///         self.0.len()
///     }
///     fn step(&self, state: &mut Vec<u8>, index: usize) -> Result<(), TryReserveError> {
///         state.try_reserve(1)?;
///         state.push(self.0[index]);
///         Ok(())
///     }
///     fn view(&self, state: &mut Vec<u8>) -> Vec<u8> {
///         state.clone()
///     }
/// }
///
/// const TARGETS: &[Target] =
///     &[Target::steps("pushes", |bytes| Pushes(bytes.to_vec())).about("a vector, byte by byte")];
///
/// assert_eq!(TARGETS[0].decode(b"abc")?.len(), 3);
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Target {
    name: &'static str,
    about: &'static str,
    format: Format,
    ceiling: Option<usize>,
    empty: Empty,
    configure: fn(Sweep) -> Sweep,
    decoder: Decoder,
}

/// The format of a target's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Own,
    OwnOrWasm,
}

impl Target {
    /// Makes a target whose function turns any bytes into steps.
    ///
    /// # Panics
    /// If the name, which is also a folder's, has other characters than ASCII letters, digits, `_`
    /// and `-`. In a `const`, this is a compile error.
    #[must_use]
    pub const fn steps<S: Steps + 'static>(name: &'static str, decode: fn(&[u8]) -> S) -> Self {
        Self::new(name, Decoder::new::<StepSequences<S>>(decode))
    }

    /// Makes a target whose function turns bytes into steps, or returns an error of one line.
    ///
    /// # Panics
    /// As [`steps`](Self::steps).
    #[must_use]
    pub const fn try_steps<S: Steps + 'static>(
        name: &'static str,
        decode: fn(&[u8]) -> Result<S, String>,
    ) -> Self {
        Self::new(name, Decoder::new::<TryStepSequences<S>>(decode))
    }

    /// Makes a target whose function turns any bytes into a scenario.
    ///
    /// # Panics
    /// As [`steps`](Self::steps).
    #[must_use]
    pub const fn scenario<S: Scenario + 'static>(
        name: &'static str,
        decode: fn(&[u8]) -> S,
    ) -> Self {
        Self::new(name, Decoder::new::<Scenarios<S>>(decode))
    }

    /// Makes a target whose function turns bytes into a scenario, or returns an error of one line.
    ///
    /// # Panics
    /// As [`steps`](Self::steps).
    #[must_use]
    pub const fn try_scenario<S: Scenario + 'static>(
        name: &'static str,
        decode: fn(&[u8]) -> Result<S, String>,
    ) -> Self {
        Self::new(name, Decoder::new::<TryScenarios<S>>(decode))
    }

    const fn new(name: &'static str, decoder: Decoder) -> Self {
        assert!(is_file_name(name), "a target's name is of ASCII letters, digits, `_` and `-`");
        const fn as_it_is(sweep: Sweep) -> Sweep {
            sweep
        }
        let (format, ceiling, configure) = (Format::Own, None, as_it_is as fn(Sweep) -> Sweep);
        Self { name, about: "", format, ceiling, empty: Empty::Fails, configure, decoder }
    }

    /// Sets the description: in one line, what is under test.
    #[must_use]
    pub const fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    /// Declares that the target reads WebAssembly modules too.
    #[must_use]
    pub const fn takes_wasm(self) -> Self {
        Self { format: Format::OwnOrWasm, ..self }
    }

    /// Lets the command line pass although no input of the target makes a request, as for code that
    /// a fuzzer tests for other mistakes. See [`Sweep::allow_empty`].
    #[must_use]
    pub const fn allow_empty(self) -> Self {
        Self { empty: Empty::Passes, ..self }
    }

    /// Returns whether it may make no request at all.
    #[cfg(feature = "cli")]
    pub(crate) const fn allows_empty(&self) -> bool {
        matches!(self.empty, Empty::Passes)
    }

    /// Sweeps the target with [`Sweep::ceiling`].
    #[must_use]
    pub const fn ceiling(self, bytes: usize) -> Self {
        Self { ceiling: Some(bytes), ..self }
    }

    /// Sweeps the target as `configure` says. Options of the command line come later and win.
    ///
    /// ```
    /// # use oom_sweep::{Scenario, Sweep, Target};
    /// # const fn example<S: Scenario + 'static>(decode: fn(&[u8]) -> S) -> Target {
    /// Target::scenario("open", decode).configure(Sweep::exact_size)
    /// # }
    /// ```
    #[must_use]
    pub const fn configure(self, configure: fn(Sweep) -> Sweep) -> Self {
        Self { configure, ..self }
    }

    /// Returns its name, which is also that of its folder in the corpus.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns its description, in one line; empty if it has none.
    #[must_use]
    pub const fn description(&self) -> &'static str {
        self.about
    }

    /// Returns whether it reads WebAssembly modules.
    #[must_use]
    pub const fn reads_wasm(&self) -> bool {
        matches!(self.format, Format::OwnOrWasm)
    }

    /// Decodes the bytes.
    ///
    /// # Errors
    /// The target's own error, which says what is wrong with the bytes.
    pub fn decode(&self, bytes: &[u8]) -> Result<Decoded, String> {
        self.decoder.decode(bytes).map(Decoded)
    }

    /// Returns the sweep with this target's settings. One input may make no request, and may fail
    /// without faults: see [`Sweep::allow_empty`] and [`Sweep::may_fail`].
    #[must_use]
    pub fn prepare(&self, sweep: Sweep) -> Sweep {
        let sweep = sweep.allow_empty().may_fail();
        let sweep = match self.ceiling {
            Some(bytes) => sweep.ceiling(bytes),
            None => sweep,
        };
        (self.configure)(sweep)
    }

    /// Decodes the bytes and sweeps the result.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn sweep(&self, bytes: &[u8], sweep: Sweep) -> Result<Report, String> {
        Ok(self.decode(bytes)?.sweep(self.prepare(sweep)))
    }
}

const fn is_file_name(name: &str) -> bool {
    let mut rest = name.as_bytes();
    while let [first, others @ ..] = rest {
        if !(first.is_ascii_alphanumeric() || *first == b'_' || *first == b'-') {
            return false;
        }
        rest = others;
    }
    !name.is_empty()
}

/// The steps or the scenario that a [`Target`] decoded.
pub struct Decoded(Box<dyn DecodedInput>);

impl Decoded {
    /// Returns the number of operations; a scenario is one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there is no operation.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Describes an operation, for people.
    #[must_use]
    pub fn describe(&self, index: usize) -> String {
        self.0.describe(index)
    }

    /// Sweeps it. Call [`Target::prepare`] on the sweep first.
    pub fn sweep(&self, sweep: Sweep) -> Report {
        self.0.sweep(sweep)
    }

    /// Runs it once without faults, checks and views. The cost of the harness is measured against
    /// this.
    ///
    /// # Panics
    /// If the code under test panics.
    pub fn run_bare(&self) {
        self.0.run_bare();
    }
}

impl std::fmt::Debug for Decoded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries((0..self.len()).map(|index| self.describe(index))).finish()
    }
}
