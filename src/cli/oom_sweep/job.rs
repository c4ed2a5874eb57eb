//! One target on one input: [`Job`], from bytes to a report.
//!
//! A mistake in the input becomes the error of a report, so the record has it beside the sweeps
//! that worked.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::args::Conditions;
use super::input::Input;
use super::repro_command::Replay;
use super::{Target, console};
use crate::fuzzing::Decoded;
use crate::harness::plan::Strategy;
use crate::harness::report::Report;
use crate::harness::sweep::{Sweep, SweepProgress};

/// One sweep to run.
pub(super) struct Job<'a> {
    pub(super) target: &'a Target,
    pub(super) input: Input,
    pub(super) conditions: &'a Conditions,
}

impl Job<'_> {
    /// Returns the sweep's name.
    pub(super) fn name(&self) -> String {
        format!("{}/{}", self.target.name(), self.input.label)
    }

    /// Decodes the input.
    ///
    /// # Errors
    /// In one line, which starts with the input's path.
    pub(super) fn decode(&self) -> Result<Decoded, String> {
        self.decode_bytes(&self.read()?)
    }

    /// Reads the input's bytes.
    ///
    /// # Errors
    /// Like those of [`decode`](Self::decode).
    pub(super) fn read(&self) -> Result<Vec<u8>, String> {
        self.input.read().map_err(|error| self.locate(&error))
    }

    /// Decodes these bytes.
    ///
    /// # Errors
    /// Like those of [`decode`](Self::decode).
    pub(super) fn decode_bytes(&self, bytes: &[u8]) -> Result<Decoded, String> {
        let name = self.target.name();
        let decode = AssertUnwindSafe(|| self.target.decode(bytes));
        let decoded = match catch_unwind(decode) {
            Ok(Ok(decoded)) => Ok(decoded),
            Ok(Err(error)) => Err(format!("{name} cannot decode the input: {error}")),
            Err(_) => {
                Err(format!("{name} panicked while it decoded the input: repair its `decode`"))
            }
        };
        decoded.map_err(|error| self.locate(&error))
    }

    /// Sweeps the decoded input. `shape` changes the sweep last.
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

/// A sweep that cannot start, and the reason.
pub(super) struct InvalidSweep {
    pub(super) name: String,
    pub(super) error: String,
}

impl InvalidSweep {
    pub(super) fn report(self) -> Report {
        Report { error: Some(self.error), ..Report::blank(self.name) }
    }
}
