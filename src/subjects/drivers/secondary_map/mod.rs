//! The target `secondary_map`: [`SecondaryMap`](crate::collections::SecondaryMap) beside a model,
//! under operations that bytes spell out, or under the functions of a WebAssembly module.
//!
//! [`decode`] looks at the first bytes. `\0asm` starts a module: its functions' types and names
//! go into two maps, one call a step. Anything else is a sequence of operations.
//!
//! # Layout, version 2
//!
//! The bytes have the [layout of the collections' targets](crate::targets), in version 2. A sequence has at
//! most 256 operations, and ends earlier where their work reaches a bound. The kinds: 0 `u32`,
//! 1 bytes on the heap, 2 values whose default's copy makes a request, 3 zero-sized. The operands:
//!
//! | operand | bits | what they say |
//! | --- | --- | --- |
//! | a | | the low 8 bits of the key |
//! | b | 0–6 | below 64: the high bits of the key; from 64 to 79: the place of an edge key in a list, and a says nothing; from 80 on: nothing |
//! | | 7 | whether a series of items announces a huge `size_hint` |
//! | c | 0–2 | the number of the value; 0 is the default |
//! | | 3–4 | the stride of a series of items |
//! | | 5–7 | a count |
//!
//! The count says how many items of a series are at multiples of the stride; one more is at the
//! key. A key that is not an edge key is taken modulo a number that keeps gaps of these values
//! affordable. Where an operation takes a length, the key is the length.
//!
//! Edge keys ask for more memory than there is, unless values are zero-sized. Such a request is
//! refused: by arithmetic, or by the [`CEILING`] on single requests, which a sweep of this target
//! has to set. The description of such an operation ends in `// refused`.
//!
//! [`decode`] translates inputs in version 1, the layout before this one. They keep their meaning;
//! the file `version_1.rs` has that layout.

mod maps;
mod module;
#[cfg(test)]
mod tests;
mod version_1;
mod wasm;

use super::hint::Hint;
#[cfg(test)]
use super::modelled::Bomb;
use super::modelled::{ClaimResult, Kind, Modelled, Operands, Operation, Pair};
use super::sample::{Roomy, Sample, with_room};
use super::{AnySteps, Target};
use crate::collections::{OutOfMemory, SecondaryMap};
use maps::{Key, Maps};

/// The target's name, and that of its folder in the corpus.
pub const NAME: &str = "secondary_map";

/// The size in bytes of the greatest request that a sweep of this target may serve.
///
/// It refuses the operations at edge keys. All other requests are far smaller.
pub const CEILING: usize = super::modelled::CEILING;

pub(super) const MODELLED: Modelled = Modelled {
    name: NAME,
    version: 2,
    kinds: &[
        Kind::of::<Maps<u32, 4096>>("u32"),
        Kind::of::<Maps<Vec<u8>, 512>>("bytes"),
        // Every key of a gap is a request here.
        Kind::of::<Maps<Roomy, 64>>("roomy"),
        Kind::of::<Maps<(), { 1 << 14 }>>("unit"),
    ],
    #[cfg(test)]
    bombs: Some(Kind::of::<Maps<Bomb, 64>>("bombs")),
    #[cfg(test)]
    seeds: tests::SEEDS,
};

/// The target, as the table has it.
pub const TARGET: Target = Target::try_steps(NAME, decode)
    .about("SecondaryMap, by operations that bytes spell out or by the functions of a module")
    .takes_wasm()
    .ceiling(CEILING);

/// The steps that `bytes` stand for: those of a WebAssembly module if they start as one, and
/// otherwise the operations that they spell out.
///
/// # Errors
/// With one line, when there are no bytes, when their layout is of another version, or when the
/// module is malformed; then the line says at which offset.
pub fn decode(bytes: &[u8]) -> Result<AnySteps<String>, String> {
    match bytes {
        [b'\0', b'a', b's', b'm', ..] => Ok(AnySteps::new(module::drive(wasm::read(bytes)?))),
        [first, records @ ..] if first >> 4 == version_1::VERSION => {
            MODELLED.decode(&version_1::translate(*first, records))
        }
        _ => MODELLED.decode(bytes),
    }
}

/// In the low bits of operand b: the first edge key.
const EDGE: u8 = 64;

/// In the low bits of operand b: the first number that says nothing about the key.
const LOW: u8 = EDGE + EDGES.len() as u8;

/// In operand b: whether a series of items announces a huge `size_hint`.
const HUGE: u8 = 1 << 7;

/// Keys for which there is no memory, unless values are zero-sized. From the fifth on, the size in
/// bytes overflows for some type, or is the greatest that an allocation can have.
const EDGES: [usize; 16] = {
    const U32_MAX: usize = u32::MAX as usize;
    const ISIZE_MAX: usize = isize::MAX as usize;
    [
        U32_MAX - 1,
        U32_MAX,
        U32_MAX.saturating_add(1),
        U32_MAX.saturating_add(2),
        ISIZE_MAX / 24 - 1,
        ISIZE_MAX / 24,
        ISIZE_MAX / 4 - 1,
        ISIZE_MAX / 4,
        ISIZE_MAX - 1,
        ISIZE_MAX,
        ISIZE_MAX + 1,
        usize::MAX / 24,
        usize::MAX / 4,
        usize::MAX - 2,
        usize::MAX - 1,
        usize::MAX,
    ]
};

/// The most values that the operations of a sequence may walk, make or copy.
const MOST_WORK: usize = 1 << 14;

impl<V: Sample, const SPREAD: usize> Maps<V, SPREAD> {
    /// About how many values an operation walks, makes or copies. `len` is that of the map: before
    /// the operation, and afterwards.
    fn work(name: &str, o: Operands, len: &mut usize) -> usize {
        if Self::is_refused(name, o) {
            return 1;
        }
        let (before, at) = (*len, o.at::<SPREAD>());
        let needed = || o.series::<V, SPREAD>().map(|(key, _)| key + 1).max().unwrap_or(0);
        *len = match name {
            "insert" | "insert_or_return" => before.max(at + 1),
            "resize" => at,
            "extend" => before.max(needed()),
            "from_iter" => needed(),
            "from_vec" => o.count(),
            "clear" | "new" | "default" | "with_default" | "with_capacity" => 0,
            _ => before,
        };
        if size_of::<V>() == 0 {
            return 1;
        }
        let walked = match name {
            "reverse" | "iterate" | "into_iter" | "clone" | "debug" | "from_iter" => *len,
            "compare" => *len + at,
            "get_each" => o.count() + 1,
            _ => 0,
        };
        1 + walked + len.saturating_sub(before)
    }
}

impl Operands {
    fn edge(self) -> Option<usize> {
        let place = (self.b & !HUGE).checked_sub(EDGE)?;
        EDGES.get(usize::from(place)).copied()
    }

    /// The key, or the length.
    fn at<const SPREAD: usize>(self) -> usize {
        let high = match self.b & !HUGE {
            high @ 0..EDGE => high,
            _ => 0,
        };
        self.edge().unwrap_or(usize::from(u16::from_be_bytes([high, self.a])) % SPREAD)
    }

    fn count(self) -> usize {
        usize::from(self.c >> 5)
    }

    /// The number of the value, or of the i-th after it.
    fn nth_id<V: Sample>(self, i: usize) -> u8 {
        V::pick((self.c & 7).wrapping_add(i as u8) & 7)
    }

    fn nth<V: Sample>(self, i: usize) -> Result<V, OutOfMemory> {
        V::make(self.nth_id::<V>(i))
    }

    fn hint(self) -> Hint {
        if self.b & HUGE == 0 { Hint::Honest } else { Hint::Huge }
    }

    /// The keys of a series of items, and the numbers of their values.
    fn series<V: Sample, const SPREAD: usize>(self) -> impl Iterator<Item = (usize, u8)> {
        let (last, stride) = (self.count(), usize::from(self.c >> 3 & 3));
        (0..=last).map(move |i| {
            let key = if i == last { self.at::<SPREAD>() } else { i * stride };
            (key, self.nth_id::<V>(i))
        })
    }

    /// The items of a series, made beforehand: an iterator cannot fail.
    fn items<V: Sample, const SPREAD: usize>(self) -> Result<Vec<(usize, V)>, OutOfMemory> {
        let mut items = with_room(self.count() + 1)?;
        for (key, id) in self.series::<V, SPREAD>() {
            items.push((key, V::make(id)?));
        }
        Ok(items)
    }

    fn values<V: Sample>(self) -> Result<Vec<V>, OutOfMemory> {
        let mut values = with_room(self.count())?;
        for i in 0..self.count() {
            values.push(self.nth(i)?);
        }
        Ok(values)
    }
}

/// In the texts, `k` is a key, `l` a length, `v` a value, `n` a count, `m` a count of one
/// more, and `s` a series of items.
impl<V: Sample, const SPREAD: usize> Pair for Maps<V, SPREAD> {
    const MOST: usize = 256;

    const OPERATIONS: &'static [Operation<Self>] = &[
        Operation::new("insert(k, v)", |maps, o| maps.insert(o.at::<SPREAD>(), o.nth(0)?)),
        Operation::new("insert_or_return(k, v)", |maps, o| {
            maps.insert_or_return(o.at::<SPREAD>(), o.nth(0)?)
        }),
        Operation::new("remove(k)", |maps, o| maps.remove(o.at::<SPREAD>())),
        Operation::new("get(k)", |maps, o| maps.get(o.at::<SPREAD>())),
        Operation::new("get_mut(k, v)", |maps, o| maps.get_mut(o.at::<SPREAD>(), o.nth(0)?)),
        Operation::new("index(k)", |maps, o| maps.index(o.at::<SPREAD>())),
        Operation::new("get_each(k, m)", |maps, o| maps.get_each(o.at::<SPREAD>(), o.count() + 1)),
        Operation::new("resize(l)", |maps, o| maps.resize(o.at::<SPREAD>())),
        Operation::new("clear", |maps, _| maps.clear()),
        Operation::new("new", |maps, _| maps.replace(SecondaryMap::new(), V::default())),
        Operation::new("default", |maps, _| maps.replace(SecondaryMap::default(), V::default())),
        Operation::new("with_default(v)", |maps, o| maps.replace_by_default(o.nth(0)?)),
        Operation::new("with_capacity(l)", |maps, o| maps.replace_by_room(o.at::<SPREAD>())),
        Operation::new("from_vec(n, v)", |maps, o| maps.replace_by_vec(o.values()?)),
        Operation::new("clone", |maps, _| maps.replace_by_copy()),
        Operation::new("extend(s)", |maps, o| maps.extend(o.items::<V, SPREAD>()?, o.hint())),
        Operation::new("from_iter(s)", |maps, o| {
            maps.replace_by_items(o.items::<V, SPREAD>()?, o.hint())
        }),
        Operation::new("iterate", |maps, _| maps.iterate()),
        Operation::new("reverse", |maps, _| maps.reverse()),
        Operation::new("swap_ends", |maps, _| maps.swap_ends()),
        Operation::new("into_iter", |maps, _| maps.walk_copy()),
        Operation::new("compare(l)", |maps, o| maps.compare(o.at::<SPREAD>())),
        Operation::new("debug", |maps, _| maps.debug()),
    ];

    fn new() -> Self {
        Self::with_default(V::default())
    }

    /// Only edge keys ask for too much. For zero-sized values only the greatest key does: no
    /// `usize` has room for the length that it needs.
    fn is_refused(name: &str, o: Operands) -> bool {
        let Some(edge) = o.edge() else { return false };
        match name {
            "insert" | "insert_or_return" | "extend" | "from_iter" => {
                size_of::<V>() > 0 || edge == usize::MAX
            }
            "resize" | "with_capacity" | "compare" => size_of::<V>() > 0,
            _ => false,
        }
    }

    fn affordable(steps: impl Iterator<Item = (&'static str, Operands)>) -> usize {
        let (mut len, mut work) = (0, 0);
        let is_affordable = |(name, o): &(&str, Operands)| {
            work += Self::work(name, *o, &mut len);
            work <= MOST_WORK
        };
        steps.take_while(is_affordable).count()
    }

    fn operand(letter: char, o: Operands) -> String {
        match letter {
            'k' => Key(o.at::<SPREAD>()).to_string(),
            'l' => o.at::<SPREAD>().to_string(),
            'v' => o.nth_id::<V>(0).to_string(),
            'n' => o.count().to_string(),
            'm' => (o.count() + 1).to_string(),
            's' => {
                let items: Vec<String> = o
                    .series::<V, SPREAD>()
                    .map(|(key, id)| format!("({}, {id})", Key(key)))
                    .collect();
                let hint = if o.hint() == Hint::Huge { ".with_huge_size_hint()" } else { "" };
                format!("[{}]{hint}", items.join(", "))
            }
            other => other.to_string(),
        }
    }

    fn check(&self) -> ClaimResult {
        self.check()
    }

    fn view(&self) -> String {
        self.view(|_, value| value.id().map_or("damaged".into(), |id| id.to_string()))
    }
}
