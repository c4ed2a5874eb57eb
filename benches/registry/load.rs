//! Loads and releases distinct modules. Measures the memory, the times, and the times of queries.

use crate::Scale;
use crate::heap::counted;
use crate::layouts::{Each, in_turn};
use crate::modules::{Load, TYPES_A_MODULE};
use crate::queries::{Pairs, QUERIES};
use crate::table;
use crate::targets::Targets;
use crate::timing::{QUANTILES, Stopwatch, clock, each, median, quantiles};
use oom_sweep::registry::{RegisteredGroup, Stats, Tables, TypeIndex, TypeRegistry};

/// The percentages of GC types.
pub(crate) const SHARES: [usize; 3] = [0, 1, 50];

/// The measurements of each layout for one number of types and one percentage of GC types.
pub(crate) struct Cell {
    pub(crate) types: usize,
    pub(crate) gc_percent: usize,
    pub(crate) room: Each<Room>,
    pub(crate) speed: Each<Speed>,
}

/// The memory of a registry, in bytes.
pub(crate) struct Room {
    pub(crate) stats: Stats,
    /// All of its heap memory: tables and the data to which their rows point.
    pub(crate) heap: usize,
}

/// Times, in nanoseconds.
pub(crate) struct Speed {
    /// The registration of a type, at each of [`QUANTILES`].
    pub(crate) registration: [f64; QUANTILES.len()],
    /// The registration per type if a module is registered as a whole.
    pub(crate) module: f64,
    /// The release of a type.
    pub(crate) release: f64,
    /// A query, for each of [`QUERIES`].
    pub(crate) queries: [f64; QUERIES.len()],
}

/// Measures all sizes and percentages, and prints a table for each.
pub(crate) fn run(scale: Scale, targets: &mut Targets) -> Vec<Cell> {
    // Smaller sizes need more rounds for the same precision.
    let sizes: &[(usize, usize)] =
        scale.pick(&[(1_000, 51), (100_000, 5), (1_000_000, 3)], &[(40, 1), (1_040, 1)]);
    let mut cells = Vec::new();
    for &(types, rounds) in sizes {
        for gc_percent in SHARES {
            let load = Load::new(types, gc_percent);
            let pairs = Pairs::new(types, scale.pick(types.max(1 << 14), 64));
            let clock = clock();
            let speed = in_turn!(rounds, round(&load, &pairs, clock)).map(Speed::of);
            let room = in_turn!(1, room(&load)).map(|mut rooms| rooms.remove(0));
            let cell = Cell { types, gc_percent, room, speed };
            table::print(&cell);
            targets.judge_load(&cell);
            cells.push(cell);
        }
    }
    cells
}

/// The measurements of one round, in nanoseconds.
struct Round {
    /// The registration of each type.
    registration: Vec<u32>,
    module: f64,
    release: f64,
    queries: [f64; QUERIES.len()],
}

impl Speed {
    /// The median of each figure.
    fn of(rounds: Vec<Round>) -> Self {
        let of = |figure: &dyn Fn(&Round) -> f64| median(rounds.iter().map(figure).collect());
        let registrations: Vec<_> = rounds.iter().map(|round| &*round.registration).collect();
        Self {
            registration: quantiles(&registrations),
            module: of(&|round| round.module),
            release: of(&|round| round.release),
            queries: std::array::from_fn(|i| of(&|round| round.queries[i])),
        }
    }
}

fn round<T: Tables>(load: &Load, pairs: &Pairs, clock: u32) -> Round {
    let mut watch = Stopwatch::new(load.types, clock);
    let registry = <TypeRegistry<T>>::new().expect("memory");
    let mut held = Vec::with_capacity(load.types);
    register(&registry, load, &mut held, |group| watch.time(group));
    let types: Vec<TypeIndex> = held.iter().flat_map(|group| group.types()).copied().collect();
    let queries = pairs.ask(&registry, &types);
    drop(held);
    assert_eq!(registry.stats().types, 0);
    let (module, release) = whole_modules::<T>(load);
    Round { registration: watch.into_nanos(), module, release, queries }
}

/// Registers all modules group by group, each with the given closure. The keys are made in advance.
fn register<T: Tables>(
    registry: &TypeRegistry<T>,
    load: &Load,
    held: &mut Vec<RegisteredGroup<T>>,
    mut way: impl FnMut(&dyn Fn() -> RegisteredGroup<T>) -> RegisteredGroup<T>,
) {
    let mut types = Vec::with_capacity(TYPES_A_MODULE);
    for module in &load.modules {
        types.clear();
        for group in 0..module.groups().len() {
            let key = module.key(group, &types).expect("memory");
            let group = way(&|| registry.register(&key).expect("memory"));
            types.extend_from_slice(group.types());
            held.push(group);
        }
    }
}

/// The nanoseconds per type to register the modules one after the other, and to drop them.
fn whole_modules<T: Tables>(load: &Load) -> (f64, f64) {
    let registry = <TypeRegistry<T>>::new().expect("memory");
    let mut held = Vec::with_capacity(load.modules.len());
    let register = each(load.types, || {
        for module in &load.modules {
            held.push(registry.register_module(module).expect("memory"));
        }
    });
    assert!(registry.stats().types >= load.types, "types are equal that should not be");
    (register, each(load.types, || held.clear()))
}

/// The memory of a registry with the modules registered group by group, without the handles.
fn room<T: Tables>(load: &Load) -> Room {
    let mut held = Vec::with_capacity(load.types);
    let (registry, heap) = counted(|| {
        let registry = <TypeRegistry<T>>::new().expect("memory");
        register(&registry, load, &mut held, |group| group());
        registry
    });
    Room { stats: registry.stats(), heap: heap.bytes.unsigned_abs() }
}
