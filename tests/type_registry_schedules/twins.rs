//! A small copy of the protocol of a group's count. Without one of its parts it breaks, and random
//! orders must find that.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool as Plain, Ordering::Relaxed};

use shuttle::scheduler::RandomScheduler;
use shuttle::sync::Mutex;
use shuttle::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use shuttle::{Config, FailurePersistence, Runner};

/// The missing part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Without {
    Nothing,
    /// The thread that decremented the count to 0 reads it again under the lock.
    SecondLook,
    /// The thread that unregisters the group sets a flag.
    Flag,
    /// A thread without its own count increments the count only under the lock.
    Lock,
}

/// The group. All groups have the same key.
struct Group {
    count: AtomicUsize,
    is_unregistered: AtomicBool,
}

struct Registry {
    without: Without,
    table: Mutex<Option<Arc<Group>>>,
    is_broken: Plain,
}

impl Registry {
    fn register(&self) -> Arc<Group> {
        let mut table = self.table.lock().unwrap();
        if let Some(group) = &*table {
            let group = Arc::clone(group);
            if self.without == Without::Lock {
                drop(table);
            }
            group.count.fetch_add(1, SeqCst);
            return group;
        }
        let group =
            Arc::new(Group { count: AtomicUsize::new(1), is_unregistered: AtomicBool::new(false) });
        *table = Some(Arc::clone(&group));
        group
    }

    /// Drops a handle.
    fn release(&self, group: &Arc<Group>) {
        if group.count.fetch_sub(1, SeqCst) > 1 {
            return;
        }
        let mut table = self.table.lock().unwrap();
        let is_counted = self.without != Without::SecondLook && group.count.load(SeqCst) > 0;
        let is_gone = self.without != Without::Flag && group.is_unregistered.load(SeqCst);
        if is_counted || is_gone {
            return;
        }
        group.is_unregistered.store(true, SeqCst);
        // Broken if the group is absent or another group has this key.
        let removed = table.take();
        self.ensure(removed.is_some_and(|removed| Arc::ptr_eq(&removed, group)));
    }

    /// The task of a thread: registers, checks and drops.
    fn visit(&self) {
        let group = self.register();
        let is_there =
            self.table.lock().unwrap().as_ref().is_some_and(|it| Arc::ptr_eq(it, &group));
        self.ensure(is_there);
        self.release(&group);
    }

    fn ensure(&self, holds: bool) {
        self.is_broken.fetch_or(!holds, Relaxed);
    }
}

/// The first of `orders` random orders in which three threads break the protocol.
fn first_broken(without: Without, orders: u64) -> Option<u64> {
    (0..orders).find(|seed| {
        let registry = Registry { without, table: Mutex::new(None), is_broken: Plain::new(false) };
        let registry = Arc::new(registry);
        let shared = Arc::clone(&registry);
        let mut config = Config::new();
        config.failure_persistence = FailurePersistence::None;
        Runner::new(RandomScheduler::new_from_seed(*seed, 1), config).run(move || {
            let threads = [(); 3].map(|()| {
                let registry = Arc::clone(&shared);
                shuttle::thread::spawn(move || registry.visit())
            });
            for thread in threads {
                thread.join().unwrap();
            }
        });
        registry.is_broken.load(Relaxed)
    })
}

#[test]
fn orders_find_what_is_missing() {
    assert_eq!(first_broken(Without::Nothing, 1000), None);
    for without in [Without::SecondLook, Without::Flag, Without::Lock] {
        let found = first_broken(without, 1000);
        assert!(found.is_some(), "{without:?}");
    }
}
