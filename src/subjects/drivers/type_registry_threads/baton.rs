//! Threads that take turns as bytes say: [`run`] starts some, and one at a time goes on, the one
//! that has the baton.
//!
//! It may change hands wherever a [`Step`] is announced, and where a task ends: the next byte says
//! which of the tasks that are ready goes on, counted from the one that has it. When there are no
//! more bytes, that one keeps it as long as it can. Who finds the lock taken is not ready until
//! something else happens.
//!
//! If all find it taken, there is a deadlock: one after the other panics, who has the lock first, and
//! what panics keeps the baton while it unwinds.
//!
//! Threads are of one run: a process that was forked has none but that which forked it. Relies on
//! [`schedule`] for the steps; knows nothing of what tasks do.

use crate::subjects::registry::schedule::{self, Step};
use crate::{Scope, pause};
use std::panic::resume_unwind;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Runs the task once for each place, each on a thread of its own, in the scope that the calling
/// thread is in. Gives what each returned, by place.
///
/// # Panics
/// As the first task by place that does, when all are done; or if no thread can be started.
pub(super) fn run<R: Send>(
    order: &Arc<[u8]>,
    tasks: usize,
    task: impl Fn(&Turn) -> R + Sync,
) -> Vec<R> {
    let scope = Scope::current();
    let task = &task;
    // Threads and their outcomes are not under test.
    pause(|| {
        let baton = Arc::new(Baton::new(Arc::clone(order), tasks));
        let outcomes: Vec<_> = thread::scope(|threads| {
            let start = |place| {
                // Ends too if the thread does not start, so that nobody waits for it.
                let turn = Turn { baton: Arc::clone(&baton), place };
                let work = move || scope.join(|| turn.run(task));
                thread::Builder::new().spawn_scoped(threads, work)
            };
            let started: Vec<_> = (0..tasks).map(start).collect();
            let ends = started.into_iter().map(|thread| thread.expect("a thread starts").join());
            ends.collect()
        });
        let outcomes = outcomes.into_iter();
        outcomes.map(|outcome| outcome.unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}

/// A task's part in a run.
pub(super) struct Turn {
    baton: Arc<Baton>,
    place: usize,
}

impl Turn {
    /// Which of the tasks it is.
    pub(super) fn place(&self) -> usize {
        self.place
    }

    fn run<R>(&self, task: impl FnOnce(&Self) -> R) -> R {
        pause(|| drop(self.baton.wait(self.baton.lock(), self.place)));
        let (baton, place) = (pause(|| Arc::clone(&self.baton)), self.place);
        schedule::with(move |step| baton.step(place, step), || task(self))
    }

    /// As the registry does before a step.
    #[cfg(test)]
    pub(super) fn announce(&self, step: Step) {
        self.baton.step(self.place, step);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.baton.end(self.place);
    }
}

struct Baton {
    turns: Mutex<Turns>,
    passed: Condvar,
}

struct Turns {
    order: Arc<[u8]>,
    /// How many bytes of it have been asked for.
    read: usize,
    /// The task that has the baton.
    current: usize,
    tasks: Vec<Status>,
    /// How often each has set out to take the lock, and not yet to give it up.
    takes: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Ready,
    /// It found the lock taken, and nothing has happened since.
    Blocked,
    /// The same while it unwinds.
    BlockedInPanic,
    /// It is to panic, since all are blocked.
    Doomed,
    Done,
}

impl Baton {
    fn new(order: Arc<[u8]>, tasks: usize) -> Self {
        let (tasks, takes) = (vec![Status::Ready; tasks], vec![0; tasks]);
        let mut turns = Turns { order, read: 0, current: 0, tasks, takes };
        turns.choose();
        Self { turns: Mutex::new(turns), passed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until this task has the baton.
    fn wait<'a>(&self, turns: MutexGuard<'a, Turns>, place: usize) -> MutexGuard<'a, Turns> {
        let is_another = |turns: &mut Turns| turns.current != place;
        self.passed.wait_while(turns, is_another).unwrap_or_else(PoisonError::into_inner)
    }

    /// What happens where the task that has the baton announces a step.
    fn step(&self, place: usize, step: Step) {
        let mut turns = self.lock();
        match step {
            Step::Blocked if thread::panicking() => turns.block(place, Status::BlockedInPanic),
            Step::Blocked => turns.block(place, Status::Blocked),
            _ => {
                turns.take_down(place, step);
                turns.unblock();
                turns.choose();
            }
        }
        if turns.current != place {
            self.passed.notify_all();
            turns = self.wait(turns, place);
        }
        let standing = std::mem::replace(&mut turns.tasks[place], Status::Ready);
        drop(turns);
        assert!(standing != Status::Doomed, "deadlock: every task waits for the lock");
    }

    fn end(&self, place: usize) {
        let mut turns = self.lock();
        turns.tasks[place] = Status::Done;
        turns.unblock();
        if turns.current == place {
            turns.choose();
        }
        self.passed.notify_all();
    }
}

impl Turns {
    /// The tasks of this standing, the one that has the baton first.
    fn standing(&self, standing: Status) -> impl Iterator<Item = usize> {
        let places = (self.current..self.tasks.len()).chain(0..self.current);
        places.filter(move |place| self.tasks[*place] == standing)
    }

    /// Gives the baton to the task that the next byte says.
    fn choose(&mut self) {
        let byte = self.order.get(self.read).copied().unwrap_or(0);
        self.read += 1;
        let ready = self.standing(Status::Ready).count();
        let number = usize::from(byte).checked_rem(ready);
        let next = number.and_then(|number| self.standing(Status::Ready).nth(number));
        // When none is left, nobody waits for it.
        self.current = next.unwrap_or(self.current);
    }

    /// Something happened: whoever found the lock taken may look again. It may still be, for a step
    /// is announced before it is taken; then it is found so once more.
    fn unblock(&mut self) {
        for standing in &mut self.tasks {
            if matches!(standing, Status::Blocked | Status::BlockedInPanic) {
                *standing = Status::Ready;
            }
        }
    }

    fn take_down(&mut self, place: usize, step: Step) {
        let takes = &mut self.takes[place];
        match step {
            Step::Lock => *takes += 1,
            Step::Unlock => *takes = takes.saturating_sub(1),
            _ => {}
        }
    }

    /// Gives the baton to the next task that is ready. If none is, to one that has not panicked
    /// yet, so that it does: best to one that takes the lock a second time, for others may be in the
    /// middle of a drop. Where all have panicked, a second panic ends the process.
    fn block(&mut self, place: usize, how: Status) {
        self.tasks[place] = how;
        let ready = self.standing(Status::Ready).next();
        self.current = ready.unwrap_or_else(|| {
            let blocked = || self.standing(Status::Blocked);
            let doomed = blocked().find(|place| self.takes[*place] > 1).or(blocked().next());
            let doomed = doomed.unwrap_or(place);
            self.tasks[doomed] = Status::Doomed;
            doomed
        });
    }
}
