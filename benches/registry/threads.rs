//! Compares two threads with one on the same registry. The threads share the same total work.

use crate::Scale;
use crate::layouts::in_turn;
use crate::modules::{Load, TYPES_A_MODULE};
use crate::queries::subtypes;
use crate::table::{head, nanos, row};
use crate::targets::Targets;
use crate::timing::{each, median};
use oom_sweep::registry::{ModuleTypes, Tables, TypeIndex, TypeRegistry};
use std::hint::black_box;
use std::thread;

/// The percentage of GC types.
const SHARE: usize = 50;

/// The measured kinds of work, each with the unit to which its time refers.
const WORK: [&str; 4] = [
    "loading distinct modules, a type",
    "loading duplicates, a type",
    "is_subtype, a guard for each",
    "is_subtype, a guard for all",
];

pub(crate) fn run(scale: Scale, _: &mut Targets) {
    let (rounds, modules, questions) = scale.pick((11, 64, 1 << 20), (1, 2, 64));
    let load = Load::new(modules * TYPES_A_MODULE, SHARE);
    head("one thread and two, wall clock");
    let [one, two] = [1, 2].map(|threads| {
        let rounds = in_turn!(rounds, shared(&load, questions, threads));
        move |i: usize| {
            rounds.each_ref().map(|rounds| median(rounds.iter().map(|round| round[i]).collect()))
        }
    });
    for (i, what) in WORK.iter().enumerate() {
        row(&format!("{what}: one thread"), one(i), nanos);
        row(&format!("{what}: two"), two(i), nanos);
    }
}

/// The nanoseconds of each kind of work, with this number of threads.
fn shared<T: Tables + Send + Sync>(
    load: &Load,
    questions: usize,
    threads: usize,
) -> [f64; WORK.len()] {
    let registry = <TypeRegistry<T>>::new().expect("memory");
    let shares = || load.modules.chunks(load.modules.len() / threads);
    let register = |modules: &[ModuleTypes]| {
        let modules = modules.iter().map(|module| registry.register_module(module));
        modules.collect::<Result<Vec<_>, _>>().expect("memory")
    };
    // The loaded modules outlive the measurement.
    let mut held = Vec::new();
    let distinct = each(load.types, || held = together(shares(), register));
    let first = vec![&load.modules[..1]; load.modules.len()];
    let again = |times: &[&[ModuleTypes]]| {
        times.iter().flat_map(|module| register(module)).collect::<Vec<_>>()
    };
    let mut twice = Vec::new();
    let duplicates =
        each(load.types, || twice = together(first.chunks(first.len() / threads), again));

    let types: Vec<TypeIndex> = held[0][0].types().to_vec();
    let pairs: Vec<_> = types.iter().copied().zip(types.iter().copied().skip(3)).take(64).collect();
    let counts = vec![questions / threads; threads];
    let guard_each = each(questions, || {
        together(counts.iter(), |count| {
            for (a, b) in pairs.iter().cycle().take(*count) {
                black_box(registry.read().is_subtype(*a, *b));
            }
        });
    });
    let guard_all = each(questions, || {
        together(counts.iter(), |count| {
            subtypes(&registry.read(), &pairs, *count);
        });
    });
    [distinct, duplicates, guard_each, guard_all]
}

/// Runs each share on a thread and waits for all.
fn together<S: Send, R: Send>(
    shares: impl Iterator<Item = S>,
    work: impl Fn(S) -> R + Sync,
) -> Vec<R> {
    thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = shares.map(|share| scope.spawn(move || work(share))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    })
}
