//! Blocks that are freed on another thread, during the run or after the sweep.

use std::hint::black_box;
use std::sync::Mutex;
use std::thread;

use oom_sweep::{Isolation, Sweep, pause};

use crate::case::room;
use crate::specimen::assert_silent;

#[test]
fn a_block_may_be_freed_on_another_thread() {
    for isolation in [Isolation::Worker, Isolation::InProcess, Isolation::Snapshot] {
        let report = Sweep::new("other thread").isolation(isolation).run(|| {
            let (one, other) = (room(32)?, room(64)?);
            elsewhere(|| drop(one));
            elsewhere(|| drop(black_box(other)));
            room(128)
        });
        assert_silent(&report);
        assert_eq!(report.requests(), 3);
    }
}

#[test]
fn a_block_may_grow_on_another_thread() {
    for isolation in [Isolation::Worker, Isolation::InProcess, Isolation::Snapshot] {
        let report = Sweep::new("grown elsewhere").isolation(isolation).run(|| {
            let mut bytes = room(32)?;
            bytes.extend_from_slice(&[7; 32]);
            elsewhere(|| bytes.extend_from_slice(&[7; 64]));
            let _more = room(64)?;
            assert!(bytes.iter().all(|&byte| byte == 7));
            Ok::<_, std::collections::TryReserveError>(bytes)
        });
        assert_silent(&report);
    }
}

#[test]
fn a_block_may_outlive_its_sweep() {
    static KEPT: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());
    let report = Sweep::new("outlives").isolation(Isolation::InProcess).run(|| {
        let (first, mut second) = (room(32)?, room(64)?);
        second.extend_from_slice(&[7; 64]);
        let mut kept = KEPT.lock().expect("the lock is not poisoned");
        pause(|| kept.reserve(2));
        kept.extend([first, second]);
        Ok::<_, std::collections::TryReserveError>(())
    });
    assert_silent(&report);
    let kept = std::mem::take(&mut *KEPT.lock().expect("the lock is not poisoned"));
    assert!(kept.len() > 2, "a fault-free run keeps two");
    thread::spawn(move || {
        for mut bytes in kept {
            assert!(bytes.iter().all(|&byte| byte == 7));
            bytes.extend_from_slice(&[7; 1000]);
            drop(black_box(bytes));
        }
    })
    .join()
    .expect("all blocks are whole");
}

/// Runs `f` on a thread. The requests that start the thread are not under test.
fn elsewhere(f: impl FnOnce() + Send) {
    pause(|| thread::scope(|scope| drop(scope.spawn(f).join())));
}
