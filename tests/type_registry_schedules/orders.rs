//! [`Order`]: the order in which tasks continue, and how tasks run in one.
//!
//! Relies on `shuttle`, which runs tasks as coroutines on the calling thread and asks a scheduler
//! for the next one at each step.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use oom_sweep::registry::schedule::{self, Step};
use oom_sweep::{Scope, pause};
use shuttle::scheduler::{
    PctScheduler, RandomScheduler, ReplayScheduler, Schedule, Scheduler, Task as Runnable, TaskId,
};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};

use crate::world::{Layout, Outcome, Task, World};

/// Which task continues at each step.
#[derive(Clone, Debug)]
pub(crate) enum Order {
    /// A random task.
    Random(u64),
    /// The same task as long as possible, with a few preemptions.
    Preempting(u64),
    /// Like [`Random`](Self::Random), and records the decisions.
    Recorded(u64, Arc<Mutex<Vec<usize>>>),
    /// Replays recorded decisions.
    Given(Vec<usize>),
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Random(seed) | Self::Recorded(seed, _) => write!(f, "random {seed}"),
            Self::Preempting(seed) => write!(f, "preempting {seed}"),
            Self::Given(_) => write!(f, "as written down"),
        }
    }
}

impl Order {
    /// Random orders and preempting orders, `of_each` of each kind.
    pub(crate) fn some(of_each: u64) -> impl Iterator<Item = Self> {
        (0..of_each).flat_map(|seed| [Self::Random(seed), Self::Preempting(seed)])
    }

    /// The number of executions. Only the last one is checked.
    fn executions(&self) -> usize {
        match self {
            // The first execution counts the steps.
            Self::Preempting(_) => 2,
            Self::Random(_) | Self::Recorded(..) | Self::Given(_) => 1,
        }
    }

    fn scheduler(&self) -> Box<dyn Scheduler + Send> {
        match self {
            Self::Random(seed) => Box::new(RandomScheduler::new_from_seed(*seed, 1)),
            Self::Preempting(seed) => Box::new(PctScheduler::new_from_seed(*seed, 3, 2)),
            Self::Recorded(seed, tasks) => {
                let inner = RandomScheduler::new_from_seed(*seed, 1);
                Box::new(Recorder { inner, tasks: Arc::clone(tasks) })
            }
            Self::Given(tasks) => {
                let schedule = Schedule::new_from_task_ids(0, tasks.iter().copied());
                Box::new(ReplayScheduler::new_from_schedule(schedule))
            }
        }
    }
}

/// A scheduler that records its decisions.
struct Recorder {
    inner: RandomScheduler,
    tasks: Arc<Mutex<Vec<usize>>>,
}

impl Scheduler for Recorder {
    fn new_execution(&mut self) -> Option<Schedule> {
        self.inner.new_execution()
    }

    fn next_task(
        &mut self,
        runnable: &[&Runnable],
        current: Option<TaskId>,
        is_yielding: bool,
    ) -> Option<TaskId> {
        let next = self.inner.next_task(runnable, current, is_yielding)?;
        self.tasks.lock().expect("the lock is not poisoned").push(next.into());
        Some(next)
    }

    fn next_u64(&mut self) -> u64 {
        self.inner.next_u64()
    }
}

/// Runs the tasks in this order, in the scope of the calling thread. Returns the first error.
pub(crate) fn run<T: Layout>(
    order: &Order,
    world: &Arc<World<T>>,
    tasks: &'static [Task<T>],
) -> Outcome {
    let scope = Scope::current();
    pause(|| {
        let outcome = Arc::new(Mutex::new(Ok(())));
        let last = Arc::clone(&outcome);
        let mut stages: VecDeque<_> =
            (1..order.executions()).map(|_| (None, world.twin())).collect();
        stages.push_back((Some(scope), Arc::clone(world)));
        let stages = Mutex::new(stages);
        let execution = move || {
            let stage = stages.lock().expect("the lock is not poisoned").pop_front();
            let (scope, world) = stage.expect("as many as there are executions");
            *last.lock().expect("the lock is not poisoned") = run_tasks(scope, &world, tasks);
        };
        schedule::with(hook, || Runner::new(order.scheduler(), config()).run(execution));
        let outcome = outcome.lock().expect("the lock is not poisoned");
        *outcome
    })
}

/// The main task, which starts the others and waits.
fn run_tasks<T: Layout>(scope: Option<Scope>, world: &Arc<World<T>>, tasks: &[Task<T>]) -> Outcome {
    let spawn = |(place, &task): (usize, &Task<T>)| {
        let world = Arc::clone(world);
        shuttle::thread::spawn(move || match scope {
            Some(scope) => in_scope(scope, task, &world, place),
            None => task(&world, place),
        })
    };
    let threads: Vec<_> = tasks.iter().enumerate().map(spawn).collect();
    let outcomes: Vec<_> = threads
        .into_iter()
        .map(|thread| thread.join().expect("the closure does not panic"))
        .collect();
    outcomes.into_iter().collect()
}

/// Runs a task with all of its requests in the scope.
pub(crate) fn in_scope<T: Layout>(
    scope: Scope,
    task: Task<T>,
    world: &World<T>,
    place: usize,
) -> Outcome {
    scope.join(|| task(world, place))
}

/// The hook that lets shuttle choose the next task.
fn hook(step: Step) {
    match step {
        // Prefers another task.
        Step::Blocked => shuttle::thread::yield_now(),
        // Allows any task. The sleep takes no time.
        _ => shuttle::thread::sleep(Duration::ZERO),
    }
}

fn config() -> Config {
    let mut config = Config::new();
    config.failure_persistence = FailurePersistence::None;
    // Capturing call stacks needs a larger stack.
    config.stack_size = 1 << 18;
    // A race takes at most a few hundred steps.
    config.max_steps = MaxSteps::FailAfter(20_000);
    config
}

/// Must be called before the first sweep. Shuttle installs its panic hook, and the harness then
/// installs its own in front. So caught panics of a run are not printed.
pub(crate) fn install_shuttle() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        Runner::new(RandomScheduler::new_from_seed(0, 1), config()).run(|| ());
    });
}
