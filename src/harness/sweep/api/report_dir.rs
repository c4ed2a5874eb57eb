//! Where the report of a sweep goes besides to its caller: [`ReportDir`], for the folder of reports
//! that the environment may name.

use super::builder::Sweep;
use super::environment::{Environment, REPORT_DIR};
use super::options::BaselineMode;
use super::replay::ReplayRequest;
use crate::harness::alloc::is_in_session;
use crate::harness::report::{Entry, Report, Shard};

/// The sweep's place in that folder, if it has one.
#[derive(Debug)]
pub(crate) struct ReportDir(Option<Entry>);

impl ReportDir {
    /// Says in the folder that the sweep has begun.
    ///
    /// # Errors
    /// In one line, if that cannot be said.
    pub(crate) fn begin(
        environment: &Environment,
        sweep: &Sweep,
        shard: Option<Shard>,
    ) -> Result<Self, String> {
        // Replays are for the eye; a fuzz target sweeps a thousand times a second; and what is
        // inside the code of another sweep is none.
        let is_recorded = environment.replay_request == ReplayRequest::Sweep
            && sweep.baseline_mode == BaselineMode::Full
            && !is_in_session();
        let folder = environment.report_dir.as_deref().filter(|_| is_recorded);
        let entry = folder.map(|folder| Entry::begin(folder, &sweep.name, shard)).transpose();
        entry.map(Self).map_err(|error| format!("{REPORT_DIR}: {error}"))
    }

    /// What the sweep is called there.
    pub(crate) fn name(&self) -> Option<&str> {
        self.0.as_ref().map(Entry::name)
    }

    /// Leaves the finished report; trouble with that becomes its error.
    pub(crate) fn finish(self, report: &mut Report) {
        if let Some(Err(error)) = self.0.map(|entry| entry.finish(report)) {
            report.error.get_or_insert(format!("{REPORT_DIR}: {error}"));
        }
    }
}
