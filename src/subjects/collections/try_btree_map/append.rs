//! Moves all entries of one [`TryBTreeMap`] into another, all or none.
//!
//! There are two steps. The first searches for every key and requests all nodes that the insertions
//! can need. It may fail, or panic in a comparison, and changes nothing. The second uses the gaps
//! that the first step found; it makes no comparison and no request.

use super::insert::Spare;
use super::node::{CAPACITY, LEAST, Node};
use super::place::{Gap, Place};
use super::search::Found;
use super::{OutOfMemory, Root, TryBTreeMap};
use crate::collections::grow;
use std::mem;

impl<K: Ord, V> TryBTreeMap<K, V> {
    /// Moves all entries of `other` into this map and leaves `other` empty. If a key is in both,
    /// this map keeps its own key and takes the value of `other`.
    ///
    /// O(other · log len). Makes no request if one of the maps is empty. Otherwise makes requests
    /// for a temporary list of positions, one for each key of `other`, and one request for each
    /// node that may be needed; unused nodes are freed. An `Err`, or a panic of a comparison,
    /// leaves both maps as they were. If the drop of a key or value that is in both maps panics,
    /// the entries that were not moved yet are dropped.
    pub fn append(&mut self, other: &mut Self) -> Result<(), OutOfMemory> {
        let Some(root) = self.root.filter(|_| !self.is_empty() && !other.is_empty()) else {
            if self.is_empty() {
                mem::swap(self, other);
            }
            return Ok(());
        };
        let (targets, mut spare) = self.plan(root, other)?;
        // SAFETY: the plan was made for the map in its present state.
        unsafe { self.insert_all(mem::take(other), &targets, &mut spare) }
    }

    /// Finds where the entries of `other` belong in this map with the given root, and reserves the
    /// nodes that their insertions can need.
    pub(super) fn plan(&self, root: Root<K, V>, other: &Self) -> Result<Plan<K, V>, OutOfMemory> {
        let mut targets = Vec::new();
        grow::reserve_exact(&mut targets, other.len)?;
        other.keys().for_each(|key| grow::push(&mut targets, root.search(key).into()));
        let mut spare = Spare::new();
        // SAFETY: the targets were just found below the root, which is that of a map.
        unsafe { reserve(&mut spare, root, &targets) }?;
        Ok((targets, spare))
    }

    /// Inserts the entries of `other` at the targets, which were found in this map in its present
    /// state.
    pub(super) unsafe fn insert_all(
        &mut self,
        mut other: Self,
        targets: &[Target<K, V>],
        spare: &mut Spare<K, V>,
    ) -> Result<(), OutOfMemory> {
        // Replace the values of present keys first, because insertions move them.
        for (target, value) in targets.iter().zip(other.values_mut()) {
            if let Target { node, index, kind: Kind::Replaced } = *target {
                // SAFETY: the target is the place of an entry of this map.
                mem::swap(unsafe { &mut *node.value(index.into()) }, value);
            }
        }
        let mut last = None;
        for (target, entry) in targets.iter().zip(other) {
            if let Kind::Inserted = target.kind {
                // SAFETY: the targets are in order, so `last` is the target before this one.
                let gap = unsafe { target.gap(last) };
                // SAFETY: a gap of this map in its present state.
                let inserted = unsafe { self.insert_at(gap, entry, spare) };
                // Cannot fail, unless `Ord` contradicted itself: the needed nodes are reserved.
                last = Some((target, inserted.map_err(|(oom, _)| oom)?));
            }
        }
        Ok(())
    }
}

/// The input of the second step.
type Plan<K, V> = (Vec<Target<K, V>>, Spare<K, V>);

/// What the second step does with an entry.
#[derive(Clone, Copy)]
enum Kind {
    /// The key is present: its value is replaced.
    Replaced,
    /// The key is absent: the entry is inserted.
    Inserted,
}

/// Where an entry belongs. It is small, because there is one for each entry.
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
    /// The present position of the gap. If the last insertion was in the same leaf, it may have
    /// moved the entries behind it to another node. The gap is as far behind the inserted entry as
    /// it was behind the gap of that entry.
    ///
    /// # Safety
    /// The leaf is alive, and `last` is where an entry was just inserted.
    unsafe fn gap(&self, last: Option<(&Self, Place<K, V>)>) -> Gap<K, V> {
        // SAFETY: by the contract. Insertions free no node. If `Ord` contradicted itself, the leaf
        // may be shorter than at the search, but the gap is still within it.
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

/// Reserves all nodes that the insertions can need, level by level. Each split on one level inserts
/// one entry into the level above.
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
            // SAFETY: by the contract; the parent of a live node is alive.
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

/// Counts `more` entries for a node. Calls for the same node must be consecutive.
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

/// The most splits that `more` single insertions into a node can cause. After `n` splits there are
/// `n + 1` nodes with at least [`LEAST`] entries each, and `n` entries between them.
fn splits(len: usize, more: usize) -> usize {
    if len + more <= CAPACITY { 0 } else { (len + more - LEAST) / (LEAST + 1) }
}

/// The number of nodes needed above a root that is split this often.
fn roots(mut splits_below: usize) -> usize {
    let mut roots = 0;
    while splits_below > 0 {
        let splits_here = splits(0, splits_below);
        roots += 1 + splits_here;
        splits_below = splits_here;
    }
    roots
}
