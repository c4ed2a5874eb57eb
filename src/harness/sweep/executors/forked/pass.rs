//! Snapshots: one run from which the runs of all cases of a batch branch off. At each request that
//! is to fail, the process forks. The child gets the fault and runs on to its verdict. The parent
//! waits for it, and then continues without the fault.
//!
//! The parent waits so that each pass uses one core, and so that pages are not copied twice.
//! Several passes share the cases of a batch: each skips the cases that others have claimed.

use std::time::Duration;

use super::channel::Channel;
use super::child::{Context, conclude, end, patience, send};
use super::message::{CaseResult, Message};
use super::run_output::mark_end;
use super::watch::{ChildExit, End, Watched};
use super::work_queue::{Method, Progress, WorkQueue};
use super::{Learned, post_mortem};
use crate::harness::plan::{AfterFault, Plan};
use crate::harness::sweep::api::options::RunOutput;
use crate::harness::sweep::executors::{Freshness, Task};
use crate::harness::sweep::run::case::Case;
use crate::harness::sweep::run::runner::{Branch, Pass, Runner, Side};
use crate::harness::sys::{self, Forked};

impl Context<'_> {
    /// Makes the runs of a batch branch off one run. Its children use the channel `branch`, one at
    /// a time.
    pub(crate) fn pass(
        &mut self,
        code: &mut dyn Runner,
        task: Task<'_>,
        (queue, batch): (&WorkQueue, usize),
        branch: &Channel,
    ) {
        let Method::Branch { first } = queue.batches[batch].method else { return };
        let stops = stops(task, queue, batch);
        let Some(&(_, index)) = stops.first() else { return };
        let template = queue.case(task.cases, index);
        let base = first.map(|number| {
            let plan = Plan::nth(number, AfterFault::Succeed);
            Case::new(plan, template.temperature, template.retry)
        });
        let facts = task.facts(template);
        let rules = self.context.rules;
        let (learned, run_output) = (self.learned, self.run_output);
        let before = self.belongings(template.temperature);
        let (channel, stops) = (self.channel, &stops);
        let (mine, left_behind) = (None, Vec::new());
        let mut forks =
            Forks { channel, branch, task, queue, stops, learned, run_output, mine, left_behind };
        let mut numbers: Vec<_> = stops.iter().map(|&(number, _)| number).collect();
        numbers.dedup();
        let mut fork = |number| forks.at(number);
        let pass = Pass { stops: &numbers, base: base.as_ref(), fork: &mut fork };
        self.begin(queue.places[index]);
        let seen = code.pass(&mut self.context, pass, facts);
        mark_end(run_output);
        if let (Some(seen), Some(index)) = (seen, forks.mine) {
            if before.is_some_and(|before| before.added(patience(task)).is_some()) {
                branch.set_left_behind();
            }
            // SAFETY: this is the child that writes to it.
            let regions = unsafe { branch.record() }.regions();
            let case = queue.case(task.cases, index);
            match conclude(seen, case, rules, Freshness::Fresh, regions) {
                Ok(status) => queue.set(index, status),
                Err(result) => {
                    send(branch, &mut Message::Judged { place: queue.places[index], result });
                }
            }
            end(branch);
        }
        for place in forks.left_behind {
            send(self.channel, &mut Message::LeftBehind { places: vec![place] });
        }
    }
}

/// The requests at which the cases of a batch branch off, ascending, with the indices of the cases.
fn stops(task: Task<'_>, queue: &WorkQueue, batch: usize) -> Vec<(u64, usize)> {
    let Method::Branch { first } = queue.batches[batch].method else { return Vec::new() };
    let stop = |index: usize| {
        let case = queue.case(task.cases, index);
        let number = if first.is_some() { case.last() } else { case.first() };
        number.map(|number| (number, index))
    };
    let mut stops: Vec<_> = queue.batches[batch].range.clone().filter_map(stop).collect();
    stops.sort_unstable();
    stops
}

/// Returns whether there are other threads that stay. A joined thread may exist for the system a
/// little longer.
fn has_other_threads() -> bool {
    const TRIES: usize = 20;
    (0..TRIES).all(|_| {
        let has_others = sys::has_other_threads();
        if has_others {
            std::thread::sleep(Duration::from_millis(1));
        }
        has_others
    })
}

/// Makes the forks of a pass.
struct Forks<'a> {
    channel: &'a Channel,
    branch: &'a Channel,
    task: Task<'a>,
    queue: &'a WorkQueue,
    stops: &'a [(u64, usize)],
    learned: Learned,
    run_output: RunOutput,
    /// The places of branches that left something behind.
    left_behind: Vec<usize>,
    /// In a child: the case that it runs.
    mine: Option<usize>,
}

impl<'a> Forks<'a> {
    /// Called inside the allocator, at a request.
    fn at(&mut self, number: u64) -> Side<'a> {
        let from = self.stops.partition_point(|&(stop, _)| stop < number);
        for &(stop, index) in &self.stops[from..] {
            if stop != number {
                break;
            }
            self.channel.beat();
            if has_other_threads() {
                send(self.channel, &mut Message::OtherThreads);
                end(self.channel);
            }
            if self.queue.claim_at(index, number)
                && let Some(branch) = self.fork(index)
            {
                return Side::Child(branch);
            }
        }
        Side::Parent
    }

    /// Forks for a case. The parent waits for the child.
    fn fork(&mut self, index: usize) -> Option<Branch<'a>> {
        self.branch.open();
        self.branch.begin(self.queue.places[index]);
        match sys::fork_again() {
            Ok(Forked::Child) => {
                // SAFETY: the channel is mapped while the process lives.
                unsafe { sys::note_crashes_in(&raw const self.branch.crash) };
                self.mine = Some(index);
                let case = self.queue.case(self.task.cases, index);
                Some(Branch { case, record: self.branch.record_ptr(), later_sites: None })
            }
            Ok(Forked::Parent(child)) => {
                let watched = Watched::new(
                    child,
                    self.branch,
                    self.task.limits.run,
                    self.learned.on_abort_message,
                );
                let exit = watched.wait(self.branch, &mut || self.channel.beat());
                self.take(index, exit);
                None
            }
            Err(error) => {
                let text = format!("cannot fork: {error}; free processes or memory");
                send(self.channel, &mut Message::Trouble(text));
                end(self.channel)
            }
        }
    }

    /// Reports the result of a case.
    fn take(&mut self, index: usize, exit: ChildExit) {
        if self.run_output == RunOutput::Show {
            sys::write_to_stderr(exit.said.as_bytes());
        }
        if self.branch.has_left_behind() {
            self.left_behind.push(self.queue.places[index]);
        }
        match exit.ended {
            End::Done => {
                for message in self.branch.take_messages(super::channel::Writer::Gone) {
                    // It fits: it came from an outbox of the same size.
                    let _ = self.channel.send(&message);
                    self.queue.set(index, Progress::Reported);
                }
            }
            End::Lost => {
                send(self.channel, &mut Message::Trouble(exit.describe_trouble()));
                end(self.channel)
            }
            End::Died(_) | End::Hung(_) => {
                let case = self.queue.case(self.task.cases, index);
                let seen = post_mortem::observe(self.branch, self.task, case, exit);
                // SAFETY: the child has ended.
                let regions = unsafe { self.branch.record() }.regions();
                let result = CaseResult::suspect(seen, Freshness::Fresh, regions);
                let place = self.queue.places[index];
                send(self.channel, &mut Message::Judged { place, result });
                self.queue.set(index, Progress::Reported);
            }
        }
    }
}
