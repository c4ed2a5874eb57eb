//! The folder of reports that the environment may name: [`ReportDir`] writes the report of a sweep
//! there.

use super::builder::Sweep;
use super::environment::{Environment, REPORT_DIR};
use super::options::BaselineMode;
use super::replay::ReplayRequest;
use crate::harness::alloc::is_in_session;
use crate::harness::report::{Entry, Origin, Report, Shard};

/// The sweep's entry in the folder, if it has one.
#[derive(Debug)]
pub(crate) struct ReportDir(Option<Entry>);

impl ReportDir {
    /// Notes in the folder that the sweep has begun.
    ///
    /// # Errors
    /// One line, if the folder cannot be written.
    pub(crate) fn begin(
        environment: &Environment,
        sweep: &Sweep,
        shard: Option<Shard>,
    ) -> Result<Self, String> {
        // Not recorded: replays, which people read on the screen; fuzz targets, with a thousand
        // sweeps a second; and sweeps inside another sweep, which are errors.
        let is_recorded = environment.replay_request == ReplayRequest::Sweep
            && sweep.baseline_mode == BaselineMode::Full
            && !is_in_session();
        let folder = environment.report_dir.as_deref().filter(|_| is_recorded);
        let names = Origin::names_here();
        let begin = |folder| Entry::begin(folder, names.id(&sweep.name), shard);
        let entry = folder.map(begin).transpose();
        entry.map(Self).map_err(|error| format!("{REPORT_DIR}: {error}"))
    }

    /// The sweep's name in the folder.
    pub(crate) fn name(&self) -> Option<&str> {
        self.0.as_ref().map(Entry::name)
    }

    /// Writes the finished report. If that fails, the failure becomes the report's error.
    pub(crate) fn finish(self, report: &mut Report) {
        if let Some(Err(error)) = self.0.map(|entry| entry.finish(report)) {
            report.error.get_or_insert(format!("{REPORT_DIR}: {error}"));
        }
    }
}
