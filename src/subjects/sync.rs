//! The atomics and the lock of the subjects: std's, or loom's in the tests that `scripts/loom.sh`
//! runs. loom tries every order of steps that the orderings of the atomics allow.

#[cfg(all(loom, test))]
use loom::sync;
#[cfg(not(all(loom, test)))]
use std::sync;

#[cfg(feature = "registry")]
pub(crate) use sync::atomic::AtomicBool;
pub(crate) use sync::atomic::{AtomicUsize, fence};
#[cfg(feature = "registry")]
pub(crate) use sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};
