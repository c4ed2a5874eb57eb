//! Minimises 4 KiB of noise that shows a planted mistake, down to a few operations and one or two
//! faults.

use oom_sweep::{AfterFault, Fault, Plan, Report, Strategy, Sweep};

use super::program::{Folder, fixtures};
use super::random::Random;
use super::subjects::{Planted, TABLE, spelled};

/// libFuzzer's default for the greatest length of an input.
const LEN: usize = 4096;
/// The number of plans to try on the same noise.
const PLANS: u64 = 16;
const MOST_OPERATIONS: usize = 8;

fn sweep(planted: &Planted, bytes: &[u8], plans: Vec<Plan>) -> Report {
    let sweep = Sweep::fuzzing("noise").strategy(Strategy::Plans(plans));
    planted.broken.sweep(bytes, sweep).unwrap()
}

/// Noise that contains the operations that show the mistake, and ends with a plan under which it
/// shows. `None` if no such plan is found soon.
fn noise(planted: &Planted, seed: u64) -> Option<Vec<u8>> {
    let mut random = Random(seed);
    let input = planted.input();
    let (script, &[_, _, more, kinds]) = input.split_last_chunk().expect("it ends with a plan");
    let mut bytes: Vec<u8> = (0..LEN).map(|_| random.below(256) as u8).collect();
    let place = random.below(LEN - 4 - script.len());
    bytes[place..][..script.len()].copy_from_slice(script);
    let requests = sweep(planted, &bytes, Vec::new()).requests();
    let before = sweep(planted, &[&bytes[..place], &[0; 4]].concat(), Vec::new()).requests();
    for next in 0..PLANS {
        let anywhere = random.below(requests as usize) as u64;
        let number = if next % 2 == 0 { anywhere } else { before + next / 2 };
        let [.., high, low] = number.to_be_bytes();
        let end = [high, low, more, kinds];
        bytes[LEN - 4..].copy_from_slice(&end);
        let report = sweep(planted, &bytes, vec![spelled(end, requests)]);
        if report.findings().first().is_some_and(|finding| finding.kind() == planted.kind) {
            return Some(bytes);
        }
    }
    None
}

/// The text after this title in a line.
fn said<'a>(text: &'a str, title: &str) -> &'a str {
    let line = text.lines().find_map(|line| line.trim_start().strip_prefix(title));
    line.unwrap_or_else(|| panic!("no {title} in\n{text}")).trim()
}

fn faults(plan: &str) -> usize {
    let Plan { fault, after } = plan.parse().unwrap();
    let first = match fault {
        Fault::Nth(_) => 1,
        Fault::Set(numbers) => numbers.len(),
        other => panic!("unexpected number of faults: {other:?}"),
    };
    match after {
        AfterFault::Succeed => first,
        AfterFault::FailNext(more) => first + more as usize,
        other => panic!("unexpected number of faults: {other:?}"),
    }
}

/// The crash file and the minimised file must show the same finding.
fn becomes_small(planted: &Planted) {
    let folder = Folder::new();
    let name = planted.broken.name();
    let bytes = (0..).find_map(|seed| noise(planted, seed)).expect("the corpus has seeds");
    folder.write("crash-1", bytes);
    let repro = |file: &str| {
        let words = format!("repro {file} --target {name}");
        folder.run(&fixtures(), &words).assert_code(1).stdout
    };
    // Minimising may drop other findings of the noise.
    let first = |kinds: &str| kinds.split(", ").next().unwrap().to_owned();
    let shown = |text: &str| (first(said(text, "reproduces: ")), said(text, "site ").to_owned());
    let before = shown(&repro("crash-1"));

    let words = format!("minimize crash-1 --target {name}");
    let ran = folder.run(&fixtures(), &words).assert_code(0).stdout;
    let [operations, plan] = ["operations: ", "faults:"].map(|title| {
        let mut lines = ran.lines().filter_map(|line| line.strip_prefix(title));
        lines.find_map(|line| line.split_once(" -> ")).expect(title).1
    });
    assert!(operations.parse::<usize>().unwrap() <= MOST_OPERATIONS, "{name}\n{ran}");
    assert!((1..=2).contains(&faults(plan)), "{name}\n{ran}");

    let kept = said(&ran, "kept in:");
    assert!(kept.starts_with(&format!("corpus/{name}/regressions/")), "{ran}");
    let again = repro(kept);
    assert_eq!(shown(&again), before, "{name}\n{again}");
    assert_eq!(before.0, planted.kind.to_string());
    assert_eq!(said(&again, "operations: "), operations, "{name}");
}

/// Runs one third of the table, so that the thirds can run in parallel.
fn third(place: usize) {
    TABLE.iter().skip(place).step_by(3).for_each(becomes_small);
}

#[test]
fn four_kib_of_a_third_of_the_planted_faults_become_small() {
    third(0);
}

#[test]
fn four_kib_of_another_third_become_small() {
    third(1);
}

#[test]
fn four_kib_of_the_last_third_become_small() {
    third(2);
}
