//! What has happened to a registry before the first operation: faults hit other requests then.

/// How a registry begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::subjects::drivers) enum Before {
    /// New: no table has grown.
    Cold,
    /// It has held much, and holds nothing.
    Warmed,
    /// It holds other types, and there are gaps between them.
    Crowded,
}

impl Before {
    pub(in crate::subjects::drivers) const ALL: [Self; 3] =
        [Self::Cold, Self::Warmed, Self::Crowded];
}

/// [`Before`] as a type, for targets' kinds.
pub(super) trait Surroundings: Send + 'static {
    const BEFORE: Before;
}

pub(super) struct Cold;
pub(super) struct Warmed;
pub(super) struct Crowded;

impl Surroundings for Cold {
    const BEFORE: Before = Before::Cold;
}

impl Surroundings for Warmed {
    const BEFORE: Before = Before::Warmed;
}

impl Surroundings for Crowded {
    const BEFORE: Before = Before::Crowded;
}
