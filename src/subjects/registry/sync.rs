//! The synchronisation of a registry: its [`Lock`], and the [`Atomic`]s of its groups. They are in
//! one file so that a scheduler sees every [`Step`].
//!
//! Relies on std's lock and atomics. They make no request where std's lock is a futex, as on Linux,
//! Windows and the BSDs; elsewhere waiting for the lock may make one. A panic under the lock does
//! not poison it: code that changes the state rolls back during unwinding, and later drops must not
//! fail.
//!
//! A thread must not take the lock while it holds it, not even to read twice: std prefers waiting
//! writers, so the second read may wait for a writer that waits for the first read.

use super::schedule::{Native, Schedule, Step};
use crate::subjects::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

pub(super) struct Lock<T, Y = Native> {
    lock: RwLock<T>,
    schedule: PhantomData<fn() -> Y>,
}

pub(super) type ReadGuard<'a, T, Y> = Guard<RwLockReadGuard<'a, T>, Y>;
pub(super) type WriteGuard<'a, T, Y> = Guard<RwLockWriteGuard<'a, T>, Y>;

impl<T, Y: Schedule> Lock<T, Y> {
    pub(super) fn new(value: T) -> Self {
        Self { lock: RwLock::new(value), schedule: PhantomData }
    }

    pub(super) fn read(&self) -> ReadGuard<'_, T, Y> {
        Guard::new(Y::take(|| self.lock.try_read(), || self.lock.read()))
    }

    pub(super) fn write(&self) -> WriteGuard<'_, T, Y> {
        Guard::new(Y::take(|| self.lock.try_write(), || self.lock.write()))
    }
}

/// A guard of a held lock.
pub(super) struct Guard<G, Y: Schedule> {
    guard: G,
    schedule: PhantomData<fn() -> Y>,
}

impl<G, Y: Schedule> Guard<G, Y> {
    fn new(guard: G) -> Self {
        Self { guard, schedule: PhantomData }
    }
}

impl<G: Deref, Y: Schedule> Deref for Guard<G, Y> {
    type Target = G::Target;

    fn deref(&self) -> &G::Target {
        &self.guard
    }
}

impl<G: DerefMut, Y: Schedule> DerefMut for Guard<G, Y> {
    fn deref_mut(&mut self) -> &mut G::Target {
        &mut self.guard
    }
}

impl<G, Y: Schedule> Drop for Guard<G, Y> {
    fn drop(&mut self) {
        Y::announce(Step::Unlock);
    }
}

/// One of std's atomics, with a hook before each operation.
pub(super) struct Atomic<A, Y> {
    atomic: A,
    schedule: PhantomData<fn() -> Y>,
}

impl<A, Y: Schedule> Atomic<A, Y> {
    pub(super) fn new(value: impl Into<A>) -> Self {
        Self { atomic: value.into(), schedule: PhantomData }
    }

    /// Announces a step and returns the atomic for one operation.
    pub(super) fn step(&self) -> &A {
        Y::announce(Step::Count);
        &self.atomic
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subjects::registry::schedule::Scheduled;
    use crate::subjects::registry::{
        Dense, RegisteredGroup, RegisteredType, TypeCollection, TypeRegistry,
    };
    use crate::subjects::sync::AtomicUsize;

    #[test]
    fn a_schedule_takes_no_room() {
        assert_eq!(size_of::<Lock<u64>>(), size_of::<RwLock<u64>>());
        assert_eq!(size_of::<Atomic<AtomicUsize, Native>>(), size_of::<usize>());
        let (ours, theirs) =
            (size_of::<ReadGuard<'_, u64, Native>>(), size_of::<RwLockReadGuard<'_, u64>>());
        assert_eq!(ours, theirs);
        // A handle is only the pointers to the registry and to the group, with either schedule.
        fn words<T>() -> usize {
            size_of::<T>() / size_of::<usize>()
        }
        assert_eq!(words::<TypeRegistry>(), 1);
        assert_eq!(words::<RegisteredGroup>(), 2);
        assert_eq!(words::<RegisteredGroup<Dense<Scheduled>>>(), 2);
        assert_eq!(words::<RegisteredType>(), 5);
        assert_eq!(words::<TypeCollection>(), words::<TypeCollection<Dense<Scheduled>>>());
    }
}
