//! Kills a sweep, or fills its disk, and resumes it. The report must equal that of an uninterrupted
//! sweep. The result does not depend on the moment of the kill, so no test relies on timing.

use std::fs;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use oom_sweep::Outcome;

use super::program::{Folder, Ran, fixtures, own_targets};

const INPUTS: [(&str, &str); 4] = [
    ("1-a", "keep one\nhasty two\nidle\nswallow three\nkeep a longer one\ntolerate it\nkeep x\n"),
    ("2-b", "keep aa\nleak bb\npanic cc\ntolerate dd\nkeep ee\nhasty ff\nkeep gg\n"),
    ("3-c", "keep 1\nidle\nswallow 2\nlog 3\nlog 4\nkeep 5\nlog 6\n"),
    ("4-d", "first uno\nhasty dos\nhasty tres\nfirst cuatro\n"),
];

/// Pseudo-random numbers, the same in every run (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// A folder with the inputs, and the arguments that sweep them. `more` has the last arguments.
struct Stage {
    folder: Folder,
    words: String,
}

impl Stage {
    fn new(target: &str, more: &str) -> Self {
        let folder = Folder::new();
        for (name, text) in INPUTS {
            folder.write(&format!("corpus/{target}/{name}"), text);
        }
        Self { folder, words: format!("sweep {target} --json out.json {more}") }
    }

    fn run(&self, more: &str) -> Ran {
        self.folder.run(&fixtures(), &format!("{} {more}", self.words))
    }

    /// Resumes from the journal until the sweep ends.
    #[track_caller]
    fn resume(&self) -> Ran {
        let ran = self.run("--journal j --resume");
        assert_eq!(ran.code, Some(1), "{ran:#?}");
        let is_note = |line: &&str| line.starts_with("note: j:") && line.contains("incomplete");
        assert!(ran.troubles().iter().all(is_note), "{ran:#?}");
        ran
    }

    fn start(&self) -> Child {
        let words = format!("{} --journal j --resume", self.words);
        let mut command = self.folder.command(&fixtures(), &words);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it can be started")
    }

    fn journal_lines(&self) -> usize {
        let bytes = fs::read(self.folder.path().join("j")).unwrap_or_default();
        bytes.iter().filter(|&&byte| byte == b'\n').count()
    }

    /// The record without times.
    fn record(&self) -> String {
        timeless(&self.folder.read("out.json"))
    }

    /// Asserts that the record so far is complete JSON.
    fn assert_whole(&self) {
        let path = self.folder.path().join("out.json");
        if path.exists() {
            self.folder.document("out.json");
        }
        let names = fs::read_dir(self.folder.path()).unwrap();
        let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
        let is_known = |name: &str| {
            ["corpus", "j", "out.json"].contains(&name) || name.starts_with(".out.json.")
        };
        assert!(names.iter().all(|name| is_known(&name.to_string_lossy())), "{names:?}");
    }
}

/// Fails with the first different line, and the lines that only one of the texts has.
#[track_caller]
pub(crate) fn assert_same(record: &str, expected: &str, what: &str) {
    let all = [record, expected].map(|text| text.lines().collect::<Vec<_>>());
    let only = |one: usize, other: usize| {
        all[one].iter().filter(|line| !all[other].contains(line)).collect::<Vec<_>>()
    };
    let (found, wanted) = (only(0, 1), only(1, 0));
    let first = all[0].iter().zip(&all[1]).position(|(one, other)| one != other).map(|i| i + 1);
    let differ = format!("{what}: line {first:?} and others: {found:#?} instead of {wanted:#?}");
    assert!(record == expected, "{differ}");
}

/// A record without its lines about times.
pub(crate) fn timeless(record: &str) -> String {
    let is_time = |line: &&str| line.trim_start().starts_with("\"elapsed_ms\":");
    record.split_inclusive('\n').filter(|line| !is_time(line)).collect()
}

/// Kills the sweep `kills` times at pseudo-random moments: after a number of new lines in the
/// journal, or after some milliseconds. Starts a new sweep if the old one has already ended.
fn kill_and_resume(stage: &Stage, kills: u32, expected: &str) {
    let mut random = Random(kills.into());
    let mut killed = 0;
    while killed < kills {
        let mut child = stage.start();
        let lines = stage.journal_lines() + random.below(6) as usize;
        let delay = (random.below(2) == 0).then(|| Duration::from_millis(random.below(120)));
        let ended = match delay {
            Some(delay) => {
                thread::sleep(delay);
                child.try_wait().unwrap()
            }
            None => loop {
                let ended = child.try_wait().unwrap();
                if ended.is_some() || stage.journal_lines() >= lines {
                    break ended;
                }
                thread::sleep(Duration::from_millis(1));
            },
        };
        match ended {
            None => {
                child.kill().unwrap(); // SIGKILL
                child.wait().unwrap();
                killed += 1;
                stage.assert_whole();
            }
            Some(status) => {
                assert_eq!(status.code(), Some(1));
                assert_same(&stage.record(), expected, "left alone");
                fs::remove_file(stage.folder.path().join("j")).unwrap();
            }
        }
    }
    stage.resume();
    assert_same(&stage.record(), expected, "resumed");
    let left = fs::read_dir(stage.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().ends_with(".tmp")).collect();
    assert!(left.is_empty(), "temporary files of killed writes stay: {left:?}");
    let begun = stage.folder.read("j").matches("\"entry\":{\"begin\":").count();
    eprintln!("{kills} kills; the last journal has {begun} beginnings of {} sweeps", INPUTS.len());
}

#[test]
fn twenty_kills_leave_the_report_of_a_sweep_that_was_left_alone() {
    for (isolation, kills) in [("worker", 20), ("snapshot", 10)] {
        let stage = Stage::new("slow_script", &format!("--isolation {isolation}"));
        stage.run("").assert_code(1);
        let expected = stage.record();
        fs::remove_file(stage.folder.path().join("out.json")).unwrap();
        kill_and_resume(&stage, kills, &expected);
    }
}

/// Covers what the kills above may miss: truncates the journal after almost every byte.
#[test]
fn wherever_the_journal_ends_it_is_gone_on_with() {
    let places = ["worker", "worker --jobs 1", "snapshot", "worker --strategy pairs", "in-process"];
    for more in places.map(|place| format!("--isolation {place}")) {
        let stage = Stage::new("script", &more);
        stage.run("--journal j").assert_code(1);
        let expected = stage.record();
        let whole = fs::read(stage.folder.path().join("j")).unwrap();
        let mut random = Random(3);
        for _ in 0..6 {
            let end = random.below(whole.len() as u64) as usize;
            stage.folder.write("j", &whole[..end]);
            let ran = stage.resume();
            let is_torn = end > 0 && whole[end - 1] != b'\n';
            assert_eq!(ran.troubles().len(), usize::from(is_torn), "{ran:#?}");
            assert_same(&stage.record(), &expected, &format!("{more}, after {end} bytes"));
        }
    }
}

#[test]
fn a_damaged_line_and_a_journal_of_other_code_are_refused_and_left_alone() {
    let stage = Stage::new("script", "");
    stage.run("--journal j").assert_code(1);
    let (journal, record) = (stage.folder.read("j"), stage.folder.read("out.json"));
    let third = journal.match_indices('\n').nth(1).unwrap().0 + 1;
    let damaged = format!("{}?{}", &journal[..third + 30], &journal[third + 31..]);
    stage.folder.write("j", &damaged);
    let parts = ["error: j:3: the line is damaged", "name another journal"];
    stage.run("--journal j --resume").assert_trouble(&parts);
    assert_eq!(stage.folder.read("j"), damaged);

    stage.folder.write("j", &journal);
    let words = "sweep journal --corpus . --json out.json --journal j --resume";
    let parts = ["error: j:1: the journal is of another build: it has ", "this is "];
    stage.folder.run(&own_targets(), words).assert_trouble(&parts);
    assert_eq!((stage.folder.read("j"), stage.folder.read("out.json")), (journal, record));
}

/// A limit on the size of files simulates a disk that becomes full at some moment.
#[test]
fn a_full_disk_loses_nothing_that_was_judged() {
    let stage = Stage::new("script", "--isolation snapshot");
    stage.run("").assert_code(1);
    let expected = stage.record();
    for blocks in [1, 3, 4, 6, 9] {
        // Only the journal: the record is larger, and another test covers it.
        let words = "sweep script --isolation snapshot --journal j --resume";
        let program = fixtures();
        let script =
            format!("trap '' XFSZ; ulimit -f {blocks}; exec '{}' {words}", program.display());
        let mut shell = stage.folder.command("sh".as_ref(), "-c");
        let ran = Ran::of(shell.arg(script).output());
        assert_eq!(ran.code, Some(2), "{ran:#?}");
        let [error] = ran.troubles()[..] else { panic!("{ran:#?}") };
        assert!(error.starts_with("error: ") && error.contains("cannot write j: "), "{error}");
        assert!(error.ends_with("then use --resume"), "{error}");
        let journal = stage.folder.read("j");
        assert!(journal.is_empty() || journal.ends_with("}\n"), "no torn line: {journal:?}");
    }
    stage.resume();
    assert_same(&stage.record(), &expected, "resumed");
}

#[test]
fn a_record_that_cannot_be_written_is_said_and_the_old_one_stays() {
    let stage = Stage::new("script", "");
    stage.run("").assert_code(1);
    let old = stage.folder.read("out.json");
    let mut shell = stage.folder.command("sh".as_ref(), "-c");
    let (program, words) = (fixtures(), &stage.words);
    // Enough for an empty record but not for one with findings.
    let script = format!("trap '' XFSZ; ulimit -f 2; exec '{}' {words}", program.display());
    let ran = Ran::of(shell.arg(script).output());
    assert_eq!(ran.code, Some(2), "{ran:#?}");
    for error in ran.troubles() {
        assert!(error.starts_with("error: cannot write out.json: "), "{error}");
    }
    // The record is complete JSON with fewer reports.
    let reports = stage.folder.document("out.json").reports;
    assert!(reports.len() < INPUTS.len() && stage.folder.read("out.json") != old);
    stage.assert_whole();
    // Everything was still swept and printed.
    assert!(ran.stdout.contains("\n4 sweeps "), "{}", ran.stdout);

    let ran = stage.folder.run(&fixtures(), "sweep script --json /dev/full");
    ran.assert_trouble(&["cannot write /dev/full"]);
    let ran = stage.folder.run(&fixtures(), "sweep script --journal /dev/full");
    ran.assert_trouble(&["/dev/full: it is not a file"]);
}

/// A partial sweep does not count as finished. With more time it continues.
#[test]
fn a_partial_sweep_continues_when_it_is_resumed() {
    let stage = Stage::new("slow_script", "--isolation snapshot");
    stage.run("").assert_code(1);
    let expected = stage.record();
    let ran = stage.run("--time-budget 1ms --journal j --allow-partial");
    let reports = stage.folder.document("out.json").reports;
    assert!(reports.iter().any(|report| !report.is_complete()), "{ran:#?}");
    assert!(reports.iter().all(|report| report.outcome() != Outcome::Error), "{ran:#?}");
    stage.resume();
    assert_same(&stage.record(), &expected, "resumed");
}
