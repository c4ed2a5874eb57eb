//! Children at work, as many at a time as there may be: [`Pool`]. It starts and watches them,
//! and hands on what became of each order, in the order of their places.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Instant;

use super::channel::{SharedChannel, Writer};
use super::message::{CaseResult, Message};
use super::post_mortem;
use super::watch::{End, GLANCE, Life, Watched};
use super::wire::Wire;
use super::work_queue::{Method, Progress, WorkQueue};
use crate::harness::sweep::api::events::Used;
use crate::harness::sweep::executors::{Freshness, Judged, Regions, Task};
use crate::harness::sys;

pub(crate) const OTHER_THREADS: &str = "the code has a second thread when it makes a request, and \
    a snapshot would leave that behind: use Isolation::Worker";

/// Starts a child's life at a lot: [`Forked`](super::Forked) knows how to fork.
pub(crate) type Start<'a> =
    &'a mut dyn FnMut(&WorkQueue, usize, &Channels) -> Result<Watched, String>;

/// What the children of one slot write to, one after the other.
pub(crate) struct Channels {
    pub(crate) main: SharedChannel,
    /// For what branches off a pass.
    pub(crate) branch: SharedChannel,
}

struct Slot {
    channels: Channels,
    life: Option<(Watched, usize)>,
}

/// Passes of a lot.
#[derive(Clone, Copy, Default)]
struct Passes {
    running: usize,
    /// One has gone all the way: what is left, no pass comes by.
    is_through: bool,
}

/// Whether a pass that cannot go on, be it that there are other threads, gives way to runs from
/// the start.
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
    /// Orders before this one have been handed on.
    front: usize,
    told: BTreeMap<usize, CaseResult>,
    regions: Regions,
    /// When `advance` was left.
    left: Instant,
    /// Children that came to no order.
    stuck: u32,
}

impl Pool {
    /// # Errors
    /// If there is no memory to share.
    pub(crate) fn new(
        queue: WorkQueue,
        jobs: usize,
        on_trouble: OnTrouble,
    ) -> Result<Self, String> {
        let slot = |_| {
            let channels = Channels { main: SharedChannel::new()?, branch: SharedChannel::new()? };
            Ok(Slot { channels, life: None })
        };
        let slots = (0..jobs).map(slot).collect::<Result<_, String>>()?;
        let passes = vec![Passes::default(); queue.batches.len()];
        let (front, told, regions) = (0, BTreeMap::new(), Regions::new());
        let left = Instant::now();
        Ok(Self { queue, passes, slots, on_trouble, front, told, regions, left, stuck: 0 })
    }

    pub(crate) fn regions(&self) -> &Regions {
        &self.regions
    }

    pub(crate) fn used(&self) -> Used {
        self.queue.used()
    }

    /// Goes on until there is something to hand on, or for a glance. `None` when all has been.
    pub(crate) fn advance(
        &mut self,
        task: Task<'_>,
        start: Start<'_>,
    ) -> Result<Option<Vec<Judged>>, String> {
        for (watched, _) in self.slots.iter_mut().filter_map(|slot| slot.life.as_mut()) {
            watched.forgive(self.left.elapsed());
        }
        self.fill(start)?;
        let lives = || self.slots.iter().filter_map(|slot| slot.life.as_ref());
        if lives().next().is_some() {
            let patience = lives().map(|(watched, _)| watched.patience()).min().unwrap_or(GLANCE);
            sys::wait_for_any(lives().map(|(watched, _)| &watched.child), patience);
        } else if self.front < self.queue.places.len() && self.ready().is_empty() {
            return Err("a worker's message is damaged: the code under test wrote over it".into());
        }
        for index in 0..self.slots.len() {
            self.look(index, task)?;
        }
        self.left = Instant::now();
        let judged = self.hand_on();
        // The last ones have yet to leave what they know of tolerated regions.
        let is_idle = self.slots.iter().all(|slot| slot.life.is_none());
        let is_done = judged.is_empty() && self.front == self.queue.places.len() && is_idle;
        Ok((!is_done).then_some(judged))
    }

    /// Gives every idle slot something to do, if there is something.
    fn fill(&mut self, start: Start<'_>) -> Result<(), String> {
        for slot in 0..self.slots.len() {
            if self.slots[slot].life.is_some() {
                continue;
            }
            let Some(batch) = self.next_lot() else { return Ok(()) };
            let watched = start(&self.queue, batch, &self.slots[slot].channels)?;
            self.slots[slot].life = Some((watched, batch));
            if matches!(self.queue.batches[batch].method, Method::Branch { .. }) {
                self.passes[batch].running += 1;
            }
        }
        Ok(())
    }

    /// The first lot with something to do. What passes have left over is run from the start.
    fn next_lot(&mut self) -> Option<usize> {
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

    /// Looks after the child of a slot.
    fn look(&mut self, slot: usize, task: Task<'_>) -> Result<(), String> {
        let Slot { channels, life } = &mut self.slots[slot];
        let Some((watched, batch)) = life else { return Ok(()) };
        let (ended, batch) = (watched.look(channels.main.get()), *batch);
        let writer = if ended.is_some() { Writer::Gone } else { Writer::Alive };
        if ended.is_some() {
            *life = None;
        }
        let messages = channels.main.get().take_messages(writer);
        for message in messages {
            self.hear(&message, batch)?;
        }
        ended.map_or(Ok(()), |life| self.bury(slot, batch, life, task))
    }

    fn hear(&mut self, message: &[u8], batch: usize) -> Result<(), String> {
        match Message::take(&mut &message[..]) {
            Some(Message::Told { place, telling }) => {
                if let Some(index) = self.queue.index_of(place) {
                    self.told.insert(index, *telling);
                }
                Ok(())
            }
            Some(Message::Trouble(text)) => Err(text),
            Some(Message::OtherThreads) if self.on_trouble == OnTrouble::Rerun => {
                self.passes[batch].is_through = true;
                Ok(())
            }
            Some(Message::OtherThreads) => Err(OTHER_THREADS.to_owned()),
            _ => Err("a worker's message is damaged: the code under test wrote over it".to_owned()),
        }
    }

    /// Takes in what a child leaves behind.
    fn bury(
        &mut self,
        slot: usize,
        batch: usize,
        life: Life,
        task: Task<'_>,
    ) -> Result<(), String> {
        let channels = &self.slots[slot].channels;
        for channel in [&channels.main, &channels.branch] {
            // SAFETY: the child is gone, and with it whatever branched off it.
            let regions = unsafe { channel.get().record() }.regions();
            add_regions(&mut self.regions, regions);
        }
        if let Method::Branch { first } = self.queue.batches[batch].method {
            self.passes[batch].running -= 1;
            self.passes[batch].is_through = true;
            if self.passes[batch].running == 0 {
                // Whoever had claimed them is gone.
                self.queue.release(batch);
            }
            // A pass on the run of a first fault may die of that; other runs have judged it.
            return match life.ended {
                End::Done => Ok(()),
                End::Died(_) | End::Hung(_) if first.is_some() => Ok(()),
                // Its branches may have spoilt what they share with it. If that is not why, the
                // runs that take its place will tell.
                End::Died(_) | End::Hung(_) if self.on_trouble == OnTrouble::Rerun => Ok(()),
                End::Died(_) | End::Hung(_) => Err(format!(
                    "{}; if it shares something with its snapshots, such as its place in a file: \
                     use Isolation::Worker",
                    life.describe_trouble()
                )),
            };
        }
        if matches!(life.ended, End::Done) {
            return Ok(());
        }
        let channel = channels.main.get();
        if channel.begun() == 0 {
            // The slot is free, and the next one may have better luck.
            self.stuck += 1;
            let is_forgiven = self.stuck == 1 && life.may_have_inherited_a_lock();
            return if is_forgiven { Ok(()) } else { Err(life.describe_trouble()) };
        }
        let place = channel.current();
        let Some(index) = self.queue.index_of(place) else { return Ok(()) };
        if self.queue.status(index) == Progress::Claimed {
            let freshness = if channel.begun() == 1 { Freshness::Fresh } else { Freshness::Used };
            let seen = post_mortem::observe(channel, task, &task.cases[place], life);
            // They were taken in above.
            self.told.insert(index, *CaseResult::suspect(seen, freshness, Regions::new()));
            self.queue.set(index, Progress::Told);
        }
        Ok(())
    }

    /// Orders that can be handed on.
    fn ready(&self) -> Range<usize> {
        let is_ready = |&index: &usize| match self.queue.status(index) {
            Progress::Pending | Progress::Claimed => false,
            Progress::Clean | Progress::Tolerated => true,
            Progress::Told => self.told.contains_key(&index),
        };
        let len = (self.front..self.queue.places.len()).take_while(is_ready).count();
        self.front..self.front + len
    }

    fn hand_on(&mut self) -> Vec<Judged> {
        let ready = self.ready();
        self.front = ready.end;
        let judge = |index: usize| {
            let case = self.queue.places[index];
            let (retained, regions) = (Vec::new(), Regions::new());
            let clean = |tolerated| CaseResult { tolerated, retained, suspect: None, regions };
            let telling = match self.queue.status(index) {
                Progress::Tolerated => clean(1),
                _ => self.told.remove(&index).unwrap_or_else(|| clean(0)),
            };
            add_regions(&mut self.regions, telling.regions);
            let CaseResult { tolerated, retained, suspect, .. } = telling;
            Judged { case, tolerated, retained, suspect }
        };
        ready.map(judge).collect()
    }
}

/// Unites what is known of tolerated regions.
pub(crate) fn add_regions(known: &mut Regions, more: Regions) {
    for (reason, was_hit) in more {
        match known.iter_mut().find(|(other, _)| *other == reason) {
            Some((_, known)) => *known |= was_hit,
            None => known.push((reason, was_hit)),
        }
    }
}
