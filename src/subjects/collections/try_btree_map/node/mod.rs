//! The nodes of a `TryBTreeMap`: their memory, and what stands in it.
//!
//! A [`Node`] is the address of a block and no more: whoever uses one says why the block is still
//! there. Relies on the global allocator. No reference to a whole block is ever made: slots are
//! reached from the pointer that the allocator gave, so that the references to keys and values
//! which a map lends are not disturbed by steps through the nodes that hold them. This file knows
//! one node at a time; moving entries between nodes is in `moves`.

mod moves;

use super::OutOfMemory;
use std::alloc::{Layout, alloc, dealloc};
use std::mem::MaybeUninit;
use std::ops::RangeInclusive;
use std::ptr::{self, NonNull};
use std::slice;

/// The most entries in a node. Odd, so that a full node and one entry more make two nodes of
/// [`LEAST`] and an entry between them. Fifteen measured better than std's eleven from thousands
/// of keys on. Few in this crate's unit tests, whose trees are deep then.
pub(super) const CAPACITY: usize = if cfg!(test) { 3 } else { 15 };

/// The fewest entries in a node that is not the root.
pub(super) const LEAST: usize = CAPACITY / 2;

const _: () = assert!(CAPACITY % 2 == 1 && CAPACITY >= 3 && CAPACITY < u16::MAX as usize);

/// A node without children, and the front of every other.
#[repr(C)]
struct Leaf<K, V> {
    parent: Option<Node<K, V>>,
    /// Which child of the parent this is, if there is a parent.
    slot: u16,
    /// How many of the slots are initialised.
    len: u16,
    keys: [MaybeUninit<K>; CAPACITY],
    values: [MaybeUninit<V>; CAPACITY],
}

/// A node with one child more than it has entries.
#[repr(C)]
struct Internal<K, V> {
    leaf: Leaf<K, V>,
    children: [MaybeUninit<Node<K, V>>; CAPACITY + 1],
}

/// The address of a node, which is a [`Leaf`] at height 0 and an [`Internal`] above.
///
/// # Safety
///
/// For every method that is unsafe the node must be alive: allocated by [`Node::allocate`] and
/// not freed. An index must be that of an initialised entry or child, unless the method says
/// otherwise, and no reference to what the method changes may be in use. Children are only those
/// of nodes allocated with a height above 0.
pub(super) struct Node<K, V>(NonNull<Leaf<K, V>>);

// SAFETY: a node is an address, and everything done with it is unsafe. The types that own or lend
// what stands there say by their `PhantomData` which threads may have it.
unsafe impl<K, V> Send for Node<K, V> {}
// SAFETY: see above.
unsafe impl<K, V> Sync for Node<K, V> {}

impl<K, V> Clone for Node<K, V> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Node<K, V> {}

impl<K, V> PartialEq for Node<K, V> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<K, V> Node<K, V> {
    /// A node that is not there, to be compared with but not looked into.
    pub(super) const NOWHERE: Self = Self(NonNull::dangling());

    /// The memory of a node of this height.
    pub(super) const fn layout(height: usize) -> Layout {
        if height == 0 { Layout::new::<Leaf<K, V>>() } else { Layout::new::<Internal<K, V>>() }
    }

    /// A node without entries, children and parent. One request.
    pub(super) fn allocate(height: usize) -> Result<Self, OutOfMemory> {
        let layout = Self::layout(height);
        // SAFETY: a node has a header, so its size is not zero.
        let block = unsafe { alloc(layout) };
        let leaf =
            NonNull::new(block.cast::<Leaf<K, V>>()).ok_or(OutOfMemory::for_layout(layout))?;
        let at = leaf.as_ptr();
        // SAFETY: the block is new and large enough for a leaf, whatever the height.
        unsafe {
            (&raw mut (*at).parent).write(None);
            (&raw mut (*at).slot).write(0);
            (&raw mut (*at).len).write(0);
        }
        Ok(Self(leaf))
    }

    /// Gives the memory back; entries and children are forgotten. `height` is that with which
    /// the node was allocated.
    pub(super) unsafe fn free(self, height: usize) {
        // SAFETY: `allocate` made the block with this layout, and the caller frees it once.
        unsafe { dealloc(self.0.as_ptr().cast(), Self::layout(height)) };
    }

    /// The number of entries.
    #[inline]
    pub(super) unsafe fn len(self) -> usize {
        // SAFETY: the node is alive.
        unsafe { (*self.0.as_ptr()).len as usize }
    }

    /// Says that the first `len` entries, at most [`CAPACITY`], are the initialised ones.
    #[inline]
    unsafe fn set_len(self, len: usize) {
        debug_assert!(len <= CAPACITY);
        // SAFETY: the node is alive. The length fits, `CAPACITY` does.
        unsafe { (*self.0.as_ptr()).len = len as u16 };
    }

    /// The parent, and which of its children this is.
    #[inline]
    pub(super) unsafe fn parent(self) -> Option<(Self, usize)> {
        // SAFETY: the node is alive.
        unsafe {
            let at = self.0.as_ptr();
            (*at).parent.map(|parent| (parent, (*at).slot as usize))
        }
    }

    /// Makes a node the root of its own tree, or chains it to another that is no parent.
    #[inline]
    pub(super) unsafe fn set_parent(self, parent: Option<Self>) {
        // SAFETY: the node is alive.
        unsafe { (*self.0.as_ptr()).parent = parent };
    }

    /// Where the `index`th key is or would be; at most [`CAPACITY`].
    #[inline]
    unsafe fn key_slot(self, index: usize) -> *mut K {
        // SAFETY: the node is alive, and the pointer remains inside or at the end of the array.
        unsafe { (&raw mut (*self.0.as_ptr()).keys).cast::<K>().add(index) }
    }

    /// Where the `index`th value is or would be; at most [`CAPACITY`].
    #[inline]
    unsafe fn value_slot(self, index: usize) -> *mut V {
        // SAFETY: as for keys.
        unsafe { (&raw mut (*self.0.as_ptr()).values).cast::<V>().add(index) }
    }

    /// Where the `index`th child is or would be; at most `CAPACITY + 1`.
    #[inline]
    unsafe fn child_slot(self, index: usize) -> *mut Self {
        let internal = self.0.as_ptr().cast::<Internal<K, V>>();
        // SAFETY: the node is alive and was allocated as an internal one, which begins with a
        // leaf; the pointer remains inside or at the end of the array.
        unsafe { (&raw mut (*internal).children).cast::<Self>().add(index) }
    }

    /// The keys, for as long as none of them is moved.
    #[inline]
    pub(super) unsafe fn keys<'a>(self) -> &'a [K] {
        // SAFETY: the first `len` keys are initialised. The caller answers for the lifetime.
        unsafe { slice::from_raw_parts(self.key_slot(0), self.len()) }
    }

    /// A key, for as long as it is not moved.
    #[inline]
    pub(super) unsafe fn key<'a>(self, index: usize) -> &'a K {
        // SAFETY: the entry is initialised. The caller answers for the lifetime.
        unsafe { &*self.key_slot(index) }
    }

    /// A value, which may be lent once to be changed, or to many to be read.
    #[inline]
    pub(super) unsafe fn value(self, index: usize) -> *mut V {
        // SAFETY: the index is that of an entry.
        unsafe { self.value_slot(index) }
    }

    /// The child left of the entry `index`, or right of the last if it is the length.
    #[inline]
    pub(super) unsafe fn child(self, index: usize) -> Self {
        // SAFETY: an internal node has one child more than entries.
        unsafe { *self.child_slot(index) }
    }

    /// Takes an entry out of its slot, which then counts as not initialised.
    #[inline]
    pub(super) unsafe fn read(self, index: usize) -> (K, V) {
        // SAFETY: the entry is initialised, and the caller no longer counts it.
        unsafe { (self.key_slot(index).read(), self.value_slot(index).read()) }
    }

    /// Puts an entry into a slot that is not initialised, or was just read.
    #[inline]
    unsafe fn write(self, index: usize, (key, value): (K, V)) {
        // SAFETY: the index is below `CAPACITY`, as the caller sees to.
        unsafe {
            self.key_slot(index).write(key);
            self.value_slot(index).write(value);
        }
    }

    /// Takes an entry out and puts another in its place.
    #[inline]
    pub(super) unsafe fn replace(self, index: usize, entry: (K, V)) -> (K, V) {
        // SAFETY: the entry is initialised, and is again at once.
        unsafe {
            let old = self.read(index);
            self.write(index, entry);
            old
        }
    }

    /// Drops an entry in its slot, which then counts as not initialised. Drops the value even if
    /// the drop of the key panics.
    #[inline]
    pub(super) unsafe fn drop_entry(self, index: usize) {
        struct Value<V>(*mut V);
        impl<V> Drop for Value<V> {
            #[inline]
            fn drop(&mut self) {
                // SAFETY: made below for one drop of a value that is there.
                unsafe { ptr::drop_in_place(self.0) };
            }
        }
        // SAFETY: the entry is initialised, and the caller no longer counts it.
        unsafe {
            let _value = Value(self.value_slot(index));
            ptr::drop_in_place(self.key_slot(index));
        }
    }

    /// Inserts an entry before the `index`th, which may be the length. There must be room.
    #[inline]
    pub(super) unsafe fn insert(self, index: usize, (key, value): (K, V)) {
        // SAFETY: the length is below `CAPACITY`, so that the slot at the length is one.
        unsafe {
            let len = self.len();
            open(self.key_slot(0), len, index, key);
            open(self.value_slot(0), len, index, value);
            self.set_len(len + 1);
        }
    }

    /// Inserts an entry as [`insert`](Self::insert) does, and a child to the right of it.
    pub(super) unsafe fn insert_with_child(self, index: usize, entry: (K, V), child: Self) {
        // SAFETY: there is room for an entry, and so for the child that comes with it.
        unsafe {
            self.insert(index, entry);
            let len = self.len();
            open(self.child_slot(0), len, index + 1, child);
            self.adopt(index + 1..=len);
        }
    }

    /// Gives a new root, which has no entry yet, its first child.
    pub(super) unsafe fn set_first_child(self, child: Self) {
        // SAFETY: the node is internal, and a first child always has its slot.
        unsafe {
            self.child_slot(0).write(child);
            self.adopt(0..=0);
        }
    }

    /// Takes an entry out and closes the gap.
    #[inline]
    pub(super) unsafe fn remove(self, index: usize) -> (K, V) {
        // SAFETY: the entry is initialised, and so are those behind it.
        unsafe {
            let len = self.len();
            let key = close(self.key_slot(0), len, index);
            let value = close(self.value_slot(0), len, index);
            self.set_len(len - 1);
            (key, value)
        }
    }

    /// Tells these children who their parent is.
    #[inline]
    unsafe fn adopt(self, children: RangeInclusive<usize>) {
        for slot in children {
            // SAFETY: they are children of this node, and children are as alive as it is.
            unsafe {
                let child = self.child(slot).0.as_ptr();
                (*child).parent = Some(self);
                (*child).slot = slot as u16;
            }
        }
    }
}

/// Inserts into the first `len` values of an array that has room for one more.
///
/// # Safety
/// They are initialised, `index` is at most `len`, and there is a slot behind them.
#[inline]
unsafe fn open<T>(array: *mut T, len: usize, index: usize, value: T) {
    debug_assert!(index <= len);
    // SAFETY: by the contract.
    unsafe {
        let slot = array.add(index);
        // Asked because keys often come in order, and a call to move nothing costs.
        if index < len {
            ptr::copy(slot, slot.add(1), len - index);
        }
        slot.write(value);
    }
}

/// Takes a value out of the first `len` of an array, and moves those behind it forward.
///
/// # Safety
/// They are initialised, and `index` is below `len`. The last of them no longer is afterwards.
#[inline]
unsafe fn close<T>(array: *mut T, len: usize, index: usize) -> T {
    debug_assert!(index < len);
    // SAFETY: by the contract.
    unsafe {
        let slot = array.add(index);
        let value = slot.read();
        ptr::copy(slot.add(1), slot, len - index - 1);
        value
    }
}
