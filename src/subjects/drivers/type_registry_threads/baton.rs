//! Schedules threads by bytes: [`run`] starts the threads, and only the one that has the baton
//! runs.
//!
//! The baton may move to another task before each [`Step`] and at the end of a task. The next byte
//! says which of the ready tasks gets it, counted from the current one. When there are no more
//! bytes, the current task keeps the baton as long as it can. A task that finds the lock taken is
//! not ready until another step happens.
//!
//! If all tasks find the lock taken, there is a deadlock. Then the tasks panic one after the other,
//! first the one that holds the lock. A task that panics keeps the baton while it unwinds.
//!
//! The threads belong to one run, because a forked process has only the thread that called `fork`.
//! Relies on [`schedule`] for the steps.

use crate::subjects::registry::schedule::{self, Step};
use crate::{Scope, pause};
use std::panic::resume_unwind;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Runs the task once for each place, each on its own thread, in the scope of the calling thread.
/// Returns the results, by place.
///
/// # Panics
/// If a task panicked, resumes the panic of the first such task after all have ended. Panics too if
/// a thread cannot be started.
pub(super) fn run<R: Send>(
    order: &Arc<[u8]>,
    tasks: usize,
    task: impl Fn(&Turn) -> R + Sync,
) -> Vec<R> {
    let scope = Scope::current();
    let task = &task;
    // The threads themselves are not under test.
    pause(|| {
        let baton = Arc::new(Baton::new(Arc::clone(order), tasks));
        let outcomes: Vec<_> = thread::scope(|threads| {
            let start = |place| {
                // Also dropped if the thread does not start, so that no task waits for it.
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

/// The handle of a task in a run.
pub(super) struct Turn {
    baton: Arc<Baton>,
    place: usize,
}

impl Turn {
    /// The place of this task.
    pub(super) fn place(&self) -> usize {
        self.place
    }

    fn run<R>(&self, task: impl FnOnce(&Self) -> R) -> R {
        pause(|| drop(self.baton.wait(self.baton.lock(), self.place)));
        let (baton, place) = (pause(|| Arc::clone(&self.baton)), self.place);
        schedule::with(move |step| baton.step(place, step), || task(self))
    }

    /// Announces a step, as the registry does.
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
    /// The number of bytes of the order that were used.
    read: usize,
    /// The task that has the baton.
    current: usize,
    tasks: Vec<Status>,
    /// For each task, how many times it has begun to take the lock and not yet begun to release it.
    takes: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Ready,
    /// It found the lock taken, and no step has happened since.
    Blocked,
    /// The same, while it unwinds.
    BlockedInPanic,
    /// It must panic, because all tasks are blocked.
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

    /// Handles a step that the current task announces.
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
        let status = std::mem::replace(&mut turns.tasks[place], Status::Ready);
        drop(turns);
        assert!(status != Status::Doomed, "deadlock: every task waits for the lock");
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
    /// The tasks with this status, starting with the current one.
    fn with_status(&self, status: Status) -> impl Iterator<Item = usize> {
        let places = (self.current..self.tasks.len()).chain(0..self.current);
        places.filter(move |place| self.tasks[*place] == status)
    }

    /// Gives the baton to the task that the next byte chooses.
    fn choose(&mut self) {
        let byte = self.order.get(self.read).copied().unwrap_or(0);
        self.read += 1;
        let ready = self.with_status(Status::Ready).count();
        let number = usize::from(byte).checked_rem(ready);
        let next = number.and_then(|number| self.with_status(Status::Ready).nth(number));
        // When no task is left, no thread waits for the baton.
        self.current = next.unwrap_or(self.current);
    }

    /// After a step, tasks that found the lock taken may try again. The lock may still be taken,
    /// because a step is announced before it happens. Then the task is blocked again.
    fn unblock(&mut self) {
        for status in &mut self.tasks {
            if matches!(status, Status::Blocked | Status::BlockedInPanic) {
                *status = Status::Ready;
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

    /// Gives the baton to the next ready task. If none is ready, makes a task that has not panicked
    /// yet panic. It prefers a task that takes the lock a second time, because others may be in the
    /// middle of a drop. If all have panicked, a second panic ends the process.
    fn block(&mut self, place: usize, how: Status) {
        self.tasks[place] = how;
        let ready = self.with_status(Status::Ready).next();
        self.current = ready.unwrap_or_else(|| {
            let blocked = || self.with_status(Status::Blocked);
            let doomed = blocked().find(|place| self.takes[*place] > 1).or(blocked().next());
            let doomed = doomed.unwrap_or(place);
            self.tasks[doomed] = Status::Doomed;
            doomed
        });
    }
}
