//! The children that run cases: [`Pool`]. It starts and watches them, and returns the results of
//! the cases in the order of their places.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Instant;

use super::channel::{SharedChannel, Writer};
use super::message::{CaseResult, Message};
use super::watch::{ChildExit, End, POLL, Watched};
use super::wire::Wire;
use super::work_queue::{Method, Progress, WorkQueue};
use super::{DAMAGED, post_mortem, run_output};
use crate::harness::sweep::api::events::Used;
use crate::harness::sweep::api::options::RunOutput;
use crate::harness::sweep::executors::{Freshness, Judged, Regions, Task};
use crate::harness::sys;

pub(crate) const OTHER_THREADS: &str = "the code has a second thread when it makes a request, and \
    a snapshot would lose it: use Isolation::Worker";

/// So many workers in a row may end without a plan although plans are left, and as many more as run
/// at a time.
const FRUITLESS: usize = 3;

/// Starts a child on a batch. [`Forked`](super::Forked) does the fork.
pub(crate) type Start<'a> =
    &'a mut dyn FnMut(&WorkQueue, usize, &Channels) -> Result<Watched, String>;

/// The channels of one slot, which its children use one after the other.
pub(crate) struct Channels {
    pub(crate) main: SharedChannel,
    /// For the branches of a pass.
    pub(crate) branch: SharedChannel,
}

struct Slot {
    channels: Channels,
    child: Option<(Watched, usize)>,
}

/// The passes of a batch.
#[derive(Clone, Copy, Default)]
struct Passes {
    running: usize,
    /// A pass has reached its end. No pass will reach what is left.
    is_through: bool,
}

/// What happens if a pass cannot continue, for example because there are other threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnTrouble {
    Rerun,
    Refuse,
}

pub(crate) struct Pool {
    queue: WorkQueue,
    passes: Vec<Passes>,
    slots: Vec<Slot>,
    on_trouble: OnTrouble,
    run_output: RunOutput,
    /// The places of cases after which their process had more than before.
    left_behind: Vec<Vec<usize>>,
    /// All cases before this one have been returned.
    front: usize,
    results: BTreeMap<usize, CaseResult>,
    regions: Regions,
    /// When `advance` last returned.
    left: Instant,
    /// Number of children that began no case.
    stuck: u32,
    /// The largest number of claimed cases so far, and how many workers in a row have not added to
    /// it.
    most_claimed: usize,
    fruitless: usize,
}

impl Pool {
    /// # Errors
    /// If there is no memory to share.
    pub(crate) fn new(
        queue: WorkQueue,
        jobs: usize,
        on_trouble: OnTrouble,
        run_output: RunOutput,
    ) -> Result<Self, String> {
        let slot = |_| {
            let channels = Channels { main: SharedChannel::new()?, branch: SharedChannel::new()? };
            Ok(Slot { channels, child: None })
        };
        let slots = (0..jobs).map(slot).collect::<Result<_, String>>()?;
        let passes = vec![Passes::default(); queue.batches.len()];
        Ok(Self {
            queue,
            passes,
            slots,
            on_trouble,
            run_output,
            left_behind: Vec::new(),
            front: 0,
            results: BTreeMap::new(),
            regions: Regions::new(),
            left: Instant::now(),
            stuck: 0,
            most_claimed: 0,
            fruitless: 0,
        })
    }

    pub(crate) fn regions(&self) -> &Regions {
        &self.regions
    }

    pub(crate) fn take_left_behind(&mut self) -> Vec<Vec<usize>> {
        std::mem::take(&mut self.left_behind)
    }

    pub(crate) fn used(&self) -> Used {
        self.queue.used()
    }

    /// Continues until there are results, or for a short time. Returns `None` when all results have
    /// been returned.
    pub(crate) fn advance(
        &mut self,
        task: Task<'_>,
        start: Start<'_>,
    ) -> Result<Option<Vec<Judged>>, String> {
        for (watched, _) in self.slots.iter_mut().filter_map(|slot| slot.child.as_mut()) {
            watched.exclude(self.left.elapsed());
        }
        self.fill(start)?;
        let children = || self.slots.iter().filter_map(|slot| slot.child.as_ref());
        if children().next().is_some() {
            let timeout = children().map(|(watched, _)| watched.timeout()).min().unwrap_or(POLL);
            sys::wait_for_any(children().map(|(watched, _)| &watched.child), timeout);
        } else if self.front < self.queue.places.len() && self.ready().is_empty() {
            return Err(DAMAGED.to_owned());
        }
        for index in 0..self.slots.len() {
            self.look(index, task)?;
        }
        self.left = Instant::now();
        let judged = self.take_ready();
        // The last children still have to report tolerated regions.
        let is_idle = self.slots.iter().all(|slot| slot.child.is_none());
        let is_done = judged.is_empty() && self.front == self.queue.places.len() && is_idle;
        Ok((!is_done).then_some(judged))
    }

    /// Gives every idle slot a batch, if there is one.
    fn fill(&mut self, start: Start<'_>) -> Result<(), String> {
        for slot in 0..self.slots.len() {
            if self.slots[slot].child.is_some() {
                continue;
            }
            let Some(batch) = self.next_batch() else { return Ok(()) };
            let watched = start(&self.queue, batch, &self.slots[slot].channels)?;
            self.slots[slot].child = Some((watched, batch));
            if matches!(self.queue.batches[batch].method, Method::Branch { .. }) {
                self.passes[batch].running += 1;
            }
        }
        Ok(())
    }

    /// The first batch with work. What passes have left over runs from the start.
    fn next_batch(&mut self) -> Option<usize> {
        for batch in 0..self.queue.batches.len() {
            if !self.queue.has_pending(batch, self.front) {
                continue;
            }
            let passes = self.passes[batch];
            match self.queue.batches[batch].method {
                Method::Rerun => return Some(batch),
                Method::Branch { .. } if !passes.is_through => return Some(batch),
                Method::Branch { .. } if passes.running > 0 => {}
                Method::Branch { .. } => {
                    self.queue.batches[batch].method = Method::Rerun;
                    return Some(batch);
                }
            }
        }
        None
    }

    /// Checks the child of a slot.
    fn look(&mut self, slot: usize, task: Task<'_>) -> Result<(), String> {
        let Slot { channels, child } = &mut self.slots[slot];
        let Some((watched, batch)) = child else { return Ok(()) };
        let (ended, batch) = (watched.look(channels.main.get()), *batch);
        let writer = if ended.is_some() { Writer::Gone } else { Writer::Alive };
        if ended.is_some() {
            *child = None;
        }
        let messages = channels.main.get().take_messages(writer);
        for message in messages {
            self.receive(&message, batch)?;
        }
        ended.map_or(Ok(()), |exit| self.reap(slot, batch, exit, task))
    }

    fn receive(&mut self, message: &[u8], batch: usize) -> Result<(), String> {
        match Message::take(&mut &message[..]) {
            Some(Message::Judged { place, result }) => {
                if let Some(index) = self.queue.index_of(place) {
                    self.results.insert(index, *result);
                }
                Ok(())
            }
            Some(Message::Trouble(text)) => Err(text),
            Some(Message::LeftBehind { places }) => {
                let is_known = |place: &usize| self.queue.index_of(*place).is_some();
                self.left_behind.push(places.into_iter().filter(is_known).collect());
                Ok(())
            }
            Some(Message::OtherThreads) if self.on_trouble == OnTrouble::Rerun => {
                self.passes[batch].is_through = true;
                Ok(())
            }
            Some(Message::OtherThreads) => Err(OTHER_THREADS.to_owned()),
            _ => Err(DAMAGED.to_owned()),
        }
    }

    /// Handles the end of a child.
    fn reap(
        &mut self,
        slot: usize,
        batch: usize,
        exit: ChildExit,
        task: Task<'_>,
    ) -> Result<(), String> {
        let channels = &self.slots[slot].channels;
        run_output::show(self.run_output, &exit.said, channels.main.get(), task);
        for channel in [&channels.main, &channels.branch] {
            // SAFETY: the child and its branches have ended.
            let regions = unsafe { channel.get().record() }.regions();
            add_regions(&mut self.regions, regions);
        }
        if let Method::Branch { first } = self.queue.batches[batch].method {
            self.passes[batch].running -= 1;
            self.passes[batch].is_through = true;
            if self.passes[batch].running == 0 {
                // The children that claimed them have ended.
                self.queue.release(batch);
                self.most_claimed = 0;
            }
            // A pass whose own plan has the first fault may die of it. Other runs have judged that
            // fault.
            return match exit.ended {
                End::Done => Ok(()),
                End::Lost => Err(exit.describe_trouble()),
                End::Died(_) | End::Hung(_) if first.is_some() => Ok(()),
                // Its branches may have damaged something that they share with it. If that is not
                // the reason, the runs that replace it will show it.
                End::Died(_) | End::Hung(_) if self.on_trouble == OnTrouble::Rerun => Ok(()),
                End::Died(_) | End::Hung(_) => Err(format!(
                    "{}; if the process shares something with its snapshots, such as a file \
                     position, use Isolation::Worker",
                    exit.describe_trouble()
                )),
            };
        }
        let channel = channels.main.get();
        match exit.ended {
            End::Done => return self.note_progress(batch),
            End::Lost => return Err(exit.describe_trouble()),
            End::Died(_) | End::Hung(_) => {}
        }
        if channel.begun() == 0 {
            // The slot is free. The next child may succeed.
            self.stuck += 1;
            let is_excused = self.stuck == 1 && exit.may_have_inherited_a_lock();
            return if is_excused { Ok(()) } else { Err(exit.describe_trouble()) };
        }
        let place = channel.current();
        let Some(index) = self.queue.index_of(place) else { return self.note_progress(batch) };
        if self.queue.status(index) == Progress::Claimed {
            let freshness = if channel.begun() == 1 { Freshness::Fresh } else { Freshness::Used };
            let seen = post_mortem::observe(channel, task, &task.cases[place], exit);
            // The regions were handled above.
            self.results.insert(index, *CaseResult::suspect(seen, freshness, Regions::new()));
            self.queue.set(index, Progress::Reported);
        }
        self.note_progress(batch)
    }

    /// Checks that workers make progress. A worker that ends claims a case first, unless no case is
    /// left.
    ///
    /// # Errors
    /// If several in a row have claimed none, although some are left.
    fn note_progress(&mut self, batch: usize) -> Result<(), String> {
        let claimed = self.queue.claimed();
        if claimed > self.most_claimed || !self.queue.has_pending(batch, self.front) {
            self.most_claimed = self.most_claimed.max(claimed);
            self.fruitless = 0;
            return Ok(());
        }
        self.fruitless += 1;
        // Workers that run at the same time may claim before the first of them ends.
        let most = FRUITLESS + self.slots.len();
        if self.fruitless < most {
            // A worker may have died before it could claim the case that it had counted.
            self.queue.rewind(batch);
            return Ok(());
        }
        Err(format!(
            "{most} workers in a row ended without running a plan: the code under test ends the \
             process before its first request, or writes over the harness's memory"
        ))
    }

    /// The cases whose results can be returned.
    fn ready(&self) -> Range<usize> {
        let is_ready = |&index: &usize| match self.queue.status(index) {
            Progress::Pending | Progress::Claimed => false,
            Progress::Clean | Progress::Tolerated => true,
            Progress::Reported => self.results.contains_key(&index),
        };
        let len = (self.front..self.queue.places.len()).take_while(is_ready).count();
        self.front..self.front + len
    }

    fn take_ready(&mut self) -> Vec<Judged> {
        let ready = self.ready();
        self.front = ready.end;
        let judge = |index: usize| {
            let case = self.queue.places[index];
            let (retained, regions) = (Vec::new(), Regions::new());
            let clean = |tolerated| CaseResult { tolerated, retained, suspect: None, regions };
            let result = match self.queue.status(index) {
                Progress::Tolerated => clean(1),
                _ => self.results.remove(&index).unwrap_or_else(|| clean(0)),
            };
            add_regions(&mut self.regions, result.regions);
            let CaseResult { tolerated, retained, suspect, .. } = result;
            Judged { case, tolerated, retained, suspect }
        };
        ready.map(judge).collect()
    }
}

/// Adds tolerated regions to those that are known.
pub(crate) fn add_regions(known: &mut Regions, more: Regions) {
    for (reason, was_hit) in more {
        match known.iter_mut().find(|(other, _)| *other == reason) {
            Some((_, known)) => *known |= was_hit,
            None => known.push((reason, was_hit)),
        }
    }
}
