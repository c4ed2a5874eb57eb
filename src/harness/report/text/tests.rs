//! Expected texts of whole reports.

use std::path::Path;

use super::super::samples;
use super::*;

fn text(report: &Report) -> String {
    let text = render(report, Some(Path::new("/code/store")));
    assert!(text.lines().all(|line| line.trim_end() == line), "{text}");
    assert!(!text.ends_with('\n'), "{text}");
    text
}

#[test]
fn a_clean_report_is_one_line() {
    assert_eq!(
        text(&samples::clean()),
        "PASS table::insert  12 requests, 8 sites, 24 plans, complete, in-process, 3 ms"
    );
    let report = Report {
        requests: 1,
        sites: 1,
        plans: 1,
        runs: 1,
        tolerated: 3,
        cold: Cold::NotSwept { reason: "no fork here".to_owned() },
        notes: vec!["tolerate_in(\"indexmap::\") matched nothing".to_owned()],
        ..samples::clean()
    };
    assert_eq!(
        text(&report),
        "\
PASS table::insert  1 request, 1 site, 1 plan, complete, in-process, 3 ms, 3 tolerated
note: tolerate_in(\"indexmap::\") matched nothing
cold: not swept (no fork here)"
    );
}

#[test]
fn the_example_of_the_contract() {
    assert_eq!(
        samples::example().to_string(),
        "\
FAIL memory::grow  57 requests, 31 sites, 114 plans, complete, worker, 41 ms
1 finding (1 new), 1 tolerated

[1] PartialUpdate: returned OutOfMemory, but the view changed          NEW
    plans       nth:17/fail-all, nth:17/succeed, nth:21/fail-all
    failed      request 17: realloc 96 → 192 bytes, align 8
      0 store::StoreOpaque::push_memory    store.rs:912
      1 memory::Memory::new                memory.rs:255
      2 tests::memory_grow::{closure}      memory.rs:50
    returned    Err(out of memory (failed to allocate 192 bytes))
    view        - memories: 1, instances: 1
                + memories: 2, instances: 1
    afterwards  2 more requests, both failed; 0 leaked; retry ok
    site        9f3c21d0
    replay      OOM_SWEEP_REPLAY='memory::grow=nth:17/fail-all' target/debug/deps/oom-a6a2 \
--exact memory::grow --nocapture

what this means: oom-sweep explain PartialUpdate"
    );
}

#[test]
fn several_findings() {
    assert_eq!(
        text(&samples::several()),
        "\
FAIL memory::grow  57 requests (61 cold), 31 sites, PARTIAL 98 of 130 plans, worker, 3 min 20 s
3 findings (2 new), 0 tolerated

[1] Panicked: panicked at src/store.rs:77:9: assertion `left == right` failed  NEW
                  left: 1
                 right: 2
    plans       30 plans: nth:4/fail-all to nth:32/fail-all, size:4096/succeed
    when        cold only: in a process that runs the code for the first time
    failed      request 4: alloc_zeroed 64 bytes, align 16
      0 <alloc::vec::Vec<…> as Clone>::clone    library/alloc/src/vec/mod.rs:3567
      1 store::open
    died at     where it panicked
      0 store::Store::commit    src/store.rs:77
    replay      oom-sweep repro sample

[2] Leaked: 1 block left, 24 bytes: 24 bytes allocated by request 3    NEW
    plans       nth:5/succeed
    when        warm only: in a process that has run the code before
    replay      oom-sweep repro sample

[3] PartialUpdate: returned OutOfMemory, but the view changed          ALLOWED
    plans       nth:17/fail-all, nth:17/succeed, nth:21/fail-all
    when        warm only: in a process that has run the code before
    failed      request 17: realloc 96 → 192 bytes, align 8
    site        9f3c21d0
    replay      OOM_SWEEP_REPLAY='memory::grow=nth:17/fail-all' target/debug/deps/oom-a6a2 \
--exact memory::grow --nocapture

what this means: oom-sweep explain Panicked Leaked
note: allow(WrongSize) matched nothing"
    );
}

#[test]
fn a_partial_report_says_how_far_it_went() {
    let report = Report { findings: vec![], ..samples::partial() };
    assert_eq!(
        text(&report),
        "\
PARTIAL größe  120 requests, 40 sites, 61 of 240 plans, worker, 2.0 s, 2 tolerated
note: the time budget of 2 s ran out
cold: not swept (other threads run)"
    );
    let text = text(&samples::partial());
    let start = "\
PARTIAL größe  120 requests, 40 sites, 61 of 240 plans, worker, 2.0 s
1 finding (0 new), 2 tolerated

[1] PartialUpdate: ";
    assert!(text.starts_with(start), "{text}");
    assert!(text.ends_with(
        "\n\nnote: the time budget of 2 s ran out\ncold: not swept (other threads run)"
    ));
}

#[test]
fn a_sampled_report_says_how_much_it_covers() {
    assert_eq!(
        text(&samples::sampled()),
        "\
PASS big::load  3 of 100000 requests failed, 3 of 4 sites, 6 plans, complete, in-process, 3 ms
1 finding (0 new, 1 known), 0 tolerated

[1] PartialUpdate: returned OutOfMemory, but the view changed          KNOWN
    plans       nth:17/fail-all, nth:17/succeed, nth:21/fail-all
    failed      request 17: realloc 96 → 192 bytes, align 8
    site        9f3c21d0
    replay      OOM_SWEEP_REPLAY='memory::grow=nth:17/fail-all' target/debug/deps/oom-a6a2 \
--exact memory::grow --nocapture

skipped: 99997 requests (1-16,18-99998), under unique-sites:1; 1 site was never failed (ffffffff)"
    );
    let strategy = "nth:3/succeed;none/succeed".to_owned();
    let chosen = text(&Report { findings: vec![], strategy, ..samples::sampled() });
    assert!(chosen.lines().count() == 1 && chosen.contains("  100000 requests, 4 s"), "{chosen}");
    let report = Report { findings: vec![], sites: 3, ..samples::sampled() };
    assert!(text(&report).ends_with("; every site was failed"), "{}", text(&report));
    assert_eq!(
        text(&samples::shard()),
        "PASS table::insert  12 requests, 8 sites, 8 plans, complete, shard 2/3, in-process, 3 ms"
    );
}

#[test]
fn an_error_is_one_line_above_what_was_found_before() {
    let line = "ERROR store::open: a fault-free run hung in a child: it waits for a thread from \
                before the fork: create it in `setup`";
    assert_eq!(text(&samples::error()), line);
    let report = Report { findings: vec![samples::partial_update()], ..samples::error() };
    assert!(text(&report).starts_with(&format!("{line}\n1 finding (1 new), 0 tolerated\n\n[1] ")));
}

#[test]
fn long_headlines_wrap_and_keep_their_status() {
    let message = "check failed: ".to_owned() + &"entry 7 is not in the index; ".repeat(6);
    let finding = crate::harness::oracle::Finding { message, ..samples::panicked() };
    let text = text(&Report { findings: vec![finding], ..samples::example() });
    let headline: Vec<_> =
        text.lines().skip(3).take_while(|line| !line.contains("plans")).collect();
    assert!(headline.len() == 3 && headline[0].ends_with("  NEW"), "{headline:#?}");
    assert!(headline.iter().all(|line| width(line) <= page::WIDTH), "{headline:#?}");
    assert!(
        headline[1].starts_with("                entry")
            || headline[1].starts_with("                is"),
        "{headline:#?}"
    );
}

#[test]
fn every_report_is_readable() {
    for report in samples::varied() {
        for line in text(&report).lines() {
            // People copy commands; an error of the harness is one line.
            let is_whole = line.starts_with("    replay  ") || line.starts_with("ERROR ");
            assert!(is_whole || width(line) <= page::WIDTH, "{line}");
        }
    }
}
