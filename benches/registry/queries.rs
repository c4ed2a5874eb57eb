//! Measures queries of a loaded registry and the guard that they use.
//!
//! The compiler does not know the indices, and the answers are added up, so it cannot remove the
//! queries.

use crate::timing::each;
use oom_sweep::registry::{Reader, Tables, TypeIndex, TypeRegistry};
use std::hash::BuildHasher;
use std::hint::black_box;

/// The kind of query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    Get,
    Supertypes,
    Layout,
    IsSubtype,
}

impl Question {
    /// The name of the method.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Supertypes => "supertypes",
            Self::Layout => "layout",
            Self::IsSubtype => "is_subtype",
        }
    }
}

/// The order of the queried types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// A few types, repeatedly.
    Hot,
    /// All types in random order.
    Random,
}

impl Order {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hot => "hot",
            Self::Random => "all at random",
        }
    }
}

/// The measured queries.
pub(crate) const QUERIES: [(Question, Order); 8] = [
    (Question::Get, Order::Hot),
    (Question::Supertypes, Order::Hot),
    (Question::Layout, Order::Hot),
    (Question::IsSubtype, Order::Hot),
    (Question::Get, Order::Random),
    (Question::Supertypes, Order::Random),
    (Question::Layout, Order::Random),
    (Question::IsSubtype, Order::Random),
];

/// Pairs of positions in a list of types.
pub(crate) struct Pairs {
    hot: Vec<(u32, u32)>,
    random: Vec<(u32, u32)>,
}

impl Pairs {
    /// Makes pairs of `types` types. The hot pairs are few and near each other, like the types of
    /// one chain.
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

    /// The nanoseconds per query, for each of [`QUERIES`].
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
        QUERIES.map(|(question, order)| {
            let pairs = match order {
                Order::Hot => &hot,
                Order::Random => &random,
            };
            ask(question, &reader, pairs, count)
        })
    }
}

/// The nanoseconds per query, over `count` queries.
fn ask<T: Tables, S: BuildHasher>(
    question: Question,
    reader: &Reader<'_, T, S>,
    pairs: &[(TypeIndex, TypeIndex)],
    count: usize,
) -> f64 {
    match question {
        Question::Get => sum(reader, pairs, count, |reader, a, _| {
            reader.get(a).map_or(0, |ty| ty.supertype.map_or(1, TypeIndex::as_u32))
        }),
        Question::Supertypes => {
            sum(reader, pairs, count, |reader, a, _| reader.supertypes(a).len() as u32)
        }
        Question::Layout => sum(reader, pairs, count, |reader, a, _| {
            reader.layout(a).map_or(0, |layout| layout.size)
        }),
        Question::IsSubtype => subtypes(reader, pairs, count),
    }
}

/// The nanoseconds per subtype query, over `count` queries.
pub(crate) fn subtypes<T: Tables, S: BuildHasher>(
    reader: &Reader<'_, T, S>,
    pairs: &[(TypeIndex, TypeIndex)],
    count: usize,
) -> f64 {
    sum(reader, pairs, count, |reader, a, b| u32::from(reader.is_subtype(a, b)))
}

/// The nanoseconds per query. Repeats the pairs until `count` queries are made. `whom` is opaque to
/// the compiler, so each query starts anew.
pub(crate) fn sum<W, A: Copy>(
    whom: &W,
    pairs: &[(A, A)],
    count: usize,
    ask: impl Fn(&W, A, A) -> u32,
) -> f64 {
    let times = count.div_ceil(pairs.len());
    each(times * pairs.len(), || {
        let mut sum = 0_u32;
        for _ in 0..times {
            for (a, b) in pairs {
                sum = sum.wrapping_add(ask(black_box(whom), *a, *b));
            }
        }
        black_box(sum);
    })
}

/// The nanoseconds to take and drop the guard.
pub(crate) fn guard<T: Tables>(registry: &TypeRegistry<T>, count: usize) -> f64 {
    each(count, || {
        for _ in 0..count {
            black_box(&registry.read());
        }
    })
}
