//! [`Scale`]: whether a benchmark measures, or only checks that it runs.

/// The amount of work of a benchmark.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Enough work to measure.
    Full,
    /// Only enough to check that it runs.
    Smoke,
}

impl Scale {
    pub(crate) fn pick<T>(self, full: T, smoke: T) -> T {
        match self {
            Self::Full => full,
            Self::Smoke => smoke,
        }
    }
}
