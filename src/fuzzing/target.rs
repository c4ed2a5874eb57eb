//! A named subject driver: [`Target`], and what it makes of bytes, [`Decoded`].
//!
//! The command line, libFuzzer and the tests use targets through these two alone; what the
//! steps of one are made of is forgotten in [`decoder`](super::decoder). A target says which
//! bytes it reads and how it wants to be swept. It opens no files and starts nothing itself.

use super::decoder::{
    DecodedInput, Decoder, Scenarios, StepSequences, TryScenarios, TryStepSequences,
};
use crate::harness::report::Report;
use crate::harness::sweep::{Scenario, Steps, Sweep};

/// Something to be swept under a name, on inputs that are bytes.
///
/// All of its methods that make one are `const`, for the table of a program's targets:
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
    configure: fn(Sweep) -> Sweep,
    decoder: Decoder,
}

/// What the bytes of a target are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Own,
    OwnOrWasm,
}

impl Target {
    /// A target that makes steps of any bytes.
    ///
    /// # Panics
    /// If the name, which is also that of a folder, has other characters than ASCII letters,
    /// digits, `_` and `-`; in a `const`, that is an error of the compiler.
    #[must_use]
    pub const fn steps<S: Steps + 'static>(name: &'static str, decode: fn(&[u8]) -> S) -> Self {
        Self::new(name, Decoder::new::<StepSequences<S>>(decode))
    }

    /// A target that makes steps of bytes, or says in one line what is wrong with them.
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

    /// A target that makes a scenario of any bytes.
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

    /// A target that makes a scenario of bytes, or says in one line what is wrong with them.
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
        Self { name, about: "", format, ceiling, configure, decoder }
    }

    /// Says in a line what is under test, for lists.
    #[must_use]
    pub const fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    /// Says that it reads WebAssembly modules too.
    #[must_use]
    pub const fn takes_wasm(self) -> Self {
        Self { format: Format::OwnOrWasm, ..self }
    }

    /// Has it swept with [`Sweep::ceiling`].
    #[must_use]
    pub const fn ceiling(self, bytes: usize) -> Self {
        Self { ceiling: Some(bytes), ..self }
    }

    /// Has it swept as `configure` says; options of the command line come later and win.
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

    /// Its name, which is also that of its folder in the corpus.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What is under test, in a line; empty if nobody said.
    #[must_use]
    pub const fn description(&self) -> &'static str {
        self.about
    }

    /// Whether it reads WebAssembly modules.
    #[must_use]
    pub const fn reads_wasm(&self) -> bool {
        matches!(self.format, Format::OwnOrWasm)
    }

    /// What the bytes stand for.
    ///
    /// # Errors
    /// With what is wrong with the bytes, as the target says it.
    pub fn decode(&self, bytes: &[u8]) -> Result<Decoded, String> {
        self.decoder.decode(bytes).map(Decoded)
    }

    /// A sweep as this target wants it.
    #[must_use]
    pub fn prepare(&self, sweep: Sweep) -> Sweep {
        let sweep = match self.ceiling {
            Some(bytes) => sweep.ceiling(bytes),
            None => sweep,
        };
        (self.configure)(sweep)
    }

    /// Decodes the bytes and sweeps what they stand for.
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

/// The steps or the scenario that a [`Target`] made of bytes.
pub struct Decoded(Box<dyn DecodedInput>);

impl Decoded {
    /// Number of operations; a scenario is one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no operation.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What an operation does, for people.
    #[must_use]
    pub fn describe(&self, index: usize) -> String {
        self.0.describe(index)
    }

    /// Sweeps it; see [`Target::prepare`].
    pub fn sweep(&self, sweep: Sweep) -> Report {
        self.0.sweep(sweep)
    }

    /// Runs it once with nobody watching: no faults, no checks, no views. It is what the cost of
    /// watching is measured against.
    ///
    /// # Panics
    /// If the code under test does.
    pub fn run_bare(&self) {
        self.0.run_bare();
    }
}

impl std::fmt::Debug for Decoded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries((0..self.len()).map(|index| self.describe(index))).finish()
    }
}
