//! [`Scale`]: whether a benchmark is to be measured, or only seen to run.

/// How much work a benchmark does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// To be measured.
    Full,
    /// To see that it runs.
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
