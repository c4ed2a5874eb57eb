//! Tests `cargo oom-sweep init`: the files that it writes work unchanged, and existing files stay
//! as they were.

use std::fs;

use crate::{Place, ROOT};

const DEPENDENCY: &str =
    concat!("oom-sweep = { path = \"", env!("CARGO_MANIFEST_DIR"), "\", features = [\"serde\"] }");

/// The template with the commented-out scenario as code.
fn uncommented(text: &str) -> String {
    let (code, comment) =
        text.split_once("\n// An operation that changes a state").expect("a scenario");
    let (_, scenario) = comment.split_once("\n//\n").expect("it follows the word on it");
    let line = |line: &str| {
        let line = line.strip_prefix("//").unwrap_or_else(|| panic!("no comment: {line}"));
        format!("{}\n", line.strip_prefix(' ').unwrap_or(line))
    };
    format!("{code}\n{}", scenario.lines().map(line).collect::<String>())
}

#[test]
fn an_empty_library_has_a_sweep_that_passes() {
    let place = Place::with_library("first-sweep");
    let before = place.read("Cargo.toml");
    let ran = place.oom_sweep(&["init", "--path", ROOT]);
    ran.expect_code(0);
    assert_eq!(ran.stdout, "wrote tests/oom.rs\nwrote Cargo.toml\nnext: cargo oom-sweep\n");
    assert_eq!(
        place.read("Cargo.toml"),
        // `cargo new` ends the manifest with an empty list of dependencies.
        format!("{before}\n[dev-dependencies]\n{DEPENDENCY}\n")
    );
    let text = place.read("tests/oom.rs");
    assert!(text.contains("`first_sweep::…`"), "{text}");

    let test = ["test", "--quiet", "--test", "oom"];
    let ran = place.cargo(&test);
    ran.expect_code(0);
    assert!(ran.stdout.contains("1 passed") && !ran.stderr.contains("warning"), "{ran:?}");
    for words in [&[][..], &["--nextest"]] {
        let ran = place.oom_sweep(words);
        ran.expect_code(0);
        assert!(ran.stdout.contains("\n1 sweep "), "{ran:?}");
    }
    place.cargo(&["fmt", "--check"]).expect_code(0);

    // The test fails if the code is wrong.
    place.write("tests/oom.rs", &text.replace("try_reserve(name.len())?", "reserve(name.len())"));
    let ran = place.cargo(&test);
    ran.expect_code(101);
    assert!(ran.stdout.contains("Aborted"), "{ran:?}");

    place.write("tests/oom.rs", &uncommented(&text));
    let ran = place.cargo(&test);
    ran.expect_code(0);
    assert!(ran.stdout.contains("2 passed") && !ran.stderr.contains("warning"), "{ran:?}");
    place.cargo(&["fmt", "--check"]).expect_code(0);
}

#[test]
fn what_is_there_is_named_and_no_byte_changes() {
    let place = Place::with_library("untouched");
    place.oom_sweep(&["init"]).expect_code(0);
    let before = place.files();
    for words in [&["init"][..], &["init", "--ci", "github"]] {
        let ran = place.oom_sweep(words);
        let error = "tests/oom.rs already exists: nothing was written; use --force to overwrite it";
        assert_eq!(ran.error(), error);
        assert!(ran.stdout.is_empty() && place.files() == before);
    }
    place.write(".github/workflows/oom-sweep.yml", "mine");
    let before = place.files();
    let ran = place.oom_sweep(&["init", "--ci", "github"]);
    let names = "tests/oom.rs, .github/workflows/oom-sweep.yml already exist: ";
    assert!(ran.error().starts_with(names), "{ran:?}");
    assert!(place.files() == before);
}

#[test]
fn force_writes_over_what_is_there() {
    let place = Place::with_library("forced");
    place.oom_sweep(&["init", "--ci", "github"]).expect_code(0);
    let fresh = place.files();
    place.write("tests/oom.rs", "mine").write(".github/workflows/oom-sweep.yml", "mine");
    let ran = place.oom_sweep(&["init", "--ci", "github", "--force"]);
    ran.expect_code(0);
    assert!(ran.stdout.contains("Cargo.toml has the dependency already"), "{ran:?}");
    assert!(place.files() == fresh);
}

/// The workflow is the file `workflow.yml` in this folder, which `scripts/actionlint.sh` checks.
#[test]
fn a_workflow_lies_at_the_root_of_the_repository() {
    let place = Place::new();
    fs::create_dir(place.path(".git")).unwrap();
    place.write("crates/Cargo.toml", "[workspace]\nmembers = [\"store\"]\n");
    place
        .write("crates/store/src/lib.rs", "")
        .write("crates/store/Cargo.toml", "[package]\nname = \"store\"\nedition = \"2024\"\n");
    let words = ["init", "--ci", "github", "--manifest-path", "crates/store/Cargo.toml"];
    let ran = place.oom_sweep(&words);
    ran.expect_code(0);
    assert_eq!(
        ran.stdout,
        "wrote crates/store/tests/oom.rs\nwrote .github/workflows/oom-sweep.yml\n\
         wrote crates/store/Cargo.toml\n\
         next: cargo oom-sweep --manifest-path crates/store/Cargo.toml\n"
    );
    let expected = fs::read_to_string(format!("{ROOT}/tests/cargo/workflow.yml")).unwrap();
    assert_eq!(place.read(".github/workflows/oom-sweep.yml"), expected);
}

#[test]
fn a_test_of_that_name_is_not_made_twice() {
    let place = Place::with_library("elsewhere");
    place.write("tests/oom/main.rs", "mine");
    assert!(place.oom_sweep(&["init"]).error().starts_with("tests/oom/main.rs already exists"));
    place.oom_sweep(&["init", "--force"]).expect_code(0);
    assert!(place.read("tests/oom/main.rs").contains("FaultAlloc"));
    assert!(!place.path("tests/oom.rs").exists());
}

#[test]
fn a_crate_without_a_library_is_told_what_that_means() {
    let place = Place::new();
    place.write("src/main.rs", "fn main() {}\n");
    place
        .write("Cargo.toml", "[package]\nname = \"tool\"\nedition = \"2024\"\nautotests = false\n");
    let ran = place.oom_sweep(&["init"]);
    ran.expect_code(0);
    for line in ["note: the crate has no library", "note: Cargo.toml has autotests = false"] {
        assert!(ran.stdout.contains(line), "{ran:?}");
    }
    assert!(place.read("tests/oom.rs").contains("has no library"));
}

#[test]
fn where_there_is_no_crate_is_one_line() {
    let place = Place::new();
    let error = place.oom_sweep(&["init"]);
    assert!(error.error().contains("could not find `Cargo.toml`"), "{error:?}");
    assert!(error.error().ends_with("run this in a crate, or create one with `cargo new --lib`"));
    let error = place.oom_sweep(&["init", "--manifest-path", "none/Cargo.toml"]);
    assert!(error.error().contains("none/Cargo.toml"), "{error:?}");

    place.write("Cargo.toml", "[workspace]\nmembers = []\n");
    let error = place.oom_sweep(&["init"]);
    assert!(error.error().contains("is a workspace without a package"), "{error:?}");
    assert_eq!(place.files().len(), 1);
}

#[test]
fn a_manifest_that_is_none_is_one_line_with_the_place() {
    let place = Place::new();
    place.write("src/lib.rs", "").write("Cargo.toml", "[package]\nname = \"a\"\nversion = = 1\n");
    let before = place.files();
    let ran = place.oom_sweep(&["init"]);
    assert!(ran.error().contains("Cargo.toml:3:11: "), "{ran:?}");
    // Valid TOML, but not a crate. The error is Cargo's.
    place.write("Cargo.toml", "[package]\nversion = \"1.0.0\"\n");
    assert!(place.oom_sweep(&["init"]).error().contains("name"));
    place.write("Cargo.toml", "[package]\nname = \"a\"\nversion = = 1\n");
    assert!(place.files() == before);
}

#[test]
fn what_cannot_be_written_leaves_everything_as_it_was() {
    let place = Place::with_library("in-the-way");
    place.write(".github", "a file, and no folder");
    let before = place.files();
    let ran = place.oom_sweep(&["init", "--ci", "github"]);
    let error = ran.error();
    assert!(error.starts_with("cannot write ") && error.contains("oom-sweep.yml: "), "{error}");
    assert!(place.files() == before && !place.path("tests").exists());
}

#[test]
fn another_folder_than_this_crates_is_refused() {
    let place = Place::with_library("astray");
    let before = place.files();
    let ran = place.oom_sweep(&["init", "--path", "."]);
    assert!(ran.error().contains("Cargo.toml is not the manifest of oom-sweep"), "{ran:?}");
    let ran = place.oom_sweep(&["init", "--path", "none"]);
    assert!(ran.error().starts_with("cannot read none/Cargo.toml"), "{ran:?}");
    assert!(place.files() == before);
}
