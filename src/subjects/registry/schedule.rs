//! Registries that call a hook before each step, so that a scheduler can test code that shares one.
//!
//! ```
//! use oom_sweep::registry::schedule::{self, Scheduled, Step};
//! use oom_sweep::registry::{Dense, TypeRegistry};
//! use std::cell::Cell;
//! use std::rc::Rc;
//!
//! let steps = Rc::new(Cell::new(0));
//! let seen = Rc::clone(&steps);
//! // A real one lets another task go on here, on this thread or on another one.
//! let hook = move |_: Step| seen.set(seen.get() + 1);
//! schedule::with(hook, || {
//!     let registry = TypeRegistry::<Dense<Scheduled>>::new()?;
//!     drop(registry.register(&[])?);
//!     Ok::<_, oom_sweep::registry::RegisterError>(())
//! })?;
//! assert!(steps.get() > 0);
//! # Ok::<(), oom_sweep::registry::RegisterError>(())
//! ```
//!
//! The type decides whether a registry calls the hook, so other registries pay nothing for it:
//! every layout takes [`Native`], the default, or [`Scheduled`]. The scheduler sees the steps of
//! the registry's own lock and counts. It does not see the counts of the pointers, because the
//! order of those steps cannot cause an error.
//!
//! The hook runs [paused](crate::pause): in a sweep its requests are not counted, and it may
//! continue other tasks on the same thread.

use crate::pause;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};
use std::thread;

/// The platform schedules threads. Costs nothing.
#[derive(Clone, Copy, Debug)]
pub enum Native {}

/// The hook of [`with`] schedules threads. Without a hook it behaves like [`Native`].
#[derive(Clone, Copy, Debug)]
pub enum Scheduled {}

/// What a thread will do next when it calls the hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// It reads or changes the count of a group, or whether it is registered.
    Count,
    /// It takes the registry's lock.
    Lock,
    /// It tries to take the lock again, because another thread holds it. This step repeats until
    /// the lock is free, so the hook must let other threads continue.
    Blocked,
    /// It releases the lock.
    Unlock,
}

type Hook = Rc<dyn Fn(Step)>;

thread_local! {
    static HOOK: RefCell<Option<Hook>> = const { RefCell::new(None) };
}

/// Runs `f` with a hook: the calling thread calls `hook` before each step in a scheduled registry.
///
/// Coroutines share the hook of their thread, so call this around the scheduler, not inside a task.
/// While a thread panics, the hook is called only for [`Step::Blocked`]: a scheduler would take
/// other calls for tasks that panic too.
pub fn with<R>(hook: impl Fn(Step) + 'static, f: impl FnOnce() -> R) -> R {
    struct Back(Option<Hook>);
    impl Drop for Back {
        fn drop(&mut self) {
            HOOK.set(self.0.take());
        }
    }
    let hook = pause(|| Rc::new(hook));
    let _back = Back(HOOK.replace(Some(hook)));
    f()
}

/// Who schedules threads: [`Native`] or [`Scheduled`].
pub(super) trait Schedule {
    /// Calls the hook, if any, before a step.
    fn announce(step: Step);

    /// Takes a lock, poisoned or not, by waiting for it or by repeated attempts.
    fn take<G>(attempt: impl Fn() -> TryLockResult<G>, wait: impl FnOnce() -> LockResult<G>) -> G;
}

impl Schedule for Native {
    #[inline(always)]
    fn announce(_: Step) {}

    #[inline(always)]
    fn take<G>(_: impl Fn() -> TryLockResult<G>, wait: impl FnOnce() -> LockResult<G>) -> G {
        wait().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Schedule for Scheduled {
    fn announce(step: Step) {
        if let Some(hook) = hook()
            && !thread::panicking()
        {
            pause(|| hook(step));
        }
    }

    fn take<G>(attempt: impl Fn() -> TryLockResult<G>, wait: impl FnOnce() -> LockResult<G>) -> G {
        Self::announce(Step::Lock);
        let Some(hook) = hook() else { return Native::take(attempt, wait) };
        loop {
            match attempt() {
                Ok(guard) => return guard,
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => pause(|| hook(Step::Blocked)),
            }
        }
    }
}

/// The hook of this thread, or `None` also if its thread-locals were already destroyed.
fn hook() -> Option<Hook> {
    HOOK.try_with(|hook| hook.borrow().clone()).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subjects::registry::{Dense, TypeRegistry};
    use std::cell::Cell;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::RwLock;

    /// The steps for which the hook is called while `f` runs.
    fn steps(f: impl FnOnce()) -> Vec<Step> {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let steps = Rc::clone(&seen);
        with(move |step| steps.borrow_mut().push(step), f);
        seen.take()
    }

    #[test]
    fn handles_count_and_queries_do_nothing() {
        let registry = TypeRegistry::<Dense<Scheduled>>::new().unwrap();
        let text = "(module (type $a (sub (struct))) (type (sub $a (struct))))";
        let module =
            crate::subjects::registry::ModuleTypes::parse(&wat::parse_str(text).unwrap()).unwrap();
        let types = registry.register_module(&module).unwrap();
        let [a, b] = types.types() else { panic!("{types:?}") };
        let (a, b) = (registry.root(*a).unwrap(), registry.root(*b).unwrap());
        assert_eq!(steps(|| std::mem::forget(a.clone())), [Step::Count]);
        let other = a.clone();
        assert_eq!(steps(|| drop(other)), [Step::Count]);
        assert_eq!(steps(|| assert!(b.is_subtype_of(&a))), []);
        let reader = registry.read();
        let ask = || {
            assert!(reader.is_subtype(b.index(), a.index()) && reader.get(a.index()).is_some());
            assert!(reader.layout(a.index()).is_some() && reader.supertypes(b.index()).len() == 1);
        };
        assert_eq!(steps(ask), []);
        assert_eq!(steps(|| std::mem::forget(reader.root(a.index()))), [Step::Count]);
    }

    #[test]
    fn a_lock_that_is_taken_is_tried_until_it_is_free() {
        static LOCK: RwLock<()> = RwLock::new(());
        let held = RefCell::new(Some(LOCK.write().unwrap()));
        let tries = Rc::new(Cell::new(0));
        let seen = Rc::clone(&tries);
        let hook = move |step| {
            if step == Step::Blocked {
                seen.set(seen.get() + 1);
                // Acts as another task that continues in between.
                if seen.get() == 3 {
                    drop(held.take());
                }
            }
        };
        with(hook, || drop(Scheduled::take(|| LOCK.try_read(), || LOCK.read())));
        assert_eq!(tries.get(), 3);
    }

    #[test]
    fn hooks_are_nested_and_come_back_after_a_panic() {
        let registry = TypeRegistry::<Dense<Scheduled>>::new().unwrap();
        let looks = || drop(registry.read());
        let outer = steps(|| {
            assert_eq!(steps(looks), [Step::Lock, Step::Unlock]);
            let panics = || with(|_| panic!("no more"), looks);
            assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
            looks();
        });
        assert_eq!(outer, [Step::Lock, Step::Unlock]);
        looks();
    }
}
