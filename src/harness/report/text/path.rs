//! Shortens source paths as far as they stay unique.
//!
//! Paths below the current directory become relative to it, so that editors open them. Paths of
//! Cargo's and rustup's folders lose the part that names the machine.

use std::path::Path;

/// Returns the path without the parts that do not help to find the file.
pub(in crate::harness::report) fn shortened(file: &str, directory: Option<&Path>) -> String {
    // Every path is below `/`, the current directory in some containers.
    let directory = directory.filter(|directory| directory.parent().is_some());
    if let Some(below) = directory.and_then(|base| Path::new(file).strip_prefix(base).ok()) {
        return below.display().to_string();
    }
    place_of_library(file).unwrap_or_else(|| file.replace('\\', "/"))
}

/// Returns where in std, or in a crate that Cargo has fetched, the file is, if it is in one.
pub(in crate::harness::report) fn place_of_library(file: &str) -> Option<String> {
    let file = file.replace('\\', "/");
    library_path(&file).or_else(|| cargo_path(&file))
}

/// Returns `library/core/…`. std's paths contain a commit or a toolchain's directory.
fn library_path(file: &str) -> Option<String> {
    let start = match file.strip_prefix("/rustc/") {
        Some(rest) => file.len() - rest.len() + rest.find('/')? + 1,
        None => file.find("/rustlib/src/rust/library/")? + "/rustlib/src/rust/".len(),
    };
    Some(file[start..].to_owned())
}

/// Returns `crate-1.0.0/src/…` for a registry's crate, `name/src/…` for a git checkout's.
fn cargo_path(file: &str) -> Option<String> {
    if let Some((_, rest)) = file.split_once("/registry/src/") {
        return Some(rest.split_once('/')?.1.to_owned()); // the registry's own directory
    }
    let (_, rest) = file.split_once("/git/checkouts/")?;
    let mut parts = rest.splitn(3, '/'); // name-hash, commit, the path inside
    let (name, _, inside) = (parts.next()?, parts.next()?, parts.next()?);
    let name = name.rsplit_once('-').map_or(name, |(name, _)| name);
    Some(format!("{name}/{inside}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_path() {
        for (file, short) in [
            ("/code/store/src/lib.rs", "src/lib.rs"),
            ("/code/store2/src/lib.rs", "/code/store2/src/lib.rs"),
            ("src/lib.rs", "src/lib.rs"),
            ("/rustc/59807616e1fa25/library/alloc/src/vec/mod.rs", "library/alloc/src/vec/mod.rs"),
            ("/opt/t/lib/rustlib/src/rust/library/core/src/ops.rs", "library/core/src/ops.rs"),
            ("/opt/cargo/registry/src/index-0123/slab-0.4.9/src/lib.rs", "slab-0.4.9/src/lib.rs"),
            ("C:\\c\\registry\\src\\index-0123\\slab-0.4.9\\src\\lib.rs", "slab-0.4.9/src/lib.rs"),
            ("/opt/cargo/git/checkouts/my-crate-9f/0a1b2c3/src/lib.rs", "my-crate/src/lib.rs"),
            ("/rustc/", "/rustc/"),
            ("", ""),
        ] {
            assert_eq!(shortened(file, Some(Path::new("/code/store"))), short);
        }
        assert_eq!(shortened("/src/lib.rs", Some(Path::new("/"))), "/src/lib.rs");
        assert_eq!(shortened("/code/a.rs", None), "/code/a.rs");
    }
}
