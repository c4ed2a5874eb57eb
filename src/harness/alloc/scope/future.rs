//! Futures in the scope. A wrapper surrounds each poll and the drop of a future. Between polls the
//! future may move to another thread.

use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::sharing::Scope;
use super::user::{pause, resume, tolerate};

/// What surrounds each poll and the drop.
trait Around {
    fn around<R>(&self, f: impl FnOnce() -> R) -> R;
}

impl Around for Scope {
    fn around<R>(&self, f: impl FnOnce() -> R) -> R {
        self.join(f)
    }
}

struct Pause;

impl Around for Pause {
    fn around<R>(&self, f: impl FnOnce() -> R) -> R {
        pause(f)
    }
}

struct Tolerate<'a>(&'a str);

impl Around for Tolerate<'_> {
    fn around<R>(&self, f: impl FnOnce() -> R) -> R {
        tolerate(self.0, f)
    }
}

struct Resume;

impl Around for Resume {
    fn around<R>(&self, f: impl FnOnce() -> R) -> R {
        resume(f)
    }
}

/// A future with something around its polls and its drop.
struct Within<A: Around, F> {
    around: A,
    /// Pinned when `self` is.
    future: ManuallyDrop<F>,
}

impl<A: Around, F> Within<A, F> {
    fn new(around: A, future: F) -> Self {
        Self { around, future: ManuallyDrop::new(future) }
    }
}

impl<A: Around, F: Future> Future for Within<A, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: `future` is not moved out of `self`: it is pinned again here, and `drop` drops it
        // in place. `self` is `Unpin` only if `F` is.
        let (around, future) = unsafe {
            let this = self.get_unchecked_mut();
            (&this.around, Pin::new_unchecked(&mut *this.future))
        };
        around.around(|| future.poll(context))
    }
}

impl<A: Around, F> Drop for Within<A, F> {
    fn drop(&mut self) {
        let Self { around, future } = self;
        // SAFETY: `self` is being dropped, and nothing uses the future after this.
        around.around(|| unsafe { ManuallyDrop::drop(future) });
    }
}

impl Scope {
    /// Returns a future that is inside the scope whenever it is polled and when it is dropped, on
    /// any thread. Use it for tasks that the code under test spawns:
    ///
    /// ```
    /// # use oom_sweep::{Scope, pause};
    /// # async fn work() {}
    /// # async fn run() -> Result<(), tokio::task::JoinError> {
    /// let scope = Scope::current();
    /// // The runtime allocates to make a task, and aborts if it cannot.
    /// let task = pause(|| tokio::spawn(scope.wrap(work())));
    /// task.await
    /// # }
    /// ```
    pub fn wrap<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        Within::new(*self, future)
    }
}

/// Pauses a future, as [`pause`](crate::pause) does a closure.
///
/// It applies whenever the future is polled and when it is dropped, on any thread. Code that runs
/// between its polls is not paused.
///
/// ```
/// # use oom_sweep::pause_async;
/// # async fn log(_line: &str) {}
/// # async fn run() {
/// pause_async(log("half-way")).await;
/// # }
/// ```
pub fn pause_async<F: Future>(future: F) -> impl Future<Output = F::Output> + use<F> {
    Within::new(Pause, future)
}

/// Tolerates faults in a future, as [`tolerate`](crate::tolerate) does in a closure.
///
/// It applies whenever the future is polled and when it is dropped, on any thread. It does not apply
/// to code that runs between its polls, or to tasks that it spawns.
///
/// ```
/// # use oom_sweep::tolerate_async;
/// # async fn warm_cache() {}
/// # async fn run() {
/// tolerate_async("only a cache", warm_cache()).await;
/// # }
/// ```
pub fn tolerate_async<'a, F: Future>(
    reason: &'a str,
    future: F,
) -> impl Future<Output = F::Output> + use<'a, F> {
    Within::new(Tolerate(reason), future)
}

/// A future of the code under test that paused code polls.
pub(crate) fn resume_async<F: Future>(future: F) -> impl Future<Output = F::Output> + use<F> {
    Within::new(Resume, future)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::pin::pin;
    use std::task::Waker;

    /// Counts its calls.
    struct Count<'a>(&'a Cell<u32>);

    impl Around for Count<'_> {
        fn around<R>(&self, f: impl FnOnce() -> R) -> R {
            self.0.set(self.0.get() + 1);
            f()
        }
    }

    #[test]
    fn each_poll_and_the_drop_are_surrounded_once() {
        struct Dropped<'a>(&'a Cell<u32>, &'a Cell<u32>);
        impl Drop for Dropped<'_> {
            fn drop(&mut self) {
                self.1.set(self.0.get());
            }
        }
        let (count, at_drop) = (Cell::new(0), Cell::new(0));
        {
            let dropped = Dropped(&count, &at_drop);
            let polls = Cell::new(0);
            let future = std::future::poll_fn(|_| {
                let _held = &dropped;
                polls.set(polls.get() + 1);
                if polls.get() == 2 { Poll::Ready(7) } else { Poll::Pending }
            });
            let mut within = pin!(Within::new(Count(&count), future));
            let mut context = Context::from_waker(Waker::noop());
            assert_eq!(within.as_mut().poll(&mut context), Poll::Pending);
            assert_eq!(within.as_mut().poll(&mut context), Poll::Ready(7));
            assert_eq!(count.get(), 2);
        }
        assert_eq!((count.get(), at_drop.get()), (3, 3));
    }
}
