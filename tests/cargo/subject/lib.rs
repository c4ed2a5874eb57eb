//! The code that `tests/cargo/run.rs` sweeps: a correct function and a broken one.

use std::collections::TryReserveError;

/// Correct.
pub fn grow(bytes: &mut Vec<u8>) -> Result<(), TryReserveError> {
    bytes.try_reserve(100)?;
    bytes.push(1);
    Ok(())
}

/// Swallows the failure of its request.
pub fn swallow() -> Result<usize, TryReserveError> {
    let mut bytes: Vec<u8> = Vec::new();
    let _ = bytes.try_reserve(100);
    Ok(0)
}
