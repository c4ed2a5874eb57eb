//! The atomics and the lock of the subjects: std's, or loom's in the tests that `scripts/loom.sh`
//! runs. loom tries every order of steps that the orderings of the atomics allow.

#[cfg(all(loom, test))]
pub(crate) use loom::sync::{
    RwLock, RwLockReadGuard, RwLockWriteGuard,
    atomic::{AtomicBool, AtomicUsize, fence},
};
#[cfg(not(all(loom, test)))]
pub(crate) use std::sync::{
    RwLock, RwLockReadGuard, RwLockWriteGuard,
    atomic::{AtomicBool, AtomicUsize, fence},
};
