//! Moving all entries of one [`TryBTreeMap`] into another: all of them, or none.
//!
//! Two steps. The first looks for every key, and requests all nodes that the insertions can take;
//! it may fail, or panic in a comparison, and has changed nothing. The second neither compares nor
//! requests: it goes by the gaps that the first one found.

use super::insert::Spare;
use super::node::{CAPACITY, LEAST, Node};
use super::place::{Gap, Place};
use super::search::Found;
use super::{OutOfMemory, Root, TryBTreeMap};
use crate::collections::grow;
use std::mem;

impl<K: Ord, V> TryBTreeMap<K, V> {
    /// Moves all entries of `other` into this map and leaves `other` empty. At keys that are in
    /// both, this map keeps its key and takes the value.
    ///
    /// O(other · log len). No request if one of them is empty. Otherwise those for remembering
    /// where each key belongs, until all is done, and one for each node that may be needed, of
    /// which those that are not are freed. An `Err`, or a panic of a comparison, leaves both maps
    /// as they were. A panic in the drop of a key or value that is in both drops what has not been
    /// moved yet.
    pub fn append(&mut self, other: &mut Self) -> Result<(), OutOfMemory> {
        let Some(root) = self.root.filter(|_| !self.is_empty() && !other.is_empty()) else {
            if self.is_empty() {
                mem::swap(self, other);
            }
            return Ok(());
        };
        let (targets, mut spare) = self.plan(root, other)?;
        // SAFETY: the plan was made for the map as it is.
        unsafe { self.insert_all(mem::take(other), &targets, &mut spare) }
    }

    /// Where the entries of `other` belong in this map, whose root is given, and the nodes that
    /// their insertions can take.
    pub(super) fn plan(&self, root: Root<K, V>, other: &Self) -> Result<Plan<K, V>, OutOfMemory> {
        let mut targets = Vec::new();
        grow::reserve_exact(&mut targets, other.len)?;
        other.keys().for_each(|key| grow::push(&mut targets, root.search(key).into()));
        let mut spare = Spare::new();
        // SAFETY: the targets were just found below the root, which is that of a map.
        unsafe { reserve(&mut spare, root, &targets) }?;
        Ok((targets, spare))
    }

    /// Puts the entries of `other` where they belong. The targets are of this map as it is.
    pub(super) unsafe fn insert_all(
        &mut self,
        mut other: Self,
        targets: &[Target<K, V>],
        spare: &mut Spare<K, V>,
    ) -> Result<(), OutOfMemory> {
        // First the values at keys that are there: insertions will move these.
        for (target, value) in targets.iter().zip(other.values_mut()) {
            if let Target { node, index, kind: Kind::Replaced } = *target {
                // SAFETY: the target is the place of an entry of this map.
                mem::swap(unsafe { &mut *node.value(index.into()) }, value);
            }
        }
        let mut last = None;
        for (target, entry) in targets.iter().zip(other) {
            if let Kind::Inserted = target.kind {
                // SAFETY: the targets are in order, so the last one inserted is the one before.
                let gap = unsafe { target.gap(last) };
                // SAFETY: a gap of this map as it is now.
                let inserted = unsafe { self.insert_at(gap, entry, spare) };
                // Cannot fail unless `Ord` contradicted itself: what it takes is in reserve.
                last = Some((target, inserted.map_err(|(oom, _)| oom)?));
            }
        }
        Ok(())
    }
}

/// What the second step goes by.
type Plan<K, V> = (Vec<Target<K, V>>, Spare<K, V>);

/// What is to become of an entry.
#[derive(Clone, Copy)]
enum Kind {
    /// The key is there.
    Replaced,
    /// The key is absent.
    Inserted,
}

/// Where an entry belongs, in few bytes: there is one for each.
pub(super) struct Target<K, V> {
    node: Node<K, V>,
    index: u16,
    kind: Kind,
}

impl<K, V> From<Found<K, V>> for Target<K, V> {
    fn from(found: Found<K, V>) -> Self {
        let (node, index, kind) = match found {
            Found::At(Place { node, index, .. }) => (node, index, Kind::Replaced),
            Found::Absent(Gap { leaf, index }) => (leaf, index, Kind::Inserted),
        };
        Self { node, index: index as u16, kind }
    }
}

impl<K, V> Target<K, V> {
    /// The gap as it is now: insertions have moved it if the last of them, at `target`, was in the
    /// same leaf, for what is behind an entry inserted may have gone to another node. It is as far
    /// behind that entry as it was behind that gap.
    ///
    /// # Safety
    /// The leaf is alive, and `last` is where an entry was just inserted.
    unsafe fn gap(&self, last: Option<(&Self, Place<K, V>)>) -> Gap<K, V> {
        // SAFETY: by the contract. Insertions free no node. If `Ord` contradicted itself the leaf
        // may have become shorter since the search; the gap is within it all the same.
        unsafe {
            match last {
                Some((target, place)) if target.node == self.node => {
                    let mut gap = place.after();
                    for _ in target.index..self.index {
                        let Some(next) = gap.next() else { break };
                        gap = next.after();
                    }
                    gap
                }
                _ => {
                    let index = usize::from(self.index).min(self.node.len());
                    Gap { leaf: self.node, index }
                }
            }
        }
    }
}

/// Reserves all nodes that the insertions can take, level by level: as many as a level is split,
/// so many entries come to the one above.
///
/// # Safety
/// The nodes are those of the live tree below `root`.
unsafe fn reserve<K, V>(
    spare: &mut Spare<K, V>,
    root: Root<K, V>,
    targets: &[Target<K, V>],
) -> Result<(), OutOfMemory> {
    let mut level = Vec::new();
    for target in targets {
        if let Kind::Inserted = target.kind {
            add(&mut level, target.node, 1)?;
        }
    }
    let (mut leaves, mut internals) = (0_usize, 0_usize);
    for height in 0..=root.height {
        let mut above = Vec::new();
        let mut sum = 0;
        for &(node, more) in &level {
            // SAFETY: by the contract; parents are as alive as their children.
            let (len, parent) = unsafe { (node.len(), node.parent()) };
            let splits = splits(len, more);
            sum += splits;
            match parent {
                Some((parent, _)) if splits > 0 => add(&mut above, parent, splits)?,
                Some(_) => {}
                None => internals += roots(splits),
            }
        }
        *if height == 0 { &mut leaves } else { &mut internals } += sum;
        level = above;
    }
    spare.reserve(0, leaves)?;
    spare.reserve(1, internals)
}

/// Counts `more` entries for a node; those for the same node come one after the other.
fn add<K, V>(
    level: &mut Vec<(Node<K, V>, usize)>,
    node: Node<K, V>,
    more: usize,
) -> Result<(), OutOfMemory> {
    match level.last_mut() {
        Some((last, count)) if *last == node => *count += more,
        _ => {
            let len = level.len() + 1;
            grow::reserve(level, len)?;
            grow::push(level, (node, more));
        }
    }
    Ok(())
}

/// The most splits of a node that gets so many entries, one by one. Of what comes out of `n`
/// splits each node has [`LEAST`] entries or more, and `n` entries are between them.
fn splits(len: usize, more: usize) -> usize {
    if len + more <= CAPACITY { 0 } else { (len + more - LEAST) / (LEAST + 1) }
}

/// The nodes that it takes above a root which is split so often.
fn roots(mut splits_below: usize) -> usize {
    let mut roots = 0;
    while splits_below > 0 {
        let splits_here = splits(0, splits_below);
        roots += 1 + splits_here;
        splits_below = splits_here;
    }
    roots
}
