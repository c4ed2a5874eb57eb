//! [`GroupRef`]: how a type of a recursion group refers to another one.

use super::TypeIndex;
use std::fmt;

/// A reference in the key of a recursion group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupRef {
    /// To a type of the same group, by its place in it.
    Inside(u32),
    /// To a type of another group, which is registered.
    Outside(TypeIndex),
}

/// `rec.0` and `type7`.
impl fmt::Display for GroupRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inside(place) => write!(f, "rec.{place}"),
            Self::Outside(index) => index.fmt(f),
        }
    }
}

impl GroupRef {
    /// The index of the type, where those of its own group are these.
    pub(super) fn resolve(self, own: &[TypeIndex]) -> TypeIndex {
        match self {
            Self::Inside(place) => own[place as usize],
            Self::Outside(index) => index,
        }
    }
}
