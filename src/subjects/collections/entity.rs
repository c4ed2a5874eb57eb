//! The keys of dense maps: [`EntityRef`] and [`entity_impl!`](crate::entity_impl).
//!
//! The names are those of `cranelift_entity`, so code can move between the two. Unlike
//! `cranelift_entity`, which reserves `u32::MAX`, no value is reserved for "none".

/// The key of a dense map: a small integer with its own type.
///
/// [`entity_impl!`](crate::entity_impl) implements it for newtypes over `u32`.
///
/// With the feature `cranelift-entity`, every type that implements `cranelift_entity::EntityRef`
/// also implements this trait. Your own type then implements one of the two traits, not both.
pub trait EntityRef: Copy + Eq {
    /// Makes the key of an index.
    ///
    /// Use it for indices that the program counts itself. Use [`try_new`](Self::try_new) for
    /// indices from input.
    ///
    /// # Panics
    ///
    /// If the index does not fit this type. An implementation must panic, not wrap.
    fn new(index: usize) -> Self;

    /// The index of this key, as given to [`new`](Self::new).
    fn index(self) -> usize;

    /// Makes the key of an index, or returns `None` if the index does not fit this type.
    ///
    /// The provided method detects a `new` that wraps. A type whose `new` panics must override it,
    /// as `entity_impl!` does.
    #[must_use]
    fn try_new(index: usize) -> Option<Self> {
        let key = Self::new(index);
        (key.index() == index).then_some(key)
    }
}

/// Lets users of `cranelift_entity` switch to these maps and keep their key types.
#[cfg(feature = "cranelift-entity")]
impl<K: cranelift_entity::EntityRef> EntityRef for K {
    #[inline]
    fn new(index: usize) -> Self {
        K::new(index)
    }

    #[inline]
    fn index(self) -> usize {
        cranelift_entity::EntityRef::index(self)
    }

    /// `None` for `u32::MAX` too: `cranelift_entity` reserves it, and its `new` panics on it in
    /// debug builds.
    #[inline]
    fn try_new(index: usize) -> Option<Self> {
        if index >= u32::MAX as usize {
            return None;
        }
        let key = K::new(index);
        (cranelift_entity::EntityRef::index(key) == index).then_some(key)
    }
}

/// Implements [`EntityRef`](crate::collections::EntityRef) and
/// [`TryClone`](crate::collections::TryClone) for a newtype over `u32`.
///
/// The type must derive `Clone`, `Copy`, `PartialEq` and `Eq` itself. The macro also adds
/// `from_u32` and `as_u32`. With a prefix as second argument it adds `Display` and `Debug`, which
/// write the prefix and the index.
///
/// ```
/// use oom_sweep::collections::EntityRef;
///
/// #[derive(Clone, Copy, PartialEq, Eq)]
/// struct Block(u32);
/// oom_sweep::entity_impl!(Block, "block");
///
/// assert_eq!(Block::new(3).to_string(), "block3");
/// assert!(Block::try_new(usize::MAX).is_none());
/// ```
#[macro_export]
macro_rules! entity_impl {
    ($entity:ident) => {
        impl $crate::collections::EntityRef for $entity {
            #[inline]
            fn new(index: usize) -> Self {
                $entity(u32::try_from(index).expect("the index of an entity fits in a u32"))
            }

            #[inline]
            fn index(self) -> usize {
                self.0 as usize
            }

            #[inline]
            fn try_new(index: usize) -> ::core::option::Option<Self> {
                u32::try_from(index).ok().map($entity)
            }
        }

        impl $crate::collections::TryClone for $entity {
            const COPIES: $crate::collections::Copies<Self> =
                $crate::collections::Copies::at_once();

            #[inline]
            fn try_clone(&self) -> ::core::result::Result<Self, $crate::collections::OutOfMemory> {
                ::core::result::Result::Ok(*self)
            }
        }

        #[allow(dead_code, unreachable_pub, reason = "written by a macro")]
        impl $entity {
            /// The key of this index.
            #[inline]
            #[must_use]
            pub const fn from_u32(index: u32) -> Self {
                $entity(index)
            }

            /// The index of this key.
            #[inline]
            #[must_use]
            pub const fn as_u32(self) -> u32 {
                self.0
            }
        }
    };

    ($entity:ident, $prefix:expr) => {
        $crate::entity_impl!($entity);

        impl ::core::fmt::Display for $entity {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::write!(f, "{}{}", $prefix, self.0)
            }
        }

        impl ::core::fmt::Debug for $entity {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Display::fmt(self, f)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, PartialEq, Eq)]
    struct Block(u32);
    crate::entity_impl!(Block, "block");

    /// A hand-written key type with a `new` that wraps.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Small(u8);

    impl EntityRef for Small {
        fn new(index: usize) -> Self {
            Self(index as u8)
        }

        fn index(self) -> usize {
            usize::from(self.0)
        }
    }

    #[test]
    fn the_macro_covers_all_of_u32() {
        for index in [0, 1, u32::MAX - 1, u32::MAX] {
            let key = Block::new(index as usize);
            assert_eq!(key, Block::from_u32(index));
            assert_eq!(key.as_u32(), index);
            assert_eq!(EntityRef::index(key), index as usize);
            assert_eq!(Block::try_new(index as usize), Some(key));
        }
        assert_eq!(format!("{} {:?}", Block(7), Block(8)), "block7 block8");
    }

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn try_new_refuses_what_new_would_not_survive() {
        let beyond = u32::MAX as usize + 1;
        assert_eq!(Block::try_new(beyond), None);
        assert_eq!(Block::try_new(usize::MAX), None);
        assert!(std::panic::catch_unwind(|| Block::new(beyond)).is_err());
    }

    #[test]
    fn the_provided_try_new_detects_a_wrap() {
        assert_eq!(Small::try_new(255), Some(Small(255)));
        assert_eq!(Small::try_new(256), None);
    }

    #[test]
    #[cfg(feature = "cranelift-entity")]
    fn keys_of_cranelift_are_keys() {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        struct Theirs(u32);
        cranelift_entity::entity_impl!(Theirs);

        assert_eq!(<Theirs as EntityRef>::new(3), Theirs(3));
        assert_eq!(Theirs::try_new(3), Some(Theirs(3)));
        assert_eq!(Theirs::try_new(u32::MAX as usize), None);
        assert_eq!(Theirs::try_new(usize::MAX), None);
    }
}
