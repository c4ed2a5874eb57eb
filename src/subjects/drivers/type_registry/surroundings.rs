//! The history of a registry before the first operation. It changes which requests the operations
//! make.

/// The history of a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::subjects::drivers) enum Before {
    /// New: no table has grown.
    Cold,
    /// It has held many types and is empty now.
    Warmed,
    /// It holds other types with gaps between them.
    Crowded,
}

impl Before {
    pub(in crate::subjects::drivers) const ALL: [Self; 3] =
        [Self::Cold, Self::Warmed, Self::Crowded];
}

/// [`Before`] as a type parameter, for the kinds of the target.
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
