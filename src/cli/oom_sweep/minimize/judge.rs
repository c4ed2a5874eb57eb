//! Checks that an input still shows the finding: [`Judge`], which runs it in forked processes.
//!
//! A finding is the same if its kind and its site are the same. With fewer faults, a plan may blame
//! another of them, so the site of the first fault counts too.

use super::super::crash;
use super::super::job::Job;
use super::plans::{Begin, moved, simpler};
use super::scout;
use crate::fuzzing::Decoded;
use crate::harness::oracle::{Finding, FindingKind, Status};
use crate::harness::plan::Strategy;
use crate::harness::plan::{Plan, SiteId};
use crate::harness::report::Report;
use crate::harness::sweep::Sweep;
use crate::harness::sweep::site_id;

/// An input that shows the finding under this plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) bytes: Vec<u8>,
    pub(super) plan: Plan,
    pub(super) operations: usize,
    /// The number of requests of a fault-free run.
    pub(super) requests: u64,
    /// The number of the first request that fails.
    first: Option<u64>,
}

/// Checks inputs for one finding.
pub(super) struct Judge<'a> {
    job: &'a Job<'a>,
    pub(super) kind: FindingKind,
    pub(super) site: Option<SiteId>,
    place: Place,
}

/// Where runs take place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In separate processes, as the job says.
    Job,
    /// In this process, as a fuzzer does.
    Here,
}

impl<'a> Judge<'a> {
    /// Sweeps the bytes under the plans, and makes a judge for the most severe finding.
    ///
    /// # Errors
    /// In one line: if there is no finding, or the bytes cannot be run.
    pub(super) fn new(job: &'a Job<'a>, decoded: &Decoded, plans: &[Plan]) -> Result<Self, String> {
        let report = sweep(job, Place::Job, decoded, plans.to_vec());
        if let Some(error) = report.error() {
            return Err(error.to_owned());
        }
        let mut findings = report.findings().iter();
        match findings.find(|finding| finding.status() == Status::New) {
            Some(finding) => {
                let (kind, site) = (finding.kind(), finding.site());
                Ok(Self { job, kind, site, place: Place::Job })
            }
            None => Err(format!(
                "{}: does not reproduce: there is nothing to minimize: no finding under {}",
                job.input.path.display(),
                crash::list(plans)
            )),
        }
    }

    /// Returns the same judge with the options of this job.
    pub(super) fn on<'b>(&self, job: &'b Job<'b>) -> Judge<'b> {
        Judge { job, ..*self }
    }

    /// Returns the words for the site, to be written after the kind.
    pub(super) fn place(&self) -> String {
        self.site.map_or_else(String::new, |site| format!(" at {site}"))
    }

    /// Tries the plans in order. Returns the bytes and the first plan that shows the finding.
    ///
    /// # Errors
    /// If none shows it: the number of requests, if the bytes can be run at all.
    pub(super) fn show(&self, bytes: &[u8], plans: Vec<Plan>) -> Result<Shown, Option<u64>> {
        let decoded = self.job.decode_bytes(bytes).map_err(|_| None)?;
        let report = sweep(self.job, self.place, &decoded, plans);
        let mut findings = report.findings().iter();
        let Some(finding) = findings.find(|finding| self.is_it(finding)) else {
            return Err(report.error().is_none().then(|| report.requests()));
        };
        Ok(Shown {
            bytes: bytes.to_vec(),
            plan: finding.plan().clone(),
            first: finding.request().map(|request| request.number),
            operations: decoded.len(),
            requests: report.requests(),
        })
    }

    /// Checks whether these bytes show it under the plan of `shown`, or under one near it.
    pub(super) fn show_moved(&self, bytes: &[u8], shown: &Shown) -> Option<Shown> {
        let requests = match self.show(bytes, vec![shown.plan.clone()]) {
            Ok(shown) => return Some(shown),
            Err(requests) => requests?,
        };
        let plans = moved(&shown.plan, shown.requests, requests);
        (!plans.is_empty()).then(|| self.show(bytes, plans).ok()).flatten()
    }

    /// Returns the first of these inputs that shows it under the plan of `shown` or one near it,
    /// and its index.
    pub(super) fn show_first(&self, inputs: &[Vec<u8>], shown: &Shown) -> Option<(usize, Shown)> {
        let scout = Judge { place: Place::Here, ..*self };
        let mut from = 0;
        while from < inputs.len() {
            let ahead = &inputs[from..];
            from += scout::first(ahead.len(), &mut |place| {
                scout.show_moved(&ahead[place], shown).is_some()
            });
            let found = inputs.get(from).and_then(|bytes| self.show_moved(bytes, shown));
            if let Some(found) = found {
                return Some((from, found));
            }
            from += 1;
        }
        None
    }

    /// Returns the same bytes with the simplest plan that shows it.
    pub(super) fn show_simpler(&self, shown: &Shown, begin: Begin) -> Option<Shown> {
        // Each run that hangs takes its full time limit.
        let begin = if self.kind == FindingKind::Hung { Begin::There } else { begin };
        let plans = simpler(&shown.plan, shown.first, begin);
        (!plans.is_empty()).then(|| self.show(&shown.bytes, plans).ok()).flatten()
    }

    fn is_it(&self, finding: &Finding) -> bool {
        let first = finding.earlier_faults().first().map(|fault| site_id(&fault.stack));
        let is_same = |site| Some(site) == self.site;
        finding.kind() == self.kind && (finding.site() == self.site || first.is_some_and(is_same))
    }
}

fn sweep(job: &Job<'_>, place: Place, decoded: &Decoded, plans: Vec<Plan>) -> Report {
    match place {
        // So few plans are not worth a second process.
        Place::Job => {
            job.sweep(decoded, Strategy::Plans(plans), |_| (), |sweep| crash::shape(sweep).jobs(1))
        }
        Place::Here => {
            let sweep = crash::shape(job.target.prepare(Sweep::fuzzing(job.target.name())));
            decoded.sweep(sweep.strategy(Strategy::Plans(plans)))
        }
    }
}
