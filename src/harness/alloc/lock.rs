//! The ledger's lock. It costs the thread that runs the sweep almost nothing while no other thread
//! wants it.
//!
//! ```text
//!            rebias (a session begins)
//!  Shared ─────────────────────────────▶ Biased
//!     ▲    everyone takes the spin bit      │  the owner raises `busy`, with no atomic
//!     │                                     │  read-modify-write and no fence
//!     └─────────────────────────────────────┘
//!       another thread wants in: it clears `biased`, makes every thread pass a
//!       memory barrier (one system call), and waits until `busy` is down
//! ```
//!
//! An atomic read-modify-write costs about as much as a small `malloc`; two for each block would be
//! visible. If the kernel does not have the barrier, the lock stays `Shared`.

use std::sync::atomic::{AtomicBool, Ordering, compiler_fence};

pub(crate) struct BiasedLock {
    biased: AtomicBool,
    busy: AtomicBool,
    taken: AtomicBool,
}

/// Which thread asks for the lock.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    /// The thread whose session is open.
    Owner,
    /// Any other thread, and any thread when no session is open.
    Other,
}

/// Holds the lock until dropped.
pub(crate) struct Held<'a> {
    lock: &'a BiasedLock,
    by: Asker,
}

impl BiasedLock {
    pub(crate) const fn new() -> Self {
        Self {
            biased: AtomicBool::new(false),
            busy: AtomicBool::new(false),
            taken: AtomicBool::new(false),
        }
    }

    #[inline]
    pub(crate) fn lock(&self, asker: Asker) -> Held<'_> {
        if asker == Asker::Owner {
            self.busy.store(true, Ordering::Relaxed);
            // Keeps the compiler from moving the load up. The barrier of a revoking thread keeps
            // the processor from doing so.
            compiler_fence(Ordering::SeqCst);
            if self.biased.load(Ordering::Relaxed) {
                return Held { lock: self, by: Asker::Owner };
            }
            self.busy.store(false, Ordering::Release);
        }
        self.lock_shared()
    }

    #[cold]
    fn lock_shared(&self) -> Held<'_> {
        let mut spins = 0_u32;
        while self.taken.swap(true, Ordering::Acquire) {
            wait(&mut spins);
        }
        if self.biased.load(Ordering::Relaxed) {
            self.biased.store(false, Ordering::SeqCst);
            barrier();
            while self.busy.load(Ordering::Acquire) {
                wait(&mut spins);
            }
        }
        Held { lock: self, by: Asker::Other }
    }

    /// Makes the calling thread, which opens a session, the owner.
    pub(crate) fn rebias(&self) {
        let held = self.lock_shared();
        self.biased.store(can_bias(), Ordering::Release);
        drop(held);
    }

    /// Ends the ownership of the calling thread.
    pub(crate) fn unbias(&self) {
        // No barrier needed: the owner is this thread, and it does not hold the lock.
        self.biased.store(false, Ordering::SeqCst);
    }
}

impl Drop for Held<'_> {
    #[inline]
    fn drop(&mut self) {
        match self.by {
            Asker::Owner => self.lock.busy.store(false, Ordering::Release),
            Asker::Other => self.lock.taken.store(false, Ordering::Release),
        }
    }
}

fn wait(spins: &mut u32) {
    *spins += 1;
    if *spins < 64 {
        std::hint::spin_loop();
    } else {
        // `yield_now` is only a system call: it allocates nothing.
        std::thread::yield_now();
    }
}

#[cfg(target_os = "linux")]
fn can_bias() -> bool {
    use std::sync::OnceLock;
    // A forked child inherits the registration.
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    *REGISTERED.get_or_init(crate::harness::sys::register_expedited_barrier)
}

#[cfg(not(target_os = "linux"))]
fn can_bias() -> bool {
    false
}

#[cfg(target_os = "linux")]
fn barrier() {
    // `can_bias` registered this process, and a child inherits the registration, so the kernel
    // cannot refuse. If it does, only an abort is sound.
    if !crate::harness::sys::expedited_barrier() {
        std::process::abort();
    }
}

#[cfg(not(target_os = "linux"))]
fn barrier() {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::UnsafeCell;
    use std::thread;

    struct Counter {
        lock: BiasedLock,
        value: UnsafeCell<u64>,
    }

    // SAFETY: `value` is only touched while `lock` is held.
    unsafe impl Sync for Counter {}

    impl Counter {
        fn add(&self, asker: Asker, times: u64) {
            for _ in 0..times {
                let _held = self.lock.lock(asker);
                // SAFETY: the lock is held.
                unsafe { *self.value.get() += 1 };
            }
        }
    }

    #[test]
    fn no_update_is_lost_while_the_bias_is_revoked_and_given_back() {
        let counter = Counter { lock: BiasedLock::new(), value: UnsafeCell::new(0) };
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| counter.add(Asker::Other, 20_000));
            }
            for _ in 0..200 {
                counter.lock.rebias();
                counter.add(Asker::Owner, 500);
            }
        });
        assert_eq!(counter.value.into_inner(), 2 * 20_000 + 200 * 500);
    }

    #[test]
    fn an_owner_alone_keeps_the_bias() {
        let lock = BiasedLock::new();
        lock.rebias();
        drop(lock.lock(Asker::Owner));
        assert_eq!(lock.biased.load(Ordering::Relaxed), can_bias());
        drop(lock.lock(Asker::Other));
        assert!(!lock.biased.load(Ordering::Relaxed));
    }
}
