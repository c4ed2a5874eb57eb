//! [`room`]: the function with which several tests make requests.

use std::collections::TryReserveError;
use std::hint::black_box;

pub(crate) type Fallible<T> = Result<T, TryReserveError>;

/// An empty vector with room for `bytes` bytes. Makes one request.
pub(crate) fn room(bytes: usize) -> Fallible<Vec<u8>> {
    let mut room = Vec::new();
    room.try_reserve_exact(bytes)?;
    Ok(black_box(room))
}
