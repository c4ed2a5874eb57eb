//! One target on one input: [`Job`], from bytes to a report.
//!
//! Whatever is wrong with the input becomes the error of a report, so that it is in every
//! record beside the sweeps that went well.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::args::Conditions;
use super::input::Input;
use super::repro_command::Replay;
use super::{Target, console};
use crate::fuzzing::Decoded;
use crate::harness::plan::Strategy;
use crate::harness::report::Report;
use crate::harness::sweep::{Sweep, SweepProgress};

/// A sweep to be made.
pub(super) struct Job<'a> {
    pub(super) target: &'a Target,
    pub(super) input: Input,
    pub(super) conditions: &'a Conditions,
}

impl Job<'_> {
    /// The sweep's name.
    pub(super) fn name(&self) -> String {
        format!("{}/{}", self.target.name(), self.input.label)
    }

    /// What the input stands for.
    ///
    /// # Errors
    /// In one line, which begins with the input's path.
    pub(super) fn decode(&self) -> Result<Decoded, String> {
        self.decode_bytes(&self.read()?)
    }

    /// The input's bytes.
    ///
    /// # Errors
    /// As [`decode`](Self::decode)'s.
    pub(super) fn read(&self) -> Result<Vec<u8>, String> {
        self.input.read().map_err(|error| self.locate(&error))
    }

    /// What these bytes stand for.
    ///
    /// # Errors
    /// As [`decode`](Self::decode)'s.
    pub(super) fn decode_bytes(&self, bytes: &[u8]) -> Result<Decoded, String> {
        let name = self.target.name();
        let decode = AssertUnwindSafe(|| self.target.decode(bytes));
        let decoded = match catch_unwind(decode) {
            Ok(Ok(decoded)) => Ok(decoded),
            Ok(Err(error)) => Err(format!("{name} cannot read it: {error}")),
            Err(_) => Err(format!("{name} panicked while it decoded it: mend its `decode`")),
        };
        decoded.map_err(|error| self.locate(&error))
    }

    /// Sweeps what the input stands for. `shape` has the last word on how.
    pub(super) fn sweep(
        &self,
        decoded: &Decoded,
        strategy: Strategy,
        listener: impl FnMut(SweepProgress<'_>) + 'static,
        shape: impl FnOnce(Sweep) -> Sweep,
    ) -> Report {
        let replay = Replay::new(self.target, &self.input.path, self.conditions);
        let sweep = self.target.prepare(Sweep::new(self.name()));
        let sweep = self.conditions.configure(sweep).strategy(strategy);
        let sweep = sweep.replay_by(move |plan| replay.command(plan)).on_progress(listener);
        let mut report = decoded.sweep(shape(sweep));
        report.error = report.error.map(|error| self.locate(&error));
        report
    }

    fn locate(&self, error: &str) -> String {
        console::line(&format!("{}: {error}", self.input.path.display()))
    }
}

/// A sweep that cannot begin, and why.
pub(super) struct Unfit {
    pub(super) name: String,
    pub(super) error: String,
}

impl Unfit {
    pub(super) fn report(self) -> Report {
        Report { name: self.name, error: Some(self.error), ..Report::default() }
    }
}
