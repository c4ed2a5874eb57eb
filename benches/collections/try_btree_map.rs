//! Compares `TryBTreeMap` with `std::collections::BTreeMap`, from `u64` to `u64`.
//!
//! Each row is the time of all its operations on maps with this number of keys. Small maps are
//! measured many at a time, so that the clock is read rarely. The shuffle is fixed: all runs and
//! both maps see the same keys in the same order.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::measure::{interleave, row};
use crate::{Scale, bytes};
use oom_sweep::collections::TryBTreeMap;

/// The greatest accepted ratio to std's time.
const TARGET: Option<f64> = Some(1.3);

/// The measured operations of both maps.
trait Map: Sized {
    fn empty() -> Self;
    fn insert(&mut self, key: u64, value: u64);
    fn get(&self, key: u64) -> u64;
    fn sum(&self) -> u64;
    fn remove(&mut self, key: u64) -> Option<u64>;
}

impl Map for TryBTreeMap<u64, u64> {
    fn empty() -> Self {
        Self::new()
    }
    fn insert(&mut self, key: u64, value: u64) {
        self.insert(key, value).expect("memory for a benchmark");
    }
    fn get(&self, key: u64) -> u64 {
        self[&key]
    }
    fn sum(&self) -> u64 {
        self.iter().fold(0, |sum, (key, value)| sum ^ key ^ value)
    }
    fn remove(&mut self, key: u64) -> Option<u64> {
        self.remove(&key)
    }
}

impl Map for BTreeMap<u64, u64> {
    fn empty() -> Self {
        Self::new()
    }
    fn insert(&mut self, key: u64, value: u64) {
        self.insert(key, value);
    }
    fn get(&self, key: u64) -> u64 {
        self[&key]
    }
    fn sum(&self) -> u64 {
        self.iter().fold(0, |sum, (key, value)| sum ^ key ^ value)
    }
    fn remove(&mut self, key: u64) -> Option<u64> {
        self.remove(&key)
    }
}

pub(crate) fn run(scale: Scale) {
    let sizes: &[usize] = match scale {
        Scale::Full => &[100, 10_000, 1_000_000],
        Scale::Smoke => &[100],
    };
    for &size in sizes {
        Work::of(size, scale).measure();
    }
}

/// Keys for the operations, in two orders.
struct Work {
    ascending: Vec<u64>,
    shuffled: Vec<u64>,
    /// The number of maps that are measured together.
    maps: usize,
    rounds: usize,
}

impl Work {
    fn of(size: usize, scale: Scale) -> Self {
        let ascending: Vec<u64> = (0..size as u64).map(|n| n * 3).collect();
        let mut shuffled = ascending.clone();
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        for i in (1..size).rev() {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            shuffled.swap(i, (state % (i as u64 + 1)) as usize);
        }
        let (maps, rounds) = match scale {
            Scale::Full => ((200_000 / size).max(1), if size > 100_000 { 7 } else { 31 }),
            Scale::Smoke => (1, 1),
        };
        Self { ascending, shuffled, maps, rounds }
    }

    fn measure(&self) {
        type Ours = TryBTreeMap<u64, u64>;
        type Theirs = BTreeMap<u64, u64>;
        let size = self.ascending.len();
        let compare = |what: &str, ours: &dyn Fn() -> Duration, theirs: &dyn Fn() -> Duration| {
            let [a, b] = interleave(self.rounds, [&mut || ours(), &mut || theirs()]);
            row(&format!("TryBTreeMap, {size} keys: {what}"), a, b, TARGET);
        };
        let shuffled = &self.shuffled;
        compare("insert, random", &|| self.fill::<Ours>(shuffled), &|| {
            self.fill::<Theirs>(shuffled)
        });
        let ascending = &self.ascending;
        compare("insert, ascending", &|| self.fill::<Ours>(ascending), &|| {
            self.fill::<Theirs>(ascending)
        });
        let (ours, theirs) = (self.maps::<Ours>(), self.maps::<Theirs>());
        compare("get, random", &|| self.get(&ours), &|| self.get(&theirs));
        compare("iterate", &|| self.sum(&ours), &|| self.sum(&theirs));
        drop((ours, theirs));
        self.measure_names();
        compare("remove, random", &|| self.remove::<Ours>(), &|| self.remove::<Theirs>());
        for (order, keys) in [("random", shuffled), ("ascending", ascending)] {
            let held = [bytes::held(|| build::<Ours>(keys)), bytes::held(|| build::<Theirs>(keys))];
            let name =
                format!("TryBTreeMap, {size} keys of 16 bytes: bytes a key, inserted {order}");
            bytes::row(&name, size, held[0], held[1]);
        }
    }

    /// Measures keys whose comparison costs more than a step through a node.
    fn measure_names(&self) {
        let names: Vec<String> = self.shuffled.iter().map(|key| format!("{key:010}")).collect();
        let mut ours = TryBTreeMap::new();
        let mut theirs = BTreeMap::new();
        for name in &names {
            ours.insert(name.clone(), 1_u64).expect("memory for a benchmark");
            theirs.insert(name.clone(), 1_u64);
        }
        let times = 0..self.maps;
        let sum = |get: &dyn Fn(&String) -> u64| {
            timed(|| times.clone().map(|_| names.iter().map(get).sum::<u64>()).sum::<u64>())
        };
        let [a, b] = interleave(
            self.rounds,
            [&mut || sum(&|name| ours[name]), &mut || sum(&|name| theirs[name])],
        );
        row(&format!("TryBTreeMap, {} names: get, random", names.len()), a, b, TARGET);
    }

    fn maps<M: Map>(&self) -> Vec<M> {
        (0..self.maps).map(|_| build(&self.shuffled)).collect()
    }

    fn fill<M: Map>(&self, keys: &[u64]) -> Duration {
        let mut maps: Vec<M> = (0..self.maps).map(|_| M::empty()).collect();
        timed(|| maps.iter_mut().for_each(|map| fill(map, keys)))
    }

    /// Looks up the keys in another order than those of the insertions.
    fn get<M: Map>(&self, maps: &[M]) -> Duration {
        let half = self.shuffled.len() / 2;
        let keys = || self.shuffled[half..].iter().chain(&self.shuffled[..half]);
        timed(|| maps.iter().map(|map| keys().fold(0, |sum, key| sum ^ map.get(*key))).sum::<u64>())
    }

    fn sum<M: Map>(&self, maps: &[M]) -> Duration {
        timed(|| maps.iter().map(M::sum).fold(0, |sum, n| sum ^ n))
    }

    fn remove<M: Map>(&self) -> Duration {
        let mut maps: Vec<M> = self.maps();
        timed(|| {
            for map in &mut maps {
                for key in self.shuffled.iter().rev() {
                    black_box(map.remove(*key));
                }
            }
        })
    }
}

fn fill<M: Map>(map: &mut M, keys: &[u64]) {
    for key in keys {
        map.insert(*key, !*key);
    }
}

fn build<M: Map>(keys: &[u64]) -> M {
    let mut map = M::empty();
    fill(&mut map, keys);
    map
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}
