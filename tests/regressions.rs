//! Replays the regressions of the corpus, which `minimize` wrote: each under the plan that its end
//! encodes, as the fuzz target does, and under a sweep. There must be no finding.
//!
//! A target that is broken on purpose shows that a regression without a fix would be detected.

#![cfg(feature = "subjects")]

#[path = "cli/fixtures/planted.rs"]
mod planted;

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use oom_sweep::{FaultAlloc, Sweep, Target, targets};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

/// Replays the inputs in a target's folder of regressions and returns their number.
fn replay(target: &Target, corpus: &Path) -> usize {
    let folder = corpus.join(target.name()).join("regressions");
    let Ok(entries) = fs::read_dir(&folder) else { return 0 };
    let paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    for path in &paths {
        let bytes = fs::read(path).unwrap();
        targets::fuzz(target, &bytes, &[]).unwrap();
        let report = target.sweep(&bytes, Sweep::new(path.display().to_string())).unwrap();
        report.assert_clean();
    }
    paths.len()
}

#[test]
fn what_was_found_once_is_not_found_again() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    targets::TABLE.iter().for_each(|target| _ = replay(target, &corpus));
}

#[test]
fn what_is_not_mended_is_found() {
    let corpus = tempfile::tempdir().unwrap();
    let folder = corpus.path().join("planted/regressions");
    fs::create_dir_all(&folder).unwrap();
    let keep = [0; 4];
    let sound = [&[0x10][..], &keep, &keep, &[5, 0, 0, 0]].concat();
    fs::write(folder.join("sound.bin"), sound).unwrap();
    assert_eq!(replay(&planted::PLANTED, corpus.path()), 1);
    let broken = [&[0x10][..], &keep, &keep, &keep, &[4, 0, 0, 0]].concat();
    fs::write(folder.join("broken.bin"), broken).unwrap();
    assert!(catch_unwind(|| replay(&planted::PLANTED, corpus.path())).is_err());
}
