//! Measures subtype queries in chains of several depths, through a guard and through handles, and
//! the guard itself.

use crate::Scale;
use crate::layouts::in_turn;
use crate::modules::chains;
use crate::queries::{guard, subtypes, sum};
use crate::table::{head, nanos, row};
use crate::targets::Targets;
use crate::timing::median;
use oom_sweep::registry::{ModuleTypes, RegisteredType, Tables, TypeIndex, TypeRegistry};

const DEPTHS: [usize; 4] = [1, 8, 32, 63];

pub(crate) fn run(scale: Scale, targets: &mut Targets) {
    let (rounds, count) = scale.pick((101, 1 << 17), (1, 64));
    head("subtyping, by the number of supertypes");
    let mut guards = None;
    let (mut shallowest, mut deepest) = (None, None);
    for depth in DEPTHS {
        let module = chains(4, depth);
        let rounds = in_turn!(rounds, asked(&module, depth, count));
        let of = |i: usize| {
            rounds.each_ref().map(|rounds| median(rounds.iter().map(|round| round[i]).collect()))
        };
        row(&format!("{depth}: is_subtype through a guard"), of(0), nanos);
        row(&format!("{depth}: is_subtype_of of handles"), of(1), nanos);
        targets.judge_subtypes(depth, of(0));
        shallowest.get_or_insert(of(0));
        deepest = Some(of(0));
        guards.get_or_insert(of(2));
    }
    if let (Some(shallowest), Some(deepest)) = (shallowest, deepest) {
        targets.judge_depth(shallowest, deepest);
    }
    row("to take the guard and let it go", guards.expect("a depth"), nanos);
}

/// The nanoseconds of a query through a guard, of a query through handles, and of the guard.
fn asked<T: Tables>(module: &ModuleTypes, depth: usize, count: usize) -> [f64; 3] {
    let registry = <TypeRegistry<T>>::new().expect("memory");
    let types = registry.register_module(module).expect("memory");
    let pairs = pairs(types.types(), depth);
    let through_guard = subtypes(&registry.read(), &pairs, count);
    let root = |index| registry.root(index).expect("registered");
    let handles: Vec<_> = pairs.iter().map(|(a, b)| (root(*a), root(*b))).collect();
    let handles: Vec<_> = handles.iter().map(|(a, b)| (a, b)).collect();
    let is_below = |_: &_, a: &RegisteredType<T>, b: &RegisteredType<T>| a.is_subtype_of(b).into();
    let through_handles = sum(&(), &handles, count, is_below);
    [through_guard, through_handles, guard(&registry, count)]
}

/// Pairs of the last type of each chain with types above it and with types of another chain, so
/// that the answers alternate.
fn pairs(types: &[TypeIndex], depth: usize) -> Vec<(TypeIndex, TypeIndex)> {
    let chains: Vec<&[TypeIndex]> = types.chunks(depth + 1).collect();
    let pair = |i: usize| {
        let (own, other) = (i / 2 % chains.len(), (i / 2 + i % 2) % chains.len());
        (chains[own][depth], chains[other][i * 7 % depth])
    };
    (0..64).map(pair).collect()
}
