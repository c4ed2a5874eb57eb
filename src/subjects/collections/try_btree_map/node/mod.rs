//! The nodes of a `TryBTreeMap`: their memory and their content.
//!
//! A [`Node`] is only the address of a block. Code that uses one must state why the block is still
//! alive. Relies on the global allocator. No code makes a reference to a whole block: slots are
//! reached from the allocator's pointer. So traversing a node does not invalidate references to its
//! keys and values that a map has handed out. This file handles single nodes; `moves` moves entries
//! between nodes.

mod moves;

use super::OutOfMemory;
use std::alloc::{Layout, alloc, dealloc};
use std::mem::MaybeUninit;
use std::ops::RangeInclusive;
use std::ptr::{self, NonNull};
use std::slice;

/// The most entries in a node. It is odd, so a full node splits into two nodes of [`LEAST`] entries
/// and one entry between them. In measurements 15 was better than std's 11 from thousands of keys
/// on. Unit tests of this crate use 3, so that small trees are deep.
pub(super) const CAPACITY: usize = if cfg!(test) { 3 } else { 15 };

/// The fewest entries in a node that is not the root.
pub(super) const LEAST: usize = CAPACITY / 2;

const _: () = assert!(CAPACITY % 2 == 1 && CAPACITY >= 3 && CAPACITY < u16::MAX as usize);

/// A node without children. It is also the first field of every internal node.
#[repr(C)]
struct Leaf<K, V> {
    parent: Option<Node<K, V>>,
    /// Which child of the parent this is, if there is a parent.
    slot: u16,
    /// The number of initialised entries.
    len: u16,
    keys: [MaybeUninit<K>; CAPACITY],
    values: [MaybeUninit<V>; CAPACITY],
}

/// A node above the leaves, which has one more child than entries.
#[repr(C)]
struct Internal<K, V> {
    leaf: Leaf<K, V>,
    children: [MaybeUninit<Node<K, V>>; CAPACITY + 1],
}

/// The address of a node, which is a [`Leaf`] at height 0 and an [`Internal`] above.
///
/// # Safety
///
/// For every unsafe method, the node must be alive: allocated by [`Node::allocate`] and not freed.
/// An index must be that of an initialised entry or child, unless the method says otherwise. No
/// reference to what the method changes may be in use. Only nodes that were allocated with a height
/// above 0 have children.
pub(super) struct Node<K, V>(NonNull<Leaf<K, V>>);

// SAFETY: a node is an address, and every access through it is unsafe. The types that own or lend
// the content restrict threads by their `PhantomData`.
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
    /// An address that is no node. It may be compared but not accessed.
    pub(super) const NOWHERE: Self = Self(NonNull::dangling());

    /// The memory of a node of this height.
    pub(super) const fn layout(height: usize) -> Layout {
        if height == 0 { Layout::new::<Leaf<K, V>>() } else { Layout::new::<Internal<K, V>>() }
    }

    /// Allocates a node without entries, children or parent. Makes one request.
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

    /// Frees the memory without dropping entries or children. `height` must be that of the
    /// allocation.
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

    /// Sets the number of initialised entries, at most [`CAPACITY`].
    #[inline]
    unsafe fn set_len(self, len: usize) {
        debug_assert!(len <= CAPACITY);
        // SAFETY: the node is alive. The length fits into `u16`, because `CAPACITY` does.
        unsafe { (*self.0.as_ptr()).len = len as u16 };
    }

    /// The parent, and the index of this node among its children.
    #[inline]
    pub(super) unsafe fn parent(self) -> Option<(Self, usize)> {
        // SAFETY: the node is alive.
        unsafe {
            let at = self.0.as_ptr();
            (*at).parent.map(|parent| (parent, (*at).slot as usize))
        }
    }

    /// Sets the link to the parent: `None` for a root, or the next node in a list of reserved
    /// nodes.
    #[inline]
    pub(super) unsafe fn set_parent(self, parent: Option<Self>) {
        // SAFETY: the node is alive.
        unsafe { (*self.0.as_ptr()).parent = parent };
    }

    /// The slot of the `index`th key. `index` is at most [`CAPACITY`].
    #[inline]
    unsafe fn key_slot(self, index: usize) -> *mut K {
        // SAFETY: the node is alive, and the pointer remains inside or at the end of the array.
        unsafe { (&raw mut (*self.0.as_ptr()).keys).cast::<K>().add(index) }
    }

    /// The slot of the `index`th value. `index` is at most [`CAPACITY`].
    #[inline]
    unsafe fn value_slot(self, index: usize) -> *mut V {
        // SAFETY: as for keys.
        unsafe { (&raw mut (*self.0.as_ptr()).values).cast::<V>().add(index) }
    }

    /// The slot of the `index`th child. `index` is at most `CAPACITY + 1`.
    #[inline]
    unsafe fn child_slot(self, index: usize) -> *mut Self {
        let internal = self.0.as_ptr().cast::<Internal<K, V>>();
        // SAFETY: the node is alive and was allocated as an internal one, which begins with a
        // leaf; the pointer remains inside or at the end of the array.
        unsafe { (&raw mut (*internal).children).cast::<Self>().add(index) }
    }

    /// The keys. The caller ensures that none of them moves during the lifetime.
    #[inline]
    pub(super) unsafe fn keys<'a>(self) -> &'a [K] {
        // SAFETY: the first `len` keys are initialised. The caller is responsible for the lifetime.
        unsafe { slice::from_raw_parts(self.key_slot(0), self.len()) }
    }

    /// A key. The caller ensures that it does not move during the lifetime.
    #[inline]
    pub(super) unsafe fn key<'a>(self, index: usize) -> &'a K {
        // SAFETY: the entry is initialised. The caller is responsible for the lifetime.
        unsafe { &*self.key_slot(index) }
    }

    /// The address of a value. The caller may make one mutable reference or several shared ones.
    #[inline]
    pub(super) unsafe fn value(self, index: usize) -> *mut V {
        // SAFETY: the index is that of an entry.
        unsafe { self.value_slot(index) }
    }

    /// The child left of the entry `index`, or right of the last entry if `index` is the length.
    #[inline]
    pub(super) unsafe fn child(self, index: usize) -> Self {
        // SAFETY: an internal node has one child more than entries.
        unsafe { *self.child_slot(index) }
    }

    /// Moves an entry out of its slot, which then counts as uninitialised.
    #[inline]
    pub(super) unsafe fn read(self, index: usize) -> (K, V) {
        // SAFETY: the entry is initialised, and the caller no longer counts it.
        unsafe { (self.key_slot(index).read(), self.value_slot(index).read()) }
    }

    /// Writes an entry into a slot that is uninitialised or was just read.
    #[inline]
    unsafe fn write(self, index: usize, (key, value): (K, V)) {
        // SAFETY: the caller ensures that the index is below `CAPACITY`.
        unsafe {
            self.key_slot(index).write(key);
            self.value_slot(index).write(value);
        }
    }

    /// Replaces an entry and returns the old one.
    #[inline]
    pub(super) unsafe fn replace(self, index: usize, entry: (K, V)) -> (K, V) {
        // SAFETY: the entry is initialised, and is initialised again at once.
        unsafe {
            let old = self.read(index);
            self.write(index, entry);
            old
        }
    }

    /// Drops an entry in its slot, which then counts as uninitialised. Drops the value even if the
    /// drop of the key panics.
    #[inline]
    pub(super) unsafe fn drop_entry(self, index: usize) {
        struct Value<V>(*mut V);
        impl<V> Drop for Value<V> {
            #[inline]
            fn drop(&mut self) {
                // SAFETY: the guard below is made once, for an initialised value.
                unsafe { ptr::drop_in_place(self.0) };
            }
        }
        // SAFETY: the entry is initialised, and the caller no longer counts it.
        unsafe {
            let _value = Value(self.value_slot(index));
            ptr::drop_in_place(self.key_slot(index));
        }
    }

    /// Inserts an entry at `index`, at most the length. The node must have room.
    #[inline]
    pub(super) unsafe fn insert(self, index: usize, (key, value): (K, V)) {
        // SAFETY: the length is below `CAPACITY`, so there is a slot at the length.
        unsafe {
            let len = self.len();
            open(self.key_slot(0), len, index, key);
            open(self.value_slot(0), len, index, value);
            self.set_len(len + 1);
        }
    }

    /// Inserts an entry as [`insert`](Self::insert) does, and a child to the right of it.
    pub(super) unsafe fn insert_with_child(self, index: usize, entry: (K, V), child: Self) {
        // SAFETY: there is room for an entry, and so also for its child.
        unsafe {
            self.insert(index, entry);
            let len = self.len();
            open(self.child_slot(0), len, index + 1, child);
            self.adopt(index + 1..=len);
        }
    }

    /// Sets the first child of a new root, which has no entry yet.
    pub(super) unsafe fn set_first_child(self, child: Self) {
        // SAFETY: the node is internal, and every internal node has a slot for a first child.
        unsafe {
            self.child_slot(0).write(child);
            self.adopt(0..=0);
        }
    }

    /// Removes an entry and moves the entries behind it forward.
    #[inline]
    pub(super) unsafe fn remove(self, index: usize) -> (K, V) {
        // SAFETY: the entry and those behind it are initialised.
        unsafe {
            let len = self.len();
            let key = close(self.key_slot(0), len, index);
            let value = close(self.value_slot(0), len, index);
            self.set_len(len - 1);
            (key, value)
        }
    }

    /// Sets the parent links of these children to this node.
    #[inline]
    unsafe fn adopt(self, children: RangeInclusive<usize>) {
        for slot in children {
            // SAFETY: they are children of this node, which is alive, so they are alive.
            unsafe {
                let child = self.child(slot).0.as_ptr();
                (*child).parent = Some(self);
                (*child).slot = slot as u16;
            }
        }
    }
}

/// Inserts a value into an array of `len` values with room for one more.
///
/// # Safety
/// The first `len` values are initialised, `index` is at most `len`, and there is a slot behind
/// them.
#[inline]
unsafe fn open<T>(array: *mut T, len: usize, index: usize, value: T) {
    debug_assert!(index <= len);
    // SAFETY: by the contract.
    unsafe {
        let slot = array.add(index);
        // Keys often arrive in order, and a call that moves nothing would cost time.
        if index < len {
            ptr::copy(slot, slot.add(1), len - index);
        }
        slot.write(value);
    }
}

/// Removes a value from an array of `len` values and moves those behind it forward.
///
/// # Safety
/// The first `len` values are initialised, and `index` is below `len`. Afterwards the last slot is
/// uninitialised.
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
