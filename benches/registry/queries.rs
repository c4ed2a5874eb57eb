//! Queries of a registry that is loaded, and the guard that they go through.
//!
//! Relies on indices that the compiler cannot know; what is asked of each is added up, so that it
//! is asked.

use crate::timing::each;
use oom_sweep::registry::{Reader, Tables, TypeIndex, TypeRegistry};
use std::hash::BuildHasher;
use std::hint::black_box;

/// Which of the types are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// A few, again and again.
    Hot,
    /// All of them, as chance has it.
    Random,
}

/// What is asked, and of which types.
pub(crate) type Query = (&'static str, Order);

/// The queries that are measured.
pub(crate) const QUERIES: [Query; 8] = [
    ("get", Order::Hot),
    ("supertypes", Order::Hot),
    ("layout", Order::Hot),
    ("is_subtype", Order::Hot),
    ("get", Order::Random),
    ("supertypes", Order::Random),
    ("layout", Order::Random),
    ("is_subtype", Order::Random),
];

/// Pairs of places in a list of types.
pub(crate) struct Pairs {
    hot: Vec<(u32, u32)>,
    random: Vec<(u32, u32)>,
}

impl Pairs {
    /// Pairs of `types` types. Hot ones are few and near each other, as those of one chain are.
    pub(crate) fn new(types: usize, queries: usize) -> Self {
        let mut state = 1_u64;
        let mut below = |end: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (((state >> 32) as usize * end) >> 32) as u32
        };
        let hot = (0..64).map(|_| (below(types.min(64)), below(types.min(64)))).collect();
        let random = (0..queries).map(|_| (below(types), below(types))).collect();
        Self { hot, random }
    }

    /// Nanoseconds a query, for each of [`QUERIES`].
    pub(crate) fn ask<T: Tables>(
        &self,
        registry: &TypeRegistry<T>,
        types: &[TypeIndex],
    ) -> [f64; QUERIES.len()] {
        let reader = registry.read();
        let count = self.random.len();
        let resolve = |pairs: &[(u32, u32)]| -> Vec<(TypeIndex, TypeIndex)> {
            pairs.iter().map(|(a, b)| (types[*a as usize], types[*b as usize])).collect()
        };
        let (hot, random) = (resolve(&self.hot), resolve(&self.random));
        QUERIES.map(|(what, order)| {
            let pairs = match order {
                Order::Hot => &hot,
                Order::Random => &random,
            };
            ask(what, &reader, pairs, count)
        })
    }
}

/// Nanoseconds a query, of so many.
fn ask<T: Tables, S: BuildHasher>(
    what: &str,
    reader: &Reader<'_, T, S>,
    pairs: &[(TypeIndex, TypeIndex)],
    count: usize,
) -> f64 {
    match what {
        "get" => sum(pairs, count, |a, _| {
            reader.get(a).map_or(0, |ty| ty.supertype.map_or(1, TypeIndex::as_u32))
        }),
        "supertypes" => sum(pairs, count, |a, _| reader.supertypes(a).len() as u32),
        "layout" => sum(pairs, count, |a, _| reader.layout(a).map_or(0, |layout| layout.size)),
        _ => subtypes(reader, pairs, count),
    }
}

/// Nanoseconds for whether one is a subtype of the other, of so many questions.
pub(crate) fn subtypes<T: Tables, S: BuildHasher>(
    reader: &Reader<'_, T, S>,
    pairs: &[(TypeIndex, TypeIndex)],
    count: usize,
) -> f64 {
    sum(pairs, count, |a, b| u32::from(reader.is_subtype(a, b)))
}

/// Nanoseconds a question. The pairs are gone through until so many are asked.
pub(crate) fn sum<A: Copy>(pairs: &[(A, A)], count: usize, ask: impl Fn(A, A) -> u32) -> f64 {
    let times = count.div_ceil(pairs.len());
    let pairs = black_box(pairs);
    each(times * pairs.len(), || {
        let mut sum = 0_u32;
        for _ in 0..times {
            for (a, b) in pairs {
                sum = sum.wrapping_add(ask(*a, *b));
            }
        }
        black_box(sum);
    })
}

/// Nanoseconds to take the guard and let it go.
pub(crate) fn guard<T: Tables>(registry: &TypeRegistry<T>, count: usize) -> f64 {
    each(count, || {
        for _ in 0..count {
            black_box(&registry.read());
        }
    })
}
