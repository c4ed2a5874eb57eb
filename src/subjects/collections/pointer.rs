//! Trait implementations for pointers that own one value. All forward to the value.
//!
//! Used by `TryBox` and `TryArc`. Relies on their `Deref`. Nothing here makes a request.

/// Implements std's traits for `$pointer<T>` by forwarding to `T`.
macro_rules! forward_to_value {
    ($pointer:ident) => {
        const _: () = {
            use std::borrow::Borrow;
            use std::cmp::Ordering;
            use std::error::Error;
            use std::fmt;
            use std::hash::{Hash, Hasher};

            impl<T: ?Sized> AsRef<T> for $pointer<T> {
                #[inline]
                fn as_ref(&self) -> &T {
                    self
                }
            }

            impl<T: ?Sized> Borrow<T> for $pointer<T> {
                #[inline]
                fn borrow(&self) -> &T {
                    self
                }
            }

            impl<T: PartialEq + ?Sized> PartialEq for $pointer<T> {
                #[inline]
                fn eq(&self, other: &Self) -> bool {
                    **self == **other
                }
            }

            impl<T: Eq + ?Sized> Eq for $pointer<T> {}

            impl<T: PartialOrd + ?Sized> PartialOrd for $pointer<T> {
                #[inline]
                fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                    (**self).partial_cmp(&**other)
                }
            }

            impl<T: Ord + ?Sized> Ord for $pointer<T> {
                #[inline]
                fn cmp(&self, other: &Self) -> Ordering {
                    (**self).cmp(&**other)
                }
            }

            impl<T: Hash + ?Sized> Hash for $pointer<T> {
                #[inline]
                fn hash<H: Hasher>(&self, state: &mut H) {
                    (**self).hash(state);
                }
            }

            impl<T: fmt::Debug + ?Sized> fmt::Debug for $pointer<T> {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    (**self).fmt(f)
                }
            }

            impl<T: fmt::Display + ?Sized> fmt::Display for $pointer<T> {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    (**self).fmt(f)
                }
            }

            /// Writes the address of the value.
            impl<T: ?Sized> fmt::Pointer for $pointer<T> {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    fmt::Pointer::fmt(&(&raw const **self), f)
                }
            }

            impl<T: Error + ?Sized> Error for $pointer<T> {
                fn source(&self) -> Option<&(dyn Error + 'static)> {
                    (**self).source()
                }
            }
        };
    };
}

pub(super) use forward_to_value;
