//! [`Undo`]: a guard that rolls partial changes back unless they are committed.
//!
//! The rollback runs when the guard is dropped, so an early return and a panic both trigger it. The
//! guard makes no request. A rollback should make none either: when it runs there may be no memory.

use std::fmt;
use std::ops::{Deref, DerefMut};

/// A guard around a value that undoes changes to it unless they are committed.
///
/// ```
/// use oom_sweep::collections::{OutOfMemory, TryVec, Undo};
///
/// /// Adds both or none.
/// fn add(names: &mut TryVec<&'static str>, sizes: &mut TryVec<u32>) -> Result<(), OutOfMemory> {
///     let len = names.len();
///     let mut names = Undo::new(names, |names| names.truncate(len));
///     names.push("page")?;
///     sizes.push(4096)?;
///     names.commit();
///     Ok(())
/// }
/// # let (mut names, mut sizes) = (TryVec::new(), TryVec::new());
/// # add(&mut names, &mut sizes).unwrap();
/// # assert_eq!((names.len(), sizes.len()), (1, 1));
/// ```
#[must_use = "a guard that is dropped at once rolls back at once"]
pub struct Undo<T, F: FnOnce(T)> {
    /// `None` after `commit`.
    pending: Option<(T, F)>,
}

impl<T, F: FnOnce(T)> Undo<T, F> {
    /// A guard that calls `rollback` with the value unless [`commit`](Self::commit) is called
    /// first. O(1), no request.
    pub fn new(value: T, rollback: F) -> Self {
        Self { pending: Some((value, rollback)) }
    }

    /// Keeps the changes and returns the value. O(1), no request.
    pub fn commit(mut self) -> T {
        let (value, _) = self.pending.take().expect("a guard is committed once");
        value
    }
}

impl<T, F: FnOnce(T)> Drop for Undo<T, F> {
    fn drop(&mut self) {
        if let Some((value, rollback)) = self.pending.take() {
            rollback(value);
        }
    }
}

impl<T, F: FnOnce(T)> Deref for Undo<T, F> {
    type Target = T;

    fn deref(&self) -> &T {
        let (value, _) = self.pending.as_ref().expect("only `commit` takes the value");
        value
    }
}

impl<T, F: FnOnce(T)> DerefMut for Undo<T, F> {
    fn deref_mut(&mut self) -> &mut T {
        let (value, _) = self.pending.as_mut().expect("only `commit` takes the value");
        value
    }
}

impl<T: fmt::Debug, F: FnOnce(T)> fmt::Debug for Undo<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Undo").field(&**self).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn a_commit_keeps_and_gives_back() {
        let mut list = vec![1];
        let mut undo = Undo::new(&mut list, |list| list.truncate(1));
        undo.push(2);
        assert_eq!((undo.len(), format!("{undo:?}").as_str()), (2, "Undo([1, 2])"));
        undo.commit().push(3);
        assert_eq!(list, [1, 2, 3]);
    }

    #[test]
    fn early_returns_and_panics_roll_back_in_reverse() {
        fn fails(log: &mut Vec<&str>) -> Result<(), ()> {
            let mut outer = Undo::new(log, |log: &mut Vec<&str>| log.push("outer undone"));
            outer.push("outer");
            let mut inner = Undo::new(&mut **outer, |log: &mut Vec<&str>| log.push("inner undone"));
            inner.push("inner");
            Err(())
        }
        let mut log = Vec::new();
        assert!(fails(&mut log).is_err());
        assert_eq!(log, ["outer", "inner", "inner undone", "outer undone"]);

        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _undo = Undo::new(&mut log, |log| log.clear());
            panic!("half way");
        }));
        assert!(panicked.is_err() && log.is_empty());
    }
}
