//! What a run needs from the process that it runs in: [`RunContext`].

use crate::harness::alloc::{
    AllocPolicy, Capture, Compiled, Record, Run, Session, Settings, Trace,
};
use crate::harness::oracle::Rules;

/// What a run needs: a session, a record, and settings.
pub(crate) struct RunContext<'a> {
    pub(crate) session: &'a Session,
    pub(crate) record: &'a mut Record,
    pub(crate) policy: AllocPolicy,
    pub(crate) rules: Rules,
}

impl RunContext<'_> {
    /// Begins a run that writes to the record of this context.
    pub(crate) fn begin<'a>(
        &'a mut self,
        plan: &'a Compiled,
        capture: Capture,
        trace: Option<&'a Trace>,
    ) -> Run<'a> {
        let settings = Settings { plan, policy: self.policy, capture, record: self.record, trace };
        self.session.begin(settings)
    }
}
