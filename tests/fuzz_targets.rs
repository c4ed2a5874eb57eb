//! Runs the bodies of the fuzz targets over the corpus, as `cargo fuzz` calls them, without
//! libFuzzer.
//!
//! WebAssembly modules are left out, because other tests run them without faults. The sweeps cover
//! all other plans.

#![cfg(feature = "subjects")]

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use oom_sweep::{FaultAlloc, OutOfMemory, Steps, Sweep, Target, targets};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

/// The counters that would guide libFuzzer.
static COUNTERS: [AtomicU8; 1 << 12] = [const { AtomicU8::new(0) }; 1 << 12];

/// Serialises the tests: parallel runs would wait for each other at every request.
fn alone() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a fuzzer found the input.
fn is_found(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("fuzzed-"))
}

#[test]
fn the_corpus_is_clean_under_the_plans_that_it_spells_out() {
    let _alone = alone();
    for target in targets::TABLE {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name());
        let mut inputs = 0;
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "bin") {
                let bytes = fs::read(&path).unwrap();
                targets::fuzz(target, &bytes, &COUNTERS).unwrap();
                inputs += 1;
                // An input that a fuzzer found contains its plan.
                let is_hand_made = !is_found(&path);
                // Each kind of fault, each with another behaviour after the fault, and drawn plans.
                for kinds in
                    [0o00, 0o43, 0o64, 0o05, 0o46, 0o67, 0o100].into_iter().filter(|_| is_hand_made)
                {
                    let input = [&bytes[..], &[0, 9, 7, kinds]].concat();
                    targets::fuzz(target, &input, &COUNTERS).unwrap();
                }
            }
        }
        assert!(inputs > 0, "{}", folder.display());
    }
    let marked = COUNTERS.iter().filter(|counter| counter.load(Ordering::Relaxed) > 0).count();
    assert!(marked > targets::TABLE.len(), "{marked} faults in the counters");
}

#[test]
fn bytes_that_are_no_input_are_of_no_interest() {
    for target in targets::TABLE {
        for bytes in [&b""[..], b"\xff\xff\xff\xff"] {
            let can_read = target.decode(bytes).is_ok();
            assert_eq!(targets::fuzz(target, bytes, &[]).is_ok(), can_read, "{}", target.name());
        }
    }
}

/// A target that makes no request, like a reader of the harness, and gives wrong answers for some
/// bytes.
struct Reader(Vec<u8>);

const READER: Target = Target::steps("reader", |bytes| Reader(bytes.to_vec()));

impl Steps for Reader {
    type State = Option<u8>;
    type Error = OutOfMemory;
    type View = ();

    fn setup(&self) -> Option<u8> {
        None
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn step(&self, last: &mut Option<u8>, index: usize) -> Result<(), OutOfMemory> {
        assert!(self.0[index] != b'p', "the reader panics");
        *last = Some(self.0[index]);
        Ok(())
    }

    fn describe(&self, index: usize) -> String {
        format!("read {}", self.0[index])
    }

    fn check(&self, last: &mut Option<u8>) -> Result<(), String> {
        if *last == Some(b'w') { Err("w is read as v".to_owned()) } else { Ok(()) }
    }

    fn view(&self, _: &mut Option<u8>) {}
}

#[test]
fn what_is_wrong_without_any_fault_is_told_too() {
    targets::fuzz(&READER, b"sound", &COUNTERS).unwrap();
    let sweep = |bytes| READER.sweep(bytes, Sweep::new("reader")).unwrap();
    let report = sweep(b"sound");
    report.assert_clean();
    assert!(report.notes()[0].starts_with("nothing was tested: the code made no request"));
    for (bytes, wrong) in [
        (&b"sow"[..], "check failed without any fault: w is read as v"),
        (
            b"soup",
            "the code panicked without any fault: the reader panics at tests/fuzz_targets.rs",
        ),
    ] {
        let error = sweep(bytes).error().unwrap_or_default().to_owned();
        assert!(error.contains(wrong), "{error}");
        let story = catch_unwind(|| targets::fuzz(&READER, bytes, &COUNTERS)).unwrap_err();
        let story = story.downcast_ref::<String>().expect("a text");
        let command = "\nreplay: oom-sweep repro --target reader --input FILE --plan none\n";
        for part in [wrong, "\n     2  read 1", command] {
            assert!(story.contains(part), "{part} is missing from\n{story}");
        }
    }
}

/// The counters depend on the number, the size and the stack of each fault, whichever thread runs.
#[test]
fn threads_ask_for_the_same_in_the_same_order() {
    static PAIR: [[AtomicU8; 1 << 10]; 2] = [const { [const { AtomicU8::new(0) }; 1 << 10] }; 2];
    let target = targets::TABLE.iter().find(|target| target.name() == "type_registry_threads");
    let target = target.unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name());
    let mut marked = 0;
    let _alone = alone();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if is_found(&path) {
            continue; // the seeds take turns in every way that there is
        }
        for request in [5, 17] {
            let input = [&fs::read(&path).unwrap()[..], &[0, request, 0, 0]].concat();
            let [once, again] = PAIR.each_ref().map(|counters| {
                targets::fuzz(target, &input, counters).unwrap();
                let take = |counter: &AtomicU8| counter.swap(0, Ordering::Relaxed);
                counters.iter().map(take).collect::<Vec<_>>()
            });
            assert_eq!(once, again, "{}, request {request}", path.display());
            marked += once.iter().filter(|&&counter| counter > 0).count();
        }
    }
    assert!(marked > 8, "{marked} faults in all");
}
