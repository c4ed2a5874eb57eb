//! What `tests/cargo/run.rs` sweeps: code that is sound, and code that is not.

use std::collections::TryReserveError;

/// Sound.
pub fn grow(bytes: &mut Vec<u8>) -> Result<(), TryReserveError> {
    bytes.try_reserve(100)?;
    bytes.push(1);
    Ok(())
}

/// Fails, and says that it did not.
pub fn swallow() -> Result<usize, TryReserveError> {
    let mut bytes: Vec<u8> = Vec::new();
    let _ = bytes.try_reserve(100);
    Ok(0)
}
