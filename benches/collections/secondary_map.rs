//! Compares `SecondaryMap` with its reference, `cranelift_entity::SecondaryMap`.
//!
//! Both get the same keys and values in the same order. The target of all rows is the time of the
//! reference.

use std::fmt::Debug;
use std::hint::black_box;
use std::time::{Duration, Instant};

use cranelift_entity as reference;
use oom_sweep::collections::{SecondaryMap, TryClone};
use serde::{Serialize, de::DeserializeOwned};

use crate::Scale;
use crate::measure::{interleave, row};

#[derive(Clone, Copy, PartialEq, Eq)]
struct Ours(u32);
oom_sweep::entity_impl!(Ours, "k");

#[derive(Clone, Copy, PartialEq, Eq)]
struct Theirs(u32);
reference::entity_impl!(Theirs, "k");

type Reference<V> = reference::SecondaryMap<Theirs, V>;

trait Value: Clone + TryClone + Default + PartialEq + Debug + Serialize + DeserializeOwned {
    const NAME: &'static str;

    fn of(number: u32) -> Self;

    /// Reads a part of the value, so that the compiler cannot remove the read.
    fn read(&self) -> u32;
}

impl Value for u32 {
    const NAME: &'static str = "u32";

    fn of(number: u32) -> Self {
        number
    }

    fn read(&self) -> u32 {
        *self
    }
}

impl Value for String {
    const NAME: &'static str = "String";

    fn of(number: u32) -> Self {
        number.to_string()
    }

    fn read(&self) -> u32 {
        self.len() as u32
    }
}

pub(crate) fn run(scale: Scale) {
    all::<u32>(scale);
    all::<String>(scale);
}

fn all<V: Value>(scale: Scale) {
    let bench = Bench::<V>::new(scale);
    bench.inserts();
    bench.reads();
    bench.formats();
    bench.room();
}

struct Bench<V: Value> {
    rounds: usize,
    count: u32,
    /// The numbers below `count` in pseudo-random order.
    shuffled: Vec<u32>,
    /// Every fourth key is a gap. The default is not an empty string: empty strings have dangling
    /// pointers, and comparing two of them takes hundreds of cycles on some processors.
    ours: SecondaryMap<Ours, V>,
    theirs: Reference<V>,
}

impl<V: Value> Bench<V> {
    fn new(scale: Scale) -> Self {
        // Small enough for the caches, so that the placement of the maps does not matter.
        let (rounds, count) = if scale == Scale::Full { (201, 1 << 12) } else { (1, 64) };
        // Multiplying by an odd factor permutes the numbers below a power of two.
        let shuffled = (0..count).map(|i: u32| i.wrapping_mul(2_654_435_761) % count).collect();
        let mut ours = SecondaryMap::with_default(V::of(count));
        let mut theirs = Reference::with_default(V::of(count));
        for key in (0..count).filter(|key| key % 4 != 3) {
            ours.insert(Ours(key), V::of(key)).expect("memory");
            theirs.insert(Theirs(key), V::of(key));
        }
        Self { rounds, count, shuffled, ours, theirs }
    }

    fn row<A, B>(&self, name: &str, mut a: impl FnMut() -> A, mut b: impl FnMut() -> B) {
        let [a, b] = interleave(self.rounds, [&mut || time(&mut a), &mut || time(&mut b)]);
        row(&format!("SecondaryMap<_, {}>: {name}", V::NAME), a, b, Some(1.0));
    }

    fn inserts(&self) {
        let sparse: Vec<_> = (0..self.count).step_by(16).collect();
        let dense: Vec<_> = (0..self.count).collect();
        let orders = [("dense", &dense), ("sparse", &sparse), ("random", &self.shuffled)];
        for (name, keys) in orders {
            self.row(
                &format!("insert, {name}"),
                || {
                    let mut map = SecondaryMap::<Ours, V>::new();
                    for key in keys {
                        map.insert(Ours(*key), V::of(*key)).expect("memory");
                    }
                    map
                },
                || {
                    let mut map = Reference::<V>::new();
                    for key in keys {
                        map.insert(Theirs(*key), V::of(*key));
                    }
                    map
                },
            );
        }
    }

    fn reads(&self) {
        let Self { ours, theirs, .. } = self;
        let miss: Vec<_> = self.shuffled.iter().map(|key| key + self.count).collect();
        for (name, keys) in [("hit", &self.shuffled), ("miss", &miss)] {
            self.row(
                &format!("get, {name}"),
                || sum(keys.iter().map(|key| ours.get(Ours(*key)).map_or(1, V::read))),
                || sum(keys.iter().map(|key| theirs.get(Theirs(*key)).map_or(1, V::read))),
            );
            self.row(
                &format!("index, {name}"),
                || sum(keys.iter().map(|key| ours[Ours(*key)].read())),
                || sum(keys.iter().map(|key| theirs[Theirs(*key)].read())),
            );
        }
        self.row(
            "iterate, with keys",
            || sum(ours.iter().map(|(key, value)| key.0 ^ value.read())),
            || sum(theirs.iter().map(|(key, value)| key.0 ^ value.read())),
        );
        self.row(
            "iterate, values",
            || sum(ours.values().map(V::read)),
            || sum(theirs.values().map(V::read)),
        );
    }

    fn formats(&self) {
        let Self { ours, theirs, .. } = self;
        let bytes = postcard::to_stdvec(ours).expect("written");
        let json = serde_json::to_vec(ours).expect("written");
        let mut rooms = [json.clone(), json.clone()];
        let [a, b] = &mut rooms;
        self.row(
            "serialize, postcard",
            || postcard::to_slice(ours, a).expect("room").len(),
            || postcard::to_slice(theirs, b).expect("room").len(),
        );
        self.row(
            "serialize, JSON",
            || serde_json::to_writer(&mut a[..], ours).expect("room"),
            || serde_json::to_writer(&mut b[..], theirs).expect("room"),
        );
        self.row(
            "deserialize, postcard",
            || postcard::from_bytes::<SecondaryMap<Ours, V>>(&bytes).expect("read"),
            || postcard::from_bytes::<Reference<V>>(&bytes).expect("read"),
        );
        self.row(
            "deserialize, JSON",
            || serde_json::from_slice::<SecondaryMap<Ours, V>>(&json).expect("read"),
            || serde_json::from_slice::<Reference<V>>(&json).expect("read"),
        );
    }

    /// The bytes of an element, without memory that it owns.
    fn room(&self) {
        let per_element =
            |capacity: usize, len: usize| (capacity * size_of::<V>()) as f64 / len as f64;
        println!(
            "SecondaryMap<_, {}>: {:.1} bytes an element, the reference {:.1}",
            V::NAME,
            per_element(self.ours.capacity(), self.ours.len()),
            per_element(self.theirs.capacity(), self.theirs.values().len()),
        );
    }
}

fn sum(numbers: impl Iterator<Item = u32>) -> u32 {
    numbers.fold(0, u32::wrapping_add)
}

/// The time of enough calls to be measurable. Includes the drops of the returned values.
fn time<T>(f: &mut impl FnMut() -> T) -> Duration {
    let start = Instant::now();
    for _ in 0..16 {
        drop(black_box(f()));
    }
    start.elapsed()
}
