//! [`hold`]: checks that the corpus contains the seeds of a target.

use std::fs;
use std::path::Path;

/// Checks that a target's folder in the corpus has these files. With `WRITE_SEEDS` set, writes them
/// instead.
///
/// # Panics
/// If a file is missing or differs.
pub(super) fn hold(target: &str, seeds: impl IntoIterator<Item = (String, Vec<u8>)>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    for (name, bytes) in seeds {
        let path = folder.join(&name);
        if std::env::var_os("WRITE_SEEDS").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &bytes).unwrap();
        }
        let file = fs::read(&path).unwrap_or_default();
        assert!(
            file == bytes,
            "{target}/{name} differs from the corpus; run the command in the head of the test's file to write it again"
        );
    }
}
