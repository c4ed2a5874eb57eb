//! The error of a failed allocation, [`OutOfMemory`], and the trait by which the harness recognises
//! a failed allocation in an error of any type, [`OomError`].
//!
//! Both are at the crate's root because the harness and the subjects need them: the collections
//! return `OutOfMemory`, and the oracles call `OomError`.

use std::alloc::Layout;
use std::collections::TryReserveError;
use std::error::Error;
use std::fmt;
use std::io;

/// The error of a failed allocation, as `oom_sweep::collections` returns it.
///
/// It holds the size of the failed request. It is plain data: making, copying, formatting and
/// dropping it makes no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OutOfMemory {
    requested: usize,
}

impl OutOfMemory {
    /// Makes an error for a request of `requested` bytes. Sizes beyond `isize::MAX`, which no
    /// allocator can serve, become `isize::MAX`.
    #[must_use]
    pub const fn new(requested: usize) -> Self {
        let max = isize::MAX.cast_unsigned();
        Self { requested: if requested > max { max } else { requested } }
    }

    /// Makes an error for a request of this layout.
    #[must_use]
    pub const fn for_layout(layout: Layout) -> Self {
        Self::new(layout.size())
    }

    /// Makes an error for an array of `count` values of `size` bytes each. A product that overflows
    /// becomes `isize::MAX`.
    #[must_use]
    pub const fn for_array(count: usize, size: usize) -> Self {
        Self::new(count.saturating_mul(size))
    }

    /// Returns the size in bytes of the failed request, or `isize::MAX` if the size was greater.
    #[must_use]
    pub const fn requested(&self) -> usize {
        self.requested
    }
}

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "out of memory (failed to allocate {} bytes)", self.requested)
    }
}

impl Error for OutOfMemory {}

/// Makes an error of kind [`OutOfMemory`](io::ErrorKind::OutOfMemory). The conversion makes no
/// request, so the size is lost.
impl From<OutOfMemory> for io::Error {
    fn from(_: OutOfMemory) -> Self {
        Self::from(io::ErrorKind::OutOfMemory)
    }
}

/// An error that can say whether it means "out of memory".
///
/// The sweep asks every error that the code under test returns after a fault. You cannot implement
/// it for an error type of another crate: use [`Sweep::run_with`](crate::Sweep::run_with) then.
/// The guide's chapter "[Your own error type](crate::guide#your-own-error-type)" has examples.
pub trait OomError: fmt::Debug {
    /// Returns whether this error reports a failed allocation.
    fn is_oom(&self) -> bool;

    /// Returns the size in bytes of the failed request, if the error knows it.
    fn requested(&self) -> Option<usize> {
        None
    }
}

impl OomError for OutOfMemory {
    fn is_oom(&self) -> bool {
        true
    }

    fn requested(&self) -> Option<usize> {
        Some(self.requested)
    }
}

impl OomError for TryReserveError {
    /// Always true: no allocator can serve a capacity that overflows.
    fn is_oom(&self) -> bool {
        true
    }
}

#[cfg(feature = "hashbrown")]
impl OomError for hashbrown::TryReserveError {
    /// Always true: no allocator can serve a capacity that overflows.
    fn is_oom(&self) -> bool {
        true
    }

    fn requested(&self) -> Option<usize> {
        match self {
            Self::AllocError { layout } => Some(layout.size()),
            Self::CapacityOverflow => None,
        }
    }
}

impl OomError for io::Error {
    /// Whether the kind is [`OutOfMemory`](io::ErrorKind::OutOfMemory), or the error wraps an error
    /// that means "out of memory".
    fn is_oom(&self) -> bool {
        self.kind() == io::ErrorKind::OutOfMemory || find_oom(self).is_some()
    }

    fn requested(&self) -> Option<usize> {
        // Ask the wrapped error: `find_oom(self)` would find this one again, and it has no size.
        find_oom(self.get_ref()?)?.requested()
    }
}

impl OomError for Box<dyn Error> {
    /// Whether the error, or one in its chain of causes, is of a type that implements [`OomError`]
    /// here.
    fn is_oom(&self) -> bool {
        find_oom(&**self).is_some()
    }

    fn requested(&self) -> Option<usize> {
        find_oom(&**self)?.requested()
    }
}

impl OomError for Box<dyn Error + Send + Sync> {
    /// Whether the error, or one in its chain of causes, is of a type that implements [`OomError`]
    /// here.
    fn is_oom(&self) -> bool {
        find_oom(&**self).is_some()
    }

    fn requested(&self) -> Option<usize> {
        find_oom(&**self)?.requested()
    }
}

/// The first error in the chain of causes that is known to mean "out of memory".
fn find_oom<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a dyn OomError> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = known_oom(error) {
            return Some(found);
        }
        cause = inner_of(error).or_else(|| error.source());
    }
    None
}

fn known_oom<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a dyn OomError> {
    if let Some(error) = error.downcast_ref::<OutOfMemory>() {
        return Some(error);
    }
    if let Some(error) = error.downcast_ref::<TryReserveError>() {
        return Some(error);
    }
    #[cfg(feature = "hashbrown")]
    if let Some(error) = error.downcast_ref::<hashbrown::TryReserveError>() {
        return Some(error);
    }
    let error = error.downcast_ref::<io::Error>()?;
    (error.kind() == io::ErrorKind::OutOfMemory && error.get_ref().is_none())
        .then_some(error as &dyn OomError)
}

/// Returns the error that an `io::Error` wraps. `source` would skip it.
fn inner_of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    let inner = error.downcast_ref::<io::Error>()?.get_ref()?;
    Some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Wrapper(OutOfMemory);

    impl fmt::Display for Wrapper {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("wrapped")
        }
    }

    impl Error for Wrapper {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn oom_is_found_down_the_chain_of_causes() {
        let boxed: Box<dyn Error> = Box::new(Wrapper(OutOfMemory::new(64)));
        assert!(boxed.is_oom());
        assert_eq!(boxed.requested(), Some(64));
        let io = io::Error::other(Wrapper(OutOfMemory::new(9)));
        assert_eq!((io.is_oom(), OomError::requested(&io)), (true, Some(9)));
        let nested: Box<dyn Error + Send + Sync> = Box::new(io::Error::other(io));
        assert!(nested.is_oom());
    }

    #[test]
    fn other_errors_are_not_oom() {
        let boxed: Box<dyn Error> = "full".into();
        assert!(!boxed.is_oom());
        assert!(!io::Error::other("full").is_oom());
        assert!(io::Error::from(io::ErrorKind::OutOfMemory).is_oom());
    }

    #[test]
    fn an_io_error_keeps_the_kind() {
        let error = io::Error::from(OutOfMemory::new(8));
        assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
        assert!(error.is_oom());
        assert_eq!(OomError::requested(&error), None);
        assert_eq!(OomError::requested(&io::Error::other(error)), None);
    }

    #[test]
    fn sizes_saturate() {
        let most = isize::MAX.cast_unsigned();
        assert_eq!(OutOfMemory::new(usize::MAX).requested(), most);
        assert_eq!(OutOfMemory::for_array(usize::MAX, 8).requested(), most);
    }
}
