//! A site keeps its id across builds and small edits: a rebuild in another folder, an inserted
//! line, a function that moved. A function of another name is another site.
//!
//! Builds a small crate in several variants, offline, with the dependencies that this crate's own
//! build has fetched, and runs each. What is built is kept below `target/`, for the next time.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use tempfile::TempDir;

/// Prints each finding's innermost function and site. All requests come from one of two call
/// stacks, through a closure, a generic function and a trait.
const PROGRAM: &str = r#"//! A subject with errors at two sites.

use oom_sweep::{FaultAlloc, OutOfMemory, Sweep};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

trait Store {
    fn add(&mut self, item: u32);
}

/// Allocates where nothing can be said of failure.
struct Shelf<T>(Vec<Box<T>>);

impl<T: From<u32>> Store for Shelf<T> {
    fn add(&mut self, item: u32) {
        if self.0.try_reserve(1).is_ok() {
            self.0.push(Box::new(T::from(item)));
        }
    }
}

#[inline(never)]
fn fill(store: &mut dyn Store) {
    (0..3).map(|i| i * 2).for_each(|i| store.add(i));
}

#[inline(never)]
fn label() -> String {
    let make = |text: &str| text.to_uppercase();
    make("shelf")
}

fn main() {
    let report = Sweep::new("sites").run(|| {
        let mut shelf = Shelf::<u64>(Vec::new());
        fill(&mut shelf);
        drop(label());
        Ok::<_, OutOfMemory>(shelf.0.len())
    });
    assert_eq!(report.error(), None);
    for finding in report.findings() {
        let function = finding.stack().first().map_or("none", |frame| &frame.function);
        println!("{} {function}: {}", finding.kind(), finding.site().expect("a site"));
    }
}
"#;

/// The same by each way to sweep, all of its frames the program's own: what std has between them
/// is the compiler's business.
const ENTRY_POINTS: &str = r#"//! A subject with an error behind each entry point.

use oom_sweep::{FaultAlloc, OutOfMemory, Report, Scenario, Steps, Sweep};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

#[inline(never)]
fn swallow<T: Default>(items: &mut Vec<T>) -> Result<(), OutOfMemory> {
    if items.try_reserve_exact(7).is_ok() {
        items.push(T::default());
    }
    Ok(())
}

struct Put;

impl Scenario for Put {
    type State = Vec<u32>;
    type Output = ();
    type Error = OutOfMemory;
    type View = ();

    fn setup(&self) -> Vec<u32> {
        Vec::new()
    }
    fn exercise(&self, state: &mut Vec<u32>) -> Result<(), OutOfMemory> {
        swallow(state)
    }
    fn view(&self, _: &mut Vec<u32>) {}
}

impl Steps for Put {
    type State = Vec<u32>;
    type Error = OutOfMemory;
    type View = ();

    fn setup(&self) -> Vec<u32> {
        Vec::new()
    }
    fn len(&self) -> usize {
        1
    }
    fn step(&self, state: &mut Vec<u32>, _: usize) -> Result<(), OutOfMemory> {
        swallow(state)
    }
    fn view(&self, _: &mut Vec<u32>) {}
}

fn main() {
    let print = |report: Report| {
        assert_eq!(report.error(), None);
        for finding in report.findings() {
            println!("{}: {}", report.name(), finding.site().expect("a site"));
        }
    };
    print(Sweep::new("run").run(|| swallow(&mut Vec::<u64>::new())));
    print(Sweep::new("run_state").run_state(Vec::<u16>::new, swallow, |_| ()));
    print(Sweep::new("run_scenario").run_scenario(&Put));
    print(Sweep::new("run_steps").run_steps(&Put));
}
"#;

/// Where a function of the program starts.
const FILL: &str = "#[inline(never)]\nfn fill";
const LABEL: &str = "#[inline(never)]\nfn label";
const MAIN: &str = "fn main()";

fn with_lines_inserted() -> String {
    let longer = PROGRAM
        .replace(FILL, &format!("/// A constant, and a closure that is never called.\npub const ROOM: usize = 4;\n\n{FILL}"))
        .replace("    let make =", "    let _other = |text: &str| text.len();\n    let make =");
    longer.replace("        fill(", "        let _ = ROOM;\n        fill(")
}

fn with_functions_reordered() -> String {
    let (head, rest) = PROGRAM.split_once(FILL).expect("fill");
    let (fill, rest) = rest.split_once(LABEL).expect("label");
    let (label, main) = rest.split_once(MAIN).expect("main");
    format!("{head}{LABEL}{label}{MAIN}{main}\n{FILL}{fill}")
}

fn with_a_function_renamed() -> String {
    PROGRAM.replace("fn fill(", "fn refill(").replace(" fill(", " refill(")
}

/// What a program finds, and at which site.
fn sites(name: &str, program: &str) -> BTreeMap<String, String> {
    let said = run(name, program, &[]);
    let found = said.lines().map(|line| line.rsplit_once(": ").expect("a finding and its site"));
    let sites: BTreeMap<_, _> =
        found.map(|(what, site)| (what.to_owned(), site.to_owned())).collect();
    // One of each way to sweep; or the push that is left out, and the boxes and strings that abort.
    assert!(sites.len() >= 3, "{name}: {sites:?}");
    sites
}

/// Builds a program with these variables, runs it, and returns what it prints.
fn run(name: &str, program: &str, variables: &[(&str, &str)]) -> String {
    // All are built in one place, where one is there at a time.
    static BUILT: Mutex<()> = Mutex::new(());
    let _turn = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = TempDir::new().expect("a folder");
    let path = folder.path();
    let manifest = format!(
        "[package]\nname = \"subject\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\noom-sweep = {{ path = {root:?} }}\n\n\
         [workspace]\n"
    );
    fs::create_dir(path.join("src")).expect("a folder");
    fs::write(path.join("src/main.rs"), program).expect("the program");
    fs::write(path.join("Cargo.toml"), manifest).expect("the manifest");
    // The same versions: those that are there.
    fs::copy(root.join("Cargo.lock"), path.join("Cargo.lock")).expect("the lock file");

    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let built = Path::new(env!("CARGO_TARGET_TMPDIR")).join("site-identity");
    let output = Command::new(cargo)
        .args(["build", "--offline", "--quiet", "--manifest-path"])
        .arg(path.join("Cargo.toml"))
        // Else the variables of the build that runs this test would count, too.
        .env("CARGO_TARGET_DIR", &built)
        .env_remove("CARGO_PROFILE_DEV_DEBUG")
        .envs(variables.iter().copied())
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .output()
        .expect("cargo");
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    let mut subject = Command::new(built.join("debug/subject"));
    // What this test's own process was asked is not for that one.
    let asked = std::env::vars().map(|(name, _)| name);
    asked.filter(|name| name.starts_with("OOM_SWEEP_")).for_each(|name| {
        subject.env_remove(name);
    });
    let run = subject.output().expect("it was built");
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{name}: {}", String::from_utf8_lossy(&run.stderr));
    println!("{name}:\n{said}");
    said
}

#[test]
fn a_site_keeps_its_id_across_builds_and_edits() {
    let first = sites("first", PROGRAM);
    for (name, program) in [
        ("rebuilt in another folder", PROGRAM.to_owned()),
        ("with lines inserted", with_lines_inserted()),
        ("with functions reordered", with_functions_reordered()),
    ] {
        assert_ne!((name == "rebuilt in another folder"), (program != PROGRAM), "{name}");
        assert_eq!(sites(name, &program), first, "{name}");
    }
    let renamed = sites("with a function renamed", &with_a_function_renamed());
    let (mut moved, mut kept) = (0, 0);
    for (what, site) in &renamed {
        let is_kept = first.get(what) == Some(site);
        *(if is_kept { &mut kept } else { &mut moved }) += 1;
    }
    assert!(moved > 0 && kept > 0, "of the sites, those under the renamed function: {renamed:?}");
}

/// These ids are in people's lists of known findings: no change of this crate may change them.
#[test]
fn ids_do_not_depend_on_where_this_crate_keeps_its_code() {
    let sites = sites("entry points", ENTRY_POINTS);
    let known = [
        ("run", "a8535bd8"),
        ("run_scenario", "136bb048"),
        ("run_state", "15cc4878"),
        ("run_steps", "f9f3a7a6"),
    ];
    let sites: Vec<_> = sites.iter().map(|(sweep, site)| (sweep.as_str(), site.as_str())).collect();
    assert_eq!(sites, known);
}

/// Prints each finding's stack, and the notes.
const STACKS: &str = r#"//! A subject with two sites in iterators and closures, between which std has frames.

use oom_sweep::{FaultAlloc, OutOfMemory, Sweep};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

mod store {
    #[inline(always)]
    pub(crate) fn add(items: &mut Vec<u64>, item: u64) {
        if items.try_reserve_exact(1).is_ok() {
            items.push(item);
        }
    }

    #[inline(never)]
    pub(crate) fn fill(items: &mut Vec<u64>) {
        (0..3).map(|item| item * 2).for_each(|item| add(items, item));
    }

    #[inline(never)]
    pub(crate) fn label() -> Option<Vec<u8>> {
        Some(3).map(|len| { let mut room = Vec::new(); room.try_reserve_exact(len).ok(); room })
    }
}

fn main() {
    let report = Sweep::new("stacks").run(|| {
        let mut items = Vec::new();
        store::fill(&mut items);
        drop(std::hint::black_box(store::label()));
        Ok::<_, OutOfMemory>(items.len())
    });
    assert_eq!(report.error(), None);
    for finding in report.findings() {
        let functions: Vec<_> = finding.stack().iter().map(|frame| frame.function.as_str()).collect();
        println!("stack: {}: {}", finding.site().expect("a site"), functions.join(" < "));
    }
    for note in report.notes() {
        println!("note: {note}");
    }
}
"#;

/// The stacks and the notes of a build of [`STACKS`].
fn stacks(name: &str, variables: &[(&str, &str)]) -> (BTreeMap<String, Vec<String>>, Vec<String>) {
    let said = run(name, STACKS, variables);
    let starting = |start| said.lines().filter_map(move |line: &str| line.strip_prefix(start));
    let stack = |line: &str| {
        let (site, stack) = line.split_once(": ").expect("a site and its stack");
        (site.to_owned(), stack.split(" < ").map(str::to_owned).collect())
    };
    (starting("stack: ").map(stack).collect(), starting("note: ").map(str::to_owned).collect())
}

#[test]
fn stacks_have_the_programs_own_frames_whatever_the_debug_info() {
    for (debug, note) in [("limited", ""), ("line-tables-only", "line-tables-only")] {
        let (stacks, notes) = stacks(debug, &[("CARGO_PROFILE_DEV_DEBUG", debug)]);
        assert_eq!(stacks.len(), 2, "{debug}: {stacks:?}");
        for frame in stacks.values().flatten() {
            let of_std =
                ["core::", "alloc::", "std::", "try_reserve", "for_each", "call", "reserve"];
            let is_foreign = |part: &&str| frame.trim_start_matches('<').starts_with(part);
            let is_own = ["subject::", "add", "fill", "label", "{closure", "main"];
            assert!(!of_std.iter().any(is_foreign), "{debug}: {frame} {stacks:?}");
            assert!(is_own.iter().any(|part| frame.starts_with(part)), "{debug}: {frame}");
        }
        assert_eq!(notes.len(), usize::from(!note.is_empty()), "{debug}: {notes:?}");
        assert!(notes.iter().all(|text| text.contains(note)), "{debug}: {notes:?}");
    }
}

#[test]
fn a_stripped_program_has_sites_and_one_note() {
    let strip = [("CARGO_PROFILE_DEV_STRIP", "symbols"), ("CARGO_PROFILE_DEV_DEBUG", "0")];
    let (first, notes) = stacks("stripped", &strip);
    // What std does for a first and for a later item are two stacks.
    assert!(first.len() >= 2, "{first:?}");
    let is_unnamed = |frame: &String| frame.starts_with("subject+0x");
    assert!(first.values().flatten().all(is_unnamed), "{first:?}");
    assert!(matches!(&notes[..], [note] if note.contains("the binary is stripped")), "{notes:?}");
    // The same in each process, although its addresses are not.
    assert_eq!(stacks("stripped again", &strip).0, first);
}
