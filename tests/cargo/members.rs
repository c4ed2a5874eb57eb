//! Tests `cargo oom-sweep` in a workspace whose members have tests, sweeps and functions of the same
//! names, so that only the package tells their findings apart.

use std::fs;

use oom_sweep::report::{Document, KnownFindings};

use crate::{Place, ROOT, Ran};

/// Swallows the failure of its request.
const BROKEN: &str = "    let _ = name.try_reserve(5);\n";
const TESTS: &str = "\
use std::collections::TryReserveError;

use oom_sweep::{FaultAlloc, Sweep};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

fn grow() -> Result<String, TryReserveError> {
    let mut name = String::new();
    BROKEN
    Ok(name)
}

#[test]
fn grows() {
    Sweep::new(\"grow\").run(grow).assert_clean();
}
";
const MEMBERS: [&str; 2] = ["member_log", "member_store"];

/// A workspace with both members broken.
fn workspace() -> Place {
    let place = Place::new();
    let members = MEMBERS.map(|name| format!("{name:?}")).join(", ");
    place.write("Cargo.toml", &format!("[workspace]\nresolver = \"3\"\nmembers = [{members}]\n"));
    fs::copy(std::path::Path::new(ROOT).join("Cargo.lock"), place.path("Cargo.lock")).unwrap();
    for name in MEMBERS {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[dev-dependencies]\n\
             oom-sweep = {{ path = {ROOT:?}, features = [\"serde\"] }}\n"
        );
        place.write(&format!("{name}/Cargo.toml"), &manifest);
        place.write(&format!("{name}/src/lib.rs"), "");
        place.write(&format!("{name}/tests/oom.rs"), &TESTS.replace("    BROKEN\n", BROKEN));
    }
    place
}

/// Repairs a member.
fn mend(place: &Place, name: &str) {
    let mended = TESTS.replace("BROKEN", "name.try_reserve(5)?;");
    place.write(&format!("{name}/tests/oom.rs"), &mended);
}

fn verdict(ran: &Ran) -> &str {
    ran.stdout.lines().find(|line| line.contains("reproduce")).unwrap_or_default()
}

#[test]
fn members_with_equal_names_are_told_apart() {
    let place = workspace();
    let ran = place.oom_sweep(&["--format", "github"]);
    ran.expect_code(1);
    let document = Document::read(&place.path("target/oom-sweep/report.json")).unwrap();
    let names: Vec<_> = document.reports.iter().map(|report| report.full_name()).collect();
    assert_eq!(names, MEMBERS.map(|name| format!("{name}::oom::grows::grow")));
    let ids = document.reports.iter().map(|report| report.origin().unwrap().binary_id().unwrap());
    assert_eq!(ids.collect::<Vec<_>>(), MEMBERS.map(|name| format!("{name}::oom")));
    let sites: Vec<_> =
        document.reports.iter().map(|report| report.findings()[0].site().unwrap()).collect();
    assert_eq!(sites[0], sites[1], "the premise: no site tells them apart");

    // Every format names both.
    let artefact = |name: &str| place.read(&format!("target/oom-sweep/{name}"));
    let (junit, sarif) = (artefact("junit.xml"), artefact("report.sarif"));
    for name in MEMBERS {
        let annotation = format!("\n::error file={name}/tests/oom.rs,line=10,");
        assert!(ran.stdout.contains(&annotation), "{}", ran.stdout);
        assert!(ran.stdout.contains(&format!("\nFAIL {name}::oom::grows::grow  ")), "{ran:?}");
        assert!(ran.stdout.contains(&format!("\n{name}::oom::grows::grow ")), "{}", ran.stdout);
        assert!(junit.contains(&format!("classname=\"{name}::oom\"")), "{junit}");
        let print = format!("\"{name}::oom::grows::grow:{}:SwallowedOom\"", sites[0]);
        assert!(sarif.contains(&print), "{sarif}");
    }

    // What is known in one is new in the other.
    let words = ["-p", MEMBERS[0], "--known", "known.json", "--update-known"];
    place.oom_sweep(&words).expect_code(0);
    let known = KnownFindings::read(&place.path("known.json")).unwrap();
    assert_eq!(known.as_slice()[0].sweep, "member_log::oom::grows::grow");
    let ran = place.oom_sweep(&["--known", "known.json"]);
    ran.expect_code(1);
    assert!(ran.stdout.contains("\n2 sweeps "), "{}", ran.stdout);
    let reports = Document::read(&place.path("target/oom-sweep/report.json")).unwrap().reports;
    assert_eq!([0, 1].map(|index: usize| reports[index].new_findings()), [0, 1]);

    // Each finding is run again in its own member.
    mend(&place, MEMBERS[1]);
    let ran = place.oom_sweep(&["repro", "1"]);
    ran.expect_code(1);
    assert!(verdict(&ran).starts_with("reproduces: finding 1, SwallowedOom in member_log::oom::"));
    let ran = place.oom_sweep(&["repro", "2"]);
    ran.expect_code(0);
    assert!(
        verdict(&ran).starts_with("does not reproduce: finding 2, SwallowedOom in member_store::")
    );
}
