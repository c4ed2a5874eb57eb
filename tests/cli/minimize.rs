//! Tests `repro` and `minimize` on the crash files of a fuzzer.

use std::collections::TryReserveError;

use oom_sweep::{Steps, Target};

use super::program::{Folder, Ran, fixtures, oom_sweep, own_targets};
use super::random::Random;

/// The repaired `hasty_journal`, for the test that `minimize` prints.
pub(crate) const TARGETS: &[Target] =
    &[Target::steps("hasty_journal", |bytes| Journal(bytes.to_vec()))];

struct Journal(Vec<u8>);

impl Steps for Journal {
    type State = Vec<u8>;
    type Error = TryReserveError;
    type View = Vec<u8>;

    fn setup(&self) -> Vec<u8> {
        Vec::new()
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn step(&self, state: &mut Vec<u8>, index: usize) -> Result<(), TryReserveError> {
        state.try_reserve(1)?;
        state.push(self.0[index]);
        Ok(())
    }

    fn view(&self, state: &mut Vec<u8>) -> Vec<u8> {
        state.clone()
    }
}

/// A long input in which `planted` requests its second page after three growths.
struct Noise {
    bytes: Vec<u8>,
    request: u64,
}

/// Makes `len` bytes of noise; `first` chooses the mistake.
fn noise(folder: &Folder, first: u8, len: usize) -> Noise {
    let mut random = Random(first.into());
    let mut bytes: Vec<u8> = (0..len).map(|_| random.below(256) as u8).collect();
    bytes[0] = first;
    folder.write("noise", &bytes);
    // The two requests after the second page fail too, so that every kind of mistake shows.
    let words =
        "sweep planted --input noise --json noise.json --after fail-next:1 --time-limit 300ms";
    folder.run(&fixtures(), words).assert_code(1);
    let report = &folder.document("noise.json").reports[0];
    let plan = report.findings()[0].plans().last().unwrap().to_string();
    let number = plan.strip_prefix("nth:").and_then(|plan| plan.split_once('/')).unwrap().0;
    Noise { bytes, request: number.parse().unwrap() }
}

/// The crash file of a fuzzer, with the plan at its end. `kinds` is as for `plans_of`.
fn crash(folder: &Folder, first: u8, kinds: u8, len: usize) -> Noise {
    let mut noise = noise(folder, first, len);
    let [.., high, low] = noise.request.to_be_bytes();
    let end = noise.bytes.len() - 4;
    noise.bytes[end..].copy_from_slice(&[high, low, 0, kinds]);
    folder.write("crash-1", &noise.bytes);
    noise
}

/// The numbers before and after minimising in the line with this title.
fn said<'a>(ran: &'a Ran, title: &str) -> (&'a str, &'a str) {
    let mut lines = ran.stdout.lines().filter_map(|line| line.strip_prefix(title));
    let said = lines.find_map(|line| line.trim().split_once(" -> "));
    said.unwrap_or_else(|| panic!("{ran:#?}"))
}

/// Minimises a crash file. Parameters: the mistake, the last byte of the plan, the length, the
/// kind, and the fewest faults that show it.
fn becomes_a_few_operations_and_faults(first: u8, kinds: u8, len: usize, kind: &str, faults: &str) {
    let folder = Folder::new();
    // An operation has four bytes; a sequence has at most 128 operations.
    let operations_before = ((len - 1) / 4).min(128).to_string();
    let noise = crash(&folder, first, kinds, len);
    let ran = folder.run(&fixtures(), "repro crash-1 --target planted").assert_code(1);
    let title = format!("planted/crash-1 under nth:{}/", noise.request);
    assert!(ran.stdout.starts_with(&title), "{}", ran.stdout);

    let words = "minimize crash-1 --target planted";
    let ran = folder.run(&fixtures(), words).assert_code(0);
    let (bytes, operations, plans) =
        (said(&ran, "bytes:"), said(&ran, "operations:"), said(&ran, "faults:"));
    // Only the three growths and the two pages are left. A plan takes three bytes more.
    assert_eq!(
        (bytes.0, operations),
        (&*len.to_string(), (&*operations_before, "4")),
        "{}",
        ran.stdout
    );
    assert!(["17", "20"].contains(&bytes.1), "{}", ran.stdout);
    // The first request is that of the first page.
    assert_eq!(plans.1, format!("nth:4{faults}"), "{}", ran.stdout);
    let (_, file) = ran.stdout.split_once("kept in:    ").unwrap();
    let file = file.trim_end();
    assert!(file.starts_with(&format!("corpus/planted/regressions/{kind}-")), "{file}");

    let words = format!("repro {file} --target planted");
    let again = folder.run(&fixtures(), &words).assert_code(1).stdout;
    assert!(again.contains(&format!(" under {}\n", plans.1)), "{again}");
    assert!(again.contains("\noperations: 4\n"), "{again}");
    folder.run(&fixtures(), "sweep planted --time-limit 300ms").assert_code(1);
}

#[test]
fn a_long_noisy_leak_becomes_a_few_operations_and_a_fault() {
    becomes_a_few_operations_and_faults(0x10, 0x20, 4096, "leaked", "/succeed");
}

#[test]
fn a_noisy_abort_becomes_a_few_operations_and_a_fault() {
    becomes_a_few_operations_and_faults(0x11, 0x30, 161, "aborted", "/succeed");
}

#[test]
fn noise_in_clean_up_becomes_a_few_operations_and_two_faults() {
    becomes_a_few_operations_and_faults(0x13, 0x20, 161, "partial-update", "/fail-next:1");
}

#[test]
fn a_hang_is_minimized_too() {
    let folder = Folder::new();
    let keep = [0; 4];
    let input = [&[0x12][..], &keep, &keep, &[7; 4], &keep, &[4, 0, 0, 0]].concat();
    folder.write("hang", input);
    let words = "minimize hang --target planted --plan nth:4/succeed --time-limit 100ms";
    let ran = folder.run(&fixtures(), words).assert_code(0);
    assert_eq!(said(&ran, "operations:"), ("5", "4"), "{}", ran.stdout);
    assert!(ran.stdout.contains("corpus/planted/regressions/hung-"), "{}", ran.stdout);
}

/// The printed test equals `emitted.rs` in this folder, which is compiled with this test and passes
/// with the repaired target.
#[test]
fn the_printed_test_compiles_and_passes() {
    let folder = Folder::new();
    folder.write("crash-1", b"one\ntwo\nthree\n\0\x03\0\x20");
    let words = "minimize crash-1 --target hasty_journal --emit-test --output small.bin";
    let printed = folder.run(&own_targets(), words).assert_code(0).stdout;
    let (_, expected) = include_str!("emitted.rs").split_once("\n\n").unwrap();
    assert_eq!(printed, expected);
    assert_eq!(folder.read("small.bin"), "\0");
}

#[test]
fn a_rule_becomes_a_request_and_the_end_spells_it_out() {
    let folder = Folder::new();
    folder.write("a", "idle one\nswallow two\nkeep three\n");
    let words = "minimize a --target script --plan size:3 --corpus inputs";
    let ran = folder.run(&fixtures(), words).assert_code(0);
    assert_eq!(said(&ran, "faults:"), ("size:3/succeed", "nth:0/succeed"), "{}", ran.stdout);
    assert_eq!(said(&ran, "operations:"), ("3", "1"), "{}", ran.stdout);
    // The file is where sweeps look for it.
    let ran = folder.run(&fixtures(), "sweep script --corpus inputs").assert_code(1);
    assert!(ran.stdout.starts_with("FAIL script/regressions/swallowed-oom-"), "{}", ran.stdout);
}

#[test]
fn a_plan_that_no_end_spells_out_is_in_the_name() {
    let folder = Folder::new();
    folder.write("a", "keep one\ntolerate two\nkeep three\nkeep four");
    let words = "minimize a --target script --plan nth:2/forbid";
    let ran = folder.run(&fixtures(), words).assert_code(0);
    assert!(ran.stdout.contains("-under-nth-0-forbid.bin\n"), "{}", ran.stdout);
    assert!(ran.stdout.ends_with(
        "\nthe file does not contain the plan: pass it to repro with --plan nth:0/forbid\n"
    ));
}

#[test]
fn no_other_file_is_overwritten() {
    let folder = Folder::new();
    folder.write("a", b"one\n").write("there", "precious");
    let words = "minimize a --target hasty_journal --plan nth:0/succeed";
    folder
        .run(&own_targets(), &format!("{words} --output there"))
        .assert_trouble(&["there: the file exists", "--output"]);
    assert_eq!(folder.read("there"), "precious");
    folder.run(&own_targets(), &format!("{words} --output no/small")).assert_trouble(&["no/small"]);

    let name = "corpus/hasty_journal/regressions/partial-update-b821fcc8";
    folder.write(&format!("{name}.bin"), "precious");
    let ran = folder.run(&own_targets(), words).assert_code(0);
    assert!(ran.stdout.ends_with(&format!("kept in:    {name}-2.bin\n")), "{}", ran.stdout);
    assert_eq!(folder.read(&format!("{name}.bin")), "precious");
    // Minimising again gives the same file, and so does minimising the result.
    let again = format!("minimize {name}-2.bin --target hasty_journal --plan nth:0/succeed");
    folder.run(&own_targets(), words).assert_code(0);
    let ran = folder.run(&own_targets(), &again).assert_code(0);
    assert!(ran.stdout.ends_with(&format!("kept in:    {name}-2.bin\n")), "{}", ran.stdout);
}

#[test]
fn what_does_not_reproduce_is_said() {
    let folder = Folder::new();
    folder.copy("gaps-u32.bin", "crash-1");
    let ran = folder.run(&oom_sweep(), "repro crash-1 --target secondary_map").assert_code(0);
    assert!(ran.stdout.contains("does not reproduce: no finding under nth:"), "{}", ran.stdout);
    folder
        .run(&oom_sweep(), "minimize crash-1 --target secondary_map")
        .assert_trouble(&["crash-1: does not reproduce", "no finding under nth:"]);
    // A fuzzer does not report allowed findings.
    folder.write("input", "x");
    folder.run(&fixtures(), "repro input --target allowed").assert_code(0);
    // Without a request there is no plan.
    folder.write("nothing", [0x10, 7, 7, 7, 7]);
    let ran = folder.run(&fixtures(), "repro nothing --target planted").assert_code(0);
    assert!(ran.stdout.contains("no finding under none/succeed"), "{}", ran.stdout);
}

#[test]
fn crash_files_that_are_none_are_one_line_and_code_2() {
    let folder = Folder::new();
    folder.write("empty", "").write("old", [0x20, 1, 2]).write("folder/x", "x");
    folder.copy("gaps-u32.bin", "artifacts/secondary_map/crash-1");
    let cases: &[(&str, &[&str])] = &[
        ("empty --target slab", &["empty: the file is empty"]),
        ("old --target slab", &["old: slab cannot decode the input: ", "version"]),
        ("folder --target slab", &["folder: it is a folder"]),
        ("missing --target slab", &["missing: cannot be read"]),
        ("empty --target slap", &["\"slap\"", "did you mean slab?"]),
        (
            "artifacts/secondary_map/crash-1 --target slab",
            &["artifacts/secondary_map/crash-1: ", "the folder of secondary_map", "--target"],
        ),
    ];
    for (words, parts) in cases {
        for command in ["repro", "minimize"] {
            folder.run(&oom_sweep(), &format!("{command} {words}")).assert_trouble(parts);
        }
    }
    folder
        .run(&oom_sweep(), "repro old --time-limit 9s")
        .assert_trouble(&["old: ", "remove --time-limit 9s"]);
    assert!(!folder.path().join("corpus").exists());
}
