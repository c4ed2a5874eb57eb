//! The lock of a registry, in one place so that a scheduler's can stand in for it.
//!
//! Relies on std's lock, which makes no request. A panic under it does not poison it: whoever
//! changes the state under it rolls back when unwinding, and drops that come later must not fail.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

pub(super) type ReadGuard<'a, T> = RwLockReadGuard<'a, T>;

pub(super) struct Lock<T> {
    lock: RwLock<T>,
}

impl<T> Lock<T> {
    pub(super) fn new(value: T) -> Self {
        Self { lock: RwLock::new(value) }
    }

    pub(super) fn read(&self) -> ReadGuard<'_, T> {
        self.lock.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.lock.write().unwrap_or_else(PoisonError::into_inner)
    }
}
