//! [`World`]: the state of a race, a registry with handles. [`Race`]: runs in an order, or is swept
//! in one.

use std::cell::Cell;
use std::hash::{BuildHasher, DefaultHasher};
use std::sync::{Arc, Mutex};
use std::thread;

use oom_sweep::registry::{
    ModuleTypes, RegisterError, RegisteredType, Tables, TypeCollection, TypeIndex, TypeRegistry,
    View,
};
use oom_sweep::{AfterFault, Guarantee, Isolation, Scenario, Sweep, pause};
use shuttle::current::{TaskId, get_current_task};

use crate::orders::{self, Order};

pub(crate) type Outcome = Result<(), RegisterError>;
pub(crate) type Registry<T> = TypeRegistry<T, Moody>;
pub(crate) type Collection<T> = TypeCollection<T, Moody>;
pub(crate) type Handle<T> = RegisteredType<T, Moody>;

/// The code of one thread. It gets the place of its handle.
pub(crate) type Task<T> = fn(&World<T>, usize) -> Outcome;

/// A layout of tables that threads may share.
pub(crate) trait Layout: Tables + Send + Sync + 'static {}
impl<T: Tables + Send + Sync + 'static> Layout for T {}

/// The types of a module in the text format.
pub(crate) fn module(text: &str) -> ModuleTypes {
    let bytes = wat::parse_str(format!("(module {text})")).expect("a module");
    ModuleTypes::parse(&bytes).expect("types")
}

/// A race: threads that share a registry.
pub(crate) struct Race<T: Layout> {
    name: &'static str,
    modules: Arc<[ModuleTypes]>,
    /// For each place, the module whose last type is held there at the start.
    held: &'static [usize],
    tasks: &'static [Task<T>],
}

impl<T: Layout> Race<T> {
    pub(crate) fn new(
        name: &'static str,
        modules: &[&str],
        held: &'static [usize],
        tasks: &'static [Task<T>],
    ) -> Self {
        Self { name, modules: modules.iter().map(|text| module(text)).collect(), held, tasks }
    }

    pub(crate) fn world(&self) -> Arc<World<T>> {
        World::new(Arc::clone(&self.modules), self.held)
    }

    pub(crate) fn tasks(&self) -> &'static [Task<T>] {
        self.tasks
    }

    /// Runs the race in this order without faults.
    pub(crate) fn run(&self, order: &Order) -> Result<(), String> {
        let _named = NamePanic(self.name, order);
        let world = self.world();
        let outcome = orders::run(order, &world, self.tasks);
        world.rest();
        outcome.map_err(|error| error.to_string()).and_then(|()| world.check())
    }

    /// Runs the race in `of_each` orders of each kind.
    pub(crate) fn explore(&self, of_each: u64) {
        for order in Order::some(of_each) {
            let outcome = self.run(&order);
            assert_eq!(outcome, Ok(()), "{}, {order}", self.name);
        }
    }

    /// Sweeps the race in `of_each` orders of each kind.
    pub(crate) fn sweep(&self, layout: &str, of_each: u64, after: &[AfterFault]) {
        orders::install_shuttle();
        for order in Order::some(of_each) {
            let name = format!("{}, {layout}, {order}", self.name);
            // Each run starts its own coroutines in its process.
            let sweep = Sweep::new(name).isolation(Isolation::Worker);
            let sweep = after.iter().fold(sweep, |sweep, &after| sweep.after(after));
            let report = sweep.run_scenario(&InOrder { race: self, order });
            report.assert_clean();
            assert!(report.is_complete() && report.runs() > 0, "{report}");
        }
    }
}

/// Prints the race and the order if a task panics.
struct NamePanic<'a>(&'a str, &'a Order);

impl Drop for NamePanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("a task panicked: {}, {}", self.0, self.1);
        }
    }
}

/// A race in one order.
pub(crate) struct InOrder<'a, T: Layout> {
    pub(crate) race: &'a Race<T>,
    pub(crate) order: Order,
}

impl<T: Layout> Scenario for InOrder<'_, T> {
    type State = Arc<World<T>>;
    type Output = ();
    type Error = RegisterError;
    type View = View;

    fn setup(&self) -> Arc<World<T>> {
        self.race.world()
    }

    fn exercise(&self, world: &mut Arc<World<T>>) -> Outcome {
        let outcome = orders::run(&self.order, world, self.race.tasks);
        pause(|| world.rest());
        outcome
    }

    /// Prepares the world for another run.
    fn recover(&self, world: &mut Arc<World<T>>) {
        world.fill();
    }

    fn check(&self, world: &mut Arc<World<T>>) -> Result<(), String> {
        world.check()
    }

    fn view(&self, world: &mut Arc<World<T>>) -> View {
        world.registry.view()
    }

    /// A failure of one task does not roll back the tasks that succeeded.
    fn guarantee(&self) -> Guarantee {
        Guarantee::Basic
    }
}

/// A registry, and the handles that keep types registered.
pub(crate) struct World<T: Layout> {
    // Dropped first.
    places: Vec<Mutex<Option<Handle<T>>>>,
    kept: Mutex<Option<Collection<T>>>,
    pub(crate) registry: Registry<T>,
    pub(crate) modules: Arc<[ModuleTypes]>,
    held: &'static [usize],
    /// The indices of the types of the held modules.
    indices: Mutex<Vec<Vec<TypeIndex>>>,
    wrong: Mutex<Option<String>>,
}

impl<T: Layout> World<T> {
    fn new(modules: Arc<[ModuleTypes]>, held: &'static [usize]) -> Arc<Self> {
        let world = Self {
            places: held.iter().map(|_| Mutex::new(None)).collect(),
            kept: Mutex::new(None),
            registry: Registry::with_hasher(Moody).expect("memory"),
            modules,
            held,
            indices: Mutex::new(Vec::new()),
            wrong: Mutex::new(None),
        };
        world.fill();
        Arc::new(world)
    }

    /// A new world with the same modules.
    pub(crate) fn twin(&self) -> Arc<Self> {
        Self::new(Arc::clone(&self.modules), self.held)
    }

    /// Registers the missing handles.
    fn fill(&self) {
        let mut indices = Vec::new();
        for (place, module) in self.places.iter().zip(self.held) {
            let types = self.registry.register_module(&self.modules[*module]).expect("memory");
            let mut place = place.lock().expect("the lock is not poisoned");
            let last = *types.types().last().expect("a type");
            place.get_or_insert_with(|| self.registry.root(last).expect("it is registered"));
            indices.push(types.types().to_vec());
        }
        *self.indices.lock().expect("the lock is not poisoned") = indices;
    }

    /// Takes the handle of this place.
    pub(crate) fn take(&self, place: usize) -> Option<Handle<T>> {
        self.places[place].lock().expect("the lock is not poisoned").take()
    }

    /// Keeps the types registered until all tasks are done.
    pub(crate) fn keep(&self, types: Collection<T>) {
        *self.kept.lock().expect("the lock is not poisoned") = Some(types);
    }

    /// The original index of a type of the module of this place.
    pub(crate) fn index(&self, place: usize, ty: usize) -> TypeIndex {
        self.indices.lock().expect("the lock is not poisoned")[place][ty]
    }

    /// Records an error if the condition does not hold.
    pub(crate) fn ensure(&self, holds: bool, what: &str) {
        if !holds {
            pause(|| *self.wrong.lock().expect("the lock is not poisoned") = Some(what.to_owned()));
        }
    }

    /// Checks that the types of a collection are registered.
    pub(crate) fn ensure_there(&self, types: &Collection<T>) {
        let reader = self.registry.read();
        let are_there = types.types().iter().all(|index| reader.get(*index).is_some());
        self.ensure(are_there, "a type is gone that is kept registered");
    }

    /// Called when all tasks are done. Checks that nothing is registered and that the registry
    /// keeps its invariants.
    pub(crate) fn rest(&self) {
        drop(self.kept.lock().expect("the lock is not poisoned").take());
        if let Err(wrong) = self.registry.check() {
            self.ensure(false, &wrong);
        }
        let stats = self.registry.stats();
        self.ensure((stats.groups, stats.types) == (0, 0), "something is left behind");
    }

    fn check(&self) -> Result<(), String> {
        match self.wrong.lock().expect("the lock is not poisoned").take() {
            Some(wrong) => Err(wrong),
            None => self.registry.check(),
        }
    }
}

thread_local! {
    /// The task whose hasher panics, and how many hashes succeed before.
    static PANICS: Cell<Option<(TaskId, u32)>> = const { Cell::new(None) };
}

/// A hasher that is the same in every run and panics on demand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moody;

impl Moody {
    /// Runs `f`; in it the hasher of the calling task panics after `calm` hashes.
    pub(crate) fn within<R>(calm: u32, f: impl FnOnce() -> R) -> R {
        PANICS.set(pause(get_current_task).map(|task| (task, calm)));
        let result = f();
        PANICS.set(None);
        result
    }
}

impl BuildHasher for Moody {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        if let Some((task, calm)) = PANICS.get()
            && pause(get_current_task) == Some(task)
        {
            PANICS.set(calm.checked_sub(1).map(|calm| (task, calm)));
            assert!(calm > 0, "the hasher panics on purpose");
        }
        DefaultHasher::new()
    }
}
